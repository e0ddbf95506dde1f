"""A published place for the pages, and a client that asks for them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.test import Client

from joinedup.web import evidence
from tests.web.place import make_place


@pytest.fixture(scope="session")
def published_place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_place(tmp_path_factory.mktemp("place") / "fenwick")


@pytest.fixture
def pages(published_place: Path, settings: LazySettings) -> Iterator[Client]:
    """A client of the pages of the published place."""
    yield from client_of(published_place, settings)


def client_of(place: Path, settings: LazySettings) -> Iterator[Client]:
    settings.JOINEDUP_PLACE = place
    settings.ALLOWED_HOSTS = ["testserver"]
    yield Client()
    evidence.open_reader.cache_clear()
