"""What is running? Builds and checks in the background: ask, look, cancel, try again."""

from __future__ import annotations

from typing import Final

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from joinedup.register.actions import job as actions
from joinedup.register.actor import Actor
from joinedup.register.models import Job
from joinedup.register.models.work import JobKind
from joinedup.register.queries import job as queries
from joinedup.rules.foundation.role import Ability
from joinedup.web.acting import actor, needs
from joinedup.web.form_fields import GovForm, see_other, show_form

#: What the form offers: the kind, its options, and what it does.
OFFERED: Final = {
    "build": (
        JobKind.BUILD,
        (),
        "Build a release\nTakes in every extract that has arrived; what has not changed is reused",
    ),
    "retrain": (
        JobKind.BUILD,
        ("--retrain",),
        "Build a release and fit the link model anew\nMay change which records are one person; each change is listed",
    ),
    "check": (JobKind.CHECK, (), "Check the extracts\nLists every problem and changes nothing"),
}

#: How often a page asks again where its reader wants that.
EVERY_SECONDS: Final = 10


class JobForm(GovForm):
    """What to run."""

    what = forms.ChoiceField(
        label="What do you want to run?",
        choices=[(name, text) for name, (_, _, text) in OFFERED.items()],
        widget=forms.RadioSelect,
    )


@needs(Ability.RUN_BUILDS)
@require_safe
def jobs(request: HttpRequest) -> HttpResponse:
    """What runs, what waits, and what has ended."""
    return render(request, "work/jobs.html", {"shown": queries.jobs(by=actor(request))})


@needs(Ability.RUN_BUILDS)
@require_http_methods(["GET", "POST"])
def new_job(request: HttpRequest) -> HttpResponse:
    """Ask for a build or a check."""
    by = actor(request)
    form = JobForm.of(request, initial={"what": "build"})
    sent = form.send("job.ask", lambda: {"id": _ask(form, by).pk}, by=by)
    if sent:
        return see_other("job", sent["id"])
    page = {"question": "What do you want to run?", "button": "Start", "back": reverse("jobs")}
    return show_form(request, "work/new_job.html", form, **page)


@needs(Ability.RUN_BUILDS)
@require_safe
def job(request: HttpRequest, job_id: int) -> HttpResponse:
    """One piece of work; `?again=1` asks the browser to load it again by itself while it runs."""
    found = queries.job(job_id, by=actor(request))
    if found is None:
        raise Http404("There is no such piece of work.")
    asks_again = request.GET.get("again") == "1" and not found.has_ended
    page = render(request, "work/job.html", {"job": found, "asks_again": asks_again, "seconds": EVERY_SECONDS})
    if asks_again:
        page["Refresh"] = str(EVERY_SECONDS)
    return page


@needs(Ability.RUN_BUILDS)
@require_http_methods(["GET", "POST"])
def cancel_job(request: HttpRequest, job_id: int) -> HttpResponse:
    """Cancel work that waits or runs."""
    by, row = actor(request), _row(request, job_id)
    form = GovForm.of(request)
    sent = form.send("job.cancel", lambda: {"id": actions.cancel(job=row, by=by).pk}, by=by)
    if sent:
        return see_other("job", job_id)
    page = {"question": f"Cancel {row.kind} {row.pk}?", "button": "Cancel it", "back": reverse("job", args=[job_id])}
    return show_form(request, "work/cancel_job.html", form, **page)


@needs(Ability.RUN_BUILDS)
@require_http_methods(["GET", "POST"])
def retry_job(request: HttpRequest, job_id: int) -> HttpResponse:
    """Try again what did not end well."""
    by, row = actor(request), _row(request, job_id)
    form = GovForm.of(request)
    sent = form.send("job.retry", lambda: {"id": actions.retry(job=row, by=by).pk}, by=by)
    if sent:
        return see_other("job", sent["id"])
    page = {"question": f"Try {row.kind} {row.pk} again?", "button": "Try again", "back": reverse("job", args=[job_id])}
    return show_form(request, "work/retry_job.html", form, **page)


def _ask(form: JobForm, by: Actor) -> Job:
    kind, options, _ = OFFERED[form.values()["what"]]
    return actions.ask(kind=kind, options=options, by=by)


def _row(request: HttpRequest, job_id: int) -> Job:
    row = queries.job_row(job_id, by=actor(request))
    if row is None:
        raise Http404("There is no such piece of work.")
    return row
