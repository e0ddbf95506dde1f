"""Cost lines of tables agree with the slow rules of one case, and add up to what was costed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal

import ibis
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from joinedup.evidence import tables
from joinedup.evidence.costs.cost_lines import (
    CostRule,
    event_lines,
    event_prices,
    event_things,
    package_lines,
    package_weeks,
    stay_lines,
)
from joinedup.evidence.costs.prices import BOOK
from joinedup.rules.foundation.period import Period, add_months, month_of
from joinedup.rules.funds.cost import (
    BookRow,
    CostClass,
    CostSource,
    PayerRule,
    PricedThing,
    UnitCost,
    choose_unit_cost,
    derive_payer,
    line_pence,
    month_of_package,
    price_book,
    spread_over_months,
)
from joinedup.store.engine import DuckDB

FEW = settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
CLASSES = [CostClass(letter, kind, age) for letter, kind, age in zip("ABCDEF", CostSource, range(6), strict=True)]
PAYERS = (PayerRule("outpatient", "first", "", "board"), PayerRule("outpatient", "", "", "@organisation"))
RULE = CostRule(PAYERS, ("21",), ("episode",), ("referral",), "A", "B", date(2026, 1, 1))
YEAR = "2024-25"
YEARS = ("2022-23", "2023-24", "2024-25")
Row = dict[str, object]


def cost(name: str, setting: str, unit: str, pounds: str, kind: CostSource, **fits: str) -> UnitCost:
    return UnitCost(name, setting, unit, Decimal(pounds), YEAR, kind, **fits)  # type: ignore[arg-type]


COSTS = [
    cost("any", "outpatient", "attendance", "120.005", CostSource.UNIT_COST_BOOK),
    cost("first", "outpatient", "attendance", "200", CostSource.UNIT_COST_BOOK, service="first"),
    cost("hrg", "outpatient", "attendance", "333.33", CostSource.NATIONAL_CURRENCY, currency="AA1"),
    cost("local", "outpatient", "attendance", "10.015", CostSource.PROVIDER, provider="RX1"),
    cost(
        "long", "inpatient", "episode", "5419.28", CostSource.NATIONAL_POINT_OF_DELIVERY, delivery="non_elective_long"
    ),
    cost("el", "inpatient", "episode", "77.77", CostSource.NATIONAL_POINT_OF_DELIVERY, delivery="elective"),
]


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DuckDB]:
    with DuckDB(tmp_path_factory.mktemp("twins"), memory_mb=500, threads=1) as made:
        yield made


def rows_of(columns: dict[str, str], rows: Sequence[Row]) -> pa.Table:
    filled = [{name: row.get(name) for name in columns} for row in rows]
    return pa.Table.from_pylist(filled, schema=ibis.schema(columns).to_pyarrow())


def book_of(years: Sequence[str]) -> pa.Table:
    index = {f"{y}-{(y + 1) % 100:02d}": Decimal(100 + y % 7) for y in range(2018, 2030)}
    rows: tuple[BookRow, ...] = price_book(COSTS, years, index, {}, CLASSES)
    return rows_of(BOOK, [{name: getattr(row, name) for name in BOOK} for row in rows])


MAYBE = st.sampled_from
ATTENDANCES = st.fixed_dictionaries(
    {
        "setting": MAYBE(["outpatient", "police"]),
        "unit": MAYBE(["attendance", "referral", None]),
        "service": MAYBE(["first", "other", None]),
        "currency": MAYBE(["AA1", "ZZ9", None]),
        "provider": MAYBE(["RX1", "RX2", None]),
        "organisation": MAYBE(["Q1", None]),
        "payer": MAYBE(["P1", None]),
        "quantity": MAYBE([Decimal("1.0000"), Decimal("2.5000"), Decimal("-1.0000"), None]),
        "source_cost_pence": MAYBE([None, 4321]),
    }
)


@FEW
@given(events=st.lists(ATTENDANCES, min_size=10, max_size=40))
def test_lines_of_events_are_those_of_one_case(engine: DuckDB, events: list[Row]) -> None:
    day = date(2024, 5, 6)
    rows = [{"event_id": f"e{n}", "record_key": n, "start": day, "end": day, **e} for n, e in enumerate(events)]
    activity, book = engine.table(rows_of(tables.ACTIVITY, rows)), engine.table(book_of([YEAR]))
    prices = event_prices(event_things(activity, month_of(day), RULE), book, RULE)
    found = engine.fetch(event_lines(activity, prices, month_of(day), RULE)).to_pylist()
    got = {r["event_id"]: (r["pence"], r["payer"], r["unit_cost_id"]) for r in found}
    assert got == {str(row["event_id"]): _line(row) for row in rows if row["unit"] != "referral"}


def _line(row: Row) -> tuple[int | None, str | None, str | None]:
    service, holder, unit = (_text(row[name]) for name in ("service", "organisation", "unit"))
    payer = _text(row["payer"]) or derive_payer(PAYERS, str(row["setting"]), service, holder)
    own = row["source_cost_pence"]
    if isinstance(own, int):
        return own, payer, "source"
    thing = PricedThing(str(row["setting"]), unit, service, _text(row["currency"]), None, _text(row["provider"]))
    best = choose_unit_cost(thing, COSTS)
    quantity = row["quantity"] if isinstance(row["quantity"], Decimal) else Decimal(1)
    return line_pence(best.pounds * 100 if best else None, quantity), payer, best.id if best else None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


STAYS = st.tuples(st.dates(date(2023, 1, 1), date(2024, 6, 1)), st.integers(0, 200), MAYBE([None, 1_000_001, -7]))


@FEW
@given(st.lists(STAYS, min_size=5, max_size=20))
def test_stays_of_tables_are_spread_as_one_case_is(engine: DuckDB, stays: list[tuple[date, int, int | None]]) -> None:
    rows: list[Row] = [
        {
            "event_id": f"s{n}", "record_key": n, "setting": "inpatient", "service": "x", "method": "21",
            "unit": "episode", "start": start, "end": start + timedelta(days=nights), "source_cost_pence": own,
        }
        for n, (start, nights, own) in enumerate(stays)
    ]  # fmt: skip
    book = engine.table(book_of(YEARS))
    found = engine.fetch(stay_lines(engine.table(rows_of(tables.ACTIVITY, rows)), book, RULE)).to_pylist()
    for n, (start, nights, own) in enumerate(stays):
        end = start + timedelta(days=nights)
        got = {r["month"]: r["pence"] for r in found if r["event_id"] == f"s{n}"}
        crosses = (start.year, start.month) != (end.year, end.month)
        assert bool(got) == crosses
        if crosses and own is not None:
            assert got == spread_over_months(own, start, end)
        assert sum(r["bed_days"] for r in found if r["event_id"] == f"s{n}") == (nights if crosses else 0)


PACKAGES = st.tuples(
    st.dates(date(2023, 1, 1), date(2024, 6, 1)), MAYBE([None, 0, 6, 40, 300]), st.integers(0, 200_000)
)


@FEW
@given(st.lists(PACKAGES, min_size=5, max_size=20), st.integers(0, 20))
def test_packages_of_tables_cost_what_one_case_costs(
    engine: DuckDB, packages: list[tuple[date, int | None, int]], later: int
) -> None:
    month: Period = month_of(add_months(date(2023, 1, 1), later))
    rows: list[Row] = [
        {
            "event_id": f"p{n}", "record_key": n, "setting": "social_care", "service": "home_care", "start": start,
            "end": None if days is None else start + timedelta(days=days), "weekly_pence": weekly, "unit": "week",
        }
        for n, (start, days, weekly) in enumerate(packages)
    ]  # fmt: skip
    table = engine.table(rows_of(tables.PACKAGE, rows))
    found = engine.fetch(package_lines(package_weeks(table, engine.table(book_of(YEARS)), RULE), month)).to_pylist()
    got = {r["event_id"]: r["pence"] for r in found}
    for n, (start, days, weekly) in enumerate(packages):
        last = date(2025, 12, 31) if days is None else start + timedelta(days=days)
        runs = start < month.end and last >= month.start
        assert got.get(f"p{n}") == (month_of_package(weekly, start, last, month.start) if runs else None)
