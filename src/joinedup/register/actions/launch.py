"""Launches from other record systems: their public keys, and the signed links that open a person once."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, cast

import jwt
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q

from joinedup.register.actor import Actor
from joinedup.register.audit import Entry, audit
from joinedup.register.clock import now, today
from joinedup.register.models import LaunchKey, LaunchUse, User
from joinedup.rules.care.access import Purpose
from joinedup.rules.foundation.errors import DefinitionError, Invalid, Refused
from joinedup.rules.foundation.identifier import parse_person_id
from joinedup.rules.foundation.role import Ability
from joinedup.store.place import load_place

#: A link is valid for this long; what it opens waits this long for its user to sign in.
LONGEST_SECONDS: Final = 120
WAITS_SECONDS: Final = 900
_CLOCKS_DIFFER_SECONDS: Final = 10
_CLAIMS: Final = ("iss", "aud", "sub", "person", "purpose", "jti", "iat", "exp")


class LaunchRefused(Refused):
    """A link opens nothing; the text says why."""


@dataclass(frozen=True, slots=True)
class Launched:
    """What a valid link opens: a person, for a purpose, for one account.

    Attributes:
        issuer: the other record system.
        account: the account here that may open it.
        person_id: the person.
        purpose: why.
        until: until when it waits, as seconds since 1970.
    """

    issuer: str
    account: str
    person_id: int
    purpose: Purpose
    until: int

    def as_dict(self) -> dict[str, object]:
        """As a session keeps it."""
        return {
            "issuer": self.issuer,
            "account": self.account,
            "person": str(self.person_id),
            "purpose": self.purpose.value,
            "until": self.until,
        }

    @classmethod
    def from_dict(cls, kept: dict[str, Any]) -> Launched | None:
        """As it was kept; None once it has waited for too long."""
        if kept["until"] < time.time():
            return None
        return cls(kept["issuer"], kept["account"], int(kept["person"]), Purpose(kept["purpose"]), kept["until"])


def add_key(*, issuer: str, label: str, public_key: str, by: Actor) -> LaunchKey:
    """Trust another record system's links from today on.

    Raises:
        Invalid: a field is empty, the issuer has a key already, or the key is no Ed25519 public key.
    """
    by.require(Ability.MANAGE_USERS)
    faults = {} if issuer.strip() else {"issuer": "Enter the name by which the other system calls itself in its links"}
    faults |= {} if label.strip() else {"label": "Enter what people call the other system"}
    faults |= {} if _is_key(public_key) else {"public_key": _NO_KEY}
    if LaunchKey.objects.filter(issuer=issuer.strip()).exists():
        faults["issuer"] = "There is already a key of this system; end it first, then use another name for the new one"
    if faults:
        raise Invalid(faults)
    with transaction.atomic():
        key = LaunchKey.objects.create(
            issuer=issuer.strip(), label=label.strip(), public_key=public_key.strip(), valid_from=today()
        )
        audit(Entry("launch_key.added", f"launch_key/{key.pk}", detail={"issuer": key.issuer}), by=by)
    return key


def end_key(*, key: LaunchKey, by: Actor) -> None:
    """Stop trusting another record system's links at once."""
    by.require(Ability.MANAGE_USERS)
    with transaction.atomic():
        LaunchKey.objects.filter(pk=key.pk).update(valid_to=today(), public_key="")
        audit(Entry("launch_key.ended", f"launch_key/{key.pk}", detail={"issuer": key.issuer}), by=by)


def use(token: str) -> Launched:
    """Check a signed link and spend it.

    Args:
        token: a JWT signed with Ed25519 (EdDSA) by a system whose key is held here.

    Raises:
        LaunchRefused: unknown system, wrong signature, too old, made for another place, used before, or an account
            that does not exist.
    """
    claims = _checked(token)
    launched = _launched(claims)
    try:
        with transaction.atomic():
            LaunchUse.objects.create(issuer=launched.issuer, nonce=str(claims["jti"])[:64], at=now())
            audit(_entry("launch.used", launched), by=None)
    except IntegrityError as error:
        raise LaunchRefused("This link was used before. Start again from the other system.") from error
    return launched


def refuse_other_account(launched: Launched, *, by: Actor) -> None:
    """Write down that somebody else was signed in than the link named."""
    audit(_entry("launch.refused", launched), by=by)


def _checked(token: str) -> dict[str, Any]:
    """The claims of a link whose signature, dates and audience are right."""
    try:
        issuer = jwt.decode(token, options={"verify_signature": False}).get("iss", "")
        claims: dict[str, Any] = jwt.decode(
            token,
            _key_of(str(issuer)),
            algorithms=["EdDSA"],
            audience=_place(),
            leeway=_CLOCKS_DIFFER_SECONDS,
            options={"require": list(_CLAIMS)},
        )
    except jwt.ExpiredSignatureError as error:
        raise LaunchRefused("This link is too old. Start again from the other system.") from error
    except jwt.PyJWTError as error:
        raise LaunchRefused("This link is not one that this place can trust. Tell your administrator.") from error
    if claims["exp"] - claims["iat"] > LONGEST_SECONDS:
        raise LaunchRefused(f"This link would open for more than {LONGEST_SECONDS} seconds. Tell your administrator.")
    return claims


def _launched(claims: dict[str, Any]) -> Launched:
    account = str(claims["sub"])
    if not User.objects.filter(username=account, is_active=True).exists():
        raise LaunchRefused("The other system's link names an account that does not exist here.")
    try:
        person_id, purpose = parse_person_id(str(claims["person"])), Purpose(str(claims["purpose"]))
    except (DefinitionError, ValueError) as error:
        raise LaunchRefused("The link names no person or purpose that is known here.") from error
    return Launched(str(claims["iss"]), account, person_id, purpose, int(time.time()) + WAITS_SECONDS)


def _key_of(issuer: str) -> Ed25519PublicKey:
    day = today()
    held = LaunchKey.objects.filter(Q(valid_to__isnull=True) | Q(valid_to__gt=day), issuer=issuer, valid_from__lte=day)
    key = held.first()
    if key is None:
        raise LaunchRefused("The other system is not known here. Tell your administrator.")
    return cast("Ed25519PublicKey", load_pem_public_key(key.public_key.encode()))  # checked when it was added


def _place() -> str:
    folder = settings.JOINEDUP_PLACE
    return load_place(folder).id if folder is not None else ""


def _is_key(text: str) -> bool:
    try:
        return isinstance(load_pem_public_key(text.strip().encode()), Ed25519PublicKey)
    except (ValueError, UnsupportedAlgorithm):
        return False


def _entry(action: str, launched: Launched) -> Entry:
    return Entry(
        action,
        subject="launch/" + launched.issuer[:100],
        people=(launched.person_id,),
        purpose=launched.purpose.value,
        detail={"account": launched.account},
    )


_NO_KEY: Final = "Paste the system's Ed25519 public key, from -----BEGIN PUBLIC KEY----- to -----END PUBLIC KEY-----"


def in_force(key: LaunchKey, day: date) -> bool:
    """Whether links signed by this key open on a day."""
    return key.valid_from <= day and (key.valid_to is None or key.valid_to > day)
