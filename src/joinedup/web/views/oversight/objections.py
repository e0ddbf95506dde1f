"""Objections and opt-outs: which hold, recording one, ending one."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from joinedup.register.actions.objection import end_objection, record_objection
from joinedup.register.actor import Actor
from joinedup.register.clock import today
from joinedup.register.models.flow import ObjectionKind
from joinedup.register.people import subject_of
from joinedup.register.queries.objection import objection, objections
from joinedup.rules.foundation.errors import Invalid
from joinedup.rules.foundation.role import Ability
from joinedup.web.acting import actor, needs
from joinedup.web.form_fields import see_other, show_form
from joinedup.web.lists import Column, Filter, Listing, answer_list
from joinedup.web.views.oversight.forms import ObjectionEndForm, ObjectionForm

LIST = Listing(
    id="objections",
    caption="Objections and opt-outs",
    fetch=objections,
    order="-since",
    search="Pseudonym, or words of the remark",
    noun=("objection", "objections"),
    columns=(
        Column("person", "Person", lambda row: row.pseudonym),
        Column("kind", "Objects to", lambda row: row.kind),
        Column("since", "Since", lambda row: row.since, is_sorted=True),
        Column("last_day", "Last day", lambda row: row.last_day),
        Column("by", "Recorded by", lambda row: row.recorded_by),
        Column(
            "end",
            "Change",
            lambda row: "End it" if row.last_day is None else "",
            link=lambda row: reverse("objection_end", args=[row.id]) if row.last_day is None else "",
        ),
    ),
    filters=(
        Filter("kind", "Objects to", (("", "Anything"), *ObjectionKind.choices)),
        Filter("state", "Show", (("", "Those that hold"), ("ended", "Ended"), ("all", "All"))),
    ),
    person=lambda row: row.person_id,
    knows_people=True,
)


@require_safe
@needs(Ability.SEE_AUDIT)
def objection_list(request: HttpRequest) -> HttpResponse:
    """Who objects to what?"""
    by = actor(request)
    answer = answer_list(request, LIST, by=by)
    if isinstance(answer, HttpResponse):
        return answer
    page = {"list": answer, "may_record": by.may(Ability.RECORD_OBJECTION)}
    return render(request, "oversight/objections.html", page)


@require_http_methods(["GET", "POST"])
@needs(Ability.RECORD_OBJECTION)
def new_objection(request: HttpRequest) -> HttpResponse:
    """What does the person object to?"""
    by = actor(request)
    form = ObjectionForm.of(request, initial={"since": today(), "person": request.GET.get("person", "")[:20]})

    def do() -> dict[str, int]:
        told = form.values()
        subject = subject_of(told.pop("person"))
        if subject is None:
            raise Invalid({"person": "Nobody goes by this pseudonym today"})
        return {"id": record_objection(subject=subject, by=by, **told).pk}

    if form.send("objection.record", do, by=by):
        return see_other(_after(by))
    return show_form(
        request,
        "oversight/objection_form.html",
        form,
        question="What does the person object to?",
        button="Record the objection",
        back=_after(by),
    )


@require_http_methods(["GET", "POST"])
@needs(Ability.RECORD_OBJECTION)
def ending(request: HttpRequest, objection_id: int) -> HttpResponse:
    """What is the last day of this objection?"""
    by = actor(request)
    found = objection(objection_id)
    if found is None or not (by.may(Ability.SEE_AUDIT)):
        raise Http404("There is no such objection.")
    shown, subject = found
    form = ObjectionEndForm.of(request, initial={"version": shown.version, "last_day": today()})

    def do() -> dict[str, int]:
        last_day, version = form.cleaned_data["last_day"], form.edited_version
        return {
            "id": end_objection(
                objection_id=objection_id, subject=subject, last_day=last_day, version=version, by=by
            ).pk
        }

    if form.send("objection.end", do, by=by):
        return see_other("objections")
    if form.is_conflict:
        form.compare({"Last day": f"{shown.last_day or 'none'}"}, shown.version)
    return show_form(
        request,
        "joinedup/form_page.html",
        form,
        question="What is the last day on which they object?",
        about=f"{shown.pseudonym}: {shown.kind}",
        back=reverse("objections"),
    )


def _after(by: Actor) -> str:
    """Where somebody goes on: a guardian to the list, a carer to the people they look for."""
    return reverse("objections") if by.may(Ability.SEE_AUDIT) else reverse("people")
