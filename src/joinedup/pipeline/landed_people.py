"""The identity store: how each record describes its person, and which records have ever been known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import ibis
import ibis.expr.types as ir

from joinedup.evidence import tables
from joinedup.evidence.identity.normalisation import IDENTITY_RECORD
from joinedup.evidence.identity.number import acceptable_number
from joinedup.evidence.sources.column import day, day_after, text
from joinedup.evidence.sources.person import area_of, ethnic_group_of, sex_of
from joinedup.store.conversion import literal
from joinedup.store.scan import PARQUET

if TYPE_CHECKING:
    from joinedup.pipeline.landed_source import Landscape

#: Columns that describe a person; a file without any of them knows people by their ids only.
DESCRIBING: Final = frozenset({
    "nhs_number", "token", "forename", "surname", "date_of_birth", "sex", "ethnicity", "postcode", "address", "lsoa",
    "practice", "date_of_death",
})  # fmt: skip

_SAID: Final = (
    "nhs_number", "nhs_number_status", "token", "forename", "surname", "date_of_birth", "sex", "ethnicity", "postcode",
    "address", "lsoa", "practice", "date_of_death",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class RecordFile:
    """A file of the record keys that files of a source name and the day each was first received, superseded or not."""

    path: Path
    source: str
    organisation: str | None
    source_order: int


def descriptions(people: ir.Table, source: str, organisation: str | None, order: int, dated_by: str | None) -> ir.Table:
    """Every way the records of a source have described their people, once each.

    Args:
        people: rows with record_key and the columns of the schema, identifying ones too.
        source: id of the source.
        organisation: who holds the records when the rows do not say.
        order: place of the source among the sources, by name.
        dated_by: the column that dates an event; rows of an index have valid_from.

    Returns:
        Columns of `IDENTITY_RECORD`: valid_from is the first day on which the description is met, valid_to the day
        after its last (indexes only), received the day it first arrived.
    """
    last = day(people, "valid_to")
    holder = text(people, "organisation") if "organisation" in people.columns else ibis.null("string")
    stated = people.select(
        record_key=people["record_key"],
        organisation=ibis.coalesce(holder, ibis.literal(organisation, "string")),
        **{name: _said(people, name) for name in _SAID},
        first=day(people, "valid_from" if "valid_from" in people.columns else dated_by or "valid_from"),
        valid_to=day_after(last),
        received=people["__received"],
    )
    rows = stated.filter(stated["record_key"].notnull() & ibis.or_(*(stated[name].notnull() for name in _SAID)))
    grouped = rows.group_by("record_key", "organisation", *_SAID, "valid_to").aggregate(
        valid_from=rows["first"].min(), received=rows["received"].min()
    )
    named = grouped.mutate(source=ibis.literal(source), source_order=ibis.literal(order, "int64"))
    return tables.conform(named, IDENTITY_RECORD)


def _said(people: ir.Table, name: str) -> ir.Value:
    if name == "sex":
        return sex_of(people)
    if name == "ethnicity":
        return ethnic_group_of(people)
    if name == "lsoa":
        return area_of(people)
    return day(people, name) if name.startswith("date_") else text(people, name)


def finish_identity(scape: Landscape, records: Sequence[RecordFile], identity: list[Path]) -> Mapping[str, Path]:
    """Add the records that nobody describes, and find the records that objections are about.

    A record whose description was replaced keeps the day on which it was first known, because a person's identifier
    hangs on their earliest record: a row without a description says so.

    Args:
        scape: the landing.
        records: record keys by file.
        identity: files of descriptions; the file of undescribed records is added.

    Returns:
        The canonical table `objection`, where the place has objections; nothing where no source is about people.
    """
    if not records and not identity:
        return {}
    undescribed = scape.identity / "undescribed.parquet"
    scape.run(f"COPY ({_undescribed_sql(records, identity)}) TO {literal(str(undescribed))} ({PARQUET})")
    objections = _objections(scape, identity)
    identity.append(undescribed)
    return objections


def _undescribed_sql(records: Sequence[RecordFile], identity: Sequence[Path]) -> str:
    none = (
        "SELECT NULL::BIGINT AS record_key, NULL AS source, NULL AS organisation, 0 AS source_order, NULL AS received"
    )
    known = " UNION ALL ".join(_known_sql(file) for file in records) or f"{none} LIMIT 0"
    told = f"SELECT record_key, min(received) AS told FROM {_files(identity)} GROUP BY 1" if identity else (
        "SELECT NULL::BIGINT AS record_key, NULL::DATE AS told LIMIT 0"
    )  # fmt: skip
    first = (
        "SELECT record_key, min({'received': received, 'source_order': source_order, 'source': source, "
        f"'organisation': organisation}}) AS first FROM ({known}) WHERE record_key IS NOT NULL GROUP BY 1"
    )
    values = {name: f"NULL::{_SQL[kind]}" for name, kind in IDENTITY_RECORD.items()}
    values |= {"record_key": "k.record_key", **{n: f"k.first.{n}" for n in ("source", "organisation", "received")}}
    values["source_order"] = "k.first.source_order::BIGINT"
    columns = ", ".join(f"{value} AS {name}" for name, value in values.items())
    return (
        f"SELECT {columns} FROM ({first}) k LEFT JOIN ({told}) t USING (record_key) "
        "WHERE t.told IS NULL OR k.first.received < t.told ORDER BY record_key"
    )


_SQL: Final = {"int64": "BIGINT", "string": "VARCHAR", "date": "DATE"}


def _known_sql(file: RecordFile) -> str:
    organisation = literal(file.organisation) if file.organisation else "NULL::VARCHAR"
    return (
        f"SELECT record_key, {literal(file.source)} AS source, {organisation} AS organisation, "
        f"{file.source_order} AS source_order, received "
        f"FROM read_parquet({literal(str(file.path))})"
    )


def _files(paths: Sequence[Path]) -> str:
    return f"read_parquet([{', '.join(literal(str(path)) for path in paths)}])"


def _objections(scape: Landscape, identity: Sequence[Path]) -> Mapping[str, Path]:
    """Objections by record: the record that the register names, and every one that carries the number of a partner's.

    Choice: the number alone is enough here, without other fields agreeing, because to leave out a person who did not
    object does less harm than to use data of one who did.
    """
    if not scape.has_objections:
        return {}
    path = scape.out / "objection.parquet"
    backend = scape.engine.connection
    given = backend.table("objection_rows")
    number = acceptable_number(given["nhs_number"], test_numbers=scape.test_numbers)
    objections = given.mutate(number=number).filter(number.notnull())
    named = given.filter(given["record"].notnull())
    if not identity:
        return {}
    stored = backend.read_parquet([str(file) for file in identity], table_name="identity_files")
    held = acceptable_number(stored["nhs_number"], test_numbers=scape.test_numbers)
    records = stored.select("record_key", number=held).filter(held.notnull()).distinct()
    by_number = objections.join(records, "number").select(
        "record_key", "kind", valid_from=objections["from"], valid_to=day_after(objections["to"])
    )
    by_record = named.select(
        "kind", record_key=named["record"], valid_from=named["from"], valid_to=day_after(named["to"])
    )
    found = by_number.union(by_record.select(by_number.columns))
    ordered = found.distinct().order_by(["record_key", "kind", "valid_from", "valid_to"])
    backend.to_parquet(ordered, path, compression="snappy")
    return {"objection": path}
