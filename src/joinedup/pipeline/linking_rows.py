"""Person files as anyone may have them, read as text under the names that linking knows."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeAlias, cast

import pyarrow as pa
import pyarrow.compute
import pyarrow.csv as arrow_csv
import pyarrow.parquet as pq

from joinedup.pipeline.linking_model import column_aliases
from joinedup.rules.foundation.errors import PlaceError, UsageError

#: Arrow's functions; their published types do not cover columns in chunks.
pc: Any = pyarrow.compute
Text: TypeAlias = "pa.ChunkedArray[Any]"

KNOWN: Final = (
    "record_id", "source", "nhs_number", "nhs_number_status", "token", "forename", "surname", "dob", "sex", "postcode",
    "address",
)  # fmt: skip
IN_PARTS: Final = "address"


@dataclass(frozen=True, slots=True)
class PersonRows:
    """The rows of every file together.

    Attributes:
        table: text columns: `record_id`, `source`, those of `KNOWN` that any file has, and the extra columns; in order
            of source and record id, whatever the order of files and rows.
        extras: the extra columns.
        renamed: what the files call the columns that were taken under another name.
    """

    table: pa.Table
    extras: tuple[str, ...]
    renamed: Mapping[str, str]

    def keys(self) -> list[tuple[str, str]]:
        """Source and record id of every record, in order."""
        sources, ids = (map(str, self.table[name].to_pylist()) for name in ("source", "record_id"))
        return list(zip(sources, ids, strict=True))


def read_rows(files: Sequence[Path], mapping: Mapping[str, str], extras: Sequence[str]) -> PersonRows:
    """Read person files.

    Args:
        files: CSV (comma, first row names; UTF-8 or Windows) or Parquet.
        mapping: their name -> ours; several of theirs may become one of ours and are joined by a space.
        extras: further columns to compare, by their own name.

    Raises:
        UsageError: a file or column that was named is not there, or ours is none of `KNOWN`.
        PlaceError: a file is empty, or two of its records have one id.
    """
    wrong = sorted(set(mapping.values()) - set(KNOWN))
    if wrong:
        raise UsageError(f"--map to {', '.join(wrong)}: columns that can be named are {', '.join(KNOWN)}")
    if not files:
        raise UsageError("no file was named; give at least one CSV or Parquet file of people")
    read = [_named(path, _read(path), mapping, extras) for path in files]
    seen = {name for table, theirs in read for name in (*theirs, *table.column_names)}
    _check_named(seen, mapping, extras)
    table = pa.concat_tables([table for table, _ in read], promote_options="default")
    table = table.sort_by([("source", "ascending"), ("record_id", "ascending")])
    _check_ids(table)
    renamed = {theirs: ours for _, names in read for theirs, ours in names.items() if theirs != ours}
    return PersonRows(table, tuple(extras), renamed)


def _read(path: Path) -> pa.Table:
    if not path.is_file():
        raise UsageError(f"{path} is not a file; name CSV or Parquet files of people")
    try:
        if path.suffix.lower() == ".parquet":
            table = pq.read_table(path)
            return pa.table({name: cast("Any", table[name].cast(pa.string())) for name in table.column_names})
        return _read_csv(path)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as exc:
        raise PlaceError(f"{path.name} cannot be read as a table: {_without_values(exc)}") from exc


def _read_csv(path: Path) -> pa.Table:
    raw = path.read_bytes()
    encoding = "utf-8-sig" if _is_utf8(raw) else "windows-1252"
    first = next(csv.reader(raw[:100_000].decode(encoding, errors="replace").splitlines()), [])
    names = [name.strip() for name in first]
    if not any(names):
        raise PlaceError(f"{path.name} is empty: its first row must name the columns")
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise PlaceError(f"{path.name}: columns {', '.join(twice)} are there twice; name each column once")
    return arrow_csv.read_csv(
        io.BytesIO(raw.decode(encoding).encode()),
        read_options=arrow_csv.ReadOptions(column_names=names, skip_rows=1),
        parse_options=arrow_csv.ParseOptions(newlines_in_values=True),
        convert_options=arrow_csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=True, null_values=[""],
            quoted_strings_can_be_null=True,
        ),
    )  # fmt: skip


def _is_utf8(raw: bytes) -> bool:
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _without_values(exc: Exception) -> str:
    """The first part of a reader's message: what follows may quote a row."""
    return str(exc).split(":", maxsplit=1)[0] + "; check that every row has as many fields as the first"


