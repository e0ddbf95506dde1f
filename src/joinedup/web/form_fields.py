"""Forms that look and speak as GOV.UK forms do, are sent once, and lose nothing when somebody else was faster.

A page with one form, whole (put this into a view and its template, and nothing else is needed):

    class TaskForm(GovForm):
        title = forms.CharField(max_length=200)
        due = DayField(label="When is it due?", help_text="For example, 27 3 2026")

    def new_task(request: HttpRequest, person_id: int) -> HttpResponse:
        form = TaskForm.of(request, initial={"due": today()})        # bound if it was sent by POST
        sent = form.send("task.create", lambda: {"id": create_task(**form.values(), by=by).pk}, by=by)
        if sent:
            return see_other("task", sent["id"])
        return show_form(request, "joinedup/form_page.html", form, question="What must be done?", back=address)

A template of one's own extends joinedup/form_page.html and fills its blocks intro, form or after.

`send` does nothing and returns None for a form that was not sent or is not valid; it catches `Invalid` and `Conflict`
of the action and puts their words at the fields. Give `initial={"version": row.version}` on edits, pass
`form.edited_version` to the action, and where `form.is_conflict` call `form.compare(now, row.version)` to show what is
saved now above what was typed. Do not open records inside `do`: a refusal's audit row would be rolled back with it.
Labels are questions or nouns; optional fields say so by themselves; widget attrs (class, rows, autocomplete, inputmode,
prefix, suffix) go to the component. Choices show as radios with `widget=forms.RadioSelect`, else as a select; a choice
may have a hint after a line break in its label. Other tags: {% error_summary form %}, {% error_prefix form %} (in a
title), {% gov_fields form %} inside a form element of one's own, {% gov_field form.title %}.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Mapping
from copy import copy
from datetime import date
from typing import Any, Final, Self

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render, resolve_url

from joinedup.register.actor import Actor
from joinedup.register.once import Answer, once
from joinedup.rules.foundation.errors import Conflict, Invalid

_OWN: Final = ("submission", "version")
_PARTS: Final = ("day", "month", "year")
_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


class DateParts(forms.Widget):
    """A date as people write it: day, month and year in three boxes."""

    def value_from_datadict(self, data: Mapping[str, Any], files: object, name: str) -> dict[str, str]:
        """What was typed into the three boxes."""
        return {part: str(data.get(f"{name}-{part}", "")).strip() for part in _PARTS}

    def value_omitted_from_data(self, data: Mapping[str, Any], files: object, name: str) -> bool:
        """Whether none of the boxes was sent."""
        return not any(f"{name}-{part}" in data for part in _PARTS)

    def format_value(self, value: object) -> dict[str, str]:
        """What the boxes show."""
        if isinstance(value, date):
            return {"day": str(value.day), "month": str(value.month), "year": str(value.year)}
        return {part: str(value.get(part, "")) for part in _PARTS} if isinstance(value, Mapping) else {}


class DayField(forms.Field):
    """A day in three boxes; the month may be a number or a name.

    Args:
        earliest, latest: the first and last day that may be given, where there are any.
    """

    widget = DateParts

    def __init__(self, *, earliest: date | None = None, latest: date | None = None, **options: Any) -> None:
        super().__init__(**options)
        self.earliest, self.latest = earliest, latest

    def to_python(self, value: object) -> date | None:
        """The day that was typed.

        Raises:
            ValidationError: it is not a real day; the message says which part is missing or wrong.
        """
        parts = DateParts().format_value(value)
        if not any(parts.values()):
            return None
        missing = [part for part in _PARTS if not parts[part]]
        if missing:
            raise ValidationError(f"{self._noun()} must include a {' and '.join(missing)}")
        try:
            if len(parts["year"]) != 4:
                raise ValidationError("Year must include 4 numbers")
            return date(int(parts["year"]), _month(parts["month"]), int(parts["day"]))
        except ValueError as error:
            raise ValidationError(f"{self._noun()} must be a real date") from error

    def validate(self, value: date | None) -> None:
        """Whether the day lies where it may."""
        super().validate(value)
        if value and self.earliest and value < self.earliest:
            raise ValidationError(f"{self._noun()} must be on or after {day_in_words(self.earliest)}")
        if value and self.latest and value > self.latest:
            raise ValidationError(f"{self._noun()} must be on or before {day_in_words(self.latest)}")

    def _noun(self) -> str:
        label = str(self.label or "Date")
        return "The date" if label.endswith("?") else label


class GovForm(forms.Form):
    """A form with a key of its own (`submission`), and the version of what it edits (`version`)."""

    submission = forms.CharField(widget=forms.HiddenInput, required=False, max_length=64)
    version = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=1)

    def __init__(self, *args: Any, **options: Any) -> None:
        options.setdefault("label_suffix", "")
        super().__init__(*args, **options)
        self.path = ""
        self.is_conflict = False
        self.now: Mapping[str, str] = {}
        self.initial.setdefault("submission", secrets.token_urlsafe(18))
        for name, field in self.fields.items():
            field.label = field.label or name.replace("_", " ").capitalize()
            _speak(field)

    @classmethod
    def of(cls, request: HttpRequest, **options: Any) -> Self:
        """The form of a request: with what was sent by POST, else fresh."""
        form = cls(request.POST if request.method == "POST" else None, **options)
        form.path = request.path
        return form

    def values(self) -> dict[str, Any]:
        """What was entered, without the form's own two fields."""
        return {name: value for name, value in self.cleaned_data.items() if name not in _OWN}

    @property
    def edited_version(self) -> int:
        """The version that was on the screen; 0 where the form edits nothing."""
        return self.cleaned_data.get("version") or 0

    def send(self, action: str, do: Callable[[], Answer], *, by: Actor) -> Answer | None:
        """Do what the form asks, once.

        Args:
            action: noun.verb, as the audit row says it.
            do: calls one action of the register and returns an answer that JSON can hold.
            by: who.

        Returns:
            The answer, or that of the first time the form was sent; None where the form must be shown (again).
        """
        if not self.is_valid():
            return None
        entered = {"path": self.path, **self.cleaned_data}
        key = entered.pop("submission")
        try:
            return once(key, action, entered, do, by=by)
        except Invalid as error:
            self.refuse(error)
        except Conflict as error:
            self._clash(error)
        return None

    def refuse(self, error: Invalid) -> None:
        """Put the words of an action's refusal at the fields they are about."""
        for name, message in error.fields.items():
            self.add_error(name if name in self.fields else None, message)

    def compare(self, now: Mapping[str, str], version: int) -> None:
        """After a conflict: show what the row says now beside what was typed, and let the next save follow on it.

        Args:
            now: label -> what the row says now.
            version: its version.
        """
        self.now = now
        self._replace("version", str(version))

    def _clash(self, error: Conflict) -> None:
        self.is_conflict = True
        self.add_error(None, str(error))
        self._replace("submission", secrets.token_urlsafe(18))

    def _replace(self, name: str, value: str) -> None:
        data: Any = copy(self.data)  # of a request: a copy may be changed
        data[self.add_prefix(name)] = value
        self.data = data


