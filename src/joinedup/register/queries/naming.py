"""Names of organisations and teams, and how to reach them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from joinedup.register.actor import Actor
from joinedup.register.models import Organisation, Team


@dataclass(frozen=True, slots=True)
class Contact:
    """An organisation as pages name it.

    Attributes:
        code: its code in the records.
        name: its name; the code where the register does not know it.
        phone, email: how to reach it; "" where not recorded.
    """

    code: str
    name: str
    phone: str = ""
    email: str = ""


def contacts(codes: Iterable[str | None]) -> Mapping[str, Contact]:
    """Organisations by code; one that the register does not know goes by its code."""
    wanted = {code for code in codes if code}
    known = {
        found.code: Contact(found.code, found.name, found.phone, found.email)
        for found in Organisation.objects.filter(code__in=wanted)
    }
    return {code: known.get(code) or Contact(code, code) for code in wanted}


def other_teams(*, by: Actor) -> tuple[tuple[int, str], ...]:
    """Teams that a person can be referred to, with their organisation, by name; the actor's own is not among them."""
    found = Team.objects.exclude(pk=by.team_id or 0).select_related("organisation")
    return tuple((team.pk, f"{team.name}, {team.organisation.name}") for team in found.order_by("name", "pk"))
