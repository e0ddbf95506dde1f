"""Costs: from events and packages to cost lines, month facts and a reconciliation, one month at a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from joinedup.evidence import tables as canonical
from joinedup.evidence.costs.cost_lines import (
    CostRule,
    crosses_months,
    event_lines,
    event_prices,
    event_things,
    is_costed,
    package_lines,
    package_weeks,
    stay_lines,
)
from joinedup.evidence.costs.month_facts import month_facts, record_costs
from joinedup.evidence.costs.prices import BOOK
from joinedup.evidence.costs.reconciliation import (
    COST_SUMMARY,
    class_shares,
    cost_summary,
    own_totals,
    package_totals,
    reconciliation,
)
from joinedup.evidence.journeys.packages import is_package
from joinedup.rules.foundation.period import Cadence, Period, periods_between
from joinedup.rules.funds.cost import year_name
from joinedup.store.cost_definitions import CostDefinitions
from joinedup.store.engine import Engine

#: How far back prices are needed for stays that began before the period.
_YEARS_BEFORE = 5


@dataclass(frozen=True, slots=True)
class CostSettings:
    """What costs need to know of a place.

    Attributes:
        definitions: the price book, payers and classes.
        emergency_methods: methods of admission that are an emergency.
        period: the days that are costed; what is open is counted to its end.
        keep_lines: whether cost lines are written, or only what they add up to. They can be made again at any time.
    """

    definitions: CostDefinitions
    emergency_methods: tuple[str, ...]
    period: Period
    keep_lines: bool = False

    @property
    def months(self) -> tuple[Period, ...]:
        """The whole months of the period."""
        return tuple(periods_between(self.period, Cadence.MONTH))

    @property
    def rule(self) -> CostRule:
        """How the place costs events."""
        d = self.definitions
        return CostRule(
            payers=d.payers,
            emergency_methods=self.emergency_methods,
            stay_units=d.stay_units,
            not_costed=d.not_costed,
            own_cost_class=d.own_cost_class,
            own_package_class=d.own_package_class,
            known_until=self.period.end,
        )


@dataclass(frozen=True, slots=True)
class Prepared:
    """What every month needs, worked out once.

    Attributes:
        settings: what costs need to know of the place.
        book: the price book of the years of the period.
        stays: cost lines of stays that cross months, of every month.
        weeks: what a week of each care package costs in each year; None where `stays` holds the lines of packages
            too, because a month was cut out before.
    """

    settings: CostSettings
    book: ir.Table
    stays: ir.Table
    weeks: ir.Table | None


def prepare(engine: Engine, tables: Mapping[str, ir.Table], settings: CostSettings) -> Prepared:
    """Work out what every month needs: the price book, and stays that cross months.

    Args:
        engine: either engine.
        tables: activity (every month) and package.
        settings: what costs need to know of the place.
    """
    book = price_table(engine, settings)
    activity, rule = tables["activity"], settings.rule
    crossing = engine.cache(
        activity.filter(crosses_months(activity, rule) & is_costed(activity, rule) & ~is_package(activity))
    )
    weeks = engine.cache(package_weeks(tables["package"], book, rule))
    return Prepared(settings, book, engine.cache(stay_lines(crossing, book, rule)), weeks)


def lasting_lines(prepared: Prepared, month: Period) -> ir.Table:
    """The cost lines that one month takes from stays that cross months and from packages.

    Later news change no line of an earlier month, so a month that is cut out stays the same until its own records do.

    Args:
        prepared: from `prepare`.
        month: one calendar month.

    Returns:
        COST_LINE.
    """
    stays = prepared.stays.filter(prepared.stays.month == month.start)
    return stays if prepared.weeks is None else ibis.union(stays, package_lines(prepared.weeks, month))


def price_table(engine: Engine, settings: CostSettings) -> ir.Table:
    """The price book of a place for the years of its period and a few before, for stays that began earlier."""
    first, last = settings.period.start.year - _YEARS_BEFORE, settings.period.last_day.year
    years = [year_name(date(year, 4, 1)) for year in range(first, last + 1)]
    rows = settings.definitions.book(years)
    data = [{name: getattr(row, name) for name in BOOK} for row in rows]
    return engine.table(pa.Table.from_pylist(data, schema=ibis.schema(BOOK).to_pyarrow()), BOOK)


def lines_of(engine: Engine, activity: ir.Table, prepared: Prepared, month: Period) -> ir.Table:
    """The cost lines of one month, not yet computed: what `explain` and a person's page ask for.

    Args:
        engine: keeps the prices of the month's kinds of event, which are few.
        activity: canonical activity of the events that began in the month (others are left out).
        prepared: from `prepare`.
        month: one calendar month.

    Returns:
        COST_LINE.
    """
    rule = prepared.settings.rule
    things = engine.cache(event_things(activity, month, rule))
    prices = engine.cache(event_prices(things, prepared.book, rule))
    return ibis.union(event_lines(activity, prices, month, rule), lasting_lines(prepared, month))


def costs(engine: Engine, activity: ir.Table, prepared: Prepared, month: Period, folder: Path) -> dict[str, list[Path]]:
    """Cost one month and write its facts.

    Args:
        engine: either engine.
        activity: canonical activity of the events that began in the month (others are left out).
        prepared: from `prepare`.
        month: one calendar month.
        folder: where the files go.

    Returns:
        Files by table: ``month_fact@2024-04``, ``record_cost@2024-04``, ``cost_summary@2024-04``,
        ``own_total@2024-04`` and, where lines are kept, ``cost_line@2024-04``.
    """
    label = f"{month.start:%Y-%m}"
    lines = lines_of(engine, activity, prepared, month)
    files: dict[str, list[Path]] = {}
    if prepared.settings.keep_lines:
        name = f"cost_line@{label}"
        files[name] = engine.write(lines, folder, name)
        lines = engine.read(files[name], canonical.COST_LINE)
    else:
        lines = engine.cache(lines)
    name = f"month_fact@{label}"
    files[name] = engine.write(month_facts(lines), folder, name, ["record_key", "setting", "payer"])
    name = f"record_cost@{label}"
    order = ["record_key", "setting", "service", "provider", "payer"]
    files[name] = engine.write(record_costs(lines), folder, name, order)
    name = f"cost_summary@{label}"
    files[name] = engine.write(cost_summary(lines), folder, name, list(COST_SUMMARY))
    name = f"own_total@{label}"
    files[name] = engine.write(own_totals(activity), folder, name, ["source"])
    return files


def reconcile(
    engine: Engine, tables: Mapping[str, ir.Table], settings: CostSettings, folder: Path
) -> dict[str, list[Path]]:
    """Compare costs with what each source says itself, and say how good the prices are.

    Args:
        engine: either engine.
        tables: cost_summary and own_total of every month, and package.
        settings: what costs need to know of the place.
        folder: where the files go.

    Returns:
        Files by table: cost_reconciliation and cost_class_share.
    """
    summary, period = tables["cost_summary"], settings.period
    bought = package_totals(tables["package"], ibis.literal(period.start), ibis.literal(period.end))
    compared = reconciliation(summary, tables["own_total"], bought)
    return {
        "cost_reconciliation": engine.write(compared, folder, "cost_reconciliation", ["source"]),
        "cost_class_share": engine.write(class_shares(summary), folder, "cost_class_share", ["setting", "cost_class"]),
    }
