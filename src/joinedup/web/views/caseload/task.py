"""Tasks of the team: the list, one task, and the forms that make, change, close and reopen one."""

from __future__ import annotations

from typing import Final

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from joinedup.register.access import Subject
from joinedup.register.actions.task import close_task, create_task, edit_task, reopen_task
from joinedup.register.actor import Actor
from joinedup.register.clock import today
from joinedup.register.once import Answer
from joinedup.register.queries.task import TaskShown, colleagues, task, tasks
from joinedup.register.queries.team_names import team_person
from joinedup.rules.foundation.identifier import display_person_id
from joinedup.rules.foundation.role import Ability
from joinedup.web.acting import actor, needs
from joinedup.web.form_fields import GovForm, see_other, show_form
from joinedup.web.lists import Column, Filter, Listing, answer_list
from joinedup.web.views.caseload.forms import CloseTaskForm, TaskForm, task_now, told
from joinedup.web.views.people.record import of_person, private

FORM: Final = "joinedup/form_page.html"
STATUS: Final = {"open": "Open", "done": "Done", "cancelled": "No longer needed"}


def _status(row: TaskShown) -> str:
    return "Late" if row.is_late else STATUS[row.status]


def status_tag(row: TaskShown) -> str:
    """The colour of a task's status; the word beside it says the same."""
    return "govuk-tag--red" if row.is_late else "govuk-tag--blue" if row.status == "open" else "govuk-tag--grey"


TASKS: Final[Listing[TaskShown]] = Listing(
    id="tasks",
    caption="Tasks of my team",
    fetch=lambda wanted, by: tasks(wanted, by=by).value,
    order="due",
    search="Words in the task",
    noun=("task", "tasks"),
    person=lambda row: row.person_id,
    knows_people=True,
    columns=(
        Column("title", "Task", lambda row: row.title, link=lambda row: reverse("task", args=[row.task_id]),
               is_sorted=True),
        Column("due", "Due", lambda row: row.due, is_sorted=True),
        Column("status", "Status", _status, tag=status_tag),
        Column("person", "For", lambda row: row.person.name if row.person else display_person_id(row.person_id),
               link=lambda row: reverse("person", args=[row.person_id])),
        Column("who", "Who does it", lambda row: row.assignee or "Anybody"),
        Column("meeting", "From the meeting", lambda row: row.meeting),
    ),
    filters=(
        Filter("status", "Show", (("open", "Open"), ("late", "Late"), ("closed", "Closed"), ("all", "All"))),
        Filter("whose", "Whose", (("", "Everybody's"), ("mine", "Mine"), ("nobody", "Nobody's yet"))),
    ),
)  # fmt: skip


@needs(Ability.WORK_TASKS)
@require_safe
def task_list(request: HttpRequest) -> HttpResponseBase:
    """What my team must do."""
    answer = answer_list(request, TASKS, by=actor(request))
    if isinstance(answer, HttpResponse):
        return answer
    return private(render(request, "caseload/tasks.html", {"list": answer}))


@needs(Ability.WORK_TASKS)
@require_safe
def task_page(request: HttpRequest, task_id: int) -> HttpResponseBase:
    """What one task says, and what can be done with it."""
    found = _task(task_id, actor(request))
    page = {"task": found, "status": _status(found), "tag": status_tag(found)}
    return private(render(request, "caseload/task.html", page))


@needs(Ability.WORK_TASKS)
@require_http_methods(["GET", "HEAD", "POST"])
@of_person
def new(request: HttpRequest, subject: Subject) -> HttpResponseBase:
    """Write down what must be done for a person."""
    by, person_id = actor(request), subject.person_id
    form = TaskForm.of(request, colleagues=colleagues(by=by), initial={"due": today()})

    def do() -> Answer:
        return _made(create_task(person_id=person_id, text=form.text(), by=by).pk)

    sent = form.send("task.create", do, by=by)
    if sent:
        return see_other("task", sent["id"])
    person = team_person(person_id, "task_new", by=by).value
    return show_form(
        request, FORM, form,
        question="What must be done?", about=told(person_id, person), back=reverse("person", args=[person_id]),
    )  # fmt: skip


@needs(Ability.WORK_TASKS)
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, task_id: int) -> HttpResponseBase:
    """Change a task; whoever was overtaken sees both texts."""
    by = actor(request)
    found = _task(task_id, by)
    known = {
        "title": found.title, "due": found.due, "assigned_to": found.assigned_to or "", "detail": found.detail,
        "version": found.version,
    }  # fmt: skip
    form = TaskForm.of(request, colleagues=colleagues(by=by), initial=known)

    def do() -> Answer:
        return _made(edit_task(task_id=task_id, version=form.edited_version, text=form.text(), by=by).pk)

    if form.send("task.edit", do, by=by):
        return see_other("task", task_id)
    return _show(request, form, found, question="What must be done?", button="Save")


@needs(Ability.WORK_TASKS)
@require_http_methods(["GET", "HEAD", "POST"])
def close(request: HttpRequest, task_id: int) -> HttpResponseBase:
    """Say how a task ended."""
    by = actor(request)
    found = _task(task_id, by)
    form = CloseTaskForm.of(request, initial={"version": found.version})

    def do() -> Answer:
        outcome = form.values()["outcome"]
        return _made(close_task(task_id=task_id, version=form.edited_version, outcome=outcome, by=by).pk)

    if form.send("task.close", do, by=by):
        return see_other("task", task_id)
    return _show(request, form, found, question="How did this task end?", button="Close the task")


@needs(Ability.WORK_TASKS)
@require_http_methods(["GET", "HEAD", "POST"])
def reopen(request: HttpRequest, task_id: int) -> HttpResponseBase:
    """Open a closed task again."""
    by = actor(request)
    found = _task(task_id, by)
    form = GovForm.of(request, initial={"version": found.version})

    def do() -> Answer:
        return _made(reopen_task(task_id=task_id, version=form.edited_version, by=by).pk)

    if form.send("task.reopen", do, by=by):
        return see_other("task", task_id)
    return _show(request, form, found, question="Open this task again?", button="Open again")


def _show(request: HttpRequest, form: GovForm, found: TaskShown, **words: str) -> HttpResponseBase:
    """The form about a task; whoever was overtaken sees what the task says now."""
    if form.is_conflict:
        form.compare(task_now(found), found.version)
    about = f"{found.title} - {told(found.person_id, found.person)}"
    back = reverse("task", args=[found.task_id])
    return private(show_form(request, FORM, form, about=about, back=back, **words))


def _task(task_id: int, by: Actor) -> TaskShown:
    found = task(task_id, by=by)
    if found is None:
        raise Http404("Your team has no task with that number.")
    return found.value


def _made(pk: int) -> Answer:
    return {"id": pk}
