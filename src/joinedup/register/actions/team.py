"""Teams of organisations: people are cared for by teams."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from joinedup.register.actor import Actor
from joinedup.register.audit import Entry, audit
from joinedup.register.models import Organisation, Team
from joinedup.rules.foundation.errors import Invalid
from joinedup.rules.foundation.role import Ability


@dataclass(frozen=True, slots=True)
class TeamEntry:
    """What is entered of a team: its name, what it does, and how to reach it."""

    name: str
    service: str = ""
    phone: str = ""
    email: str = ""


def add(*, organisation: Organisation, entry: TeamEntry, by: Actor | None) -> Team:
    """Add a team to an organisation.

    Raises:
        Invalid: the name is empty or taken there, or the address is none.
    """
    _require(by)
    _check(entry, organisation.pk)
    with transaction.atomic():
        team = Team.objects.create(organisation=organisation, **asdict(entry))
        audit(Entry("team.added", f"team/{team.pk}", detail={"after": asdict(entry)}), by=by)
    return team


def change(*, team: Team, entry: TeamEntry, by: Actor) -> None:
    """Change a team's name, service or how to reach it.

    Raises:
        Invalid: the name is empty or taken there, or the address is none.
    """
    _require(by)
    _check(entry, team.organisation_id, but=team.pk)
    before = {name: getattr(team, name) for name in asdict(entry)}
    with transaction.atomic():
        Team.objects.filter(pk=team.pk).update(**asdict(entry))
        audit(Entry("team.changed", f"team/{team.pk}", detail={"before": before, "after": asdict(entry)}), by=by)


def _check(entry: TeamEntry, organisation_id: int, but: int = 0) -> None:
    faults: dict[str, str] = {}
    if not entry.name.strip() or len(entry.name) > 120:
        faults["name"] = "Enter a name of at most 120 characters"
    elif Team.objects.filter(organisation_id=organisation_id, name=entry.name).exclude(pk=but).exists():
        faults["name"] = "This organisation already has a team with this name"
    try:
        if entry.email:
            validate_email(entry.email)
    except ValidationError:
        faults["email"] = "Enter an e-mail address in the form name@example.org, or leave it empty"
    if faults:
        raise Invalid(faults)


def _require(by: Actor | None) -> None:
    if by is not None:
        by.require(Ability.MANAGE_USERS)
