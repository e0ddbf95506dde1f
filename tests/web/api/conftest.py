"""A client that calls the interface with a token."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.test import Client

from joinedup.register.actions.api_token import TokenWanted, create
from joinedup.register.actor import Actor
from joinedup.register.scope import SCOPES
from tests.web.conftest import client_of

#: Makes a client whose calls carry a token of a post, with all the scopes of its role unless some are named.
Caller = Callable[..., Client]


@pytest.fixture
def anybody(published_place: Path, settings: LazySettings) -> Iterator[Client]:
    """A client without a token."""
    yield from client_of(published_place, settings)


@pytest.fixture
def calling(anybody: Client) -> Caller:
    def client(by: Actor, *scopes: str) -> Client:
        return Client(headers={"Authorization": f"Bearer {token(by, *scopes)}"})

    return client


def token(by: Actor, *scopes: str) -> str:
    """A token of a post, with all the scopes of its role unless some are named."""
    wanted = scopes or tuple(scope.value for scope, sheet in SCOPES.items() if by.may(sheet.ability))
    return create(post_id=by.post_id, wanted=TokenWanted("A test", wanted, 1), by=by).secret
