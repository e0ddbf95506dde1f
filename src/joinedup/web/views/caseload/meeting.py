"""Meetings of the team: the list, one meeting, and the forms that make, fill and close one."""

from __future__ import annotations

from typing import Final

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from joinedup.register.actions.meeting import add_person, close_meeting, create_meeting, write_notes
from joinedup.register.actions.task import create_task
from joinedup.register.actor import Actor
from joinedup.register.clock import today
from joinedup.register.once import Answer
from joinedup.register.queries.meeting import (
    ItemShown,
    MeetingPage,
    MeetingShown,
    item,
    meeting,
    meetings,
    people_to_add,
)
from joinedup.register.queries.task import colleagues
from joinedup.rules.foundation.identifier import parse_person_id
from joinedup.rules.foundation.role import Ability
from joinedup.web.acting import actor, needs
from joinedup.web.form_fields import GovForm, see_other, show_form
from joinedup.web.lists import Column, Filter, Listing, answer_list
from joinedup.web.views.caseload.forms import AddPersonForm, MeetingForm, NotesForm, TaskForm, told
from joinedup.web.views.people.record import private

FORM: Final = "joinedup/form_page.html"
CLOSE: Final = "Close the meeting"


def _state(row: MeetingShown) -> str:
    return "Closed" if row.is_closed else "To come" if row.is_to_come else "Open"


MEETINGS: Final[Listing[MeetingShown]] = Listing(
    id="meetings",
    caption="Meetings of my team",
    fetch=lambda wanted, by: meetings(wanted, by=by),
    order="-on",
    search="Words in the title",
    noun=("meeting", "meetings"),
    knows_people=True,
    columns=(
        Column("title", "Meeting", lambda row: row.title, link=lambda row: reverse("meeting", args=[row.meeting_id]),
               is_sorted=True),
        Column("on", "Day", lambda row: row.on, is_sorted=True),
        Column("state", "State", _state, tag=lambda row: "govuk-tag--grey" if row.is_closed else "govuk-tag--blue"),
        Column("people", "People", lambda row: row.people, is_number=True, counts_people=True),
        Column("actions", "Open actions", lambda row: row.open_actions, is_number=True),
    ),
    filters=(Filter("state", "Show", (("", "All"), ("open", "Not closed"), ("closed", "Closed"))),),
)  # fmt: skip


@needs(Ability.WORK_TASKS)
@require_safe
def meeting_list(request: HttpRequest) -> HttpResponseBase:
    """When does my team meet?"""
    answer = answer_list(request, MEETINGS, by=actor(request))
    if isinstance(answer, HttpResponse):
        return answer
    return render(request, "caseload/meetings.html", {"list": answer})


@needs(Ability.WORK_TASKS)
@require_safe
def meeting_page(request: HttpRequest, meeting_id: int) -> HttpResponseBase:
    """Who is on the list, what was said, what follows."""
    return private(render(request, "caseload/meeting.html", {"page": _meeting(meeting_id, actor(request))}))


@needs(Ability.WORK_TASKS)
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponseBase:
    """Begin a meeting."""
    by = actor(request)
    form = MeetingForm.of(request, initial={"on": today()})
    sent = form.send("meeting.create", lambda: {"id": create_meeting(**form.values(), by=by).pk}, by=by)
    if sent:
        return see_other("meeting", sent["id"])
    return show_form(request, FORM, form, question="When does your team meet?", back=reverse("meetings"))


@needs(Ability.WORK_TASKS)
@require_http_methods(["GET", "HEAD", "POST"])
def add(request: HttpRequest, meeting_id: int) -> HttpResponseBase:
    """Put a person of the caseload on the list."""
    by = actor(request)
    page = _meeting(meeting_id, by)
    form = AddPersonForm.of(request, people=people_to_add(meeting_id, by=by).value)

    def do() -> Answer:
        entered = form.values()
        person_id = parse_person_id(entered["person"])
        return {"id": add_person(meeting_id=meeting_id, person_id=person_id, why=entered["why"], by=by).pk}

    if form.send("meeting.add_person", do, by=by):
        return see_other("meeting", meeting_id)
    return _form(request, form, page, "Who else does the team discuss?", button="Add to the list")


@needs(Ability.WORK_TASKS)
@require_http_methods(["GET", "HEAD", "POST"])
def notes(request: HttpRequest, item_id: int) -> HttpResponseBase:
    """Write down what was said about a person; whoever was overtaken sees both texts."""
    by = actor(request)
    found = _item(item_id, by)
    form = NotesForm.of(request, initial={"notes": found.notes, "version": found.version})

    def do() -> Answer:
        return {"id": write_notes(item_id=item_id, version=form.edited_version, notes=form.values()["notes"], by=by).pk}

    if form.send("meeting.write_notes", do, by=by):
        return see_other("meeting", found.meeting_id)
    if form.is_conflict:
        form.compare({"Notes": found.notes}, found.version)
    return _form_about(request, form, found, "What did the team say?", "Save the notes")


@needs(Ability.WORK_TASKS)
@require_http_methods(["GET", "HEAD", "POST"])
def action(request: HttpRequest, item_id: int) -> HttpResponseBase:
    """Write down what follows from the discussion: a task."""
    by = actor(request)
    found = _item(item_id, by)
    form = TaskForm.of(request, colleagues=colleagues(by=by), initial={"due": today()})

    def do() -> Answer:
        return {"id": create_task(person_id=found.person_id, text=form.text(), item_id=item_id, by=by).pk}

    if form.send("task.create", do, by=by):
        return see_other("meeting", found.meeting_id)
    return _form_about(request, form, found, "What must be done?", "Add the action")


@needs(Ability.WORK_TASKS)
@require_http_methods(["GET", "HEAD", "POST"])
def close(request: HttpRequest, meeting_id: int) -> HttpResponseBase:
    """Close a meeting."""
    by = actor(request)
    page = _meeting(meeting_id, by)
    form = GovForm.of(request, initial={"version": page.meeting.version})

    def do() -> Answer:
        return {"id": close_meeting(meeting_id=meeting_id, version=form.edited_version, by=by).pk}

    if form.send("meeting.close", do, by=by):
        return see_other("meeting", meeting_id)
    if form.is_conflict:
        form.compare({}, page.meeting.version)
    return _form(request, form, page, "Close this meeting?", button=CLOSE, template="caseload/close_meeting.html")


def _form(
    request: HttpRequest, form: GovForm, page: MeetingPage, question: str, *, button: str, template: str = FORM
) -> HttpResponseBase:
    back = reverse("meeting", args=[page.meeting.meeting_id])
    about = page.meeting.title
    return private(show_form(request, template, form, question=question, about=about, back=back, button=button))


def _form_about(request: HttpRequest, form: GovForm, found: ItemShown, question: str, button: str) -> HttpResponseBase:
    back = reverse("meeting", args=[found.meeting_id])
    about = told(found.person_id, found.person)
    return private(show_form(request, FORM, form, question=question, about=about, back=back, button=button))


def _meeting(meeting_id: int, by: Actor) -> MeetingPage:
    found = meeting(meeting_id, by=by)
    if found is None:
        raise Http404("Your team has no meeting with that number.")
    return found.value


def _item(item_id: int, by: Actor) -> ItemShown:
    found = item(item_id, by=by)
    if found is None:
        raise Http404("That is not on the list of a meeting of your team.")
    return found.value
