"""The micro place served to those who oversee it, clients signed in by role."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from django.conf import LazySettings
from django.test import Client

from joinedup.register.access import Subject
from joinedup.register.actor import Actor
from joinedup.register.models import AuditEvent, User
from joinedup.rules.foundation.role import Role
from joinedup.store.release import current_release, read_manifest
from joinedup.web import evidence
from tests.register.people import actor, carer, cares_for, team

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@dataclass(frozen=True, slots=True)
class Desk:
    """The oversight room over the micro place.

    Attributes:
        person_id: somebody with several records, for whom the community team cares.
        records: the keys of these records.
        stranger: a record of somebody else.
    """

    person_id: int
    records: tuple[int, ...]
    stranger: int

    @property
    def subject(self) -> Subject:
        return Subject(self.person_id, frozenset({self.person_id}))

    def client(self, by: Actor) -> Client:
        """A browser in which somebody is signed in."""
        client = Client()
        client.force_login(User.objects.get(pk=by.user_id), backend=BACKEND)
        return client

    def sign_in(self, role: Role, account: str = "") -> Client:
        """Somebody in a role, signed in."""
        return self.client(actor(role, account))

    def actions(self) -> list[str]:
        """What the trace says was done, in order."""
        return list(AuditEvent.objects.order_by("sequence").values_list("action", flat=True))


@pytest.fixture
def desk(built: Path, settings: LazySettings, db: None) -> Iterator[Desk]:
    settings.JOINEDUP_PLACE = built
    settings.ALLOWED_HOSTS = ["testserver"]
    carer()
    person, records, stranger = _somebody(built)
    cares_for(team(), person_id=person)
    yield Desk(person, records, stranger)
    evidence.open_reader.cache_clear()


def _somebody(place: Path) -> tuple[int, tuple[int, ...], int]:
    manifest = read_manifest(place, current_release(place))
    rows = pq.read_table(place / "objects" / f"{manifest.objects['facts/link'][0]}.parquet").to_pylist()
    records: dict[int, list[int]] = {}
    for row in rows:
        records.setdefault(row["person_id"], []).append(row["record_key"])
    person, keys = next((person, keys) for person, keys in sorted(records.items()) if len(keys) > 1)
    other = next(keys[0] for key, keys in sorted(records.items()) if key != person)
    return person, tuple(sorted(keys)), other
