"""People for programs: found by POST, opened by pseudonym for a stated purpose, each time with a row in the trace."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Final

from django.http import HttpRequest
from ninja import Header, Router, Schema
from pydantic import ConfigDict, Field

from joinedup.register.queries.person import PersonPage, person_page, timeline_page
from joinedup.register.queries.search import Hit, find_people
from joinedup.register.scope import Scope
from joinedup.rules.care.access import Purpose
from joinedup.rules.foundation.identifier import display_person_id
from joinedup.store.people import PersonQuery
from joinedup.store.timelines import TimelineEvent
from joinedup.web.api.paging import Cursor, Limit, Page, number_in
from joinedup.web.api.tokens import acting
from joinedup.web.api.words import Line, PersonId, subject_in

router: Final = Router()

Why = Annotated[Purpose, Header(alias="X-Purpose", description="Why the record is opened; the trace keeps it.")]


class Search(Schema):
    """Whom to look for: an NHS number alone, or a surname with a date of birth or a postcode."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"surname": "Example", "date_of_birth": "1941-02-03"}]}
    )
    nhs_number: Line = ""
    forename: Line = ""
    surname: Line = ""
    date_of_birth: date | None = None
    postcode: Line = ""


class Match(Schema):
    """One person who fits."""

    person: str = Field(description="Their pseudonym: what the other calls take.")
    forename: str | None
    surname: str | None
    date_of_birth: date | None
    sex: str | None
    nhs_number: str | None
    postcode: str | None = Field(description="null where the address is restricted or not known.")
    is_ours: bool = Field(description="The team of the token has a relationship with them.")


class Matches(Schema):
    """At most twenty people, best first."""

    items: list[Match]


class Source(Schema):
    """One source of the record, and how new it is."""

    source: str
    label: str
    as_at: date | None
    events: int


class Team(Schema):
    """A team that helps."""

    team: str
    organisation: str
    kind: str
    phone: str
    email: str
    since: date


class Condition(Schema):
    """A long-term condition."""

    condition: str
    label: str
    since: date | None


class Package(Schema):
    """A package of care that lasts today."""

    setting: str
    service: str | None
    provider: str | None
    start: date


class Delay(Schema):
    """A delay in leaving hospital that lasts today."""

    start: date
    reason: str | None
    responsible: str | None


class Person(Schema):
    """Who somebody is, what is happening to them, and who helps."""

    person: str
    forename: str | None
    surname: str | None
    nhs_number: str | None
    date_of_birth: date | None
    date_of_death: date | None
    sex: str | None
    address: str | None = Field(description="null where it is restricted or not known.")
    postcode: str | None
    practice: str | None
    has_conflicts: bool = Field(description="Sources say things that cannot all be true.")
    sources: list[Source]
    helpers: list[Team]
    conditions: list[Condition]
    open_packages: list[Package]
    open_delays: list[Delay]
    opened_because: str
    audit: str = Field(description="Id of the row in the trace that this reading left.")


class Event(Schema):
    """Something that happened to a person."""

    start: date
    end: date | None
    setting: str
    service: str | None
    provider: str | None
    organisation: str | None
    method: str | None
    diagnosis: str | None
    outcome: str | None


@router.post("/search", response=Matches, summary="Who is it?")
def search_people(request: HttpRequest, wanted: Search) -> Matches:
    """Find people by number or name; by POST, so that neither is ever in an address. Scope: people:search."""
    by = acting(request, Scope.PEOPLE_SEARCH)
    found = find_people(PersonQuery(**wanted.model_dump()), by=by)
    return Matches(items=[_match(hit) for hit in found.value])


@router.get("/{person}", response=Person, summary="What is happening to somebody, and who helps?")
def read_person(request: HttpRequest, person: PersonId, x_purpose: Why) -> Person:
    """The record, where the team's relationship and the purpose open it. Scope: people:read."""
    by = acting(request, Scope.PEOPLE_READ)
    page = person_page(subject_in(person), x_purpose, by=by)
    return _person(page.value, page.audit_id)


@router.get("/{person}/timeline", response=Page[Event], summary="What happened to somebody?")
def read_timeline(
    request: HttpRequest, person: PersonId, x_purpose: Why, limit: Limit = 50, cursor: Cursor = ""
) -> Page[Event]:
    """Events across all services, oldest first; each page is a reading of its own. Scope: people:read."""
    by = acting(request, Scope.PEOPLE_READ)
    start = number_in(cursor) or 0
    events = timeline_page(subject_in(person), x_purpose, by=by).value.events
    shown = [_event(event) for event in events[start : start + limit]]
    return Page(items=shown, next=str(start + limit) if start + limit < len(events) else None)


def _match(hit: Hit) -> Match:
    return Match(
        person=display_person_id(hit.person_id),
        forename=hit.forename,
        surname=hit.surname,
        date_of_birth=hit.date_of_birth,
        sex=hit.sex,
        nhs_number=hit.nhs_number,
        postcode=hit.postcode,
        is_ours=hit.is_ours,
    )


def _person(page: PersonPage, audit_id: str) -> Person:
    who = page.who
    return Person(
        person=display_person_id(who.person_id),
        forename=who.forename,
        surname=who.surname,
        nhs_number=who.nhs_number,
        date_of_birth=who.date_of_birth,
        date_of_death=who.date_of_death,
        sex=who.sex,
        address=who.address,
        postcode=who.postcode,
        practice=who.practice,
        has_conflicts=who.has_conflicts,
        sources=[Source(source=s.source, label=s.label, as_at=s.as_at, events=s.events) for s in page.sources],
        helpers=_teams(page),
        conditions=[Condition(condition=c.condition, label=c.label, since=c.since) for c in page.conditions],
        open_packages=[
            Package(setting=p.setting, service=p.service, provider=p.provider, start=p.start)
            for p in page.open_packages
        ],
        open_delays=[Delay(start=d.start, reason=d.reason_label, responsible=d.responsible) for d in page.alerts.waits],
        opened_because=page.because,
        audit=audit_id,
    )


def _teams(page: PersonPage) -> list[Team]:
    return [
        Team(
            team=helper.team,
            organisation=helper.organisation,
            kind=helper.kind,
            phone=helper.phone,
            email=helper.email,
            since=helper.since,
        )
        for helper in page.helpers
    ]


def _event(event: TimelineEvent) -> Event:
    return Event(
        start=event.start,
        end=event.end,
        setting=event.setting,
        service=event.service,
        provider=event.provider,
        organisation=event.organisation,
        method=event.method,
        diagnosis=event.diagnosis,
        outcome=event.outcome,
    )
