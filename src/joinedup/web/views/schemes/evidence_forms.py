"""Forms of the evidence base: an entry, a decision on it, a correction and a withdrawal."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Any

from django import forms

from joinedup.register.actions.evidence_item import EvidenceTerms
from joinedup.rules.programme.evidence_words import Cash, Kind, Outcome, Persistence, Replication, Scale
from joinedup.rules.programme.initiative import CareModel, Cohort, Integration, Level, Pathway
from joinedup.rules.programme.result import VERDICTS
from joinedup.web.form_fields import GovForm


def _choices(kind: Iterable[StrEnum], empty: str = "") -> list[tuple[str, str]]:
    told = [(each.value, each.label) for each in kind]  # type: ignore[attr-defined]
    return [("", empty), *told] if empty else told


class EvidenceForm(GovForm):
    """What an entry of the evidence base says."""

    label = forms.CharField(label="What was tried, in a few words", max_length=200)
    question = forms.CharField(
        label="The question that was asked", max_length=300,
        help_text="For example, Did the team around the practice reduce emergency admissions?",
    )  # fmt: skip
    kind = forms.ChoiceField(label="What sort of evidence it is", choices=_choices(Kind))
    integration = forms.ChoiceField(label="What is brought together", choices=_choices(Integration))
    level = forms.ChoiceField(
        label="Where it is brought together", choices=_choices(Level, "Not told"), required=False
    )  # fmt: skip
    model = forms.ChoiceField(label="New care model", choices=_choices(CareModel, "None of them"), required=False)
    cohort = forms.ChoiceField(label="For whom", choices=_choices(Cohort))
    pathway = forms.ChoiceField(label="Where in services", choices=_choices(Pathway))
    sites = forms.CharField(label="How many places, and which", max_length=300)
    context = forms.CharField(
        label="What somebody elsewhere must know", max_length=2000, required=False, widget=forms.Textarea
    )  # fmt: skip
    outcome = forms.ChoiceField(label="Main outcome", choices=_choices(Outcome))
    verdict = forms.ChoiceField(label="Verdict", choices=[(each, each.capitalize()) for each in VERDICTS])
    ruled_out = forms.CharField(
        label="The effect that is ruled out", max_length=50, required=False,
        help_text="Only with the verdict 'No effect larger than', for example 5%",
    )  # fmt: skip
    grade = forms.TypedChoiceField(
        label="Grade (Maryland scale)", coerce=int, empty_value=None, required=False,
        choices=[("", "None: nothing was evaluated"), ("5", "5: chance decided"), ("4", "4: fair comparison"),
                 ("3", "3: comparison with doubts"), ("2", "2: weak comparison"), ("1", "1: no comparison")],
    )  # fmt: skip
    because = forms.CharField(label="Why this grade", max_length=500)
    note = forms.CharField(label="What was found, in a sentence", max_length=500, required=False)
    effect = forms.FloatField(
        label="Effect", required=False, help_text="Below zero for fewer or less; a ratio below 1"
    )  # fmt: skip
    low = forms.FloatField(label="Lower end of the 95% interval", required=False)
    high = forms.FloatField(label="Upper end of the 95% interval", required=False)
    scale = forms.ChoiceField(label="Scale of the effect", choices=_choices(Scale, "No figure"), required=False)
    unit = forms.CharField(
        label="Unit of a difference", max_length=80, required=False, help_text="For example, admissions a person a year"
    )
    people = forms.IntegerField(label="People or units in the scheme", min_value=0, required=False)
    cost = forms.CharField(label="What it cost and saved", max_length=500, required=False)
    cash = forms.ChoiceField(label="Could the saving be spent?", choices=_choices(Cash))
    persistence = forms.ChoiceField(label="Did it last?", choices=_choices(Persistence))
    replication = forms.ChoiceField(label="Was it seen elsewhere?", choices=_choices(Replication))
    published = forms.CharField(label="Published", max_length=10, help_text="A year, a month or a day, like 2025-03")
    citation = forms.CharField(
        label="Source", max_length=500, help_text="Author, title, publisher and date", widget=forms.Textarea
    )
    where = forms.CharField(label="Page or paragraph", max_length=200, required=False)
    link = forms.CharField(label="Link", max_length=500, required=False, help_text="It begins with https://")
    is_unchecked = forms.BooleanField(label="A figure could not be held against its source", required=False)
    is_public = forms.BooleanField(label="The public may see it once it is approved", required=False)

    def terms(self, evaluation: str = "", evaluation_version: int | None = None) -> EvidenceTerms:
        """What was entered, as the action takes it."""
        told: dict[str, Any] = self.values()
        told.pop("reason", None)
        ruled_out = told.pop("ruled_out")
        if ruled_out and told["verdict"] == "no effect larger than":
            told["verdict"] = f"no effect larger than {ruled_out}"
        return EvidenceTerms(**told, evaluation=evaluation, evaluation_version=evaluation_version)


class EvidenceCorrectionForm(EvidenceForm):
    """A new version of an entry, with the reason for it."""

    field_order = ("reason",)
    reason = forms.CharField(label="What was wrong, or is new", max_length=300)


class EvidenceDecisionForm(GovForm):
    """Approve or refuse."""

    decision = forms.ChoiceField(
        label="Do you approve it?", widget=forms.RadioSelect,
        choices=[("approve", "Yes, it becomes part of the evidence base"), ("refuse", "No")],
    )  # fmt: skip
    remark = forms.CharField(
        label="Remark", max_length=300, required=False, help_text="Say why, if you refuse", widget=forms.Textarea
    )


class EvidenceWithdrawalForm(GovForm):
    """Take an entry out of the evidence base."""

    remark = forms.CharField(label="Why is it withdrawn?", max_length=300, widget=forms.Textarea)
