"""Objections as pages show them, under pseudonyms."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from joinedup.register.access import Subject
from joinedup.register.actor import Actor
from joinedup.register.listing import Part, Wanted, part_of_table
from joinedup.register.models import Objection
from joinedup.register.people import aliases_of, subject_of
from joinedup.rules.foundation.errors import DefinitionError
from joinedup.rules.foundation.identifier import display_person_id, parse_person_id
from joinedup.rules.foundation.role import Ability


@dataclass(frozen=True, slots=True)
class ObjectionShown:
    """One objection; `last_day` is None while it holds."""

    id: int
    person_id: int
    pseudonym: str
    kind: str
    since: date
    last_day: date | None
    recorded_by: str
    remark: str
    version: int


def objections(wanted: Wanted, by: Actor) -> Part[ObjectionShown]:
    """Objections; the filters are `kind` and `state` ("" for those that hold, ended, all).

    Raises:
        Refused: the role does not see the trace.
    """
    by.require(Ability.SEE_AUDIT)
    rows = Objection.objects.select_related("recorded_by").order_by("-valid_from", "-pk")
    kind, state = wanted.filters.get("kind", ""), wanted.filters.get("state", "")
    if kind:
        rows = rows.filter(kind=kind)
    if state != "all":
        rows = rows.filter(valid_to__isnull=state != "ended")
    words = []
    for word in wanted.words():
        person = _person(word)
        if person is None:
            words.append(word)
        else:
            rows = rows.filter(person_id__in=aliases_of(person))
    plain = Wanted(" ".join(words), {}, wanted.order, wanted.descending, wanted.offset, wanted.limit)
    part = part_of_table(rows, plain, searched=("remark", "recorded_by__username"), orders={"since": "valid_from"})
    return Part(tuple(_shown(row) for row in part.rows), part.total)


def objection(objection_id: int) -> tuple[ObjectionShown, Subject] | None:
    """One objection and the person it is about; None when there is none, or nobody known today.

    An objection recorded under a pseudonym that stands for several people now is about the one it was recorded for.
    """
    row = Objection.objects.select_related("recorded_by").filter(pk=objection_id).first()
    if row is None:
        return None
    subject = subject_of(row.person_id) or Subject(row.person_id, frozenset({row.person_id}))
    if row.person_id not in subject.aliases:
        subject = Subject(subject.person_id, subject.aliases | {row.person_id})
    return _shown(row), subject


def _person(word: str) -> int | None:
    try:
        return parse_person_id(word)
    except DefinitionError:
        return None


def _shown(row: Objection) -> ObjectionShown:
    return ObjectionShown(
        id=row.pk,
        person_id=row.person_id,
        pseudonym=display_person_id(row.person_id),
        kind=row.get_kind_display(),
        since=row.valid_from,
        last_day=row.valid_to,
        recorded_by=row.recorded_by.get_username() if row.recorded_by else "",
        remark=row.remark,
        version=row.version,
    )
