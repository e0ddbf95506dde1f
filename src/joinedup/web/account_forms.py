"""The forms of signing in, in the words and the look of all other forms."""

from __future__ import annotations

from typing import Any, ClassVar

from allauth.account import forms as account
from allauth.mfa.totp import forms as totp
from django.contrib.auth import forms as django

from joinedup.web import second_factor


class _Plain:
    """A form of a library without placeholders, which vanish when one types; labels say what to enter."""

    LABELS: ClassVar[dict[str, str]] = {}
    HINTS: ClassVar[dict[str, str]] = {}

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.label_suffix = ""
        fields: dict[str, Any] = self.fields  # type: ignore[attr-defined]
        for name, field in fields.items():
            field.widget.attrs.pop("placeholder", None)
            field.widget.attrs.pop("autofocus", None)
            field.label = self.LABELS.get(name, field.label)
            field.help_text = self.HINTS.get(name, "")
            field.error_messages["required"] = f"Enter your {str(field.label)[:1].lower()}{str(field.label)[1:]}"


_LENGTH = "12 characters or more; three words that do not belong together are good"
_CODE = "The 6 digits that your authenticator app shows"


class LoginForm(_Plain, account.LoginForm):  # type: ignore[misc]
    """Account name and password."""

    LABELS: ClassVar = {"login": "Account name", "password": "Password"}


class ConfirmForm(_Plain, account.ReauthenticateForm):  # type: ignore[misc]
    """The password, asked for again before something that matters is changed."""

    LABELS: ClassVar = {"password": "Password"}


class ChangePasswordForm(_Plain, account.ChangePasswordForm):  # type: ignore[misc]
    """The old password, and the new one twice."""

    LABELS: ClassVar = {"oldpassword": "Password now", "password1": "New password", "password2": "New password again"}
    HINTS: ClassVar = {"password1": _LENGTH}


class SetPasswordForm(_Plain, django.SetPasswordForm):  # type: ignore[type-arg]
    """A first password, or a new one, twice."""

    LABELS: ClassVar = {"new_password1": "New password", "new_password2": "New password again"}
    HINTS: ClassVar = {"new_password1": _LENGTH}


class CodeForm(_Plain, second_factor.AuthenticateForm):
    """The code asked for when signing in."""

    LABELS: ClassVar = {"code": "Code"}
    HINTS: ClassVar = {"code": f"{_CODE}, or one of your recovery codes"}


class ConfirmCodeForm(_Plain, second_factor.ReauthenticateForm):
    """The code asked for before something that matters is changed."""

    LABELS: ClassVar = {"code": "Code"}
    HINTS: ClassVar = {"code": f"{_CODE}, or one of your recovery codes"}


class ActivateAppForm(_Plain, totp.ActivateTOTPForm):  # type: ignore[misc]
    """The first code of an authenticator app."""

    LABELS: ClassVar = {"code": "Code"}
    HINTS: ClassVar = {"code": _CODE}
