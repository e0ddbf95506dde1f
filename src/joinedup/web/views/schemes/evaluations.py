"""What evaluations of the place found: all of them, each version in full, and what had been promised."""

from __future__ import annotations

from typing import Final

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from joinedup.register.queries import evaluation as query
from joinedup.rules.foundation.errors import ConfigError, ReleaseError
from joinedup.rules.foundation.role import Ability
from joinedup.web.acting import actor, needs
from joinedup.web.evaluation_pages import front, moved_lines, promised, sections
from joinedup.web.views.schemes.evidence import verdict_tag

TYPES: Final = {"report.html": "text/html; charset=utf-8", "result.json": "application/json"}


@require_safe
@needs(Ability.SEE_SCHEMES)
def evaluation_list(request: HttpRequest) -> HttpResponse:
    """Which schemes were evaluated, and what was found?"""
    by = actor(request)
    found = [
        (item, verdict_tag(str(item.latest.result["verdict"])) if item.latest else "")
        for item in query.evaluations(by=by)
    ]
    page = {"evaluations": found, "problems": query.problems(by=by)}
    return render(request, "schemes/evaluations.html", page)


@require_safe
@needs(Ability.SEE_SCHEMES)
def evaluation(request: HttpRequest, name: str, number: int | None = None) -> HttpResponse:
    """What did one evaluation find: its newest version, or the one asked for?"""
    by = actor(request)
    try:
        found = query.version(name, number, by=by)
        is_promised = query.protocol(name, by=by) is not None
    except (ReleaseError, ConfigError) as exc:
        return _damaged(request, exc)
    if found is None:
        raise Http404(f"there is no version {number or ''} of an evaluation {name}")
    page = {
        "found": found, "result": found.kept.result, "is_latest": found.kept.number == found.count,
        "is_promised": is_promised, "around": query.around(name, by=by),
        "front": front(found), "sections": sections(found),
    }  # fmt: skip
    return render(request, "schemes/evaluation.html", page)


@require_safe
@needs(Ability.SEE_SCHEMES)
def evaluation_versions(request: HttpRequest, name: str) -> HttpResponse:
    """How has the answer moved from release to release?"""
    try:
        found = query.versions(name, by=actor(request))
    except ReleaseError as exc:
        return _damaged(request, exc)
    if not found:
        raise Http404(f"there is no result of an evaluation {name}")
    rows = [(item, verdict_tag(str(item.kept.result["verdict"])), moved_lines(item.moved)) for item in found]
    page = {"name": name, "title": found[0].kept.result["title"], "rows": rows}
    return render(request, "schemes/evaluation_versions.html", page)


@require_safe
@needs(Ability.SEE_SCHEMES)
def evaluation_protocol(request: HttpRequest, name: str) -> HttpResponse:
    """What was promised before outcomes were seen?"""
    by = actor(request)
    try:
        found = query.protocol(name, by=by)
        has_result = query.version(name, by=by) is not None
    except (ReleaseError, ConfigError) as exc:
        return _damaged(request, exc)
    if found is None:
        raise Http404(f"nothing was registered as {name}")
    page = {
        "found": found, "first": found.registered[0], "has_result": has_result,
        "later": list(zip(found.registered, found.changes, strict=True))[1:],
        "promised": promised(found.registered[0].content),
    }  # fmt: skip
    return render(request, "schemes/evaluation_protocol.html", page)


@require_safe
@needs(Ability.SEE_SCHEMES)
def evaluation_file(request: HttpRequest, name: str, number: int, file: str) -> HttpResponse:
    """The report or the figures of a version, to be taken away: never shown inside the app."""
    try:
        content = query.file_of(name, number, file, by=actor(request))
    except ReleaseError as exc:
        return _damaged(request, exc)
    if content is None:
        raise Http404(f"version {number} of {name} has no {file}")
    response = HttpResponse(content, content_type=TYPES[file])
    response["Content-Disposition"] = f'attachment; filename="{name}-{number:04d}-{file}"'
    return response


def _damaged(request: HttpRequest, exc: Exception) -> HttpResponse:
    """A record that was altered is not shown; the page says so, and what to do."""
    return render(request, "schemes/evaluation_damaged.html", {"why": str(exc)}, status=500)
