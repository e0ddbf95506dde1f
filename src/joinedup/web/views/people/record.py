"""From the pseudonym in an address to the person of today, for every page about one person."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse

from joinedup.register.access import Subject
from joinedup.register.people import people
from joinedup.rules.care.access import Purpose
from joinedup.web.acting import actor
from joinedup.web.purposes import purpose_of

P = ParamSpec("P")


def of_person(
    view: Callable[Concatenate[HttpRequest, Subject, P], HttpResponseBase],
) -> Callable[..., HttpResponseBase]:
    """Give a view the person that the pseudonym in its address stands for today.

    A pseudonym that was merged into another leads there; one that was split shows the people it stands for now; one
    that never stood for anybody is 404. No browser or proxy keeps the page.
    """

    @wraps(view)
    def page(request: HttpRequest, person_id: int, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        today = people().current(person_id)
        if not today:
            raise Http404("Nobody goes by that pseudonym. Search for the person again.")
        if len(today) > 1:
            choices = {"person_id": person_id, "choices": today}
            return private(render(request, "people/split.html", choices, status=300))
        if today[0] != person_id and request.method == "GET" and request.resolver_match:
            names = {**request.resolver_match.kwargs, "person_id": today[0]}
            return redirect(reverse(request.resolver_match.view_name, kwargs=names))
        subject = Subject(today[0], people().aliases(today[0]), people().formers(today[0]))
        return private(view(request, subject, *args, **kwargs))

    return page


def with_purpose(
    view: Callable[[HttpRequest, Subject, Purpose], HttpResponse],
) -> Callable[[HttpRequest, Subject], HttpResponse]:
    """Give a view the purpose that was chosen for this person."""

    @wraps(view)
    def page(request: HttpRequest, subject: Subject) -> HttpResponse:
        return view(request, subject, purpose_of(request, subject.person_id, actor(request)))

    return page


def private(answer: HttpResponseBase) -> HttpResponseBase:
    """Let nothing keep a page with somebody's name: not the browser's memory, not a proxy."""
    answer["Cache-Control"] = "no-store, private"
    return answer
