"""People as the current release knows them: found and opened only with a grant that an audited action made."""

from __future__ import annotations

from dataclasses import dataclass

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
