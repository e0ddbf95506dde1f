"""What every address must answer to whom, from the rules of roles and records alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from joinedup.register.scope import SCOPES, Scope
from joinedup.rules.care.access import Case, Purpose, decide
from joinedup.rules.foundation.role import Ability
from tests.web.proof.world import Someone, Tie

SELDOM: Final = (Tie.CARE,)
ALWAYS: Final = tuple(Tie)


@dataclass(frozen=True, slots=True)
class Expected:
    """What one address answers to one somebody.

    Attributes:
        status: the status.
        names: how many rows of the trace name the person, because their record was read.
        shows: the page shows who the person is.
        refusals: rows of the trace that tell a refusal.
    """

    status: int
    names: int = 0
    shows: bool = False
    refusals: int = 0


REFUSED: Final = Expected(403, refusals=1)
NOT_THERE: Final = Expected(404)
SHOWN: Final = Expected(200, names=1, shows=True)
Rule = Callable[[Someone], Expected]


@dataclass(frozen=True, slots=True)
class Door:
    """One address: what it answers to those whose role may come in; `ties` are those that could make a difference."""

    rule: Rule
    ties: tuple[Tie, ...] = SELDOM
    method: str = "get"
    sent: Mapping[str, object] = field(default_factory=dict)
    scope: Scope | None = None

    def expected(self, who: Someone, abilities: tuple[Ability, ...]) -> Expected:
        """What it answers to somebody, behind the abilities that its view names."""
        asked = (SCOPES[self.scope].ability,) if self.scope else abilities
        return self.rule(who) if who.may(*asked) else REFUSED


def plain(status: int = 200, *, ties: tuple[Tie, ...] = SELDOM, method: str = "get") -> Door:
    """Answered alike to all who come in; it reads no record."""
    return Door(lambda who: Expected(status), ties, method)


def record(purpose: Purpose = Purpose.DIRECT_CARE, method: str = "get", **sent: object) -> Door:
    """Opens the person's record for a purpose; who may only draw samples must say so first."""

    def rule(who: Someone) -> Expected:
        asks_first = purpose is Purpose.DIRECT_CARE and not who.may(Ability.OPEN_RECORD)
        return Expected(302) if asks_first and who.may(Ability.SAMPLE_RECORD) else opened(who, purpose)

    return Door(rule, ALWAYS, method, sent)


def opened(who: Someone, purpose: Purpose = Purpose.DIRECT_CARE) -> Expected:
    """What the rule of records says."""
    is_open = decide(Case(who.role, who.tie.relationship, purpose)).is_open
    return SHOWN if is_open else Expected(403, names=1, refusals=1)


def of_team(shown: Expected = SHOWN, others: Expected = NOT_THERE) -> Door:
    """Something of the caring team, which nobody of another team reaches."""
    return Door(lambda who: shown if who.tie is Tie.CARE else others, ALWAYS)


def scoped(scope: Scope, rule: Rule = lambda who: Expected(200), **sent: object) -> Door:
    """A call of a program whose token has every scope: the role decides."""
    return Door(rule, ALWAYS, "post" if sent else "get", sent, scope)
