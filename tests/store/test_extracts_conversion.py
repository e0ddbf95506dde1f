"""The scan reads a cell exactly as the plain rules do."""

from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from joinedup.rules.foundation.errors import DefinitionError
from joinedup.rules.foundation.extract import Column, ColumnType
from joinedup.rules.foundation.value import (
    clean,
    parse_boolean,
    parse_date,
    parse_integer,
    parse_number,
    parse_pence,
    parse_timestamp,
)
from joinedup.store.conversion import cell_sql, value_sql

READERS: dict[ColumnType, Callable[[str], object]] = {
    ColumnType.DATE: parse_date,
    ColumnType.TIMESTAMP: parse_timestamp,
    ColumnType.INTEGER: parse_integer,
    ColumnType.DECIMAL: parse_number,
    ColumnType.MONEY: parse_pence,
    ColumnType.BOOLEAN: parse_boolean,
}

#: Near misses matter more than noise, so cells are built from the pieces of real ones.
PIECES = ["0", "1", "9", "29", "02", "12", "2024", "0000", "/", "-", ".", ",", ":", " ", "£", "%", "T", "Z", "Feb"]
PIECES += ["yes", "N", "e5", "_", "+", "*", "00:00", "23:59", "é", "'", "inf", "2024-02-29", "29/02/2024", "1,234"]
CELLS = st.lists(st.sampled_from(PIECES), max_size=7).map("".join)


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        yield opened


def plainly(kind: ColumnType, cell: str) -> object:
    text = clean(cell)
    try:
        return None if text is None else READERS[kind](text)
    except DefinitionError:
        return None


@pytest.mark.parametrize("kind", list(READERS))
@settings(max_examples=25, deadline=None)
@given(cells=st.lists(CELLS, min_size=30, max_size=60))
def test_columns_are_read_like_single_cells(
    connection: duckdb.DuckDBPyConnection, kind: ColumnType, cells: list[str]
) -> None:
    column = Column("value", kind)
    sql = f"SELECT {value_sql('x', column, 'VARCHAR', 'auto')} FROM (SELECT {cell_sql('raw', 'VARCHAR')} AS x FROM raw)"
    connection.execute("CREATE OR REPLACE TABLE raw AS SELECT unnest(?::VARCHAR[]) AS raw", [cells]).fetchall()
    found = [row[0] for row in connection.execute(sql).fetchall()]
    assert dict(zip(cells, found, strict=True)) == {cell: plainly(kind, cell) for cell in cells}


def test_a_typed_file_is_cast_and_money_in_it_is_pounds(connection: duckdb.DuckDBPyConnection) -> None:
    def cast(cell: str, column: Column, kind: str) -> object:
        return connection.execute(f"SELECT {value_sql(cell, column, kind, 'auto')}").fetchall()[0][0]

    money, whole = Column("cost", ColumnType.MONEY), Column("n", ColumnType.INTEGER)
    assert cast("1234.565::DOUBLE", money, "DOUBLE") == 123457
    assert cast("7::INT", money, "INTEGER") == 700
    assert cast("2.0::DOUBLE", whole, "DOUBLE") == 2
    assert cast("2.5::DOUBLE", whole, "DOUBLE") is None


def test_percentages_keep_the_figure_as_written(connection: duckdb.DuckDBPyConnection) -> None:
    share = Column("share", ColumnType.DECIMAL, unit="percent")
    sql = f"SELECT {value_sql('x', share, 'VARCHAR', 'auto')} FROM (VALUES ('24%'), ('24 %'), ('0.24')) t(x)"
    assert [row[0] for row in connection.execute(sql).fetchall()] == [Decimal(24), Decimal(24), Decimal("0.24")]


def test_each_date_setting_reads_its_own_forms(connection: duckdb.DuckDBPyConnection) -> None:
    column = Column("day", ColumnType.DATE)
    cells = "(VALUES ('2024-02-29'), ('29/02/2024'), ('20240229')) t(x)"
    leap = date(2024, 2, 29)
    expected = {"iso": [leap, None, None], "dmy": [leap, leap, None], "ymd": [leap, None, leap], "auto": [leap] * 3}
    for order, days in expected.items():
        found = connection.execute(f"SELECT {value_sql('x', column, 'VARCHAR', order)} FROM {cells}").fetchall()
        assert [row[0] for row in found] == days
