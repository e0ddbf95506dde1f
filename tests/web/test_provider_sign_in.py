"""Signing in through an OpenID Connect provider: a small one runs beside the test on this machine."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit
from wsgiref.simple_server import WSGIRequestHandler, make_server

import jwt
import pytest
from django.conf import LazySettings
from django.test import Client

from joinedup.register.models import AuditEvent, Post, User
from tests.register.people import SINCE, organisation

pytestmark = pytest.mark.django_db
BEGIN = "/account/oidc/organisation/login/"
CALLBACK = "/account/oidc/organisation/login/callback/"


class Quiet(WSGIRequestHandler):
    """Writes no log line a request."""

    def log_message(self, format: str, *args: object) -> None:
        pass


@dataclass
class Provider:
    """A provider that vouches for whoever it is told to."""

    address: str = ""
    claims: dict[str, Any] = field(default_factory=lambda: {"sub": "77", "preferred_username": "ruth"})

    def __call__(self, environ: dict[str, Any], start: Any) -> list[bytes]:
        start("200 OK", [("Content-Type", "application/json")])
        return [json.dumps(self.answer(environ["PATH_INFO"])).encode()]

    def answer(self, path: str) -> dict[str, Any]:
        if path == "/userinfo":
            return self.claims
        if path == "/token":
            now = int(time.time())
            told = {"iss": self.address, "aud": "place", "iat": now, "exp": now + 60, **self.claims}
            token = jwt.encode(told, "only-for-tests-only-for-tests-only-for-tests", algorithm="HS256")
            return {"access_token": "a", "token_type": "Bearer", "id_token": token}
        names = ("authorization", "token", "userinfo")
        return {"issuer": self.address, "jwks_uri": f"{self.address}/keys"} | {
            f"{name}_endpoint": f"{self.address}/{name}" for name in names
        }


@pytest.fixture
def provider(settings: LazySettings) -> Iterator[Provider]:
    found = Provider()
    server = make_server("127.0.0.1", 0, found, handler_class=Quiet)
    found.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    app = {"provider_id": "organisation", "name": "the council", "client_id": "place", "secret": "s",
           "settings": {"server_url": found.address}}  # fmt: skip
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"OAUTH_PKCE_ENABLED": True, "APPS": [app]}}
    yield found
    server.shutdown()
    thread.join()
    server.server_close()


def ruth() -> User:
    made = User.objects.create_user("ruth")
    Post.objects.create(user=made, organisation=organisation(), role="board_member", valid_from=SINCE)
    return made


def come_back(client: Client) -> Any:
    """Go to the provider and come back with its code."""
    asked = parse_qs(urlsplit(client.post(BEGIN)["Location"]).query)
    assert "code_challenge" in asked
    return client.get(CALLBACK, {"code": "c", "state": asked["state"][0]})


def test_the_page_offers_the_provider_by_its_name(pages: Client, provider: Provider) -> None:
    assert "Sign in with the council" in pages.get("/account/sign-in/").content.decode()


def test_an_account_that_exists_is_signed_in_and_tied_to_the_provider(pages: Client, provider: Provider) -> None:
    made = ruth()
    assert come_back(pages)["Location"] == "/account/start/"
    assert pages.get("/account/").status_code == 200
    told = AuditEvent.objects.order_by("sequence").values_list("action", "subject")
    assert list(told) == [("user.connected", f"user/{made.pk}"), ("sign_in.done", f"user/{made.pk}")]
    provider.claims["preferred_username"] = "changed"  # tied by the provider's own id from now on
    visitor = Client()
    assert come_back(visitor)["Location"] == "/account/start/"


def test_somebody_without_an_account_gets_none(pages: Client, provider: Provider) -> None:
    response = come_back(pages)
    assert response.status_code == 403
    assert "no account here" in response.content.decode()
    assert not User.objects.exists()


def test_a_closed_account_stays_closed(pages: Client, provider: Provider) -> None:
    made = ruth()
    User.objects.filter(pk=made.pk).update(is_active=False)
    assert come_back(pages).status_code == 403
    assert pages.get("/account/").status_code == 302


def test_an_answer_that_was_not_asked_for_is_refused(pages: Client, provider: Provider) -> None:
    ruth()
    response = pages.get(CALLBACK, {"code": "c", "state": "made-up"})
    assert "did not" in response.content.decode()
    assert pages.get("/account/").status_code == 302
