"""The micro place served, a team that cares for some of its people, and a client signed in as one of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.test import Client

from joinedup.register.models import User
from joinedup.web import evidence
from tests.register.conftest import committed
from tests.register.people import carer, cares_for, team
from tests.register.place_people import pseudonyms

__all__ = ["committed", "pages", "people", "signed_in"]


@pytest.fixture
def people(built: Path, settings: LazySettings) -> Iterator[list[int]]:
    """Pseudonyms of the served place; the community team cares for the first three."""
    settings.JOINEDUP_PLACE = built
    settings.ALLOWED_HOSTS = ["testserver"]
    found = pseudonyms(built)
    for person in found[:3]:
        cares_for(team(), person)
    yield found
    evidence.open_reader.cache_clear()


@pytest.fixture
def pages(people: list[int]) -> Client:
    """Signed in as a carer of the community team."""
    return signed_in("carer")


def signed_in(account: str, of: str = "Community team") -> Client:
    """A client signed in as a carer of a team."""
    client = Client()
    client.force_login(User.objects.get(pk=carer(account, of).user_id))
    return client
