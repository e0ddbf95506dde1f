"""My caseload: whom my team cares for, what changed since I looked, what must be done, what we must be told."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from django.db.models import Max, QuerySet
from django.utils import timezone

from joinedup.register.actor import Actor
from joinedup.register.caseload import Tie
from joinedup.register.clock import today
from joinedup.register.listing import Part, Wanted, part_of_rows
from joinedup.register.models import AuditEvent, Notice, Post, Task, Team
from joinedup.register.people import people
from joinedup.register.queries.task import account_name
from joinedup.register.queries.team_names import Named, TeamPeople, by_name, with_names
from joinedup.rules.foundation.disclosure import Confided
from joinedup.rules.foundation.errors import Refused
from joinedup.rules.foundation.identifier import display_person_id
from joinedup.rules.foundation.role import Ability
from joinedup.store.people import Changes

#: Unseen notices shown on the caseload; the rest has a page of its own.
NOTICES_SHOWN = 10
#: Tasks due within this many days are called due soon.
SOON_DAYS = 7


@dataclass(frozen=True, slots=True)
class CaseRow:
    """One person of the caseload.

    Attributes:
        person_id: the pseudonym of today.
        person: who it is; None where they object to sharing their record.
        kind: "care" or "referred".
        since: since when the team cares for them.
        lead: name of the colleague who leads; "" for nobody.
        is_mine: the actor leads.
        looked: the day on which the actor last opened the record; None for never.
        changes: what came in since that day; None where the actor never looked.
        open_tasks, late_tasks: tasks of the team for them.
        next_due: the earliest day of those; None where there is none.
    """

    person_id: int
    person: Named | None
    kind: str
    since: date
    lead: str
    is_mine: bool
    looked: date | None
    changes: Changes | None
    open_tasks: int
    late_tasks: int
    next_due: date | None

    @property
    def is_changed(self) -> bool:
        """Whether something came in that the actor has not seen."""
        return self.last_change is not None

    @property
    def last_change(self) -> date | None:
        """The last day on which something came in that the actor has not seen; None for nothing."""
        return self.changes.received if self.changes and self.changes.events else None


@dataclass(frozen=True, slots=True)
class NoticeShown:
    """Something the team must be told about a person.

    Attributes:
        seen_by: name of the colleague who marked it seen; "" while nobody has.
    """

    notice_id: int
    person_id: int
    person: Named | None
    text: str
    at: datetime
    seen_by: str
    seen_at: datetime | None


@dataclass(frozen=True, slots=True)
class CaseloadPage:
    """The caseload of the actor's team.

    Attributes:
        team: name of the team.
        people: the part of the list that was asked for.
        all_people: how many people the team has.
        changed: people about whom something came in since the actor looked.
        late, soon: open tasks of the team that are late, and that are due within a week.
        notices: the newest that nobody has seen; `more_notices` are not shown.
    """

    team: str
    people: Part[CaseRow]
    all_people: int
    changed: int
    late: int
    soon: int
    notices: tuple[NoticeShown, ...]
    more_notices: int


_ORDERS: Final[Mapping[str, Callable[[CaseRow], Any]]] = {
    "name": lambda row: by_name(row.person_id, row.person),
    "due": lambda row: row.next_due,
    "changed": lambda row: row.last_change,
    "since": lambda row: row.since,
}


def caseload_page(wanted: Wanted, *, by: Actor) -> Confided[CaseloadPage]:
    """The caseload of the actor's team; filters are `show` (changed, late, mine, new) and `kind` (care, referred).

    Raises:
        Refused: the role opens no records, or the post belongs to no team.
    """
    by.require(Ability.OPEN_RECORD)
    team = own_team(by)

    def make(known: TeamPeople) -> tuple[CaseloadPage, Iterable[int]]:
        rows = _rows(known, by)
        kept = [row for row in rows if _is_kept(row, wanted.filters)]
        part = part_of_rows(kept, wanted, text=_text, orders=_ORDERS)
        unseen = Notice.objects.filter(team=team, seen_at__isnull=True).order_by("-at", "-pk")
        notices = tuple(_notice(row, known) for row in unseen[:NOTICES_SHOWN])
        page = CaseloadPage(
            team=team.name,
            people=part,
            all_people=len(rows),
            changed=sum(row.is_changed for row in rows),
            late=sum(row.late_tasks for row in rows),
            soon=_due_soon(by),
            notices=notices,
            more_notices=unseen.count() - len(notices),
        )
        return page, [*(row.person_id for row in part.rows), *(notice.person_id for notice in notices)]

    return with_names("caseload", make, by=by)


def notices(wanted: Wanted, *, by: Actor) -> Confided[Part[NoticeShown]]:
    """The notices of the actor's team, newest first; the filter `state` is new or seen."""
    by.require(Ability.OPEN_RECORD)
    rows = Notice.objects.filter(team=own_team(by)).select_related("seen_by").order_by("-at", "-pk")
    state = wanted.filters.get("state")
    if state:
        rows = rows.filter(seen_at__isnull=state == "new")
    shown = list(rows[wanted.offset : wanted.offset + wanted.limit])

    def make(known: TeamPeople) -> tuple[Part[NoticeShown], Iterable[int]]:
        found = tuple(_notice(row, known) for row in shown)
        return Part(found, rows.count()), [row.person_id for row in shown]

    return with_names("notices", make, by=by, among=[row.person_id for row in shown])


