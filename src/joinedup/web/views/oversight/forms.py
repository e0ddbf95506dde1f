"""Forms of the oversight room."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms

from joinedup.register.actions.audit_sample import LARGEST
from joinedup.register.actions.identity_review import LONGEST_REASON
from joinedup.register.models.flow import ObjectionKind
from joinedup.register.models.identity_review import IdentityDecision
from joinedup.register.models.relationship import ReviewOutcome
from joinedup.register.queries.identity_review import RecordShown
from joinedup.rules.foundation.errors import DefinitionError
from joinedup.rules.foundation.flow import OptOut, Use
from joinedup.rules.foundation.identifier import parse_person_id
from joinedup.web.form_fields import DayField, GovForm

_USES = {
    Use.DIRECT_CARE: "A person's own care",
    Use.PLANNING: "Planning and commissioning",
    Use.RISK_STRATIFICATION: "Finding people who may need care",
    Use.EVALUATION: "Evaluation",
    Use.PUBLIC_STATISTICS: "Public statistics",
}
_OPT_OUTS = {
    OptOut.NATIONAL: "National data opt-out\nConfidential patient information from health and adult social care",
    OptOut.TYPE1: "Type 1 opt-out\nData that leave a GP practice",
    OptOut.NONE: "Neither\nOutside both: police, benefits, children's social care, published statistics",
}


class PersonIdField(forms.CharField):
    """A pseudonym as people write it; cleaned to a number."""

    def clean(self, value: Any) -> Any:
        """The pseudonym as a number; None where the field may be empty and is."""
        text = super().clean(value)
        if not text:
            return None
        try:
            return parse_person_id(text)
        except DefinitionError as error:
            raise forms.ValidationError("Enter a pseudonym: P and 13 letters or digits") from error


class FindingForm(GovForm):
    """Are these two records one person?"""

    decision = forms.ChoiceField(
        label="Are these two records one person?", widget=forms.RadioSelect, choices=IdentityDecision.choices
    )
    reason = forms.CharField(
        label="Why?", max_length=LONGEST_REASON, widget=forms.Textarea(attrs={"rows": 3}),
        help_text="What your decision rests on, for another officer to judge. Name nobody.",
    )  # fmt: skip


class FirstFindingForm(FindingForm):
    """The first officer may ask for a second."""

    wants_second = forms.BooleanField(
        label="Ask another officer for a second opinion", required=False,
        help_text="Their decision is final. Who is not sure always asks.",
    )  # fmt: skip


class WithdrawForm(GovForm):
    """Why is this decision taken back?"""

    reason = forms.CharField(
        label="Why is it taken back?", max_length=LONGEST_REASON, widget=forms.Textarea(attrs={"rows": 3})
    )


class PeopleForm(GovForm):
    """Whose records do you want to compare?"""

    person = PersonIdField(label="Pseudonym of a person", max_length=20, help_text="P and 13 letters or digits")
    other = PersonIdField(
        label="Pseudonym of another person", max_length=20, required=False,
        help_text="For two people who may be one. Leave it empty to look for records of somebody else in one person.",
    )  # fmt: skip


class RecordsForm(GovForm):
    """Which two records do you want to compare?"""

    one = forms.ChoiceField(label="First record")
    two = forms.ChoiceField(label="Second record")

    def __init__(self, *args: Any, records: Sequence[RecordShown], **options: Any) -> None:
        super().__init__(*args, **options)
        choices = [(row.record, f"{row.record} of {row.person}: {row.kind.lower()}") for row in records]
        for name in ("one", "two"):
            field = self.fields[name]
            if isinstance(field, forms.ChoiceField):
                field.choices = choices

    def clean(self) -> dict[str, Any]:
        """Two records, not one."""
        found = super().clean() or self.cleaned_data
        if found.get("one") and found.get("one") == found.get("two"):
            self.add_error("two", "Choose another record than the first")
        return found


class FlowForm(GovForm):
    """On what basis do the data flow?"""

    source = forms.CharField(label="Source", max_length=64, help_text="Its id in place.toml, for example gp_patients")
    label = forms.CharField(label="What people call it", max_length=200)
    legal_basis = forms.CharField(label="Legal basis", max_length=300, widget=forms.Textarea(attrs={"rows": 3}))
    purposes = forms.MultipleChoiceField(
        label="What may the data be used for?", widget=forms.CheckboxSelectMultiple,
        choices=[(use.value, text) for use, text in _USES.items()],
    )  # fmt: skip
    controller = forms.CharField(label="Controller", max_length=200, help_text="Who answers for the data")
    processor = forms.CharField(label="Processor", max_length=200, required=False)
    opt_out = forms.ChoiceField(
        label="Which opt-out applies to uses other than a person's own care?", widget=forms.RadioSelect,
        choices=[(kind.value, text) for kind, text in _OPT_OUTS.items()],
    )  # fmt: skip
    agreement = forms.CharField(label="Where is the signed agreement?", max_length=300, required=False)
    valid_from = DayField(label="First day")
    expires = DayField(label="Last day")
    template = forms.CharField(widget=forms.HiddenInput, required=False, max_length=64)


class FlowDecisionForm(GovForm):
    """Do you approve this flow?"""

    decision = forms.ChoiceField(
        label="Do you approve this flow?", widget=forms.RadioSelect,
        choices=[("approve", "Yes, approve it"), ("refuse", "No, refuse it")],
    )  # fmt: skip
    remark = forms.CharField(
        label="Remark", required=False, max_length=300, widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Needed where you refuse it",
    )  # fmt: skip


class FlowEndForm(GovForm):
    """Why does this flow end?"""

    remark = forms.CharField(label="Why does it end?", max_length=300, widget=forms.Textarea(attrs={"rows": 3}))


class ObjectionForm(GovForm):
    """What does the person object to?"""

    person = PersonIdField(label="Pseudonym of the person", max_length=20, help_text="P and 13 letters or digits")
    kind = forms.ChoiceField(label="What do they object to?", widget=forms.RadioSelect, choices=ObjectionKind.choices)
    since = DayField(label="Since when?")
    remark = forms.CharField(
        label="How did they say so?", required=False, max_length=300, help_text="By letter, by telephone. Name nobody."
    )


class ObjectionEndForm(GovForm):
    """What is the last day of this objection?"""

    last_day = DayField(label="What is the last day on which they object?")


class RetentionForm(GovForm):
    """How long is it kept?"""

    keep_days = forms.IntegerField(
        label="Days", required=False, min_value=1, max_value=36_525,
        widget=forms.NumberInput(attrs={"class": "govuk-input--width-5", "inputmode": "numeric"}),
    )  # fmt: skip
    keep_releases = forms.IntegerField(
        label="Number of releases", required=False, min_value=1, max_value=1_000,
        help_text="Instead of days; the current release is one of them",
        widget=forms.NumberInput(attrs={"class": "govuk-input--width-5", "inputmode": "numeric"}),
    )  # fmt: skip
    basis = forms.CharField(label="Which law or schedule says so?", max_length=300)


class EmergencyReviewForm(GovForm):
    """Was this emergency access justified?"""

    outcome = forms.ChoiceField(
        label="Was this emergency access justified?", widget=forms.RadioSelect, choices=ReviewOutcome.choices
    )
    remark = forms.CharField(
        label="What does your judgement rest on?", max_length=500, widget=forms.Textarea(attrs={"rows": 3})
    )


class SampleForm(GovForm):
    """Whose records do you want to look at?"""

    opened_from = DayField(label="First day of the period")
    opened_to = DayField(label="Last day of the period")
    size = forms.IntegerField(
        label="How many people?", min_value=1, max_value=LARGEST, help_text=f"Up to {LARGEST}",
        widget=forms.NumberInput(attrs={"class": "govuk-input--width-3", "inputmode": "numeric"}),
    )  # fmt: skip
    why = forms.CharField(label="What is the audit for?", max_length=300)
