"""The second factor: who must have one, how its secrets are kept, and wrong codes that count as wrong passwords do."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import ClassVar, Final

from allauth.account.authentication import get_authentication_records
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.base import forms
from allauth.mfa.models import Authenticator
from axes.handlers.proxy import AxesProxyHandler
from cryptography.fernet import Fernet
from django.conf import settings
from django.contrib.auth.signals import user_login_failed
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.safestring import mark_safe

from joinedup.register.models import User
from joinedup.rules.foundation.role import ROLES, Ability, Role
from joinedup.store.place import PlaceKind, load_place

#: A role with any of these shows who people are, or can make accounts that do.
_STRONG: Final = frozenset(
    {
        Ability.FIND_PEOPLE,
        Ability.OPEN_RECORD,
        Ability.SEE_DEMOGRAPHICS,
        Ability.SAMPLE_RECORD,
        Ability.RECORD_OBJECTION,
        Ability.MANAGE_USERS,
    }
)


def needs_second_factor(role: Role) -> bool:
    """Whether a role may be acted in only with a second factor."""
    return bool(ROLES[role].abilities & _STRONG)


def is_lacking(request: HttpRequest, role: Role) -> bool:
    """Whether this session lacks the second factor that the role needs; a demonstration asks for none."""
    if not needs_second_factor(role) or _is_demonstration():
        return False
    user = request.user
    if not isinstance(user, User):
        return True
    records = get_authentication_records(request, user)
    if settings.OIDC_IS_STRONG and any(record["method"] == "socialaccount" for record in records):
        return False
    # Somebody who has a factor was asked for it before this session began, or has just set it up in it.
    return not Authenticator.objects.filter(user=user, type__in=("totp", "webauthn")).exists()


def _is_demonstration() -> bool:
    """Whether there is nobody to protect: invented people, published statistics, or no place at all."""
    folder: Path | None = settings.JOINEDUP_PLACE
    return folder is None or _kind(folder) is not PlaceKind.LIVE


@lru_cache(maxsize=4)
def _kind(folder: Path) -> PlaceKind:
    return load_place(folder).kind


class Adapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Secrets of second factors lie in the register encrypted, so that a backup of it lets nobody in."""

    error_messages: ClassVar = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": "The code is wrong, or was used before; wait for the next one",
    }

    def build_totp_svg(self, url: str) -> str:
        """The picture of the key, to stand in the page itself: the page's policy lets no picture in from elsewhere."""
        drawn: str = super().build_totp_svg(url)
        return mark_safe(drawn[drawn.index("<svg") :])  # noqa: S308 - drawn by the library from a key, not from what was typed

    def encrypt(self, text: str) -> str:
        return _cipher().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return _cipher().decrypt(encrypted_text.encode()).decode()


def _cipher() -> Fernet:
    """A key of its own, derived from the web key."""
    return Fernet(urlsafe_b64encode(sha256(b"second factor" + settings.SECRET_KEY.encode()).digest()))


class _Counted:
    """A form that asks for a code: wrong ones count towards the lock-out."""

    user: User

    def clean_code(self) -> str:
        request, credentials = context.request, {"username": self.user.get_username()}
        if not AxesProxyHandler.is_allowed(request, credentials):
            request.axes_locked_out = True
            raise ValidationError("This account is locked for a while.")
        try:
            code: str = super().clean_code()  # type: ignore[misc]
        except ValidationError:
            user_login_failed.send(sender=__name__, credentials=credentials, request=request)
            raise
        return code


class AuthenticateForm(_Counted, forms.AuthenticateForm):  # type: ignore[misc]
    """The code asked for when signing in."""


class ReauthenticateForm(_Counted, forms.ReauthenticateForm):  # type: ignore[misc]
    """The code asked for before something that matters is changed."""


def factors_of(user: User) -> tuple[str, ...]:
    """What an account has beside its password, in words."""
    held = Authenticator.objects.filter(user=user, type__in=_WORDS).order_by("type").values_list("type", flat=True)
    return tuple(_WORDS[kind] for kind in dict.fromkeys(held))


_WORDS: Final = {"totp": "Authenticator app", "webauthn": "Security key or passkey"}
