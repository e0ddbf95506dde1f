"""Claims: what somebody says a scheme saves or changes."""

from __future__ import annotations

from enum import StrEnum


class ClaimKind(StrEnum):
    """What is claimed."""

    SAVING = "saving"
    EFFECT = "effect"

    @property
    def label(self) -> str:
        """What pages call it."""
        return "Money saved" if self is ClaimKind.SAVING else "Something changed"


class Unit(StrEnum):
    """What a claim is counted in; amounts are whole hundredths of it, for pounds that is pence."""

    POUNDS = "pounds"
    PERCENT = "percent"
    POINTS = "points"
    ADMISSIONS = "admissions"
    BED_DAYS = "bed_days"
    DAYS_DELAYED = "days_delayed"
    PEOPLE = "people"

    @property
    def label(self) -> str:
        """What pages call it."""
        return {
            Unit.POUNDS: "Pounds a year", Unit.PERCENT: "Per cent change", Unit.POINTS: "Percentage points",
            Unit.ADMISSIONS: "Admissions a year", Unit.BED_DAYS: "Bed days a year",
            Unit.DAYS_DELAYED: "Days delayed a year", Unit.PEOPLE: "People a year",
        }[self]  # fmt: skip
