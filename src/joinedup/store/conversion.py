"""SQL that reads the text of a cell exactly as `rules.foundation.value` does, for whole columns at once."""

from __future__ import annotations

import re
from typing import Final

from joinedup.rules.foundation import value
from joinedup.rules.foundation.extract import Column, ColumnType

#: DuckDB's type for each type of a schema; money is whole pence.
SQL_TYPES: Final = {
    ColumnType.TEXT: "VARCHAR",
    ColumnType.CODE: "VARCHAR",
    ColumnType.DATE: "DATE",
    ColumnType.TIMESTAMP: "TIMESTAMP",
    ColumnType.INTEGER: "BIGINT",
    ColumnType.DECIMAL: "DECIMAL(28, 10)",
    ColumnType.MONEY: "BIGINT",
    ColumnType.BOOLEAN: "BOOLEAN",
}

#: For each form of a date a quick test and how it is read. The test only has to let every such date through and to
#: keep out what the reader would take although it is none: signs, and the year 0000, which no calendar has.
_DATE_READERS: Final = {
    value.ISO: ("{x} LIKE '____-__-__' AND {x} >= '0001'", "try_cast({x} AS DATE)"),
    value.DAY_FIRST: (
        "regexp_full_match({x}, '" + value.DAY_FIRST + "') AND {x} NOT LIKE '%0000'",
        "try_strptime(translate({x}, '.-', '//'), '%d/%m/%Y')::DATE",
    ),
    value.DAY_NAMED: (
        "regexp_full_match({x}, '" + value.DAY_NAMED + "') AND {x} NOT LIKE '%0000'",
        "try_strptime(translate({x}, '-', ' '), '%d %b %Y')::DATE",
    ),
    value.YEAR_FIRST: (
        "regexp_full_match({x}, '" + value.YEAR_FIRST + "') AND {x} NOT LIKE '0000%'",
        "try_strptime({x}, '%Y/%m/%d')::DATE",
    ),
    value.COMPACT: (
        "regexp_full_match({x}, '" + value.COMPACT + "') AND {x} NOT LIKE '0000%'",
        "try_strptime({x}, '%Y%m%d')::DATE",
    ),
}


def quote(name: str) -> str:
    """A name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def cell_sql(raw: str, kind: str) -> str:
    """The cell as it is judged: text trimmed, nothing left = missing; other types as they are.

    Args:
        raw: SQL of the cell as the file holds it.
        kind: DuckDB's type of the file's column.
    """
    # Few cells have outer spaces, and looking for them is much quicker than trimming.
    has_spaces = f"prefix({raw}, ' ') OR suffix({raw}, ' ') OR {raw} = ''"
    return f"CASE WHEN {has_spaces} THEN nullif(trim({raw}), '') ELSE {raw} END" if is_text(kind) else raw


def is_text(kind: str) -> bool:
    """Whether a column of the file is text and so needs reading."""
    return kind.upper().startswith(("VARCHAR", "ENUM", "JSON"))


def value_sql(cell: str, column: Column, kind: str, order: str) -> str:
    """The value of a cell, null where the cell cannot be read.

    Args:
        cell: SQL of the trimmed cell.
        column: the column of the schema.
        kind: DuckDB's type of the file's column; a typed column of a Parquet file is cast, not read.
        order: the place's `dates` setting.
    """
    return _read(cell, column, order) if is_text(kind) else _cast(cell, column.type, kind)


def _read(x: str, column: Column, order: str) -> str:
    if column.type is ColumnType.DATE:
        is_midnight = f"regexp_matches({x}, '[T ]00:00(:00)?(\\.[0-9]{{1,9}})?Z?$')"
        timed = f"CASE WHEN {is_midnight} THEN {_timed_day(x, order)} END"
        return f"CASE WHEN contains({x}, ':') THEN {timed} ELSE {_day(x, order)} END"
    if column.type is ColumnType.TIMESTAMP:
        time = f"try_cast(regexp_extract({x}, {literal(value.TIME)}, 1) AS TIME)"
        return f"CASE WHEN contains({x}, ':') THEN {_timed_day(x, order)} + {time} ELSE {_day(x, order)}::TIMESTAMP END"
    if column.type is ColumnType.BOOLEAN:
        yes, no = (", ".join(literal(word) for word in words) for words in (value.YES, value.NO))
        return f"CASE WHEN lower({x}) IN ({yes}) THEN true WHEN lower({x}) IN ({no}) THEN false END"
    if column.type in {ColumnType.TEXT, ColumnType.CODE}:
        return x
    return _amount(_number(x, is_percent=column.unit == "percent"), column.type)


def _day(x: str, order: str) -> str:
    forms = (_DATE_READERS[form] for form in value.ORDERS[order])
    cases = " ".join(f"WHEN {test} THEN {read}" for test, read in forms).replace("{x}", x)
    return f"(CASE {cases} END)"


def _timed_day(x: str, order: str) -> str:
    return _day(f"regexp_replace({x}, {literal(value.TIME)}, '')", order)


def _number(x: str, *, is_percent: bool) -> str:
    bare = f"rtrim(regexp_replace({x}, '%$', ''))" if is_percent else x
    is_number = f"regexp_full_match({bare}, {literal(value.NUMBER)}) AND regexp_matches({bare}, '{value.DIGIT}')"
    return f"CASE WHEN {is_number} THEN try_cast(replace(replace({bare}, ',', ''), '£', '') AS DECIMAL(28, 10)) END"


def _amount(number: str, kind: ColumnType) -> str:
    if kind is ColumnType.INTEGER:
        return f"CASE WHEN {number} = trunc({number}) THEN ({number})::BIGINT END"
    return f"round(({number}) * 100)::BIGINT" if kind is ColumnType.MONEY else number


def _cast(x: str, wanted: ColumnType, kind: str) -> str:
    if wanted is ColumnType.MONEY:
        small = re.fullmatch(r"DECIMAL\(([0-9]|1[0-6]),[0-2]\)", kind.upper().replace(" ", ""))
        # Few digits are exact in quick arithmetic; anything else goes the long way.
        return f"({x} * 100)::BIGINT" if small else f"try_cast(round({x}::DECIMAL(28, 10) * 100) AS BIGINT)"
    if wanted is ColumnType.INTEGER and not kind.upper().endswith("INT"):
        return f"CASE WHEN {x} = trunc({x}) THEN try_cast({x} AS BIGINT) END"
    return x if kind.upper() == SQL_TYPES[wanted] else f"try_cast({x} AS {SQL_TYPES[wanted]})"
