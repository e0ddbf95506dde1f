"""Who works in the demonstration place, as data/register.toml tells it."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from typing import Any

from joinedup.rules.foundation.role import Role


@dataclass(frozen=True, slots=True)
class DemoTeam:
    """A team, and where its caseload is drawn from: a table of the release, or another team that refers to it."""

    key: str
    organisation: str
    name: str
    service: str
    phone: str
    email: str
    people: int
    drawn_from: str = ""
    referred_by: str = ""


@dataclass(frozen=True, slots=True)
class DemoUser:
    """A user with the role they hold."""

    account: str
    forename: str
    surname: str
    role: Role
    organisation: str
    team: str = ""


@dataclass(frozen=True, slots=True)
class DemoTask:
    """A task about the first person of a story."""

    story: str
    team: str
    title: str
    due_in_days: int


@dataclass(frozen=True, slots=True)
class DemoEmergency:
    """A record of a story opened in an emergency."""

    account: str
    story: str
    reason: str


@dataclass(frozen=True, slots=True)
class DemoMeeting:
    """A team meeting with the first people of its caseload on the list."""

    team: str
    title: str
    in_days: int
    people: int


@dataclass(frozen=True, slots=True)
class DemoFlow:
    """A flow of data that somebody proposed, and another may have approved."""

    account: str
    source: str
    label: str
    legal_basis: str
    purposes: list[str]
    controller: str
    opt_out: str
    expires_in_days: int
    approved_by: str = ""


@dataclass(frozen=True, slots=True)
class DemoDecision:
    """What a linkage officer decided about one of the uncertain pairs, counted from zero."""

    account: str
    pair: int
    decision: str
    reason: str


@dataclass(frozen=True, slots=True)
class DemoClearance:
    """Sensitive parts of a story's records that a team's care needs."""

    account: str
    story: str
    parts: list[str]
    reason: str


@dataclass(frozen=True, slots=True)
class Staff:
    """Everybody who works there, and what they are about to do."""

    password: str
    first_day: date
    organisations: tuple[tuple[str, str, str], ...]
    teams: tuple[DemoTeam, ...]
    users: tuple[DemoUser, ...]
    stories: dict[str, list[str]]
    tasks: tuple[DemoTask, ...]
    emergencies: tuple[DemoEmergency, ...]
    meetings: tuple[DemoMeeting, ...]
    flows: tuple[DemoFlow, ...]
    decisions: tuple[DemoDecision, ...]
    clearances: tuple[DemoClearance, ...]

    def user_of(self, team: str) -> DemoUser:
        """The first user of a team who cares for people."""
        return next(user for user in self.users if user.team == team)


def read_staff() -> Staff:
    """The staff of the demonstration place."""
    text = files("joinedup.demo").joinpath("data/register.toml").read_text(encoding="utf-8")
    told: dict[str, Any] = tomllib.loads(text)
    return Staff(
        password=told["password"],
        first_day=told["first_day"],
        organisations=tuple((row["code"], row["name"], row["kind"]) for row in told["organisations"]),
        teams=tuple(DemoTeam(**row) for row in told["teams"]),
        users=tuple(DemoUser(**{**row, "role": Role(row["role"])}) for row in told["users"]),
        stories=told["stories"],
        tasks=tuple(DemoTask(**row) for row in told["tasks"]),
        emergencies=tuple(DemoEmergency(**row) for row in told["emergencies"]),
        meetings=tuple(DemoMeeting(**row) for row in told["meetings"]),
        flows=tuple(DemoFlow(**row) for row in told["flows"]),
        decisions=tuple(DemoDecision(**row) for row in told["decisions"]),
        clearances=tuple(DemoClearance(**row) for row in told["clearances"]),
    )
