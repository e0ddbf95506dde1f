"""Who looked at a person's record: every opening, search and refusal, by name of account, role and organisation."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from joinedup.register.access import Subject, open_record
from joinedup.register.actor import Actor
from joinedup.register.models import AuditEvent, Organisation, Post, User
from joinedup.register.sensitive import is_sensitive_team
from joinedup.rules.care.access import Purpose, Sensitivity
from joinedup.rules.foundation.disclosure import Confided
from joinedup.rules.foundation.role import ROLES, Role

PAGE = 50


@dataclass(frozen=True, slots=True)
class Look:
    """One time somebody looked.

    Attributes:
        at: when.
        name: name of the person who looked, or of the account where it has none.
        role, organisation: in which role and where.
        action: record.opened, people.searched, record.refused ...
        page: which page.
        purpose: why, as a code; "" where none was asked for.
        ground: what allowed or refused it.
    """

    at: datetime
    name: str
    role: str
    organisation: str
    action: str
    page: str
    purpose: str
    ground: str


@dataclass(frozen=True, slots=True)
class Looks:
    """A page of looks, newest first.

    Attributes:
        rows: of this page.
        total: of all pages.
        page, pages: which page, of how many.
    """

    rows: tuple[Look, ...]
    total: int
    page: int
    pages: int


def who_looked(subject: Subject, purpose: Purpose, page: int = 1, *, by: Actor) -> Confided[Looks]:
    """Everybody who looked at a person's record, newest first, the one who asks included.

    Args:
        subject: whose record.
        purpose: why this page is opened.
        page: which page of 50.
        by: who asks.

    Raises:
        RecordClosed: the record does not open to them.
    """
    grant = open_record(subject, purpose, "who_looked", by=by)
    found = events_about(subject)
    total = found.count()
    pages = max(1, -(-total // PAGE))
    at = min(max(page, 1), pages)
    rows = looks(found[(at - 1) * PAGE : at * PAGE], grant.hidden)
    return Confided(Looks(rows, total, at, pages), audit_id=grant.audit_id)


def events_about(subject: Subject) -> QuerySet[AuditEvent]:
    """Rows of the trace that show a person under any of their pseudonyms, newest first."""
    kinds = AuditEvent.objects.filter(action__regex=r"^(record|people|emergency|household)\.")
    return kinds.filter(about__person_id__in=subject.aliases).distinct().order_by("-sequence")


def looks(events: Iterable[AuditEvent], hidden: frozenset[Sensitivity]) -> tuple[Look, ...]:
    """Rows of the trace as pages name them: accounts and organisations by their names of today.

    Args:
        events: rows of the trace.
        hidden: somebody of a team whose name would tell one of these is shown without name, role and organisation.
    """
    rows = list(events)
    posts = {post.pk: post for post in Post.objects.filter(pk__in={row.post_id for row in rows}).select_related("team")}
    users = {user.pk: user for user in User.objects.filter(pk__in={row.user_id for row in rows})}
    codes = {row.organisation for row in rows}
    names = dict(Organisation.objects.filter(code__in=codes).values_list("code", "name"))
    unnamed = {pk for pk, post in posts.items() if post.team and is_sensitive_team(post.team.service, hidden)}
    return tuple(_unnamed(row) if row.post_id in unnamed else _look(row, posts, users, names) for row in rows)


def _unnamed(row: AuditEvent) -> Look:
    return Look(row.at, "Somebody of a service that is not named here", "", "", row.action, "", row.purpose, "")


def _look(row: AuditEvent, posts: dict[int, Post], users: dict[int, User], names: dict[str, str]) -> Look:
    user, post = users.get(row.user_id or 0), posts.get(row.post_id or 0)
    return Look(
        at=row.at,
        name=(user.get_full_name() or user.get_username()) if user else row.actor,
        role=ROLES[Role(post.role)].label if post else "",
        organisation=names.get(row.organisation, row.organisation),
        action=row.action,
        page=row.subject.removeprefix("page/") if row.subject.startswith("page/") else "",
        purpose=row.purpose,
        ground=row.ground,
    )
