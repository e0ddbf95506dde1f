"""Clients signed in to the work room."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from joinedup.register.actor import Actor
from joinedup.register.models import User

SignIn = Callable[[Actor], Client]


@pytest.fixture
def sign_in(monkeypatch: pytest.MonkeyPatch) -> SignIn:
    """Makes a client that is signed in, with its second factor behind it."""
    monkeypatch.setattr("joinedup.web.acting.is_lacking", lambda *_: False)

    def client(by: Actor) -> Client:
        made = Client()
        made.force_login(User.objects.get(pk=by.user_id), backend="allauth.account.auth_backends.AuthenticationBackend")
        return made

    return client
