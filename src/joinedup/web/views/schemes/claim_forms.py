"""Forms about claims and the budgets that fell because of them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms

from joinedup.register.actions.claim import ClaimTerms, Reduction, Said
from joinedup.register.models.claim import ReductionKind
from joinedup.register.queries import scheme_choice
from joinedup.rules.programme.claim import ClaimKind, Unit
from joinedup.web.form_fields import DayField, GovForm, offer
from joinedup.web.views.schemes.forms import money, pence_of

_FALLS = "In the claim's unit, without signs such as £ or %. A fall is written with a minus, a saving without."


def _amount(label: str, *, is_required: bool = False, help_text: str = "") -> forms.DecimalField:
    widget = forms.TextInput(attrs={"class": "govuk-input--width-10"})
    return forms.DecimalField(
        label=label, max_digits=16, decimal_places=2, required=is_required, widget=widget, help_text=help_text
    )


class SaidForm(GovForm):
    """What does the claim say now?"""

    planned = _amount("Planned", is_required=True, help_text=_FALLS)
    forecast = _amount(
        "Forecast", help_text="What is now expected by the day it is due. Leave it empty if nobody says."
    )
    realised = _amount("Realised so far")
    is_cancelled = forms.BooleanField(label="The claim is withdrawn", required=False)
    on = DayField(label="From which day does it say so?")
    reason = forms.CharField(label="Why?", max_length=300, widget=forms.Textarea(attrs={"rows": 3}))

    def said(self) -> Said:
        """What was entered, as the action takes it."""
        told = self.cleaned_data
        return Said(
            planned=_hundredths(told["planned"]) or 0, forecast=_hundredths(told["forecast"]),
            realised=_hundredths(told["realised"]), is_cancelled=told["is_cancelled"], on=told["on"],
            reason=told["reason"],
        )  # fmt: skip


class ClaimForm(GovForm):
    """What is claimed?"""

    title = forms.CharField(label="What is claimed, in a few words?", max_length=200)
    kind = forms.ChoiceField(
        label="What kind of claim is it?", widget=forms.RadioSelect,
        choices=[(each.value, each.label) for each in ClaimKind],
    )  # fmt: skip
    unit = forms.ChoiceField(label="Unit", choices=[(each.value, each.label) for each in Unit])
    measure = forms.CharField(
        label="Measure", max_length=200, help_text="What changes, for example emergency admissions"
    )
    outcome = forms.CharField(
        label="Outcome in protocols", max_length=64, required=False,
        help_text="Its name there, for example emergency_admissions. Empty takes what the evaluation rests on.",
    )  # fmt: skip
    baseline = _amount("Baseline", help_text="What it is without the scheme, in the claim's unit")
    source = forms.CharField(label="Where was it claimed?", max_length=300, required=False)
    claimant = forms.ChoiceField(label="Who claims it?")
    begins = DayField(label="From when is the benefit to be there?")
    due = DayField(label="By when is all of it to be there?")
    is_cashable = forms.BooleanField(
        label="It is money that somebody can spend elsewhere", required=False,
        help_text="Such money counts as realised only as far as the budget below fell.",
    )  # fmt: skip
    budget_line = forms.CharField(label="Budget line that would fall", max_length=120, required=False)
    budget_owner = forms.ChoiceField(label="Whose budget is it?", required=False)
    budget_holder_id = forms.ChoiceField(label="Who holds it?", required=False)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        bodies = scheme_choice.organisations()
        offer(self, "claimant", bodies)
        offer(self, "budget_owner", (("", "Nobody"), *bodies))
        offer(self, "budget_holder_id", (("", "Nobody"), *scheme_choice.leads()))

    def terms(self) -> ClaimTerms:
        """What was entered, as the action takes it."""
        told = {
            name: self.cleaned_data[name] for name in ClaimForm.base_fields if name not in {"submission", "version"}
        }
        holder = told.pop("budget_holder_id")
        return ClaimTerms(
            **{**told, "baseline": _hundredths(told["baseline"]), "budget_holder_id": int(holder) if holder else None}
        )


class NewClaimForm(ClaimForm, SaidForm):
    """A claim, with what it says first."""

    field_order = tuple(ClaimForm.base_fields)


class ReductionForm(GovForm):
    """Which budget fell?"""

    pounds = money("By how much did it fall?", help_text="For a year")
    kind = forms.ChoiceField(label="What shows it?", widget=forms.RadioSelect, choices=ReductionKind.choices)
    reference = forms.CharField(
        label="Id of the posting or of the decision", max_length=120,
        help_text="It is counted once for this budget line, whatever claims it.",
    )  # fmt: skip
    on = DayField(label="On which day?")

    def clean_pounds(self) -> Decimal:
        """An amount there is."""
        found: Decimal | None = self.cleaned_data["pounds"]
        if not found:
            raise forms.ValidationError("Enter by how much the budget fell")
        return found

    def reduction(self) -> Reduction:
        """What was entered, as the action takes it."""
        told = self.cleaned_data
        return Reduction(pence_of(told["pounds"]) or 0, told["on"], told["kind"], told["reference"])


class DecisionForm(GovForm):
    """Did your budget fall?"""

    decision = forms.ChoiceField(
        label="Did this budget fall?", widget=forms.RadioSelect,
        choices=[("yes", "Yes, I confirm it"), ("no", "No, I refuse it")],
    )  # fmt: skip
    remark = forms.CharField(
        label="Remark", required=False, max_length=300, widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Say why where you refuse it.",
    )  # fmt: skip


def _hundredths(value: Decimal | None) -> int | None:
    return pence_of(value)
