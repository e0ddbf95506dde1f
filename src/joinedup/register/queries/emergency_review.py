"""Emergency accesses for their reviewers: under pseudonyms, with what was opened on their strength."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from joinedup.register.actor import Actor
from joinedup.register.clock import now
from joinedup.register.listing import Part, Wanted, part_of_table
from joinedup.register.models import AuditEvent, EmergencyAccess
from joinedup.rules.foundation.identifier import display_person_id
from joinedup.rules.foundation.role import ROLES, Ability, Role


@dataclass(frozen=True, slots=True)
class EmergencyShown:
    """One use of emergency access.

    Attributes:
        person_id: the pseudonym; a reviewer learns no name.
        state: open, waiting or reviewed.
        ended_at: when it ended, or will end by itself.
    """

    id: int
    person_id: int
    pseudonym: str
    account: str
    role: str
    organisation: str
    team: str
    reason: str
    scope: str
    granted_at: datetime
    ended_at: datetime
    state: str
    outcome: str
    remark: str
    reviewed_by: str
    reviewed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Opened:
    """Something that was opened on the strength of an emergency access."""

    sequence: int
    at: datetime
    action: str
    subject: str


def emergencies(wanted: Wanted, by: Actor) -> Part[EmergencyShown]:
    """Emergency accesses; the filter `state` is "" (waiting for review), open, reviewed or all.

    Raises:
        Refused: the role reviews none and does not see the trace.
    """
    _allow(by)
    state = wanted.filters.get("state", "")
    rows = EmergencyAccess.objects.select_related("user", "post__organisation", "post__team", "reviewed_by")
    is_open = {"ended_at__isnull": True, "expires_at__gt": now(), "reviewed_at__isnull": True}
    if state == "open":
        rows = rows.filter(**is_open)
    elif state == "reviewed":
        rows = rows.filter(reviewed_at__isnull=False)
    elif state != "all":
        rows = rows.filter(reviewed_at__isnull=True).exclude(**is_open)
    orders = {"granted": "granted_at", "account": "user__username"}
    part = part_of_table(rows, wanted, searched=("user__username", "reason"), orders=orders)
    return Part(tuple(_shown(row) for row in part.rows), part.total)


def emergency(access_id: int, *, by: Actor) -> EmergencyShown | None:
    """One emergency access; None when there is none.

    Raises:
        Refused: the role reviews none and does not see the trace.
    """
    _allow(by)
    rows = EmergencyAccess.objects.select_related("user", "post__organisation", "post__team", "reviewed_by")
    row = rows.filter(pk=access_id).first()
    return _shown(row) if row else None


def opened_in(access_id: int, *, by: Actor) -> tuple[Opened, ...]:
    """What its user did about that person while it was open, in order."""
    _allow(by)
    row = EmergencyAccess.objects.get(pk=access_id)
    events = AuditEvent.objects.filter(
        user_id=row.user_id,
        about__person_id=row.person_id,
        at__gte=row.granted_at,
        at__lte=row.ended_at or row.expires_at,
    )
    return tuple(Opened(e.sequence, e.at, e.action, e.subject) for e in events.order_by("sequence"))


def _allow(by: Actor) -> None:
    if not by.may(Ability.SEE_AUDIT):
        by.require(Ability.REVIEW_EMERGENCY)


def _shown(row: EmergencyAccess) -> EmergencyShown:
    ended = row.ended_at or row.expires_at
    state = "reviewed" if row.reviewed_at else "open" if ended > now() else "waiting"
    return EmergencyShown(
        id=row.pk,
        person_id=row.person_id,
        pseudonym=display_person_id(row.person_id),
        account=row.user.get_username(),
        role=ROLES[Role(row.post.role)].label,
        organisation=row.post.organisation.name,
        team=row.post.team.name if row.post.team else "",
        reason=row.reason,
        scope=row.scope,
        granted_at=row.granted_at,
        ended_at=ended,
        state=state,
        outcome=row.get_outcome_display(),
        remark=row.remark,
        reviewed_by=row.reviewed_by.get_username() if row.reviewed_by else "",
        reviewed_at=row.reviewed_at,
    )
