"""Pairs of records for linkage officers: which wait, what was decided, and two records side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Final

from django.conf import settings

from joinedup.register.access import Subject, has_restricted_address
from joinedup.register.actions.identity_review import Pair, pair_of
from joinedup.register.actor import Actor
from joinedup.register.audit import Entry, audit, new_ref
from joinedup.register.listing import Part, Wanted, part_of_rows, part_of_table
from joinedup.register.models import IdentityReview
from joinedup.register.models.identity_review import IdentityDecision
from joinedup.register.people import people
from joinedup.rules.care.identity import Identity
from joinedup.rules.foundation.disclosure import Confided
from joinedup.rules.foundation.errors import ConfigError
from joinedup.rules.foundation.identifier import display_person_id, display_record_key
from joinedup.rules.foundation.role import Ability
from joinedup.store.membership import Membership, people_of, records_of
from joinedup.store.people import CompareGrant
from joinedup.store.place import load_place

#: So many pairs are looked at, the strongest first; a place with more decides these before it sees others.
MOST_PAIRS: Final = 2_000

HIDDEN: Final = "hidden: a restricted address"


@dataclass(frozen=True, slots=True)
class PairWaiting:
    """A pair that nobody has decided; `percent` is how likely it is one person."""

    record_l: int
    record_r: int
    left: str
    right: str
    percent: int
    reason: str


@dataclass(frozen=True, slots=True)
class ReviewShown:
    """A decision on a pair.

    Attributes:
        state: waiting (for a second opinion), decided, unsure or withdrawn.
        decision: the first officer's, in words; `final` the second's.
        stands: what the next build is told; "" for nothing.
    """

    id: int
    record_l: int
    record_r: int
    left: str
    right: str
    state: str
    decision: str
    reason: str
    decided_by: str
    decided_by_id: int
    decided_at: datetime
    final: str
    second_reason: str
    second_by: str
    second_at: datetime | None
    withdrawn_by: str
    withdrawn_at: datetime | None
    withdrawn_reason: str
    stands: str
    version: int


@dataclass(frozen=True, slots=True, repr=False)
class FieldCompared:
    """One thing that both records say of their person, and how it compares, in a word."""

    label: str
    left: str
    right: str
    agreement: str


@dataclass(frozen=True, slots=True)
class RecordShown:
    """A record under its pseudonym, and whose it is."""

    record_key: int
    record: str
    person: str
    kind: str


def waiting(wanted: Wanted, by: Actor) -> Part[PairWaiting]:
    """Pairs that linking found uncertain and nobody has decided, the most likely first; pseudonyms only.

    Raises:
        Refused: the role decides no identities.
        ReleaseError: nothing is published yet.
    """
    by.require(Ability.DECIDE_IDENTITY)
    decided = set(IdentityReview.objects.filter(withdrawn_at__isnull=True).values_list("record_l", "record_r"))
    reason = wanted.filters.get("reason", "")
    rows = [
        PairWaiting(
            pair.record_l,
            pair.record_r,
            display_record_key(pair.record_l),
            display_record_key(pair.record_r),
            round(pair.probability * 100),
            pair.reason,
        )
        for pair in people().review_pairs(MOST_PAIRS, 0)
        if (min(pair.record_l, pair.record_r), max(pair.record_l, pair.record_r)) not in decided
        and reason in {"", pair.reason}
    ]
    orders: dict[str, Callable[[PairWaiting], object]] = {"percent": lambda row: row.percent}
    return part_of_rows(rows, wanted, text=lambda row: f"{row.left} {row.right}", orders=orders)


def decisions(wanted: Wanted, by: Actor) -> Part[ReviewShown]:
    """Decisions, newest first; the filter `state` is waiting, decided, unsure, withdrawn or "" for all that stand.

    Raises:
        Refused: the role decides no identities and does not see the trace.
    """
    _allow(by)
    state = wanted.filters.get("state", "")
    rows = IdentityReview.objects.select_related("decided_by", "second_by", "withdrawn_by")
    rows = rows.filter(withdrawn_at__isnull=state != "withdrawn")
    if state == "waiting":
        rows = rows.filter(needs_second=True, second_by__isnull=True)
    elif state == "unsure":
        rows = rows.filter(final=IdentityDecision.NOT_SURE)
    elif state == "decided":
        rows = rows.exclude(needs_second=True, second_by__isnull=True).exclude(final=IdentityDecision.NOT_SURE)
    part = part_of_table(rows, wanted, searched=("decided_by__username", "reason"), orders={"at": "decided_at"})
    return Part(tuple(_shown(row) for row in part.rows), part.total)


def second_opinions_wanted(*, by: Actor) -> int:
    """How many pairs wait for a second opinion that this officer may give."""
    rows = IdentityReview.objects.filter(withdrawn_at__isnull=True, needs_second=True, second_by__isnull=True)
    return rows.exclude(decided_by_id=by.user_id).count()


def review_of(pair: Pair) -> ReviewShown | None:
    """The decision that stands on a pair; None when nobody has decided it."""
    rows = IdentityReview.objects.select_related("decided_by", "second_by", "withdrawn_by")
    row = rows.filter(record_l=pair.record_l, record_r=pair.record_r, withdrawn_at__isnull=True).first()
    return _shown(row) if row else None


def find_pair(one: int, other: int) -> Pair | None:
    """The pair of two records with the people they belong to; None where the release does not know both.

    Raises:
        Invalid: it is one record.
        ReleaseError: nothing is published yet.
    """
    known = people_of(_folder(), [one, other])
    if {member.record_key for member in known} != {one, other}:
        return pair_of(one, other) if one == other else None
    reader = people()
    ids = sorted({member.person_id for member in known})
    return pair_of(one, other, tuple(Subject(person, reader.aliases(person)) for person in ids))


def records_of_people(persons: tuple[int, ...], *, by: Actor) -> tuple[RecordShown, ...]:
    """Every record of some people, to choose two from; pseudonyms only.

    Raises:
        Refused: the role decides no identities.
        ReleaseError: nothing is published yet.
    """
    by.require(Ability.DECIDE_IDENTITY)
    reader = people()
    ids = {today for person in persons for today in reader.current(person)}
    registers = _registers()
    return tuple(_record(member, registers) for member in records_of(_folder(), ids))


def compare(pair: Pair, *, by: Actor) -> Confided[tuple[FieldCompared, ...]]:
    """What two records say of their person, side by side: names, numbers, dates and addresses, nothing of their care.

    An address that is restricted stays hidden; whether the two agree is said all the same.

    Raises:
        Refused: the role compares no names.
        ReleaseError: nothing is published yet.
    """
    by.require(Ability.SEE_DEMOGRAPHICS)
    ref = new_ref()
    records = [display_record_key(pair.record_l), display_record_key(pair.record_r)]
    entry = Entry(
        action="people.compared",
        subject=f"pair/{'/'.join(records)}",
        people=tuple(subject.person_id for subject in pair.people),
        purpose="identity_review",
        ground="the role compares records to decide identities",
    )
    audit(entry, by=by, ref=ref)
    both = people().compare(CompareGrant(ref), pair.record_l, pair.record_r)
    is_restricted = any(has_restricted_address(subject.aliases) for subject in pair.people)
    return Confided(_fields(*both.value, is_restricted), audit_id=both.audit_id)


def _fields(left: Identity, right: Identity, is_restricted: bool) -> tuple[FieldCompared, ...]:
    registers = _registers()
    return (
        FieldCompared("Kind of record", _kind([left.source], registers), _kind([right.source], registers), ""),
        _field("NHS number", _number(left.nhs_number), _number(right.nhs_number)),
        _field("Forename", left.forename, right.forename),
        _field("Surname", left.surname, right.surname),
        _field("Date of birth", _day(left.date_of_birth), _day(right.date_of_birth)),
        _field("Sex", left.sex, right.sex),
        _field("Address", left.address, right.address, is_hidden=is_restricted),
        _field("Postcode", left.postcode, right.postcode, is_hidden=is_restricted),
        _field("Date of death", _day(left.date_of_death), _day(right.date_of_death)),
        FieldCompared("First received", _day(left.received), _day(right.received), ""),
    )


def _field(label: str, left: str | None, right: str | None, *, is_hidden: bool = False) -> FieldCompared:
    word = agreement_of(left or "", right or "")
    shown = [HIDDEN if text and is_hidden else text or "" for text in (left, right)]
    return FieldCompared(label, shown[0], shown[1], word)


def agreement_of(one: str, other: str) -> str:
    """How two texts compare, in a word; capitals, spaces and hyphens make no difference.

    >>> agreement_of("O'Neil", "o neil"), agreement_of("Ann", "Anne"), agreement_of("Ann", "")
    ('Same', 'Different', 'Missing in one')
    """
    plain = ["".join(letter for letter in text.casefold() if letter.isalnum()) for text in (one, other)]
    if not all(plain):
        return "Missing in both" if not any(plain) else "Missing in one"
    return "Same" if plain[0] == plain[1] else "Different"


def _allow(by: Actor) -> None:
    if not by.may(Ability.SEE_AUDIT):
        by.require(Ability.DECIDE_IDENTITY)


def _folder() -> Path:
    folder: Path | None = settings.JOINEDUP_PLACE
    if folder is None:
        raise ConfigError("no place is served; start the pages with `joinedup serve DIR`")
    return folder


def _registers() -> frozenset[str]:
    """Sources that say where people live, whoever they are: to be in one tells nothing of anybody's care."""
    return frozenset(name for name, source in load_place(_folder()).sources.items() if source.is_register)


