"""The circle of support: every service, organisation and payer that touches one person in a window."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from joinedup.rules.foundation.period import Period


@dataclass(frozen=True, slots=True)
class Touch:
    """One contact between a person and a service.

    Attributes:
        day: first day of the contact.
        service: service type; where a source has none, its setting.
        organisation: who provided it; None when not said.
        payer: who paid; None when not said.
        until: last day, for what lasts (a stay, a package); None for a single day or while it lasts.
        lasts: whether the contact still lasts when `until` is None.
    """

    day: date
    service: str
    organisation: str | None = None
    payer: str | None = None
    until: date | None = None
    lasts: bool = False

    def touches(self, window: Period) -> bool:
        """Whether any day of the contact lies in the window."""
        last = self.until or (date.max if self.lasts else self.day)
        return self.day < window.end and last >= window.start


@dataclass(frozen=True, slots=True)
class Tie:
    """One line of the web: a service by one organisation for one payer, and how often."""

    service: str
    organisation: str | None
    payer: str | None
    contacts: int
    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Circle:
    """The web of care round one person.

    Attributes:
        ties: one line for each service, organisation and payer, in alphabetical order.
    """

    ties: tuple[Tie, ...]

    @property
    def services(self) -> tuple[str, ...]:
        """Different services."""
        return tuple(sorted({tie.service for tie in self.ties}))

    @property
    def organisations(self) -> tuple[str, ...]:
        """Different organisations that are known."""
        return tuple(sorted({tie.organisation for tie in self.ties if tie.organisation}))

    @property
    def payers(self) -> tuple[str, ...]:
        """Different payers that are known."""
        return tuple(sorted({tie.payer for tie in self.ties if tie.payer}))


def circle_of_support(touches: Iterable[Touch], window: Period) -> Circle:
    """Draw the circle of support of one person: which services, organisations and payers touch them.

    The same service from two providers counts as one service and two organisations.

    Args:
        touches: contacts of one person, in any order.
        window: the days to look at, usually 365.

    Source: NAO 2017 paragraph 1.7 and Figure 4 (M1); joinedup specification 1.2.

    >>> w = Period(date(2024, 4, 1), date(2025, 4, 1))
    >>> c = circle_of_support([Touch(date(2024, 5, 1), "physio", "A"), Touch(date(2024, 6, 1), "physio", "B")], w)
    >>> len(c.services), len(c.organisations)
    (1, 2)
    """
    found: dict[tuple[str, str, str], list[Touch]] = {}
    for touch in touches:
        if touch.touches(window):
            key = (touch.service, touch.organisation or "", touch.payer or "")
            found.setdefault(key, []).append(touch)
    ties = (
        Tie(key[0], key[1] or None, key[2] or None, len(same), min(t.day for t in same), max(t.day for t in same))
        for key, same in sorted(found.items())
    )
    return Circle(tuple(ties))
