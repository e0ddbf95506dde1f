"""The person page: who somebody is, what is happening to them, and who helps."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from joinedup.register.access import (
    RefusedInTrace,
    Subject,
    decide_for,
    emergency_of,
    has_restricted_address,
    in_force,
    open_record,
)
from joinedup.register.actor import Actor
from joinedup.register.audit import Entry, audit
from joinedup.register.clock import now, today
from joinedup.register.models import CareRelationship, EmergencyAccess, Objection, Task, Team
from joinedup.register.people import people
from joinedup.register.queries.naming import Contact, contacts
from joinedup.register.sensitive import is_sensitive_team
from joinedup.rules.care.access import Purpose, Sensitivity
from joinedup.rules.care.circle import Circle
from joinedup.rules.care.emergency import Scope
from joinedup.rules.foundation.disclosure import Confided
from joinedup.rules.foundation.period import Period
from joinedup.rules.foundation.role import Ability
from joinedup.store.people import (
    CostShown,
    DelayShown,
    Diagnosis,
    Identified,
    PackageShown,
    PersonGrant,
    SourceAsAt,
    SymptomShown,
)
from joinedup.store.timelines import TimelineEvent

#: The circle of support looks back this far.
CIRCLE_DAYS = 365
#: The first screen names so many of the newest events.
LATEST = 4
#: Emergency access used within this many days is an alert on the record.
ALERT_DAYS = 90


@dataclass(frozen=True, slots=True)
class Helper:
    """A team that has a relationship with a person, and how to reach it.

    Attributes:
        relationship_id, version: of the relationship.
        team, organisation, service: who they are.
        phone, email: how to reach them; the organisation's where the team has none of its own.
        kind: "care" or "referred".
        lead: name of the account that leads; "" where nobody is named.
        since: first day.
        is_ours: the team of the actor.
        cleared: sensitive parts that this care was recorded to need.
    """

    relationship_id: int
    version: int
    team: str
    organisation: str
    service: str
    phone: str
    email: str
    kind: str
    lead: str
    since: date
    is_ours: bool
    cleared: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NextStep:
    """A task that is open for a person."""

    title: str
    team: str
    due: date
    is_late: bool


@dataclass(frozen=True, slots=True)
class Emergency:
    """Emergency access that opened, or lately opened, a record."""

    access_id: int
    name: str
    organisation: str
    since: datetime
    until: datetime
    scope: str


@dataclass(frozen=True, slots=True)
class Alerts:
    """What whoever opens a record must know before they read on.

    Attributes:
        died: day of death.
        has_conflicts: sources say things of this person that cannot all be true.
        is_restricted: the address is restricted.
        objects: the person objects to sharing their record.
        waits: discharge delays that are open.
        emergencies: emergency access used in the last 90 days, the one by which the record is open now left out.
    """

    died: date | None
    has_conflicts: bool
    is_restricted: bool
    objects: bool
    waits: tuple[DelayShown, ...]
    emergencies: tuple[Emergency, ...]


@dataclass(frozen=True, slots=True, repr=False)
class PersonPage:
    """All that the person page shows.

    Attributes:
        symptoms: those that were found.
        latest: the newest events, newest first.
        circle, symptoms, latest: None where emergency access covers the essentials only.
        organisations: by code, everybody named in the record.
        emergency: the access by which it is open now; None where a relationship or a sample opens it.
        because: what opens it.
        hides_address: address, postcode and practice are hidden.
    """

    who: Identified
    alerts: Alerts
    helpers: tuple[Helper, ...]
    steps: tuple[NextStep, ...]
    packages: tuple[PackageShown, ...]
    delays: tuple[DelayShown, ...]
    conditions: tuple[Diagnosis, ...]
    sources: tuple[SourceAsAt, ...]
    circle: Circle | None
    symptoms: tuple[SymptomShown, ...] | None
    latest: tuple[TimelineEvent, ...] | None
    window: Period
    organisations: dict[str, Contact]
    emergency: Emergency | None
    because: str
    shows_costs: bool
    hides_address: bool

    @property
    def open_packages(self) -> tuple[PackageShown, ...]:
        """Packages of care that last today."""
        return tuple(package for package in self.packages if package.is_open)

    def __repr__(self) -> str:
        return f"PersonPage({self.who.person_id})"


def person_page(subject: Subject, purpose: Purpose, *, by: Actor) -> Confided[PersonPage]:
    """Open the person page; one row in the trace.

    Raises:
        RecordClosed: the record does not open.
    """
    decision = decide_for(subject, purpose, by=by)
    grant = open_record(subject, purpose, "person", by=by)
    access = emergency_of(subject.aliases, by=by) if decision.as_emergency else None
    is_whole = access is None or access.scope == Scope.RECORD.value
    reader, window = people(), last_year()
    who, delays = reader.who(grant).value, reader.delays(grant).value
    packages = reader.packages(grant).value
    circle = reader.circle(grant, window).value if is_whole else None
    latest = reader.timeline(grant).value[: -LATEST - 1 : -1] if is_whole else None
    page = PersonPage(
        who=who,
        alerts=_alerts(subject, who, delays, access),
        helpers=helpers(subject, grant.hidden, by=by),
        steps=next_steps(subject, grant.hidden, by=by),
        packages=packages,
        delays=delays,
        conditions=reader.conditions(grant).value,
        sources=reader.sources(grant).value,
        circle=circle,
        symptoms=tuple(found for found in reader.symptoms(grant).value if found.count) if is_whole else None,
        latest=latest,
        window=window,
        organisations=_named(packages, delays, circle, who, latest or ()),
        emergency=_emergency(access) if access else None,
        because=decision.because,
        shows_costs=grant.shows_costs and is_whole,
        hides_address=Sensitivity.RESTRICTED_ADDRESS in grant.hidden,
    )
    return Confided(page, audit_id=grant.audit_id)


@dataclass(frozen=True, slots=True, repr=False)
class TimelinePage:
    """Everything that happened to a person, oldest first."""

    who: Identified
    events: tuple[TimelineEvent, ...]
    organisations: dict[str, Contact]


def timeline_page(subject: Subject, purpose: Purpose, *, by: Actor) -> Confided[TimelinePage]:
    """Open the timeline; one row in the trace.

    Raises:
        RecordClosed: the record does not open.
        Refused: emergency access covers the essentials only.
    """
    grant = open_whole(subject, purpose, "timeline", by=by)
    events = people().timeline(grant).value
    named = contacts(code for event in events for code in (event.provider, event.organisation, event.payer))
    page = TimelinePage(people().who(grant).value, events, dict(named))
    return Confided(page, audit_id=grant.audit_id)


@dataclass(frozen=True, slots=True, repr=False)
class CostsPage:
    """What a person's care cost, by payer, setting and year."""

    who: Identified
    costs: tuple[CostShown, ...]
    organisations: dict[str, Contact]


