"""Forms about schemes, their boards, their evaluations and what they spend."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms

from joinedup.register.actions.scheme import SchemeTerms
from joinedup.register.models.scheme import LineKind
from joinedup.register.queries import scheme_choice
from joinedup.rules.programme.initiative import MEANING, Aim, CareModel, Cohort, Integration, Level, Pathway
from joinedup.web.form_fields import DayField, GovForm, offer

NONE = ("", "None of these")


def pence_of(pounds: Decimal | None) -> int | None:
    """Whole pence of pounds that a form took with at most two decimals."""
    return None if pounds is None else int(pounds * 100)


def money(label: str, *, least: int | None = 0, **options: Any) -> forms.DecimalField:
    """A field for pounds."""
    widget = forms.NumberInput(attrs={"prefix": "£", "class": "govuk-input--width-10", "inputmode": "decimal"})
    return forms.DecimalField(
        label=label, max_digits=15, decimal_places=2, min_value=least, widget=widget, required=False, **options
    )


def _count(label: str, help_text: str = "") -> forms.IntegerField:
    widget = forms.NumberInput(attrs={"class": "govuk-input--width-5", "inputmode": "numeric"})
    return forms.IntegerField(
        label=label, min_value=1, max_value=10**8, widget=widget, required=False, help_text=help_text
    )


class SchemeForm(GovForm):
    """What is this scheme?"""

    name = forms.CharField(label="Name", max_length=200)
    slug = forms.CharField(
        label="Id", max_length=64, help_text="As the records of its enrolments have it, for example mdt_fenwick",
    )  # fmt: skip
    about = forms.CharField(
        label="What does it do?", max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    integration = forms.ChoiceField(
        label="What is brought together?", widget=forms.RadioSelect,
        choices=[(each.value, f"{each.label}\n{MEANING[each]}") for each in Integration],
    )  # fmt: skip
    level = forms.ChoiceField(
        label="At which level?", widget=forms.RadioSelect, required=False,
        choices=[NONE, *((each.value, f"{each.label}\n{MEANING[each]}") for each in Level)],
    )  # fmt: skip
    model = forms.ChoiceField(
        label="New care model", required=False, choices=[NONE, *((each.value, each.label) for each in CareModel)]
    )
    aim = forms.ChoiceField(label="Main aim", choices=[(each.value, each.label) for each in Aim])
    cohort = forms.ChoiceField(label="For whom?", choices=[(each.value, each.label) for each in Cohort])
    pathway = forms.ChoiceField(label="On which pathway?", choices=[(each.value, each.label) for each in Pathway])
    areas = forms.MultipleChoiceField(label="Where?", required=False, widget=forms.CheckboxSelectMultiple)
    owner = forms.ChoiceField(label="Which organisation answers for it?")
    lead_id = forms.ChoiceField(label="Which person answers for it?", required=False)
    sponsor = forms.ChoiceField(label="Which organisation sponsors it?", required=False)
    begins = DayField(label="First day")
    ends = DayField(label="Last day", required=False)
    funding = forms.CharField(label="Where does the money come from?", max_length=200)
    yearly_cost = money("Cost a year")
    planned_spend = money("Planned spending in all")
    horizon_months = _count("Months until its benefits are to be there")
    planned_people = _count("People to be enrolled", "This and the next three say what the scheme could show at all.")
    event_rate = forms.DecimalField(
        label="Events a person a year without it", max_digits=8, decimal_places=4, min_value=Decimal("0.0001"),
        required=False, widget=forms.NumberInput(attrs={"class": "govuk-input--width-5", "inputmode": "decimal"}),
        help_text="For example 1.2 emergency admissions",
    )  # fmt: skip
    dispersion = forms.DecimalField(
        label="Dispersion", max_digits=6, decimal_places=2, min_value=Decimal("0.01"), initial=1,
        widget=forms.NumberInput(attrs={"class": "govuk-input--width-5", "inputmode": "decimal"}),
        help_text="How many times the variance of events exceeds their mean; about 2 for people picked for high use",
    )  # fmt: skip
    follow_up_months = forms.IntegerField(
        label="Months of follow-up", min_value=1, max_value=600, initial=12,
        widget=forms.NumberInput(attrs={"class": "govuk-input--width-5", "inputmode": "numeric"}),
    )  # fmt: skip

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        bodies = scheme_choice.organisations()
        offer(self, "areas", scheme_choice.areas())
        offer(self, "owner", bodies)
        offer(self, "sponsor", (("", "Nobody"), *bodies))
        offer(self, "lead_id", (("", "Nobody yet"), *scheme_choice.leads()))

    def terms(self) -> SchemeTerms:
        """What was entered, as the action takes it."""
        told = self.values()
        money = {f"{name}_pence": pence_of(told.pop(name)) for name in ("yearly_cost", "planned_spend")}
        lead = told.pop("lead_id")
        return SchemeTerms(**{**told, **money, "areas": tuple(told["areas"]), "lead_id": int(lead) if lead else None})


class SpendForm(GovForm):
    """What was spent?"""

    pounds = money("How much was spent?", least=None, help_text="An amount below zero puts an earlier entry right")
    on = DayField(label="On which day?")
    reference = forms.CharField(label="Where does the ledger show it?", max_length=200)

    def clean_pounds(self) -> Decimal:
        """An amount there is."""
        found: Decimal | None = self.cleaned_data["pounds"]
        if found is None:
            raise forms.ValidationError("Enter how much was spent")
        return found


class LineForm(GovForm):
    """To which board does it report?"""

    board = forms.ChoiceField(label="Board")
    kind = forms.ChoiceField(label="How?", widget=forms.RadioSelect, choices=LineKind.choices)
    cadence_days = forms.IntegerField(
        label="Days between two reports", min_value=1, max_value=3660, initial=90,
        widget=forms.NumberInput(attrs={"class": "govuk-input--width-4", "inputmode": "numeric"}),
    )  # fmt: skip

    since = DayField(label="Since when?")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        offer(self, "board", scheme_choice.boards())


class ReportForm(GovForm):
    """What was reported?"""

    on = DayField(label="On which day?")
    said = forms.CharField(
        label="What was reported, in a sentence?", max_length=500, widget=forms.Textarea(attrs={"rows": 3})
    )


class EndLineForm(GovForm):
    """Does the scheme no longer report to this board?"""


class EvaluationForm(GovForm):
    """How will we know whether it works?"""

    question = forms.CharField(
        label="What is asked?", max_length=500, widget=forms.Textarea(attrs={"rows": 3}),
        help_text="For example: do people in the scheme have fewer emergency admissions than people like them?",
    )  # fmt: skip
    protocol = forms.CharField(
        label="Name of the protocol", max_length=100,
        help_text="The file in the place's folder evaluations, without .toml; for example team-fenwick",
    )  # fmt: skip
    due = DayField(label="When is the result due?", required=False)


class WithdrawForm(GovForm):
    """Why is this evaluation withdrawn?"""

    reason = forms.CharField(label="Why?", max_length=300, widget=forms.Textarea(attrs={"rows": 3}))
