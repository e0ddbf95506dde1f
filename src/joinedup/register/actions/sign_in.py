"""What signing in and out leaves in the trace: never what was typed, only accounts that exist."""

from __future__ import annotations

from joinedup.register.actor import Actor
from joinedup.register.audit import Entry, audit
from joinedup.register.models import User


def signed_in(user: User, *, by: Actor | None) -> None:
    """Somebody signed in, every factor given."""
    audit(Entry("sign_in.done", _subject(user)), by=by)


def failed(account: str, *, ground: str) -> None:
    """Somebody was not let in: the account is named where it exists, otherwise nothing of what was typed is kept."""
    user = User.objects.filter(username=account).first()
    audit(Entry("sign_in.failed", _subject(user) if user else "", ground=ground), by=None)


def locked(account: str) -> None:
    """Too many wrong tries closed an account for a while to one address."""
    user = User.objects.filter(username=account).first()
    if user is not None:
        audit(Entry("sign_in.locked", _subject(user), ground="too many wrong tries"), by=None)


def signed_out(user: User, *, by: Actor | None) -> None:
    """A session ended."""
    audit(Entry("sign_in.ended", _subject(user)), by=by)


def connected(user: User, *, provider: str) -> None:
    """An account was tied to the account of a sign-in provider."""
    audit(Entry("user.connected", _subject(user), detail={"provider": provider}), by=None)


def password_set(user: User) -> None:
    """Somebody set their own password."""
    audit(Entry("user.password_set", _subject(user)), by=None)


def factor_changed(user: User, kind: str, *, is_added: bool) -> None:
    """Somebody added or removed a second factor of their own account."""
    audit(
        Entry("user.factor_added" if is_added else "user.factor_removed", _subject(user), detail={"kind": kind}),
        by=None,
    )


def _subject(user: User) -> str:
    return f"user/{user.pk}"
