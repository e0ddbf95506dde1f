"""People as the current release knows them: found and opened only with a grant that an audited action made."""

from __future__ import annotations

from pathlib import Path

from joinedup.store.people_grants import CompareGrant, PersonGrant, PersonQuery, SearchGrant
from joinedup.store.people_shown import (
    Changes,
    CostShown,
    DelayShown,
    Diagnosis,
    Found,
    HouseholdAgency,
    HouseholdMember,
    HouseholdShown,
    Identified,
    PackageShown,
    PairToReview,
    SourceAsAt,
    SymptomShown,
)

__all__ = [
    "Changes",
    "CompareGrant",
    "CostShown",
    "DelayShown",
    "Diagnosis",
    "Found",
    "HouseholdAgency",
    "HouseholdMember",
    "HouseholdShown",
    "Identified",
    "PackageShown",
    "PairToReview",
    "People",
    "PersonGrant",
    "PersonQuery",
    "SearchGrant",
    "SourceAsAt",
    "SymptomShown",
]


class People:
    """Reads people of a place's current release; safe to share between threads.

    Args:
        folder: the place's folder.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def refresh(self) -> None:
        """Turn to the current release if it is another one than before."""

    def current(self, person_id: int) -> tuple[int, ...]:
        """Whom a pseudonym stands for today: one person; several after a split; () when it never stood for anybody."""
        return (person_id,)

    def aliases(self, person_id: int) -> frozenset[int]:
        """Every pseudonym that ever stood for a person of today, that person's own included."""
        return frozenset({person_id})
