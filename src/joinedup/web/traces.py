"""Signals of the sign-in libraries, told to the trace."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from allauth.account.signals import password_changed, user_logged_in
from allauth.mfa.signals import authenticator_added, authenticator_removed
from axes.signals import user_locked_out
from django.contrib.auth.signals import user_logged_out, user_login_failed
from django.http import HttpRequest

from joinedup.register.actions import sign_in
from joinedup.register.models import User
from joinedup.web.acting import find_actor


def connect() -> None:
    """Listen to what happens at the door."""
    for signal, told in _HEARD:
        signal.connect(told, dispatch_uid=f"trace.{told.__name__}")


def _signed_in(request: HttpRequest, user: User, **_: Any) -> None:
    sign_in.signed_in(user, by=find_actor(request))


def _failed(credentials: Mapping[str, Any], request: HttpRequest | None = None, **_: Any) -> None:
    is_locked = bool(getattr(request, "axes_locked_out", False))
    ground = "the account is locked for a while" if is_locked else "wrong password or code"
    sign_in.failed(str(credentials.get("username", "")), ground=ground)


def _locked(username: str | None = None, **_: Any) -> None:
    sign_in.locked(username or "")


def _signed_out(request: HttpRequest, user: User | None = None, **_: Any) -> None:
    if isinstance(user, User):
        sign_in.signed_out(user, by=find_actor(request))


def _password_changed(user: User, **_: Any) -> None:
    sign_in.password_set(user)


def _factor_added(user: User, authenticator: Any, **_: Any) -> None:
    sign_in.factor_changed(user, str(authenticator.type), is_added=True)


def _factor_removed(user: User, authenticator: Any, **_: Any) -> None:
    sign_in.factor_changed(user, str(authenticator.type), is_added=False)


_HEARD: tuple[tuple[Any, Any], ...] = (
    (user_logged_in, _signed_in),
    (user_login_failed, _failed),
    (user_locked_out, _locked),
    (user_logged_out, _signed_out),
    (password_changed, _password_changed),
    (authenticator_added, _factor_added),
    (authenticator_removed, _factor_removed),
)