def costs_page(subject: Subject, purpose: Purpose, *, by: Actor) -> Confided[CostsPage]:
    """Open the costs; one row in the trace.

    Raises:
        RecordClosed: the record does not open.
        Refused: the role does not see costs, or emergency access covers the essentials only.
    """
    by.require(Ability.SEE_COSTS)
    grant = open_whole(subject, purpose, "costs", by=by)
    costs = people().costs(grant).value
    page = CostsPage(people().who(grant).value, costs, dict(contacts(cost.payer for cost in costs)))
    return Confided(page, audit_id=grant.audit_id)


def open_whole(
    subject: Subject, purpose: Purpose, page: str, *, by: Actor, detail: Mapping[str, object] | None = None
) -> PersonGrant:
    """Open a page that shows more than the essentials; arguments as those of `open_record`.

    Raises:
        RecordClosed: the record does not open.
        Refused: emergency access covers the essentials only; that is written down.
    """
    if decide_for(subject, purpose, by=by).as_emergency:
        access = emergency_of(subject.aliases, by=by)
        if access is not None and access.scope == Scope.ESSENTIALS.value:
            ground = "emergency access covers the essentials only"
            audit(Entry("record.refused", f"page/{page}", (subject.person_id,), purpose.value, ground), by=by)
            raise RefusedInTrace("Your emergency access covers the essentials only, which the person page shows.")
    return open_record(subject, purpose, page, by=by, detail=detail)


