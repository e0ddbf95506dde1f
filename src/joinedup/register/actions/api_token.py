"""Give a token to a program, and take it back. The token itself is shown once; the register keeps its hash."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Final

from django.db import transaction
from django.db.models import Q

from joinedup.register.actor import Actor, actor_of
from joinedup.register.audit import Entry, audit
from joinedup.register.clock import now, today
from joinedup.register.models import ApiToken, Post
from joinedup.register.scope import Scope, offered
from joinedup.rules.foundation.errors import Conflict, Invalid, Refused
from joinedup.rules.foundation.role import Ability

#: Every token begins with this, so that scanners find one that was left in a file.
MARK: Final = "joinedup_"
LONGEST_DAYS: Final = 366


@dataclass(frozen=True, slots=True)
class NewToken:
    """A token just made.

    Attributes:
        row: what is kept.
        secret: the token itself, to be shown once and never again.
    """

    row: ApiToken
    secret: str

    def __repr__(self) -> str:
        return f"NewToken({self.row.prefix}...)"


@dataclass(frozen=True, slots=True)
class TokenWanted:
    """What is asked of a new token.

    Attributes:
        label: which program is to use it.
        scopes: what it may be used for.
        days: how long it holds.
    """

    label: str
    scopes: Sequence[str]
    days: int


def create(*, post_id: int, wanted: TokenWanted, by: Actor) -> NewToken:
    """Make a token: the holder of a post with all that its role allows, an administrator with what shows no people.

    Raises:
        Refused: the post is somebody else's.
        Invalid: no label, no scope, a scope its role does not allow, or too long a life.
    """
    post = _post(post_id, by=by)
    label, scopes = wanted.label.strip(), _checked(wanted, offered(actor_of(post.user, post), by=by))
    secret = MARK + secrets.token_urlsafe(32)
    with transaction.atomic():
        row = ApiToken.objects.create(
            post=post,
            label=label,
            prefix=secret[: len(MARK) + 3],
            digest=digest_of(secret),
            scopes=scopes,
            created_at=now(),
            created_by_id=by.user_id,
            expires_at=now() + timedelta(days=wanted.days),
        )
        detail = {"post": post.pk, "scopes": scopes, "days": wanted.days, "prefix": row.prefix}
        audit(Entry("token.create", f"token/{row.pk}", detail=detail), by=by)
    return NewToken(row, secret)


def revoke(*, token_id: int, by: Actor) -> ApiToken:
    """Take a token back at once.

    Raises:
        Refused: there is no such token that this person may take back.
        Conflict: it was taken back already.
    """
    with transaction.atomic():
        row = ApiToken.objects.select_for_update(of=("self",)).select_related("post").filter(pk=token_id).first()
        if row is None or not may_manage(row.post, by=by):
            raise Refused("There is no such token of yours.")
        if row.revoked_at is not None:
            raise Conflict("This token was revoked already.")
        row.revoked_at = now()
        row.save(update_fields=["revoked_at"])
        audit(Entry("token.revoke", f"token/{row.pk}", detail={"prefix": row.prefix}), by=by)
    return row


def may_manage(post: Post, *, by: Actor) -> bool:
    """Whether tokens of a post are this person's business: their own, or anybody's for an administrator."""
    return by.may(Ability.MANAGE_USERS) or post.user_id == by.user_id


def digest_of(secret: str) -> str:
    """What the register keeps of a token; it is random and long, so one hash without salt is enough."""
    return sha256(secret.encode()).hexdigest()


def _post(post_id: int, *, by: Actor) -> Post:
    day = today()
    held = Post.objects.filter(Q(valid_to__isnull=True) | Q(valid_to__gte=day), pk=post_id, valid_from__lte=day)
    post = held.select_related("user", "organisation").first()
    if post is None or not may_manage(post, by=by):
        raise Refused("You can make tokens of your own posts only.")
    return post


def _checked(wanted: TokenWanted, choice: Sequence[Scope]) -> list[str]:
    """The scopes in order.

    Raises:
        Invalid: what is asked breaks a rule.
    """
    faults = {}
    if not 0 < len(wanted.label.strip()) <= 120:
        faults["label"] = "Say which program is to use this token, in up to 120 characters."
    allowed = {scope.value for scope in choice}
    if not wanted.scopes or not set(wanted.scopes) <= allowed:
        faults["scopes"] = "Choose what the token may be used for, from what is offered for this post."
    if not 1 <= wanted.days <= LONGEST_DAYS:
        faults["days"] = f"Enter a number of days from 1 to {LONGEST_DAYS}."
    if faults:
        raise Invalid(faults)
    return [scope.value for scope in Scope if scope.value in set(wanted.scopes)]
