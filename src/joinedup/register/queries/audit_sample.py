"""Samples as pages show them, and the one record of a sample that its auditor opens."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from joinedup.register.access import Subject, open_record
from joinedup.register.actor import Actor
from joinedup.register.models import AuditEvent, AuditSample
from joinedup.register.people import people, subject_of
from joinedup.register.queries.who_looked import Look, events_about, looks
from joinedup.rules.care.access import Purpose
from joinedup.rules.foundation.disclosure import Confided
from joinedup.rules.foundation.errors import Refused
from joinedup.rules.foundation.role import Ability
from joinedup.store.people import Identified, SourceAsAt

#: So many of the latest looks at a sampled record are shown.
MOST_LOOKS = 100


@dataclass(frozen=True, slots=True)
class SampleShown:
    """A sample.

    Attributes:
        people: those drawn, in the order of the draw.
        opened: those whose record was opened as part of this sample already.
        is_own: the one who asks drew it.
    """

    id: int
    opened_from: date
    opened_to: date
    size: int
    frame: int
    seed: str
    why: str
    drawn_by: str
    drawn_at: datetime
    people: tuple[int, ...]
    opened: frozenset[int]
    is_own: bool


@dataclass(frozen=True, slots=True)
class SampledRecord:
    """What an auditor sees of one person: who they are, which sources know them, and who opened the record."""

    who: Identified
    sources: tuple[SourceAsAt, ...]
    looks: tuple[Look, ...]
    total_looks: int


def samples(*, by: Actor) -> tuple[SampleShown, ...]:
    """Every sample, newest first.

    Raises:
        Refused: the role does not see the trace.
    """
    by.require(Ability.SEE_AUDIT)
    return tuple(_shown(row, by) for row in AuditSample.objects.select_related("drawn_by"))


def sample(sample_id: int, *, by: Actor) -> SampleShown | None:
    """One sample; None when there is none.

    Raises:
        Refused: the role does not see the trace.
    """
    by.require(Ability.SEE_AUDIT)
    row = AuditSample.objects.select_related("drawn_by").filter(pk=sample_id).first()
    return _shown(row, by) if row else None


def sampled_record(sample_id: int, person_id: int, *, by: Actor) -> Confided[SampledRecord] | None:
    """The identified record of somebody whom a sample drew; None where the sample did not, or nobody is known so today.

    Raises:
        Refused: the sample is another auditor's, or the role opens none.
        RecordClosed: it does not open.
    """
    by.require(Ability.SAMPLE_RECORD)
    drawn = sample(sample_id, by=by)
    if drawn is None or person_id not in drawn.people:
        return None
    if not drawn.is_own:
        raise Refused("This sample was drawn by another auditor. Draw one of your own.")
    subject = subject_of(person_id)
    return _read(subject, sample_id, by) if subject else None


def _read(subject: Subject, sample_id: int, by: Actor) -> Confided[SampledRecord]:
    grant = open_record(subject, Purpose.AUDIT_SAMPLE, "sample", by=by, detail={"sample": sample_id})
    reader = people()
    events = events_about(subject)
    record = SampledRecord(
        who=reader.who(grant).value,
        sources=reader.sources(grant).value,
        looks=looks(events[:MOST_LOOKS], grant.hidden),
        total_looks=events.count(),
    )
    return Confided(record, audit_id=grant.audit_id)


def _shown(row: AuditSample, by: Actor) -> SampleShown:
    opened = AuditEvent.objects.filter(subject="page/sample", action="record.opened", detail__sample=row.pk)
    return SampleShown(
        id=row.pk,
        opened_from=row.opened_from,
        opened_to=row.opened_to,
        size=row.size,
        frame=row.frame,
        seed=row.seed,
        why=row.why,
        drawn_by=row.drawn_by.get_username(),
        drawn_at=row.drawn_at,
        people=tuple(int(person) for person in row.people),
        opened=frozenset(int(person) for event in opened for person in event.people),
        is_own=row.drawn_by_id == by.user_id,
    )
