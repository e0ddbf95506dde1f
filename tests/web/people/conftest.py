"""The micro place served to people who work there: one person that a team cares for, and clients signed in by role."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.test import Client
from django.urls import reverse

from joinedup.register.access import Subject
from joinedup.register.actor import Actor
from joinedup.register.models import AuditEvent, CareRelationship, Team, User
from joinedup.register.people import people
from joinedup.rules.foundation.role import Role
from joinedup.store.people import PersonQuery, SearchGrant
from joinedup.web import evidence
from tests.place_on_disk import nhs_number
from tests.register.people import SINCE, actor, team

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
#: A person of the micro place who has a package of care, attendances and stays in hospital.
NUMBER = 8


@dataclass(frozen=True, slots=True)
class Room:
    """The room of people over the micro place.

    Attributes:
        person_id: the person that `team` cares for.
        team: the caring team.
    """

    person_id: int
    team: Team

    @property
    def subject(self) -> Subject:
        return Subject(self.person_id, frozenset({self.person_id}))

    def client(self, by: Actor) -> Client:
        """A browser in which somebody is signed in."""
        client = Client()
        client.force_login(
            User.objects.get(pk=by.user_id), backend="allauth.account.auth_backends.AuthenticationBackend"
        )
        return client

    def nurse(self) -> Client:
        """Somebody of the caring team."""
        return self.client(actor(Role.CARE_PROFESSIONAL, "nurse", of=self.team))

    def coordinator(self) -> Client:
        """The coordinator of the caring team."""
        return self.client(actor(Role.CARE_COORDINATOR, "coordinator", of=self.team))

    def stranger(self) -> Client:
        """A care professional of a team without a relationship."""
        return self.client(actor(Role.CARE_PROFESSIONAL, "stranger", of=team("Elsewhere")))

    def url(self, name: str = "person", **more: object) -> str:
        """The address of a page about the person."""
        return reverse(name, kwargs={"person_id": self.person_id, **more})

    def actions(self) -> list[str]:
        """What the trace says was done, in order."""
        return list(AuditEvent.objects.order_by("sequence").values_list("action", flat=True))


@pytest.fixture
def room(built: Path, settings: LazySettings, db: None) -> Iterator[Room]:
    """The micro place, served; the caring team's relationship with one person is recorded."""
    settings.JOINEDUP_PLACE = built
    settings.ALLOWED_HOSTS = ["testserver"]
    caring = team("Community team")
    person_id = found_by(nhs_number(NUMBER))
    CareRelationship.objects.create(person_id=person_id, team=caring, valid_from=SINCE)
    yield Room(person_id, caring)
    evidence.open_reader.cache_clear()


def found_by(number: str) -> int:
    """The pseudonym of whoever has an NHS number."""
    return people().search(SearchGrant("test"), PersonQuery(nhs_number=number)).value[0].person_id


@pytest.fixture
def text() -> Callable[[object], str]:
    """The text of an answer."""

    def of(answer: object) -> str:
        content: bytes = getattr(answer, "content", b"")
        return content.decode()

    return of
