"""Samples of opened records for auditors: drawn at random with a seed that is kept, so the draw can be repeated."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from hashlib import sha256
from typing import Final

from django.db import transaction
from django.utils import timezone

from joinedup.register.actor import Actor
from joinedup.register.audit import Entry, audit
from joinedup.register.clock import now, today
from joinedup.register.models import AuditPerson, AuditSample
from joinedup.rules.care.access import Purpose
from joinedup.rules.foundation.errors import Invalid
from joinedup.rules.foundation.role import Ability

LARGEST: Final = 50


@dataclass(frozen=True, slots=True)
class Draw:
    """What an auditor asks for.

    Attributes:
        opened_from, opened_to: the first and the last day of the period.
        size: how many people.
        why: what the audit is for.
    """

    opened_from: date
    opened_to: date
    size: int
    why: str


def draw_sample(*, draw: Draw, by: Actor) -> AuditSample:
    """Draw people at random from those whose identified record was opened in a period, the auditor's own excepted.

    Raises:
        Refused: the role draws no samples.
        Invalid: the period or the size, or nobody's record was opened.
    """
    by.require(Ability.SAMPLE_RECORD)
    _check(draw)
    frame = _frame(draw)
    if not frame:
        raise Invalid({"": "No record was opened in this period. Choose another."})
    seed = secrets.token_hex(16)
    with transaction.atomic():
        sample = AuditSample.objects.create(
            opened_from=draw.opened_from,
            opened_to=draw.opened_to,
            size=draw.size,
            frame=len(frame),
            seed=seed,
            people=[str(person) for person in drawn(frame, seed, draw.size)],
            why=draw.why.strip()[:300],
            drawn_by_id=by.user_id,
            drawn_at=now(),
        )
        told = {"frame": len(frame), "size": draw.size, "seed": seed}
        people = tuple(int(person) for person in sample.people)
        audit(Entry("sample.drawn", f"sample/{sample.pk}", people=people, detail=told), by=by)
    return sample


def drawn(frame: Iterable[int], seed: str, size: int) -> tuple[int, ...]:
    """The people that a seed draws: those whose hash with the seed is smallest, so that any program can repeat it.

    >>> drawn([3, 1, 2], "s", 2) == drawn([1, 2, 3], "s", 2)
    True
    """
    ordered = sorted(set(frame), key=lambda person: sha256(f"{seed}:{person}".encode()).digest())
    return tuple(ordered[:size])


def _frame(draw: Draw) -> set[int]:
    opened = AuditPerson.objects.filter(
        event__action="record.opened",
        event__at__gte=_start(draw.opened_from),
        event__at__lt=_start(draw.opened_to + timedelta(days=1)),
    ).exclude(event__purpose=Purpose.AUDIT_SAMPLE.value)
    return set(opened.values_list("person_id", flat=True))


def _check(draw: Draw) -> None:
    faults = {}
    if draw.opened_to < draw.opened_from:
        faults["opened_to"] = "The last day must be on or after the first day"
    elif draw.opened_from > today():
        faults["opened_from"] = "The first day must be today or earlier"
    if not 1 <= draw.size <= LARGEST:
        faults["size"] = f"Draw 1 to {LARGEST} people"
    if len(draw.why.strip()) < 10:
        faults["why"] = "Say what the audit is for, in 10 characters or more"
    if faults:
        raise Invalid(faults)


def _start(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
