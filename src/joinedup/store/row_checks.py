"""The checks of an extract schema as SQL conditions over the cells and values of one row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from joinedup.rules.foundation.errors import ConfigError, Severity
from joinedup.rules.foundation.extract import Check, Column, ColumnType, CrossRule, ExtractSchema
from joinedup.rules.foundation.value import SUPPRESSED
from joinedup.store.codes import CodeList
from joinedup.store.conversion import is_text, literal

#: What a cell that cannot be read breaks, and what was expected.
_UNREADABLE: Final = {
    ColumnType.DATE: ("not_a_date", "no date that can be read as {order}; write dates as 2024-04-01"),
    ColumnType.TIMESTAMP: ("not_a_date", "no date and time that can be read as {order}; write 2024-04-01 13:30"),
    ColumnType.INTEGER: ("not_a_whole_number", "no whole number; write digits only"),
    ColumnType.DECIMAL: ("not_a_number", "no number; write digits with a decimal point"),
    ColumnType.MONEY: ("not_an_amount", "no amount of pounds; write pounds as 1234.56"),
    ColumnType.BOOLEAN: ("not_yes_or_no", "neither yes nor no; write Y or N"),
}
_NUMBERS: Final = (ColumnType.INTEGER, ColumnType.DECIMAL, ColumnType.MONEY)


@dataclass(frozen=True, slots=True)
class RowCheck:
    """One check of a row.

    Attributes:
        field: column it is about, or several joined with a comma.
        rule: id of the broken rule.
        severity: what breaking it does.
        message: what is wrong and what to do, without any value.
        sql: true where the row breaks it.
        spoils: whether the column's value becomes missing.
    """

    field: str
    rule: str
    severity: Severity
    message: str
    sql: str
    spoils: bool = False


@dataclass(frozen=True, slots=True)
class Cells:
    """How SQL names the cell and the value of a column, and what the file holds.

    Attributes:
        kinds: DuckDB's type of each column of the schema that the file has.
        schema: the schema.
    """

    schema: ExtractSchema
    kinds: Mapping[str, str]

    def cell(self, name: str) -> str:
        """SQL name of the trimmed cell."""
        return f"x{self._index(name)}"

    def value(self, name: str) -> str:
        """SQL name of the value that was read from the cell."""
        return f"v{self._index(name)}"

    def _index(self, name: str) -> int:
        return next(i for i, column in enumerate(self.schema.columns) if column.name == name)


def row_checks(cells: Cells, codes: Mapping[str, CodeList], order: str) -> tuple[RowCheck, ...]:
    """Every check that can be made of one row of a file.

    Args:
        cells: the schema and the columns that the file has.
        codes: code lists by id.
        order: the place's `dates` setting.

    Raises:
        ConfigError: a column names a code list that does not exist.
    """
    checks: list[RowCheck] = []
    for column in cells.schema.columns:
        if column.name in cells.kinds:
            checks += _column_checks(column, cells, codes, order)
    present: Set[str] = cells.kinds.keys()
    for rule in cells.schema.rules:
        if rule.check is not Check.UNIQUE:
            condition = _rule_sql(rule, cells)
            fields = ", ".join(rule.fields)
            if present & set(rule.fields):
                checks.append(RowCheck(fields, rule.id, rule.severity, rule.message, condition))
    return tuple(checks)


def _column_checks(column: Column, cells: Cells, codes: Mapping[str, CodeList], order: str) -> Iterator[RowCheck]:
    cell, value = cells.cell(column.name), cells.value(column.name)
    if column.mandatory:
        yield _check(column, "missing_value", "no value where each row must have one", f"{cell} IS NULL")
    yield from _reading_checks(column, cell, value, cells.kinds[column.name], order)
    yield from _length_and_pattern(column, cell, cells.kinds[column.name])
    if column.min is not None or column.max is not None:
        outside = [f"{value} < {_limit(column, column.min)}"] if column.min is not None else []
        outside += [f"{value} > {_limit(column, column.max)}"] if column.max is not None else []
        yield _check(column, "out_of_range", f"a value outside {_span(column)}", " OR ".join(outside), spoils=True)
    if column.codes:
        yield from _code_checks(column, column.codes, cells, codes)


def _check(column: Column, rule: str, what: str, sql: str, *, spoils: bool = False) -> RowCheck:
    return RowCheck(column.name, rule, column.severity, f"{column.name}: {what}", sql, spoils)


def _reading_checks(column: Column, cell: str, value: str, kind: str, order: str) -> Iterator[RowCheck]:
    if column.type not in _UNREADABLE:
        return
    rule, what = _UNREADABLE[column.type]
    unread = f"{cell} IS NOT NULL AND {value} IS NULL"
    if column.type in _NUMBERS and is_text(kind):
        yield RowCheck(
            column.name, "suppressed_figure", Severity.WARNING,
            f"{column.name}: a figure hidden by its publisher ({SUPPRESSED}); it counts as missing, never as zero",
            f"{cell} = '{SUPPRESSED}'",
        )  # fmt: skip
        unread += f" AND {cell} <> '{SUPPRESSED}'"
    yield _check(column, rule, what.format(order=order), unread)


def _length_and_pattern(column: Column, cell: str, kind: str) -> Iterator[RowCheck]:
    if not is_text(kind):
        return
    # Bytes are counted first because that is quick; characters only where bytes are too many.
    longest = max(column.max_length, 64) if column.type not in {ColumnType.TEXT, ColumnType.CODE} else column.max_length
    too_long = f"strlen({cell}) > {longest} AND length({cell}) > {longest}"
    severity = Severity.FATAL if column.severity is Severity.FATAL else Severity.SET_ASIDE
    message = f"{column.name}: longer than {longest} characters; a quotation mark may be missing at the source"
    yield RowCheck(column.name, "too_long", severity, message, too_long, spoils=True)
    if column.pattern:
        unlike = f"strlen({cell}) <= {4 * longest} AND NOT regexp_full_match({cell}, {literal(column.pattern)})"
        yield _check(column, "wrong_pattern", "not written as its standard says", unlike, spoils=True)


def _limit(column: Column, limit: Decimal | date | None) -> str:
    if isinstance(limit, date):
        return f"DATE '{limit}'"
    factor = 100 if column.type is ColumnType.MONEY else 1
    return str((limit or Decimal(0)) * factor)


def _span(column: Column) -> str:
    if column.max is None:
        return f"its range (from {column.min})"
    return f"its range ({column.min} to {column.max})" if column.min is not None else f"its range (up to {column.max})"


def _code_checks(column: Column, name: str, cells: Cells, codes: Mapping[str, CodeList]) -> Iterator[RowCheck]:
    if name not in codes:
        raise ConfigError(
            f"extract schema {cells.schema.id!r}: column {column.name!r} names the code list {name!r}, "
            f"but definitions/codes/{name}.csv does not exist"
        )
    value, listed = cells.value(column.name), codes[name]
    known = f"{value} IN ({', '.join(literal(code.code) for code in listed.codes)})"
    what = f"a code that is not in the list {listed.id}; send the code, or add it to definitions/codes/{listed.id}.csv"
    yield _check(column, "unknown_code", what, f"{value} IS NOT NULL AND NOT {known}", spoils=True)
    dated_by = column.dated_by or cells.schema.code_date
    if dated_by and dated_by in cells.kinds and any(span != (None, None) for span in listed.spans()):
        in_force = _in_force(value, cells.value(dated_by), listed)
        what = f"a code of the list {listed.id} that was not in use on the row's {dated_by}"
        yield _check(column, "code_not_in_use", what, f"{known} AND NOT ({in_force})", spoils=True)


def _in_force(value: str, day: str, listed: CodeList) -> str:
    parts = []
    for (start, end), names in listed.spans().items():
        days = [f"{day} >= DATE '{start}'"] if start else []
        days += [f"{day} < DATE '{end}'"] if end else []
        when = f" AND ({day} IS NULL OR ({' AND '.join(days)}))" if days else ""
        parts.append(f"({value} IN ({', '.join(literal(name) for name in names)}){when})")
    return " OR ".join(parts)


def _rule_sql(rule: CrossRule, cells: Cells) -> str:
    values = [cells.value(name) for name in rule.fields]
    filled = [f"{value} IS NOT NULL" for value in values]
    if rule.check is Check.NOT_BEFORE:
        return f"{values[0]} < {values[1]}"
    if rule.check is Check.BOTH_OR_NEITHER:
        return f"({' OR '.join(filled)}) AND NOT ({' AND '.join(filled)})"
    if rule.check is Check.REQUIRED_IF:
        listed = ", ".join(literal(value) for value in rule.values)
        when = f"{values[1]}::VARCHAR IN ({listed})" if rule.values else filled[1]
        return f"{values[0]} IS NULL AND {when}"
    if rule.check is Check.ONE_OF_PRESENT:
        return f"NOT ({' OR '.join(filled)})"
    # A day after the one on which the file was received cannot be known yet.
    return " OR ".join(f"{value}::DATE > __received" for value in values)
