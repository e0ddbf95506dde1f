"""Tokens of programs: whom one lets act, and which there are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from joinedup.register.access import in_force
from joinedup.register.actions.api_token import MARK, digest_of
from joinedup.register.actor import Actor, actor_of
from joinedup.register.clock import now
from joinedup.register.models import ApiToken, Post
from joinedup.register.scope import SCOPES, Scope, offered
from joinedup.rules.foundation.role import ROLES, Ability, Role


@dataclass(frozen=True, slots=True)
class TokenShown:
    """A token as pages show it: never the token itself."""

    id: int
    label: str
    prefix: str
    holder: str
    role: str
    scopes: tuple[str, ...]
    created_at: datetime
    expires_at: datetime
    state: str  # in use | expired | revoked


@dataclass(frozen=True, slots=True)
class PostOffered:
    """A post that a token can be made of, and the scopes it can have."""

    post_id: int
    text: str
    scopes: tuple[tuple[str, str], ...]


def holder_of(secret: str) -> Actor | None:
    """Whom a token lets a program act as; None when it is unknown, expired, revoked or of a post that ended."""
    if not secret.startswith(MARK):
        return None
    found = (
        ApiToken.objects.filter(digest=digest_of(secret), revoked_at__isnull=True, expires_at__gt=now())
        .select_related("post__user", "post__organisation")
        .first()
    )
    if found is None or not found.post.user.is_active or not in_force(Post.objects.filter(pk=found.post_id)).exists():
        return None
    return actor_of(found.post.user, found.post, frozenset(found.scopes))


def tokens(*, by: Actor) -> tuple[TokenShown, ...]:
    """One's own tokens, newest first; everybody's for an administrator."""
    rows = ApiToken.objects.select_related("post__user", "post__organisation").order_by("-created_at", "-pk")
    if not by.may(Ability.MANAGE_USERS):
        rows = rows.filter(post__user_id=by.user_id)
    return tuple(_shown(row) for row in rows[:500])


def posts_offered(*, by: Actor) -> tuple[PostOffered, ...]:
    """The posts that this person can make tokens of, with what each could be used for."""
    rows = in_force(Post.objects.filter(user__is_active=True)).select_related("user", "organisation", "team")
    if not by.may(Ability.MANAGE_USERS):
        rows = rows.filter(user_id=by.user_id)
    found = ((row, offered(actor_of(row.user, row), by=by)) for row in rows.order_by("user__username", "pk")[:500])
    return tuple(
        PostOffered(row.pk, _text(row), tuple(_words(scope) for scope in scopes)) for row, scopes in found if scopes
    )


def _words(scope: Scope) -> tuple[str, str]:
    return scope.value, SCOPES[scope].text


def _text(post: Post) -> str:
    place = f"{post.team.name}, {post.organisation.name}" if post.team else post.organisation.name
    return f"{post.user.get_username()}: {ROLES[Role(post.role)].label}, {place}"


def _shown(row: ApiToken) -> TokenShown:
    state = "revoked" if row.revoked_at else "expired" if row.expires_at <= now() else "in use"
    return TokenShown(
        id=row.pk,
        label=row.label,
        prefix=row.prefix,
        holder=row.post.user.get_username(),
        role=ROLES[Role(row.post.role)].label,
        scopes=tuple(row.scopes),
        created_at=row.created_at,
        expires_at=row.expires_at,
        state=state,
    )