def last_year() -> Period:
    """The 365 days that end today."""
    tomorrow = today() + timedelta(days=1)
    return Period(tomorrow - timedelta(days=CIRCLE_DAYS), tomorrow)


def helpers(subject: Subject, hidden: frozenset[Sensitivity], *, by: Actor) -> tuple[Helper, ...]:
    """Teams with a relationship today: those who give care first, then by name.

    Args:
        subject: the person they help.
        hidden: a team whose name would tell one of these is left out, unless it is the actor's own.
        by: who asks.
    """
    rows = in_force(CareRelationship.objects.filter(person_id__in=subject.aliases))
    found = [row for row in rows.select_related("team__organisation", "lead__user") if _is_named(row.team, hidden, by)]
    return tuple(sorted((_helper(row, by) for row in found), key=lambda row: (row.kind, row.team, row.relationship_id)))


def own_helpers(subject: Subject, *, by: Actor) -> tuple[Helper, ...]:
    """The relationships of the actor's own team; of others this tells nothing, so that no record need be open."""
    return tuple(row for row in helpers(subject, frozenset(), by=by) if row.is_ours)


def next_steps(subject: Subject, hidden: frozenset[Sensitivity], *, by: Actor) -> tuple[NextStep, ...]:
    """Open tasks for a person, the earliest due first; those of teams that stay unnamed are left out."""
    rows = Task.objects.filter(person_id__in=subject.aliases, status="open").select_related("team")
    return tuple(
        NextStep(row.title, row.team.name, row.due, row.due < today())
        for row in rows.order_by("due", "id")
        if _is_named(row.team, hidden, by)
    )


def _is_named(team: Team, hidden: frozenset[Sensitivity], by: Actor) -> bool:
    return team.pk == by.team_id or not is_sensitive_team(team.service, hidden)


def _helper(row: CareRelationship, by: Actor) -> Helper:
    team = row.team
    lead = row.lead.user if row.lead else None
    return Helper(
        relationship_id=row.pk,
        version=row.version,
        team=team.name,
        organisation=team.organisation.name,
        service=team.service,
        phone=team.phone or team.organisation.phone,
        email=team.email or team.organisation.email,
        kind=row.kind,
        lead=(lead.get_full_name() or lead.get_username()) if lead else "",
        since=row.valid_from,
        is_ours=team.pk == by.team_id,
        cleared=tuple(row.cleared),
    )


def _alerts(subject: Subject, who: Identified, delays: Sequence[DelayShown], mine: EmergencyAccess | None) -> Alerts:
    aliases = list(subject.aliases)
    lately = EmergencyAccess.objects.filter(person_id__in=aliases, granted_at__gte=now() - timedelta(days=ALERT_DAYS))
    objects = in_force(Objection.objects.filter(person_id__in=subject.protected_under, kind="record"))
    return Alerts(
        died=who.date_of_death,
        has_conflicts=who.has_conflicts,
        is_restricted=has_restricted_address(subject.protected_under),
        objects=objects.exists(),
        waits=tuple(delay for delay in delays if delay.is_open),
        emergencies=tuple(
            _emergency(row) for row in lately.select_related("user", "post__organisation") if row != mine
        ),
    )


def _emergency(row: EmergencyAccess) -> Emergency:
    return Emergency(
        access_id=row.pk,
        name=row.user.get_full_name() or row.user.get_username(),
        organisation=row.post.organisation.name,
        since=row.granted_at,
        until=row.ended_at or row.expires_at,
        scope=row.scope,
    )


def _named(
    packages: Iterable[PackageShown],
    delays: Iterable[DelayShown],
    circle: Circle | None,
    who: Identified,
    latest: Iterable[TimelineEvent],
) -> dict[str, Contact]:
    codes: set[str | None] = {who.practice, *(event.provider or event.organisation for event in latest)}
    codes |= {code for package in packages for code in (package.provider, package.organisation, package.payer)}
    codes |= {delay.provider for delay in delays}
    codes |= {code for tie in (circle.ties if circle else ()) for code in (tie.organisation, tie.payer)}
    return dict(contacts(codes))
