"""Accounts: made by administrators, opened by a one-time link, closed without a trace being lost."""

from __future__ import annotations

from allauth.mfa.models import Authenticator
from axes.handlers.proxy import AxesProxyHandler
from django.contrib.auth.tokens import default_token_generator
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from joinedup.register.actions import sign_in
from joinedup.register.actor import Actor
from joinedup.register.audit import Entry, audit
from joinedup.register.models import User
from joinedup.rules.foundation.errors import Invalid, Refused
from joinedup.rules.foundation.role import Ability


def create(*, account: str, forename: str = "", surname: str = "", email: str = "", by: Actor | None) -> User:
    """Make an account without a password: its owner sets one by the link of `invite`.

    Args:
        account: the name to sign in with; never used for anybody else afterwards.
        forename: of the person who works here.
        surname: of the person who works here.
        email: how colleagues reach them; may be empty.
        by: an administrator; None for the command line.

    Raises:
        Invalid: the name is taken or holds signs that a name cannot have, or the address is none.
    """
    _require(by)
    account, email = account.strip(), email.strip()
    faults = {**_account_faults(account), **_email_faults(email)}
    if faults:
        raise Invalid(faults)
    user = User(username=account, first_name=forename.strip(), last_name=surname.strip(), email=email)
    user.set_unusable_password()
    try:
        with transaction.atomic():
            user.save(force_insert=True)
            audit(Entry("user.created", _subject(user), detail={"account": account}), by=by)
    except IntegrityError as error:
        raise Invalid({"account": _TAKEN}) from error
    return user


def change(*, user: User, forename: str, surname: str, email: str, by: Actor) -> None:
    """Correct how an account's owner is called and reached; the account name stays."""
    _require(by)
    faults = _email_faults(email.strip())
    if faults:
        raise Invalid(faults)
    user.first_name, user.last_name, user.email = forename.strip(), surname.strip(), email.strip()
    with transaction.atomic():
        user.save(update_fields=["first_name", "last_name", "email"])
        audit(Entry("user.changed", _subject(user), detail={"changed": ["name", "email"]}), by=by)


def invite(*, user: User, by: Actor | None) -> tuple[str, str]:
    """Make a one-time link by which an account's owner sets a password; shown once, valid for three days.

    Returns:
        The two parts of the link: the account's code and the token. Setting the password spends it.

    Raises:
        Refused: the account is closed, or it is one's own.
    """
    _require(by)
    _not_oneself(user, by, "set a new password for your own account; change it on your account's page")
    if not user.is_active:
        raise Refused("That account is closed; open it again first.")
    audit(Entry("user.invited", _subject(user)), by=by)
    return urlsafe_base64_encode(force_bytes(user.pk)), default_token_generator.make_token(user)


def set_own_password(user: User, password: str) -> None:
    """Set the password by a one-time link, which is spent by it."""
    user.set_password(password)
    with transaction.atomic():
        user.save(update_fields=["password"])
        AxesProxyHandler.reset_attempts(username=user.get_username())
        sign_in.password_set(user)


def deactivate(*, user: User, by: Actor) -> None:
    """Close an account: its sessions end at the next page, its posts and everything it did stay."""
    _set_active(user, False, by=by)


def activate(*, user: User, by: Actor) -> None:
    """Open a closed account again."""
    _set_active(user, True, by=by)


def unlock(*, user: User, by: Actor) -> None:
    """Let an account that was locked for wrong tries sign in again at once."""
    _require(by)
    with transaction.atomic():
        AxesProxyHandler.reset_attempts(username=user.get_username())
        audit(Entry("user.unlocked", _subject(user)), by=by)


def reset_second_factor(*, user: User, by: Actor | None) -> None:
    """Take away every second factor of an account whose owner lost theirs; they set up a new one after signing in."""
    _require(by)
    _not_oneself(user, by, "reset your own second factor; another administrator can")
    with transaction.atomic():
        removed, _ = Authenticator.objects.filter(user=user).delete()
        audit(Entry("user.second_factor_reset", _subject(user), detail={"removed": removed}), by=by)


_TAKEN = "There is already an account with this name; choose another"


def _set_active(user: User, is_active: bool, *, by: Actor) -> None:
    _require(by)
    _not_oneself(user, by, "close or open your own account; another administrator can")
    with transaction.atomic():
        User.objects.filter(pk=user.pk).update(is_active=is_active)
        audit(Entry("user.activated" if is_active else "user.deactivated", _subject(user)), by=by)
    user.is_active = is_active


def _require(by: Actor | None) -> None:
    """Administrators only; None is somebody at the machine itself, who could write to the database anyway."""
    if by is not None:
        by.require(Ability.MANAGE_USERS)


def _not_oneself(user: User, by: Actor | None, what: str) -> None:
    if by is not None and by.user_id == user.pk:
        raise Refused(f"You cannot {what}.")


def _account_faults(account: str) -> dict[str, str]:
    try:
        UnicodeUsernameValidator()(account)
    except ValidationError:
        return {"account": "Enter an account name of letters, digits and . + - _ @, without spaces"}
    if len(account) > 150:
        return {"account": "Enter an account name of at most 150 characters"}
    return {"account": _TAKEN} if User.objects.filter(username__iexact=account).exists() else {}


def _email_faults(email: str) -> dict[str, str]:
    try:
        if email:
            validate_email(email)
    except ValidationError:
        return {"email": "Enter an e-mail address in the form name@example.org, or leave it empty"}
    return {}


def _subject(user: User) -> str:
    return f"user/{user.pk}"
