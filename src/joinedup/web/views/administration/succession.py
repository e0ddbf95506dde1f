"""Mergers, splits and new names of organisations."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from joinedup.register.actions.organisation import succeed
from joinedup.register.actor import Actor
from joinedup.register.models import Organisation
from joinedup.register.models.organisation import SuccessionKind
from joinedup.rules.foundation.role import Ability
from joinedup.web.acting import actor, needs
from joinedup.web.form_fields import DayField, GovForm, see_other, show_form

#: A merger or split of more than this many on one side is recorded in several steps.
MOST = 5


class SuccessionForm(GovForm):
    """What happened, to which organisations, and when."""

    kind = forms.ChoiceField(label="What happened?", choices=SuccessionKind.choices, widget=forms.RadioSelect)
    on = DayField(label="First day of the new")
    reason = forms.CharField(label="Under which order or decision", max_length=300, required=False)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        offered = Organisation.objects.order_by("name")
        for side, label in (("before", "Before"), ("after", "After")):
            for number in range(1, MOST + 1):
                self.fields[f"{side}_{number}"] = forms.ModelChoiceField(
                    offered,
                    label=f"{label}, organisation {number}",
                    required=number == 1,
                    empty_label="Choose one" if number == 1 else "No other",
                    error_messages={"required": f"Choose the organisation {label.lower()}"},
                )
        sides = [f"{side}_{number}" for side in ("before", "after") for number in range(1, MOST + 1)]
        self.order_fields(["kind", *sides, "on", "reason"])

    def side(self, name: str) -> list[Organisation]:
        """The organisations of one side, each once."""
        found = [self.cleaned_data.get(f"{name}_{number}") for number in range(1, MOST + 1)]
        return list(dict.fromkeys(row for row in found if row is not None))


@needs(Ability.MANAGE_USERS)
def new_succession(request: HttpRequest) -> HttpResponse:
    """Record a merger, a split or a new name."""
    by, form = actor(request), SuccessionForm.of(request)
    sent = form.send("organisation.succeed", lambda: _succeed(form, by), by=by)
    if sent:
        return see_other("organisation", sent["id"])
    page = {
        "question": "Which organisations became others?",
        "intro": "Add the new organisations first. Those that ended keep the day before as their last; "
        "the roles held at them must be given anew at the ones that follow.",
        "back": reverse("organisations"),
    }
    return show_form(request, "administration/form.html", form, **page)


def _succeed(form: SuccessionForm, by: Actor) -> dict[str, object]:
    values, after = form.values(), form.side("after")
    succeed(
        kind=values["kind"],
        predecessors=form.side("before"),
        successors=after,
        on=values["on"],
        reason=values["reason"],
        by=by,
    )
    return {"id": after[0].pk}
