"""The purpose for which a user opens a person's record, kept in their session for that person."""

from __future__ import annotations

from django.http import HttpRequest

from joinedup.register.actor import Actor
from joinedup.rules.care.access import Purpose
from joinedup.rules.foundation.identifier import display_person_id
from joinedup.rules.foundation.role import Ability

#: Where the session keeps purposes, by pseudonym, the newest last, and how many of them.
PURPOSES = "purposes"
_KEPT = 50


def purposes_for(by: Actor) -> tuple[Purpose, ...]:
    """What a role may choose on the form that asks.

    The household, the own copy and audit samples have pages of their own.
    """
    return (Purpose.DIRECT_CARE, Purpose.SAFEGUARDING) if by.may(Ability.OPEN_RECORD) else ()


def keep_purpose(request: HttpRequest, person_id: int, purpose: Purpose) -> None:
    """Remember why a user opens a person's record, until they sign out or choose another purpose."""
    kept = {key: value for key, value in _all(request).items() if key != display_person_id(person_id)}
    kept[display_person_id(person_id)] = purpose.value
    request.session[PURPOSES] = dict(list(kept.items())[-_KEPT:])


def purpose_of(request: HttpRequest, person_id: int, by: Actor) -> Purpose:
    """Why a user opens a person's record: as chosen, else direct care."""
    chosen = _all(request).get(display_person_id(person_id))
    return Purpose(chosen) if chosen in set(purposes_for(by)) else Purpose.DIRECT_CARE


def _all(request: HttpRequest) -> dict[str, str]:
    found: dict[str, str] = request.session.get(PURPOSES) or {}
    return found
