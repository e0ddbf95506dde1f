"""Signing in: accounts are made by administrators only, lead to a page of their role, and leave a trace."""

from __future__ import annotations

from typing import Any, ClassVar

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.conf import settings
from django.http import HttpRequest
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme

from joinedup.register.actions import sign_in
from joinedup.register.models import User


def client_address(request: HttpRequest) -> str:
    """The address a request came from: what our own proxy appended, where we stand behind one."""
    forwarded = request.headers.get("X-Forwarded-For", "") if settings.IS_HTTPS else ""
    return forwarded.rsplit(",", 1)[-1].strip() or str(request.META.get("REMOTE_ADDR", ""))


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Nobody makes an account for themselves, nothing is sent by e-mail, and `next` leads nowhere else."""

    error_messages: ClassVar = {
        **DefaultAccountAdapter.error_messages,
        "username_password_mismatch": "The account name or the password is wrong",
        "incorrect_password": "The password is wrong",
        "enter_current_password": "The password is wrong",
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def is_safe_url(self, url: str) -> bool:
        return url_has_allowed_host_and_scheme(
            url, allowed_hosts={self.request.get_host()}, require_https=self.request.is_secure()
        )

    def send_mail(self, *_: Any, **__: Any) -> None:
        """No mail server is needed; what matters is in the trace."""

    def add_message(self, *_: Any, **__: Any) -> None:
        """Pages say what was done; nothing waits in a queue of messages."""


class ProviderAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]
    """An OpenID Connect provider signs in to an account that exists here; it never makes one."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        """Tie the provider's account to ours by the claim that holds our account name, at its first use."""
        if sociallogin.is_existing:
            return
        user = _claimed(sociallogin.account.extra_data)
        if user is None:
            raise ImmediateHttpResponse(render(request, "account/unknown.html", status=403))
        sociallogin.connect(request, user)
        sign_in.connected(user, provider=sociallogin.account.provider)


def _claimed(data: dict[str, Any]) -> User | None:
    claims = {**data, **data.get("id_token", {}), **data.get("userinfo", {})}
    name = claims.get(settings.OIDC_CLAIM)
    return User.objects.filter(username=name, is_active=True).first() if isinstance(name, str) and name else None
