"""Accounts for the pages of administrators: who has one, in which posts, and whether it can sign in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from allauth.mfa.models import Authenticator
from axes.models import AccessAttempt
from django.conf import settings
from django.contrib.auth.tokens import default_token_generator
from django.db.models import F, Prefetch, Q, QuerySet
from django.utils.http import urlsafe_base64_decode

from joinedup.register.actor import Actor
from joinedup.register.clock import now, today
from joinedup.register.listing import Part, Wanted, part_of_table
from joinedup.register.models import Post, User
from joinedup.rules.foundation.role import ROLES, Ability, Role


@dataclass(frozen=True, slots=True)
class PostHeld:
    """One post of an account; `valid_to` is its last day."""

    id: int
    version: int
    role: Role
    label: str
    organisation: str
    team: str
    valid_from: date
    valid_to: date | None
    granted_by: str
    is_in_force: bool

    @property
    def words(self) -> str:
        """The post in one line."""
        return ", ".join(part for part in (self.label, self.team, self.organisation) if part)


@dataclass(frozen=True, slots=True)
class UserSheet:
    """One account as administrators see it."""

    id: int
    account: str
    forename: str
    surname: str
    email: str
    is_active: bool
    has_password: bool
    last_sign_in: datetime | None
    locked_until: datetime | None
    second_factors: tuple[str, ...]
    posts: tuple[PostHeld, ...]

    @property
    def name(self) -> str:
        """Forename and surname, or the account's name where none is recorded."""
        return f"{self.forename} {self.surname}".strip() or self.account

    @property
    def status(self) -> str:
        """One word for the list."""
        if not self.is_active:
            return "Closed"
        if self.locked_until:
            return "Locked"
        return "Open" if self.has_password else "Invited"


def users(wanted: Wanted, *, by: Actor) -> Part[UserSheet]:
    """Accounts by name.

    Args:
        wanted: words are looked for in names, accounts and organisations; the filter `role` keeps accounts that hold
            that role today, `state` those that are open or closed.
        by: an administrator.
    """
    by.require(Ability.MANAGE_USERS)
    found = User.objects.order_by("last_name", "first_name", "username").distinct()
    if "role" in wanted.filters:
        day = today()
        in_force = Q(posts__valid_to__isnull=True) | Q(posts__valid_to__gte=day)
        found = found.filter(in_force, posts__role=wanted.filters["role"], posts__valid_from__lte=day)
    if "state" in wanted.filters:
        found = found.filter(is_active=wanted.filters["state"] == "open")
    part = part_of_table(found.prefetch_related(_posts()), wanted, searched=_SEARCHED, orders=_ORDERS)
    locks, factors = _locks(), _factors()
    return Part(tuple(_sheet(user, locks, factors) for user in part.rows), part.total)


_SEARCHED = ("username", "first_name", "last_name", "posts__organisation__name")
_ORDERS = {"name": "last_name", "account": "username", "last_sign_in": "last_login"}


def user_sheet(user_id: int, *, by: Actor) -> UserSheet | None:
    """One account; None where there is none."""
    by.require(Ability.MANAGE_USERS)
    user = User.objects.filter(pk=user_id).prefetch_related(_posts()).first()
    return _sheet(user, _locks(user.get_username()), _factors(user.pk)) if user else None


def invited(user_code: str, token: str) -> User | None:
    """The account that a one-time link opens; None once the link is spent, too old, or was never one."""
    try:
        pk = int(urlsafe_base64_decode(user_code))
    except ValueError:
        return None
    user = User.objects.filter(pk=pk, is_active=True).first()
    return user if user and default_token_generator.check_token(user, token) else None


def _posts() -> Prefetch[str, QuerySet[Post, Post], str]:
    return Prefetch("posts", Post.objects.select_related("organisation", "team", "granted_by").order_by("-valid_from"))


def _locks(account: str = "") -> dict[str, datetime]:
    """Accounts that are locked for some address, and until when."""
    since = now() - settings.AXES_COOLOFF_TIME
    attempts = AccessAttempt.objects.filter(
        failures_since_start__gte=settings.AXES_FAILURE_LIMIT, attempt_time__gte=since
    )
    if account:
        attempts = attempts.filter(username=account)
    ends = attempts.annotate(last=F("attempt_time")).values_list("username", "last")
    return {name: last + settings.AXES_COOLOFF_TIME for name, last in ends.order_by("attempt_time") if name}


def _factors(user_id: int | None = None) -> dict[int, tuple[str, ...]]:
    rows = Authenticator.objects.exclude(type="recovery_codes")
    if user_id is not None:
        rows = rows.filter(user_id=user_id)
    found: dict[int, tuple[str, ...]] = {}
    for owner, kind in rows.values_list("user_id", "type"):
        found[owner] = (*found.get(owner, ()), _FACTORS[kind])
    return found


_FACTORS = {"totp": "authenticator app", "webauthn": "security key"}


def _sheet(user: User, locks: dict[str, datetime], factors: dict[int, tuple[str, ...]]) -> UserSheet:
    return UserSheet(
        id=user.pk,
        account=user.get_username(),
        forename=user.first_name,
        surname=user.last_name,
        email=user.email,
        is_active=user.is_active,
        has_password=user.has_usable_password(),
        last_sign_in=user.last_login,
        locked_until=locks.get(user.get_username()),
        second_factors=factors.get(user.pk, ()),
        posts=tuple(_held(post) for post in user.posts.all()),
    )


def _held(post: Post) -> PostHeld:
    day = today()
    return PostHeld(
        id=post.pk,
        version=post.version,
        role=Role(post.role),
        label=ROLES[Role(post.role)].label,
        organisation=post.organisation.name,
        team=post.team.name if post.team else "",
        valid_from=post.valid_from,
        valid_to=post.valid_to,
        granted_by=post.granted_by.get_username() if post.granted_by else "",
        is_in_force=post.valid_from <= day and (post.valid_to is None or post.valid_to >= day),
    )
