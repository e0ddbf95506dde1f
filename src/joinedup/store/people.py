"""People as the current release knows them: found and opened only with a grant that an audited action made."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from joinedup.rules.care.access import Purpose, Sensitivity
from joinedup.rules.foundation.errors import DisclosureError


@dataclass(frozen=True, slots=True)
class PersonGrant:
    """Leave to read one person's record once.

    Attributes:
        audit_id: the row in the trace.
        person_id: whose record.
        purpose: why.
        hidden: sensitive parts that stay closed.
        shows_costs: whether costs and payers may be shown.

    Raises:
        DisclosureError: there is no row in the trace.
    """

    audit_id: str
    person_id: int
    purpose: Purpose
    hidden: frozenset[Sensitivity]
    shows_costs: bool = False

    def __post_init__(self) -> None:
        if not self.audit_id:
            raise DisclosureError("a record was about to be read without a row in the trace; write it down first")


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