def _named(
    path: Path, table: pa.Table, mapping: Mapping[str, str], extras: Sequence[str]
) -> tuple[pa.Table, dict[str, str]]:
    """The columns of one file under our names, and what the file calls them."""
    if not table.num_rows:
        raise PlaceError(f"{path.name} has no record below its first row; leave the file out or fill it")
    aliases = column_aliases()
    theirs: dict[str, str] = {}
    for name in table.column_names:
        plain = name.lower().replace(" ", "_")
        ours = mapping.get(name) or (plain if plain in KNOWN else aliases.get(plain, ""))
        if ours and (name in mapping or (name not in extras and _is_free(ours, theirs.values(), mapping.values()))):
            theirs[name] = ours
    if "record_id" not in theirs.values():
        raise UsageError(
            f"{path.name} has no column record_id; its columns are {', '.join(table.column_names)}. "
            "Say which it is, for example --map their_id=record_id"
        )
    columns = {name: _joined(table, [t for t, ours in theirs.items() if ours == name]) for name in theirs.values()}
    columns |= {name: _trimmed(table[name]) for name in extras if name in table.column_names}
    if "source" not in columns:
        columns["source"] = pa.chunked_array([pa.array([path.stem] * table.num_rows, pa.string())])
    _check_known_ids(path, columns["record_id"])
    return pa.table(cast("Any", columns)), theirs


def _is_free(ours: str, taken: Collection[str], mapped: Collection[str]) -> bool:
    """Whether a column that nobody mapped may become one of ours; an address may be told in several columns."""
    return ours not in mapped and (ours == IN_PARTS or ours not in taken)


def _trimmed(column: Text) -> Text:
    return cast("Text", pc.utf8_trim_whitespace(column))


def _joined(table: pa.Table, names: Sequence[str]) -> Text:
    """Several columns as one text, in the order of the file."""
    parts = [_trimmed(table[name]) for name in names]
    if len(parts) == 1:
        return parts[0]
    whole = _trimmed(pc.binary_join_element_wise(*(pc.fill_null(part, "") for part in parts), " "))
    return cast("Text", pc.if_else(pc.equal(whole, ""), None, whole))


def _check_known_ids(path: Path, ids: Text) -> None:
    missing = pc.or_kleene(pc.is_null(ids), pc.equal(pc.fill_null(ids, ""), ""))
    if pc.any(missing).as_py():
        first = int(pc.index(missing, True).as_py()) + 1
        count = int(pc.sum(missing).as_py())
        raise PlaceError(
            f"{path.name}: {count} record(s) have no record_id, the first is record {first}; give each one"
        )


def _check_ids(table: pa.Table) -> None:
    counted = table.group_by(["source", "record_id"]).aggregate([([], "count_all")])
    again = counted.filter(pc.greater(counted["count_all"], 1))
    if again.num_rows:
        sources = ", ".join(sorted(set(map(str, again["source"].to_pylist()))))
        raise PlaceError(
            f"{again.num_rows} record id(s) occur more than once in {sources}; a record id must be unique in its "
            "source: remove the duplicates, or give the files different sources"
        )


def _check_named(seen: set[str], mapping: Mapping[str, str], extras: Sequence[str]) -> None:
    for option, names in (("--map", mapping), ("--extra", extras)):
        absent = [name for name in names if name not in seen]
        if absent:
            raise UsageError(f"{option} {', '.join(absent)}: no file has such a column; check the spelling")
