"""A person opened from another record system: by a signed link, once, for the account it names."""

from __future__ import annotations

import time
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.test import Client

from joinedup.register.actions.launch import add_key, end_key
from joinedup.register.models import AuditEvent, LaunchKey, User
from joinedup.rules.foundation.errors import Invalid
from joinedup.rules.foundation.identifier import display_person_id
from joinedup.rules.foundation.role import Role
from tests.register.people import PERSON, actor, carer

ISSUER = "https://records.example.org"
KEY = Ed25519PrivateKey.generate()

pytestmark = pytest.mark.django_db


def public(key: Ed25519PrivateKey) -> str:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


@pytest.fixture(autouse=True)
def trusted(pages: Client) -> LaunchKey:
    return add_key(issuer=ISSUER, label="Records", public_key=public(KEY), by=actor(Role.ADMINISTRATOR))


def link(signer: Ed25519PrivateKey = KEY, **changes: Any) -> str:
    now = int(time.time())
    claims = {
        "iss": ISSUER,
        "aud": "fenwick",
        "sub": "carer",
        "person": display_person_id(PERSON),
        "purpose": "direct_care",
        "jti": f"nonce-{time.monotonic_ns()}",
        "iat": now,
        "exp": now + 60,
    } | changes
    told = {name: value for name, value in claims.items() if value is not None}
    return "/launch/?token=" + jwt.encode(told, signer, algorithm="EdDSA")


def said(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 403
    return response.content.decode()


def test_a_link_opens_the_person_it_names_with_its_purpose(pages: Client) -> None:
    pages.force_login(User.objects.get(pk=carer().user_id))
    assert pages.get(link(purpose="safeguarding"))["Location"] == "/launch/open/"
    assert pages.get("/launch/open/")["Location"] == f"/people/{display_person_id(PERSON)}/"
    assert pages.session["purposes"] == {display_person_id(PERSON): "safeguarding"}
    row = AuditEvent.objects.get(action="launch.used")
    assert (row.people, row.purpose, row.detail) == ([str(PERSON)], "safeguarding", {"account": "carer"})


def test_somebody_who_is_not_signed_in_signs_in_first(pages: Client) -> None:
    made = User.objects.get(pk=carer().user_id)
    made.set_password("seven quiet herons")
    made.save()
    assert pages.get(link())["Location"] == "/account/sign-in/?next=/launch/open/"
    sent = pages.post(
        "/account/sign-in/", {"login": "carer", "password": "seven quiet herons", "next": "/launch/open/"}
    )
    assert sent["Location"] == "/launch/open/"
    assert pages.get("/launch/open/")["Location"].startswith("/people/P")


def test_a_link_opens_once(pages: Client) -> None:
    pages.force_login(User.objects.get(pk=carer().user_id))
    address = link()
    pages.get(address)
    assert "used before" in said(pages, address)
    pages.get("/launch/open/")
    assert "opens once" in said(pages, "/launch/open/")


def test_a_link_opens_nothing_for_somebody_else(pages: Client) -> None:
    carer()
    pages.force_login(User.objects.get(pk=carer("other").user_id))
    pages.get(link())
    assert "another account" in said(pages, "/launch/open/")
    assert AuditEvent.objects.filter(action="launch.refused").count() == 1


@pytest.mark.parametrize(
    ("changes", "because"),
    [
        ({"exp": int(time.time()) - 60}, "too old"),
        ({"exp": int(time.time()) + 3600}, "more than 120 seconds"),
        ({"aud": "elsewhere"}, "not one that this place can trust"),
        ({"iss": "https://unknown.example"}, "not known here"),
        ({"sub": "nobody"}, "does not exist"),
        ({"person": "P123"}, "no person or purpose"),
        ({"purpose": "curiosity"}, "no person or purpose"),
        ({"jti": None}, "not one that this place can trust"),
    ],
)
def test_a_link_that_is_not_right_says_why(changes: dict[str, Any], because: str, pages: Client) -> None:
    carer()
    assert because in said(pages, link(**changes))


def test_a_link_signed_by_another_key_or_not_at_all_is_refused(pages: Client) -> None:
    carer()
    assert "can trust" in said(pages, link(Ed25519PrivateKey.generate()))
    unsigned = jwt.encode({"iss": ISSUER, "sub": "carer"}, "", algorithm="none")
    assert "can trust" in said(pages, f"/launch/?token={unsigned}")
    assert "can trust" in said(pages, "/launch/")


def test_a_system_that_is_trusted_no_longer_opens_nothing(trusted: LaunchKey, pages: Client) -> None:
    carer()
    end_key(key=trusted, by=actor(Role.ADMINISTRATOR))
    assert "not known here" in said(pages, link())


def test_only_a_public_ed25519_key_is_taken() -> None:
    with pytest.raises(Invalid) as refusal:
        add_key(issuer="x", label="X", public_key="not a key", by=actor(Role.ADMINISTRATOR))
    assert list(refusal.value.fields) == ["public_key"]
