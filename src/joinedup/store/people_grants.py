"""Leave to read identified people, which only an audited action of the register can give."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TypeVar, final

from joinedup.rules.care.access import Purpose, Sensitivity
from joinedup.rules.foundation.errors import DisclosureError

_UNTRACED = "a record was about to be read without a row in the trace; write it down first"


@final
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
        _refuse_untraced(self.audit_id)


@final
@dataclass(frozen=True, slots=True)
class SearchGrant:
    """Leave to look for people once; the row in the trace names whom the search showed.

    Raises:
        DisclosureError: there is no row in the trace.
    """

    audit_id: str

    def __post_init__(self) -> None:
        _refuse_untraced(self.audit_id)


@final
@dataclass(frozen=True, slots=True)
class CompareGrant:
    """Leave to see two records side by side once.

    Raises:
        DisclosureError: there is no row in the trace.
    """

    audit_id: str

    def __post_init__(self) -> None:
        _refuse_untraced(self.audit_id)


@dataclass(frozen=True, slots=True, repr=False)
class PersonQuery:
    """Whom to look for: an NHS number alone, or a surname with a date of birth or a postcode."""

    nhs_number: str = ""
    forename: str = ""
    surname: str = ""
    date_of_birth: date | None = None
    postcode: str = ""


G = TypeVar("G", PersonGrant, SearchGrant, CompareGrant)


def checked(grant: G, kind: type[G]) -> G:
    """The grant, if it is one.

    Raises:
        DisclosureError: it is something else, or nothing.
    """
    if type(grant) is not kind:
        raise DisclosureError("people are read with a grant only; call the audited action that makes one")
    return grant


def _refuse_untraced(audit_id: str) -> None:
    if not audit_id:
        raise DisclosureError(_UNTRACED)