def own_team(by: Actor) -> Team:
    """The team of the actor's post.

    Raises:
        Refused: it belongs to none.
    """
    team = Team.objects.filter(pk=by.team_id or 0).first()
    if team is None:
        raise Refused("Your post belongs to no team, and people are cared for by teams. Ask your administrator.")
    return team


@dataclass(frozen=True, slots=True)
class _Facts:
    """What is known of the people of a team besides their names, by pseudonym of today."""

    leads: Mapping[int, str]
    looked: Mapping[int, date]
    changes: Mapping[int, Changes]
    due: Mapping[int, list[date]]


def _rows(known: TeamPeople, by: Actor) -> list[CaseRow]:
    looked = _looked(known.ties, by)
    posts = Post.objects.filter(pk__in={tie.lead_id for tie in known.ties.values()}).select_related("user")
    facts = _Facts(
        leads={post.pk: account_name(post.user) for post in posts},
        looked=looked,
        changes=_changes(looked),
        due=_due_days(known, by),
    )
    rows = [_row(tie, known, facts, by) for tie in known.ties.values()]
    return sorted(rows, key=lambda row: by_name(row.person_id, row.person))


def _row(tie: Tie, known: TeamPeople, facts: _Facts, by: Actor) -> CaseRow:
    due = facts.due.get(tie.person_id, [])
    return CaseRow(
        person_id=tie.person_id,
        person=known.of(tie.person_id),
        kind=tie.kind,
        since=tie.since,
        lead=facts.leads.get(tie.lead_id or 0, ""),
        is_mine=tie.lead_id == by.post_id,
        looked=facts.looked.get(tie.person_id),
        changes=facts.changes.get(tie.person_id),
        open_tasks=len(due),
        late_tasks=sum(day < today() for day in due),
        next_due=min(due, default=None),
    )


def _looked(ties: Mapping[int, Tie], by: Actor) -> Mapping[int, date]:
    """The day on which the actor last opened each person's record, on the place's clock."""
    person_of = {alias: person for person in ties for alias in people().aliases(person)}
    opened = AuditEvent.objects.filter(user_id=by.user_id, action="record.opened", about__person_id__in=person_of)
    found: dict[int, date] = {}
    for alias, at in opened.order_by().values_list("about__person_id").annotate(last=Max("at")):
        person, day = person_of[alias], min(timezone.localtime(at).date(), today())
        found[person] = max(day, found.get(person, day))
    return found


def _changes(looked: Mapping[int, date]) -> Mapping[int, Changes]:
    """What came in about each person since the actor looked; one question to the store for each day of looking."""
    by_day: defaultdict[date, list[int]] = defaultdict(list)
    for person, day in looked.items():
        by_day[day].append(person)
    found: dict[int, Changes] = {}
    for day, group in by_day.items():
        found |= people().changed_since(group, day)
    return found


def _due_days(known: TeamPeople, by: Actor) -> Mapping[int, list[date]]:
    """The days by which open tasks of the team are due, by person."""
    found: defaultdict[int, list[date]] = defaultdict(list)
    for person, due in _own_open_tasks(by).values_list("person_id", "due"):
        found[known.today(person)].append(due)
    return found


def _due_soon(by: Actor) -> int:
    return _own_open_tasks(by).filter(due__gte=today(), due__lte=today() + timedelta(days=SOON_DAYS)).count()


def _own_open_tasks(by: Actor) -> QuerySet[Task]:
    return Task.objects.filter(team_id=by.team_id or 0, status="open")


def _is_kept(row: CaseRow, filters: Mapping[str, str]) -> bool:
    shows = {
        "changed": row.is_changed,
        "late": row.late_tasks > 0,
        "mine": row.is_mine,
        "new": row.looked is None,
    }
    return shows.get(filters.get("show", ""), True) and filters.get("kind", row.kind) == row.kind


def _text(row: CaseRow) -> str:
    named = f"{row.person.forename} {row.person.surname} {row.person.nhs_number or ''}" if row.person else ""
    return f"{named} {display_person_id(row.person_id)} {row.lead}"


def _notice(row: Notice, known: TeamPeople) -> NoticeShown:
    return NoticeShown(
        notice_id=row.pk,
        person_id=known.today(row.person_id),
        person=known.of(row.person_id),
        text=row.text,
        at=row.at,
        seen_by=account_name(row.seen_by),
        seen_at=row.seen_at,
    )
