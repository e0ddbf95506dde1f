"""The person's own copy: what is held, by whom, who is involved, what happens next and who has looked."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from joinedup.register.access import Subject, in_force, open_record
from joinedup.register.actor import Actor
from joinedup.register.clock import now, today
from joinedup.register.models import Objection
from joinedup.register.people import people
from joinedup.register.queries.naming import Contact, contacts
from joinedup.register.queries.person import Helper, NextStep, helpers, next_steps
from joinedup.register.queries.who_looked import Look, events_about, looks
from joinedup.rules.care.access import Purpose, Sensitivity
from joinedup.rules.foundation.disclosure import Confided
from joinedup.rules.foundation.role import Ability
from joinedup.store.people import DelayShown, Diagnosis, Identified, PackageShown, SourceAsAt
from joinedup.store.timelines import TimelineEvent

#: The copy lists who looked in this many days, and counts what was before.
LOOKED_DAYS = 365


@dataclass(frozen=True, slots=True)
class ServiceHeld:
    """What is held of one service: how many entries, from when to when, by which organisations (codes)."""

    setting: str
    service: str | None
    entries: int
    first: date
    last: date
    organisations: tuple[str, ...]


@dataclass(frozen=True, slots=True, repr=False)
class OwnCopy:
    """All that the person's own copy says.

    Attributes:
        made_on: the day of the copy.
        hides_address: the address is not printed.
        objections: kinds of objection that are recorded for them.
        earlier_looks: how often somebody looked before the time that `looks` covers.
    """

    made_on: date
    who: Identified
    sources: tuple[SourceAsAt, ...]
    services: tuple[ServiceHeld, ...]
    conditions: tuple[Diagnosis, ...]
    helpers: tuple[Helper, ...]
    packages: tuple[PackageShown, ...]
    delays: tuple[DelayShown, ...]
    steps: tuple[NextStep, ...]
    hides_address: bool
    objections: tuple[str, ...]
    looks: tuple[Look, ...]
    earlier_looks: int
    organisations: dict[str, Contact]


def own_copy(subject: Subject, *, by: Actor) -> Confided[OwnCopy]:
    """Make the copy that a person asks for; one row in the trace.

    Raises:
        Refused: the role hands out no copies.
        RecordClosed: the record does not open for subject access.
    """
    by.require(Ability.PRINT_COPY)
    grant = open_record(subject, Purpose.SUBJECT_ACCESS, "copy", by=by)
    reader = people()
    who, packages = reader.who(grant).value, reader.packages(grant).value
    services = services_held(reader.timeline(grant).value)
    since = now() - timedelta(days=LOOKED_DAYS)
    events = events_about(subject)
    codes: set[str | None] = {who.practice}
    codes |= {code for held in services for code in held.organisations}
    codes |= {code for package in packages for code in (package.provider, package.organisation)}
    copy = OwnCopy(
        made_on=today(),
        who=who,
        sources=reader.sources(grant).value,
        services=services,
        conditions=reader.conditions(grant).value,
        helpers=helpers(subject, grant.hidden, by=by),
        packages=tuple(package for package in packages if package.is_open),
        delays=tuple(delay for delay in reader.delays(grant).value if delay.is_open),
        steps=next_steps(subject, grant.hidden, by=by),
        hides_address=Sensitivity.RESTRICTED_ADDRESS in grant.hidden,
        objections=_objections(subject),
        looks=looks(events.filter(at__gte=since), grant.hidden),
        earlier_looks=events.filter(at__lt=since).count(),
        organisations=dict(contacts(codes)),
    )
    return Confided(copy, audit_id=grant.audit_id)


def services_held(events: Iterable[TimelineEvent]) -> tuple[ServiceHeld, ...]:
    """Events gathered by setting and service, the latest used first."""
    found: dict[tuple[str, str | None], list[TimelineEvent]] = {}
    for event in events:
        found.setdefault((event.setting, event.service), []).append(event)
    held = (
        ServiceHeld(
            setting=setting,
            service=service,
            entries=len(same),
            first=min(event.start for event in same),
            last=max(event.end or event.start for event in same),
            organisations=tuple(sorted({code for event in same if (code := event.provider or event.organisation)})),
        )
        for (setting, service), same in found.items()
    )
    return tuple(sorted(held, key=lambda row: (-row.last.toordinal(), row.setting, row.service or "")))


def _objections(subject: Subject) -> tuple[str, ...]:
    rows = in_force(Objection.objects.filter(person_id__in=subject.protected_under))
    return tuple(sorted(set(rows.values_list("kind", flat=True))))
