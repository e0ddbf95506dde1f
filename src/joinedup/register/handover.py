"""What builds are told of the register: lists that are written as extracts, whole, and only when something changed."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from joinedup.register.clock import today
from joinedup.register.models import DataFlow, IdentityReview, Objection
from joinedup.register.models.flow import FlowStatus, ObjectionKind
from joinedup.register.models.identity_review import IdentityDecision
from joinedup.register.people import people
from joinedup.rules.foundation.errors import ConfigError, ReleaseError
from joinedup.store.membership import records_of
from joinedup.store.objects import write_atomically
from joinedup.store.register_extracts import DECISIONS, FLOW_COLUMNS, FLOWS, OBJECTIONS, WHOLE

_DECISION_COLUMNS: Final = ("record_l", "record_r", "decision", "decided_on")
_OBJECTION_COLUMNS: Final = ("record", "kind", "from", "to")

#: Objections that builds obey; an objection to sharing for care is obeyed where records open.
_OF_BUILDS: Final = (ObjectionKind.NATIONAL, ObjectionKind.TYPE1)

Row = Sequence[object]


@dataclass(frozen=True, slots=True)
class Handed:
    """What was handed over.

    Attributes:
        written: files that are new, relative to the place; none when nothing has changed.
        unplaced: objections of people whom no release knows, so that they reach no figures yet.
    """

    written: tuple[str, ...]
    unplaced: int


def hand_over() -> Handed:
    """Write decisions on identity, objections and approved flows of the served place as extracts.

    Each list is whole and in one order, so equal registers write equal bytes, and nothing is written when the last
    list says the same. A list that was never needed is not begun.

    Raises:
        ConfigError: no place is served, or its register has migrations that were not made.
    """
    folder: Path | None = settings.JOINEDUP_PLACE
    if folder is None:
        raise ConfigError("no place is named; run `joinedup build DIR`")
    if not _is_ready():
        return Handed((), 0)
    objections, unplaced = _objections(folder)
    written = [
        _write_list(folder, DECISIONS, _text(_DECISION_COLUMNS, _decisions())),
        _write_list(folder, OBJECTIONS, _text(_OBJECTION_COLUMNS, objections)) if objections is not None else None,
        _write_flows(folder, _text(FLOW_COLUMNS, _flows())),
    ]
    return Handed(tuple(path.relative_to(folder).as_posix() for path in written if path), unplaced)


def _is_ready() -> bool:
    """Whether the register has tables; one that was never set up decides nothing.

    Raises:
        ConfigError: its tables are of an earlier version.
    """
    executor = MigrationExecutor(connection)
    if not executor.loader.applied_migrations:
        return False
    if executor.migration_plan(executor.loader.graph.leaf_nodes("register")):
        raise ConfigError("the register is of an earlier version; run `joinedup manage DIR migrate`, then build again")
    return True


def _decisions() -> list[Row]:
    """Every final decision; "not sure" and what waits for a second opinion leave linking as it is."""
    standing = IdentityReview.objects.filter(withdrawn_at__isnull=True).order_by("record_l", "record_r")
    rows: list[Row] = []
    for review in standing:
        decision = review.final if review.needs_second else review.decision
        if decision in {IdentityDecision.SAME, IdentityDecision.DIFFERENT}:
            decided = timezone.localdate(review.second_at or review.decided_at)
            rows.append((review.record_l, review.record_r, decision, decided.isoformat()))
    return rows


def _objections(folder: Path) -> tuple[list[Row] | None, int]:
    """Every record of the people who object, and how many objections name nobody; None where no release can say.

    Choice: where a person was found to be several since, everybody to whom one of the records belongs is taken to
    object, because to leave out somebody who did not does less harm than to use data of one who did.
    """
    objections = list(Objection.objects.filter(kind__in=_OF_BUILDS).order_by("pk"))
    if not objections:
        return [], 0
    now = _records_now(folder, {each.person_id for each in objections})
    if now is None and not all(each.records for each in objections):
        return None, len(objections)
    rows: set[tuple[int, str, str, str]] = set()
    unplaced = 0
    for each in objections:
        records = {int(record) for record in each.records}.union((now or {}).get(each.person_id, ()))
        unplaced += not records
        last = each.valid_to.isoformat() if each.valid_to else ""
        rows |= {(record, each.kind, each.valid_from.isoformat(), last) for record in records}
    return [*sorted(rows)], unplaced


def _records_now(folder: Path, wanted: set[int]) -> dict[int, list[int]] | None:
    """The records of everybody whom some pseudonyms stand for today; None where no release can say."""
    try:
        reader = people()
        today_of = {person: reader.current(person) for person in wanted}
        members = records_of(folder, {person for found in today_of.values() for person in found})
    except ReleaseError:
        return None
    held: dict[int, list[int]] = {}
    for member in members:
        held.setdefault(member.person_id, []).append(member.record_key)
    return {was: [key for person in found for key in held.get(person, ())] for was, found in today_of.items()}


def _flows() -> list[Row]:
    """The approved flow of each source that lasts longest, whether or not it has ended: builds say when it did."""
    approved = DataFlow.objects.filter(status=FlowStatus.APPROVED, valid_from__lte=today())
    longest = {flow.source: flow for flow in approved.order_by("source", "expires", "pk")}
    return [
        (f.source, f.legal_basis, " ".join(sorted(f.purposes)), f.controller, f.expires.isoformat(), f.opt_out)
        for f in longest.values()
    ]


def _text(columns: Sequence[str], rows: Iterable[Row]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return out.getvalue()


def _write_list(folder: Path, source: str, text: str) -> Path | None:
    """Write a list as received today, unless the last one says the same; None when nothing was written."""
    period = folder / "extracts" / source / WHOLE
    earlier = sorted(period.glob("*.csv"))
    is_empty = text.count("\n") == 1
    if (earlier and earlier[-1].read_text(encoding="utf-8") == text) or (not earlier and is_empty):
        return None
    received = max([today(), *(date.fromisoformat(path.stem) for path in earlier[-1:])])
    path = period / f"{received}.csv"
    write_atomically(path, text)
    return path


def _write_flows(folder: Path, text: str) -> Path | None:
    path = folder / "extracts" / FLOWS
    if path.exists() and path.read_text(encoding="utf-8") == text:
        return None
    if not path.exists() and text.count("\n") == 1:
        return None
    write_atomically(path, text)
    return path
