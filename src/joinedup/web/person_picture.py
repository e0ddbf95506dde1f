"""The circle of support as the person page draws it and tells it: one row a service."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.safestring import SafeString

from joinedup.rules.care.circle import Circle, Tie
from joinedup.web.care_words import words_of
from joinedup.web.charts.circle import Spoke, circle_chart


@dataclass(frozen=True, slots=True)
class ServiceTies:
    """One service round a person, with everybody who gives it or pays for it.

    Attributes:
        label: its name.
        organisations, payers: codes.
        contacts: how often in the window.
        first, last: days of the first and the last contact.
    """

    label: str
    organisations: tuple[str, ...]
    payers: tuple[str, ...]
    contacts: int
    first: date
    last: date


def ties_by_service(circle: Circle | None) -> tuple[ServiceTies, ...]:
    """The circle with one row a service, by name; () where there is none."""
    found: dict[str, list[Tie]] = {}
    for tie in circle.ties if circle else ():
        found.setdefault(tie.service, []).append(tie)
    return tuple(sorted((_gathered(code, ties) for code, ties in found.items()), key=lambda row: row.label))


def circle_picture(circle: Circle | None) -> SafeString | None:
    """The circle drawn; None where nobody is in it."""
    rows = ties_by_service(circle)
    if circle is None or not rows:
        return None
    spokes = [Spoke(row.label, row.contacts) for row in rows]
    told = (
        f"{len(rows)} services by {len(circle.organisations)} organisations in the last 12 months. "
        "Lines are thicker where there were more contacts. The table below says the same."
    )
    return circle_chart("Person", spokes, "Circle of support", told)


def _gathered(code: str, ties: Sequence[Tie]) -> ServiceTies:
    return ServiceTies(
        label=words_of("services", code),
        organisations=tuple(sorted({tie.organisation for tie in ties if tie.organisation})),
        payers=tuple(sorted({tie.payer for tie in ties if tie.payer})),
        contacts=sum(tie.contacts for tie in ties),
        first=min(tie.first for tie in ties),
        last=max(tie.last for tie in ties),
    )
