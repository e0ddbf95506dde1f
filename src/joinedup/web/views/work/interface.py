"""What can programs ask? Every call of the interface on one page, from the same document that programs read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from joinedup.web.api.interface import ABOUT, interface


@dataclass(frozen=True, slots=True)
class Call:
    """One call that a program can make."""

    method: str
    path: str
    summary: str
    description: str
    needs_token: bool
    sends: str


@require_safe
def programs(request: HttpRequest) -> HttpResponse:
    """The page of all calls; open to everybody, as the document is."""
    groups: dict[str, list[Call]] = {}
    for path, methods in interface.get_openapi_schema()["paths"].items():
        for method, operation in methods.items():
            groups.setdefault(operation["tags"][0], []).append(_call(method, path, operation))
    return render(request, "work/programs.html", {"groups": list(groups.items()), "about": ABOUT})


def _call(method: str, path: str, operation: dict[str, Any]) -> Call:
    sent = [each["name"] for each in operation.get("parameters", ()) if each["in"] != "path"]
    return Call(
        method=method.upper(),
        path=path,
        summary=operation["summary"],
        description=operation.get("description", ""),
        needs_token=bool(operation.get("security")),
        sends=", ".join(sent),
    )