def offer(form: forms.Form, name: str, choices: Iterable[tuple[str, str]]) -> None:
    """Give a field the choices that only the request knows."""
    field = form.fields[name]
    if not isinstance(field, forms.ChoiceField):
        raise TypeError(f"{name} offers no choices")
    field.choices = list(choices)


def show_form(request: HttpRequest, template: str, form: GovForm, **page: object) -> HttpResponse:
    """A page with a form; status 422 if what was sent was refused and 409 if somebody else was faster."""
    status = 409 if form.is_conflict else 422 if form.is_bound and form.errors else 200
    return render(request, template, {"form": form, **page}, status=status)


def see_other(to: Any, *args: Any, **kwargs: Any) -> HttpResponseRedirect:
    """Go on to a page after a form was done, so that a reload sends nothing again."""
    answer = HttpResponseRedirect(resolve_url(to, *args, **kwargs))
    answer.status_code = 303
    return answer


def _speak(field: forms.Field) -> None:
    """Say what is wrong in the words of the GOV.UK design system."""
    noun = str(field.label)
    lower = noun[:1].lower() + noun[1:] if noun[1:2].islower() else noun
    is_choice = isinstance(field, forms.ChoiceField)
    ours = {
        "required": _required(noun, lower, is_choice),
        "invalid_choice": "Select one of the choices",
        "max_length": f"{noun} must be {getattr(field, 'max_length', None)} characters or less",
        "invalid": f"{noun} must be {_FORMATS.get(type(field), 'in the right format')}",
    }
    standard = {key: text for kind in reversed(type(field).__mro__) for key, text in _standard(kind).items()}
    for key, text in ours.items():
        if field.error_messages.get(key) in (None, standard.get(key)):
            field.error_messages[key] = text
    for validator in field.validators:
        if isinstance(validator, MaxLengthValidator):
            validator.message = ours["max_length"]


def _standard(kind: type) -> Mapping[str, Any]:
    found: Mapping[str, Any] = kind.__dict__.get("default_error_messages", {})
    return found


def _required(noun: str, lower: str, is_choice: bool) -> str:
    if noun.endswith("?"):
        return "Select an answer" if is_choice else f"Answer: {lower}"
    article = "" if lower.endswith("s") else "an " if lower[0] in "aeio" else "a "
    return f"{'Select' if is_choice else 'Enter'} {article}{lower}"


_FORMATS: Final = {forms.IntegerField: "a whole number", forms.EmailField: "an email address in the right form"}


def _month(text: str) -> int:
    """The number of a month that was written as a number or a name; ValueError when it is none."""
    return _MONTHS.index(text[:3].lower()) + 1 if text[:1].isalpha() else int(text)


def day_in_words(day: date) -> str:
    """A day as pages write it: 3 March 2025."""
    return f"{day.day} {day:%B %Y}"