def _kind(sources: Iterable[str], registers: frozenset[str]) -> str:
    """What kind of record it is; which service holds it would tell of somebody's care, so that is not said."""
    found = set(sources)
    if not found:
        return "Held by no source any more"
    return "Register of patients" if found & registers else "Record of a service"


def _record(member: Membership, registers: frozenset[str]) -> RecordShown:
    return RecordShown(
        member.record_key,
        display_record_key(member.record_key),
        display_person_id(member.person_id),
        _kind(member.sources, registers),
    )


def _number(text: str | None) -> str:
    return f"{text[:3]} {text[3:6]} {text[6:]}" if text and len(text) == 10 else text or ""


def _day(day: date | None) -> str:
    return f"{day.day} {day:%B %Y}" if day else ""


def _state(row: IdentityReview) -> str:
    if row.withdrawn_at is not None:
        return "withdrawn"
    if row.needs_second and row.second_by_id is None:
        return "waiting"
    return "unsure" if (row.final or row.decision) == IdentityDecision.NOT_SURE else "decided"


def _shown(row: IdentityReview) -> ReviewShown:
    state = _state(row)
    stands = IdentityDecision(row.final or row.decision).label if state == "decided" else ""
    return ReviewShown(
        id=row.pk,
        record_l=row.record_l,
        record_r=row.record_r,
        left=display_record_key(row.record_l),
        right=display_record_key(row.record_r),
        state=state,
        decision=row.get_decision_display(),
        reason=row.reason,
        decided_by=row.decided_by.get_username(),
        decided_by_id=row.decided_by_id,
        decided_at=row.decided_at,
        final=row.get_final_display(),
        second_reason=row.second_reason,
        second_by=row.second_by.get_username() if row.second_by else "",
        second_at=row.second_at,
        withdrawn_by=row.withdrawn_by.get_username() if row.withdrawn_by else "",
        withdrawn_at=row.withdrawn_at,
        withdrawn_reason=row.withdrawn_reason,
        stands=stands,
        version=row.version,
    )
