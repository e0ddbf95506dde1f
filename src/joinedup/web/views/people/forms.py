"""Forms of the room of people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms

from joinedup.rules.care.access import Purpose, Sensitivity
from joinedup.rules.care.emergency import LEAST_REASON, MOST_HOURS, SCOPES, USUAL_HOURS, Scope
from joinedup.rules.care.household import GROUNDS
from joinedup.store.people import PersonQuery
from joinedup.web.care_words import words_of
from joinedup.web.form_fields import DayField, GovForm


class SearchForm(GovForm):
    """Whom are you looking for? An NHS number alone, or a name with a date of birth or a postcode."""

    nhs_number = forms.CharField(
        label="NHS number", required=False, max_length=20, help_text="10 digits, for example 999 000 0018",
        widget=forms.TextInput(attrs={"inputmode": "numeric", "class": "govuk-input--width-10"}),
    )  # fmt: skip
    surname = forms.CharField(label="Surname", required=False, max_length=100)
    forename = forms.CharField(label="First name", required=False, max_length=100)
    date_of_birth = DayField(label="Date of birth", required=False, help_text="For example, 27 3 1938")
    postcode = forms.CharField(
        label="Postcode", required=False, max_length=10,
        widget=forms.TextInput(attrs={"class": "govuk-input--width-10"}),
    )  # fmt: skip

    def query(self) -> PersonQuery:
        """What was entered, as the search takes it."""
        return PersonQuery(**self.values())


class PurposeForm(GovForm):
    """Why do you open this record?"""

    purpose = forms.ChoiceField(label="Purpose", widget=forms.RadioSelect)

    def __init__(self, *args: Any, offered: tuple[Purpose, ...], **options: Any) -> None:
        super().__init__(*args, **options)
        choices = [(each.value, words_of("purposes", each.value)) for each in offered]
        self.fields["purpose"] = _among(self.fields["purpose"], choices)


class EmergencyForm(GovForm):
    """Why must you see this record now?"""

    reason = forms.CharField(
        label="Why must you see this record now?", max_length=500,
        help_text=f"At least {LEAST_REASON} characters. The teams that care for this person and a reviewer read it.",
        error_messages={"required": "Say why you must see this record now"},
        widget=forms.Textarea(attrs={"rows": 3}),
    )  # fmt: skip
    scope = forms.ChoiceField(
        label="How much of the record do you need?", widget=forms.RadioSelect, initial=Scope.ESSENTIALS.value,
        choices=[(scope.value, text) for scope, text in SCOPES.items()],
    )  # fmt: skip
    hours = forms.IntegerField(
        label="For how many hours?", initial=USUAL_HOURS, min_value=1, max_value=MOST_HOURS,
        help_text=f"Between 1 and {MOST_HOURS}. You can finish earlier.",
        widget=forms.NumberInput(attrs={"class": "govuk-input--width-2"}),
    )  # fmt: skip


class FinishForm(GovForm):
    """A button that does one thing and asks nothing."""


class ReasonForm(GovForm):
    """A reason, in a sentence."""

    reason = forms.CharField(
        label="Reason", max_length=200, help_text="One sentence. Other teams of this person may read it.",
        widget=forms.Textarea(attrs={"rows": 2}),
    )  # fmt: skip


class EndForm(ReasonForm):
    """When and why does your team's care end?"""

    last_day = DayField(label="Last day of your care", help_text="Today or earlier. Access ends after that day.")
    field_order = ("last_day", "reason")


class ReferralForm(ReasonForm):
    """To which team do you refer this person?"""

    team_id = forms.ChoiceField(label="Team")
    field_order = ("team_id", "reason")

    def __init__(self, *args: Any, teams: Sequence[tuple[int, str]], **options: Any) -> None:
        super().__init__(*args, **options)
        choices = [("", "Choose a team"), *((str(pk), name) for pk, name in teams)]
        self.fields["team_id"] = _among(self.fields["team_id"], choices)


class PartsForm(ReasonForm):
    """Which sensitive parts of the record does this team's care need?"""

    parts = forms.MultipleChoiceField(
        label="Sensitive parts that this care needs", required=False, widget=forms.CheckboxSelectMultiple,
        choices=[(part.value, words_of("sensitive", part.value)) for part in Sensitivity],
    )  # fmt: skip
    field_order = ("parts", "reason")


class HouseholdForm(GovForm):
    """Why do you look at this household?"""

    ground = forms.ChoiceField(
        label="Ground", widget=forms.RadioSelect,
        choices=[(ground.value, text) for ground, text in GROUNDS.items()],
    )  # fmt: skip


def _among(field: forms.Field, choices: Sequence[tuple[str, str]]) -> forms.Field:
    """A field that offers these choices."""
    if not isinstance(field, forms.ChoiceField):
        raise TypeError("only a field of choices offers choices")
    field.choices = choices
    return field
