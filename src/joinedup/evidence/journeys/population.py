"""Who lives in the place and where, on every day: one person once, in intervals that never overlap."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import ibis
import ibis.expr.types as ir

from joinedup.evidence import tables
from joinedup.evidence.journeys.calendar import EARLY, FAR, month_number, ordinal, plus_days

_SEXES = ("F", "M", "X")
_ETHNICITIES = ("white", "mixed", "asian", "black", "other")
_SCALE = 100_000_000  # room below the rank for the value itself


def population(
    person_record: ir.Table,
    link: ir.Table,
    geography: ir.Table,
    objections: ir.Table,
    *,
    registers: Sequence[str],
    as_of: date,
) -> ir.Table:
    """Say for every day where each person lived and was registered, and who they are.

    Where they live and are registered comes from the GP registers; only a person on no register is placed by other
    records. Where two records cover a day, the first in this order holds: the later first day, the later received,
    the source by name, the record key. A day that no record covers is a gap: the person is not in the population.
    The day of death is the last day. Sex, month of birth, ethnicity and death come from the registers first, then
    from the record received last; of two received together the earlier code or day holds.

    Args:
        person_record: versions of people's records (canonical).
        link: which person a record belongs to (canonical).
        geography: lsoa, neighbourhood, council, place, system, imd_decile (1 = most deprived).
        objections: record_key, kind, valid_from, valid_to: people who opted out of uses beyond their care.
        registers: ids of the sources that are GP registers.
        as_of: the day of the build; an objection that holds on it is marked on all of a person's days. Whom it
            leaves out of what is decided use by use, by the flows of the sources that are read.

    Returns:
        POPULATION, one row a person and interval.

    Source: architecture of the evidence; national data opt-out (amendment 3).
    """
    records = _records(person_record, link, registers)
    placed = _placed(records).join(_people(records, objections, link, as_of), "person_id")
    ends = ibis.least(placed.valid_to, ibis.coalesce(plus_days(placed.death_date, 1), ibis.literal(FAR)))
    placed = placed.mutate(valid_to=ends).filter(lambda t: t.valid_from < t.valid_to)
    areas = geography.select(
        geo_lsoa=geography.lsoa,
        neighbourhood=geography.neighbourhood,
        council=geography.council,
        place=geography.place,
        system=geography.system,
        imd_quintile=((geography.imd_decile.cast("int64") + 1) // 2).cast("int64"),
    )
    return tables.conform(placed.left_join(areas, placed.lsoa == areas.geo_lsoa), tables.POPULATION)


def _records(person_record: ir.Table, link: ir.Table, registers: Sequence[str]) -> ir.Table:
    people = link.select("record_key", "person_id")
    is_register = person_record.source.isin(list(registers)) if registers else person_record.practice.notnull()
    dated = person_record.mutate(
        is_register=is_register.fill_null(False),
        valid_from=person_record.valid_from.fill_null(ibis.literal(EARLY)),
        valid_to=person_record.valid_to.fill_null(ibis.literal(FAR)),
        received=person_record.received.fill_null(ibis.literal(EARLY)),
    )
    return dated.filter(lambda t: t.valid_from < t.valid_to).join(people, "record_key")


def _placed(records: ir.Table) -> ir.Table:
    """One record a person and day: cut at every first and last day, then keep the first in the stated order."""
    on_register = records.group_by("person_id").agg(has_register=records.is_register.any())
    usable = records.join(on_register, "person_id").filter(lambda t: t.is_register | ~t.has_register)
    edges = ibis.union(
        usable.select("person_id", edge=usable.valid_from), usable.select("person_id", edge=usable.valid_to)
    ).distinct()
    after = edges.edge.lead().over(ibis.window(group_by="person_id", order_by="edge"))
    pieces = edges.mutate(edge_end=after).filter(lambda t: t.edge_end.notnull())
    covers = [pieces.person_id == usable.person_id, usable.valid_from <= pieces.edge, pieces.edge < usable.valid_to]
    covered = pieces.inner_join(usable, covers).select(
        "person_id", "edge", "edge_end", "practice", "lsoa", "received", "source", "record_key", began="valid_from"
    )
    order = [covered.began.desc(), covered.received.desc(), covered.source.asc(), covered.record_key.asc()]
    first = ibis.row_number().over(ibis.window(group_by=["person_id", "edge"], order_by=order))
    kept = covered.mutate(rank=first).filter(lambda t: t["rank"] == 0)
    return kept.select("person_id", "practice", "lsoa", "source", valid_from="edge", valid_to="edge_end")


def _people(records: ir.Table, objections: ir.Table, link: ir.Table, as_of: date) -> ir.Table:
    """One row a person: attributes by the stated order, and what they object to."""
    rank = (~records.is_register).cast("int64") * 2_000_000 + (1_000_000 - ordinal(records.received))
    best = {
        "sex_best": _best(rank, _position(records.sex, _SEXES)),
        "ethnicity_best": _best(rank, _position(records.ethnicity, _ETHNICITIES)),
        "birth_best": _best(rank, month_number(records.birth_month)),
        "death_best": _best(rank, _day_number(records.death_date)),
    }
    people = records.group_by("person_id").agg(**best)
    birth, death = people.birth_best % _SCALE, people.death_best % _SCALE
    people = people.select(
        "person_id",
        sex=_named(people.sex_best % _SCALE, _SEXES),
        ethnicity=_named(people.ethnicity_best % _SCALE, _ETHNICITIES),
        birth_month=ibis.date((birth // 12).cast("int32"), (birth % 12 + 1).cast("int32"), 1),
        death_date=ibis.date(
            (death // 10_000).cast("int32"), (death // 100 % 100).cast("int32"), (death % 100).cast("int32")
        ),
    )
    out = _objectors(objections, link, as_of)
    return people.left_join(out, "person_id").select(
        "person_id", "sex", "ethnicity", "birth_month", "death_date", "objection"
    )


def _objectors(objections: ir.Table, link: ir.Table, as_of: date) -> ir.Table:
    """People with an objection that holds, by what they object to."""
    day = ibis.literal(as_of)
    holds = objections.filter(
        objections.kind.isin(["national", "type1"])
        & (objections.valid_from.isnull() | (objections.valid_from <= day))
        & (objections.valid_to.isnull() | (objections.valid_to > day))
    )
    kinds = holds.join(link, "record_key").group_by("person_id").agg(one=holds.kind.min(), other=holds.kind.max())
    return kinds.select("person_id", objection=ibis.ifelse(kinds.one == kinds.other, kinds.one, "both"))


def _best(rank: ir.IntegerValue, value: ir.IntegerValue) -> ir.IntegerScalar:
    return (rank * _SCALE + value).min()


def _position(column: ir.StringValue, names: Sequence[str]) -> ir.IntegerValue:
    return ibis.cases(*((column == name, ibis.literal(i, "int64")) for i, name in enumerate(names)))


def _named(position: ir.IntegerValue, names: Sequence[str]) -> ir.StringValue:
    return ibis.cases(*((position == i, ibis.literal(name)) for i, name in enumerate(names)))


def _day_number(day: ir.DateValue) -> ir.IntegerValue:
    return day.year().cast("int64") * 10_000 + day.month().cast("int64") * 100 + day.day().cast("int64")
