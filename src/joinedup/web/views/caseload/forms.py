"""Forms of the caseload: a task, how it ended, a meeting, its people and notes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms

from joinedup.register.actions.task import TaskText
from joinedup.register.queries.meeting import PersonToAdd
from joinedup.register.queries.task import Colleague, TaskShown
from joinedup.register.queries.team_names import Named
from joinedup.rules.foundation.identifier import display_person_id
from joinedup.web.form_fields import DayField, GovForm, day_in_words, offer

LONG = {"rows": 6}


class TaskForm(GovForm):
    """What must be done, by when, by whom."""

    title = forms.CharField(
        label="Task", max_length=200, help_text="What must be done, in one line, without a name.",
        error_messages={"required": "Enter what must be done"},
    )  # fmt: skip
    due = DayField(label="Due date", help_text="For example, 27 3 2026")
    assigned_to = forms.ChoiceField(label="Who does it?", required=False)
    detail = forms.CharField(label="More detail", max_length=4_000, required=False, widget=forms.Textarea(LONG))

    def __init__(self, *args: Any, colleagues: Iterable[Colleague], **options: Any) -> None:
        super().__init__(*args, **options)
        offer(
            self, "assigned_to", [("", "Anybody in the team"), *((str(each.user_id), each.name) for each in colleagues)]
        )

    def text(self) -> TaskText:
        """What was entered, as the action takes it."""
        entered = self.values()
        who = entered["assigned_to"]
        return TaskText(entered["title"], entered["due"], entered["detail"], int(who) if who else None)


class CloseTaskForm(GovForm):
    """How a task ended."""

    outcome = forms.ChoiceField(
        label="Outcome",
        error_messages={"required": "Select whether the task was done"},
        choices=[("done", "It was done"), ("cancelled", "It is no longer needed")],
        widget=forms.RadioSelect,
    )


class MeetingForm(GovForm):
    """A meeting of the team."""

    title = forms.CharField(label="Title", max_length=120)
    on = DayField(label="Day of the meeting", help_text="For example, 27 3 2026")


class AddPersonForm(GovForm):
    """Somebody for a meeting's list, and why."""

    person = forms.ChoiceField(label="Person", error_messages={"required": "Select a person of your caseload"})
    why = forms.CharField(
        label="Reason",
        max_length=300,
        help_text="Why the team discusses them.",
        error_messages={"required": "Enter a reason"},
    )

    def __init__(self, *args: Any, people: Iterable[PersonToAdd], **options: Any) -> None:
        super().__init__(*args, **options)
        choices = [(display_person_id(each.person_id), told(each.person_id, each.person)) for each in people]
        offer(self, "person", [("", "Choose a person"), *choices])


class NotesForm(GovForm):
    """What was said about a person."""

    notes = forms.CharField(
        label="Notes", max_length=4_000, required=False, widget=forms.Textarea({"rows": 12}),
        help_text="The team sees these notes. They stay as they are when the meeting is closed.",
    )  # fmt: skip


def told(person_id: int, person: Named | None) -> str:
    """A person as a list to choose from says it."""
    if person is None:
        return f"{display_person_id(person_id)} (record not open to your team)"
    born = f", born {day_in_words(person.date_of_birth)}" if person.date_of_birth else ""
    return f"{person.name}{born}"


def task_now(task: TaskShown) -> dict[str, str]:
    """What a task says now, for somebody who was overtaken."""
    return {
        "Task": task.title,
        "Due date": day_in_words(task.due),
        "Who does it": task.assignee or "Anybody in the team",
        "More detail": task.detail,
    }
