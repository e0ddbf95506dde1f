"""Schemes: added and changed by those who answer and pay for them; what they spend, and to whom they report."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Final

from django.db import transaction

from joinedup.register.actor import Actor
from joinedup.register.audit import Entry, audit
from joinedup.register.clock import now, today
from joinedup.register.models import Area, Organisation, Post, ReportingLine, Scheme, SchemeReport, SchemeSpend
from joinedup.register.scheme_parts import organisations_of
from joinedup.register.versions import change
from joinedup.rules.foundation.errors import Conflict, Invalid, Refused
from joinedup.rules.foundation.role import Ability

_SLUG: Final = re.compile(r"[a-z0-9][a-z0-9_-]{1,63}")

#: Words of this room's own addresses, which no scheme's id may be.
RESERVED: Final = frozenset({"new", "claims", "alerts", "evaluations", "evidence", "reductions", "lines", "plans"})


@dataclass(frozen=True, slots=True)
class SchemeTerms:
    """What a scheme is to say.

    Attributes:
        slug: its id in the place's records, for example the method code of its enrolments.
        owner, sponsor: codes of organisations; "" for no sponsor.
        areas: codes of areas where it works.
        lead_id: the post of the person who answers for it.
        ends: its last day.
        yearly_cost_pence, planned_spend_pence: None where nobody said, which is not zero.
        horizon_months: until its benefits are to be there.
        planned_people, event_rate, dispersion, follow_up_months: see `rules.programme.power.Planned`.
    """

    slug: str
    name: str
    integration: str
    aim: str
    cohort: str
    pathway: str
    owner: str
    begins: date
    funding: str
    about: str = ""
    level: str = ""
    model: str = ""
    areas: tuple[str, ...] = field(default=())
    lead_id: int | None = None
    sponsor: str = ""
    ends: date | None = None
    yearly_cost_pence: int | None = None
    planned_spend_pence: int | None = None
    horizon_months: int | None = None
    planned_people: int | None = None
    event_rate: Decimal | None = None
    dispersion: Decimal = Decimal(1)
    follow_up_months: int = 12


def add_scheme(*, terms: SchemeTerms, by: Actor) -> Scheme:
    """Record a scheme that the actor's organisation owns or sponsors.

    Raises:
        Refused: the role manages no schemes, or another organisation's scheme was meant.
        Invalid: the terms are not those of a scheme.
    """
    by.require(Ability.MANAGE_SCHEMES)
    require_part(by, {terms.owner, terms.sponsor})
    columns, areas = _columns(terms)
    if Scheme.objects.filter(slug=terms.slug).exists():
        raise Invalid({"slug": "Another scheme has this id already"})
    with transaction.atomic():
        scheme = Scheme.objects.create(**columns)
        scheme.areas.set(areas)
        _write_down("scheme.added", scheme, by, after=told_of(scheme))
    return scheme


def change_scheme(*, slug: str, version: int, terms: SchemeTerms, by: Actor) -> Scheme:
    """Change what is recorded of a scheme; its id stays.

    Raises:
        Refused: the role manages no schemes, or the scheme is another organisation's.
        Invalid: the terms are not those of a scheme.
        Conflict: somebody changed it meanwhile.
    """
    by.require(Ability.MANAGE_SCHEMES)
    with transaction.atomic():
        scheme = own_scheme(slug, by)
        before = told_of(scheme)
        if terms.slug != slug:
            raise Invalid({"slug": "The id of a scheme stays as it is"})
        columns, areas = _columns(terms)
        change(scheme, version, **columns)
        scheme.areas.set(areas)
        _write_down("scheme.changed", scheme, by, before=before, after=told_of(scheme))
    return scheme


def record_spend(*, slug: str, on: date, pence: int, reference: str, by: Actor) -> SchemeSpend:
    """Record money spent on a scheme; what was wrong is put right by an entry below zero.

    Raises:
        Refused: the role manages no schemes, or the scheme is another organisation's.
        Invalid: nothing was spent, on a day to come, or without a reference.
    """
    by.require(Ability.MANAGE_SCHEMES)
    faults = {}
    if pence == 0:
        faults["pounds"] = "Enter an amount that is not zero"
    if on > today():
        faults["on"] = "The day must not be in the future"
    if not reference.strip():
        faults["reference"] = "Enter where the ledger shows it"
    if faults:
        raise Invalid(faults)
    with transaction.atomic():
        scheme = own_scheme(slug, by)
        spend = SchemeSpend.objects.create(
            scheme=scheme, on=on, pence=pence, reference=reference.strip()[:200], recorded_by_id=by.user_id,
            recorded_at=now(),
        )  # fmt: skip
        _write_down("scheme.spent", scheme, by, on=on.isoformat(), pence=pence, reference=spend.reference)
    return spend


def add_line(*, slug: str, board: str, kind: str, cadence_days: int, since: date, by: Actor) -> ReportingLine:
    """Say that a scheme reports to a board.

    Args:
        since: the first day on which it did.

    Raises:
        Refused: the role manages no schemes, or the scheme is another organisation's.
        Invalid: there is no such board, it reports there already, or never, or from a day to come.
    """
    by.require(Ability.MANAGE_SCHEMES)
    if cadence_days < 1:
        raise Invalid({"cadence_days": "Enter how many days lie between two reports"})
    if since > today():
        raise Invalid({"since": "The day must not be in the future"})
    with transaction.atomic():
        scheme = own_scheme(slug, by)
        to = organisation_of(board, "board")
        if to is None:
            raise Invalid({"board": "Select a board"})
        if ReportingLine.objects.filter(scheme=scheme, board=to, valid_to__isnull=True).exists():
            raise Invalid({"board": "The scheme reports to this board already"})
        line = ReportingLine.objects.create(
            scheme=scheme, board=to, kind=kind, cadence_days=cadence_days, valid_from=since
        )
        _write_down("scheme.line_added", scheme, by, board=to.code, kind=kind, cadence_days=cadence_days)
    return line


def end_line(*, line_id: int, version: int, by: Actor) -> ReportingLine:
    """End a reporting line today.

    Raises:
        Refused: the role manages no schemes, or the scheme is another organisation's.
        Conflict: it has ended already.
    """
    by.require(Ability.MANAGE_SCHEMES)
    with transaction.atomic():
        line = _own_line(line_id, by)
        change(line, version, valid_to=max(today(), line.valid_from))
        _write_down("scheme.line_ended", line.scheme, by, board=line.board.code)
    return line


def record_report(*, line_id: int, on: date, said: str, by: Actor) -> SchemeReport:
    """Record that a scheme reported to a board.

    Raises:
        Refused: the role manages no schemes, or the scheme is another organisation's.
        Invalid: a day to come, or before the line began, or nothing said.
        Conflict: the line has ended.
    """
    by.require(Ability.MANAGE_SCHEMES)
    with transaction.atomic():
        line = _own_line(line_id, by)
        if not line.valid_from <= on <= today():
            raise Invalid({"on": "The day must lie between the line's first day and today"})
        if not said.strip():
            raise Invalid({"said": "Enter in a sentence what was reported"})
        report = SchemeReport.objects.create(
            line=line, on=on, said=said.strip()[:500], recorded_by_id=by.user_id, recorded_at=now()
        )
        _write_down("scheme.reported", line.scheme, by, board=line.board.code, on=on.isoformat())
    return report


def own_scheme(slug: str, by: Actor) -> Scheme:
    """A scheme that the actor's organisation owns or sponsors, its row held until the transaction ends.

    Raises:
        Invalid: there is none.
        Refused: it is another organisation's.
    """
    rows = Scheme.objects.select_for_update(of=("self",)).select_related("owner", "sponsor")
    scheme = rows.filter(slug=slug).first()
    if scheme is None:
        raise Invalid({"": "There is no such scheme."})
    require_part(by, organisations_of(scheme))
    return scheme


def require_part(by: Actor, codes: set[str]) -> None:
    """Go on only if the actor's organisation has a part in it.

    Raises:
        Refused: it has none.
    """
    if by.organisation not in codes:
        raise Refused("Only the organisations that own or sponsor a scheme may change what is recorded of it.")


def organisation_of(code: str, name: str) -> Organisation | None:
    """An organisation by its code; None for "".

    Raises:
        Invalid: there is none with that code.
    """
    if not code:
        return None
    found = Organisation.objects.filter(code=code).first()
    if found is None:
        raise Invalid({name: "Select an organisation"})
    return found


def told_of(scheme: Scheme) -> dict[str, Any]:
    """What a scheme says, for the trace."""
    return {
        "slug": scheme.slug, "name": scheme.name, "owner": scheme.owner.code, "begins": scheme.begins.isoformat(),
        "ends": scheme.ends.isoformat() if scheme.ends else None, "cohort": scheme.cohort, "aim": scheme.aim,
        "yearly_cost_pence": scheme.yearly_cost_pence, "planned_spend_pence": scheme.planned_spend_pence,
        "planned_people": scheme.planned_people, "areas": sorted(scheme.areas.values_list("code", flat=True)),
    }  # fmt: skip


def _own_line(line_id: int, by: Actor) -> ReportingLine:
    rows = ReportingLine.objects.select_for_update(of=("self",)).select_related(
        "board", "scheme__owner", "scheme__sponsor"
    )
    line = rows.filter(pk=line_id).first()
    if line is None:
        raise Invalid({"": "There is no such reporting line."})
    require_part(by, organisations_of(line.scheme))
    if line.valid_to is not None:
        raise Conflict("This reporting line has ended.")
    return line


def _columns(terms: SchemeTerms) -> tuple[dict[str, Any], list[Area]]:
    """The columns of a scheme's row, and its areas.

    Raises:
        Invalid: by field, what is wrong.
    """
    faults = _faults(terms)
    areas = list(Area.objects.filter(code__in=terms.areas))
    if len(areas) != len(set(terms.areas)):
        faults["areas"] = "Select areas of the list"
    if terms.lead_id is not None and not Post.objects.filter(pk=terms.lead_id).exists():
        faults["lead_id"] = "Select a person of the list"
    if faults:
        raise Invalid(faults)
    told = {**asdict(terms), "owner": organisation_of(terms.owner, "owner")}
    told["sponsor"] = organisation_of(terms.sponsor, "sponsor")
    del told["areas"]
    return told, areas


def _faults(terms: SchemeTerms) -> dict[str, str]:
    faults = {}
    if not _SLUG.fullmatch(terms.slug) or terms.slug in RESERVED:
        faults["slug"] = "Enter an id of small letters, digits, - and _ that is no word of this room's addresses"
    for name, words in (("name", "Enter a name"), ("funding", "Enter where the money comes from")):
        if not getattr(terms, name).strip():
            faults[name] = words
    if terms.ends is not None and terms.ends < terms.begins:
        faults["ends"] = "The last day must be on or after the first"
    for name, value in (
        ("yearly_cost_pence", terms.yearly_cost_pence),
        ("planned_spend_pence", terms.planned_spend_pence),
    ):
        if value is not None and value < 0:
            faults[name] = "Enter an amount of zero or more"
    powers = {"planned_people": terms.planned_people, "event_rate": terms.event_rate, "dispersion": terms.dispersion,
              "follow_up_months": terms.follow_up_months}  # fmt: skip
    return faults | {
        name: "Enter a number above zero" for name, value in powers.items() if value is not None and value <= 0
    }


def _write_down(action: str, scheme: Scheme, by: Actor, **told: object) -> None:
    audit(Entry(action, f"scheme/{scheme.slug}", detail=told), by=by)
