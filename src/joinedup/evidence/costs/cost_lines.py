"""Cost lines: what every event cost in every month it lasted, for whom and from which price."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import ibis
import ibis.expr.types as ir

from joinedup.evidence import tables
from joinedup.evidence.costs.prices import point_of_delivery, price_list, priced, things_of, with_things
from joinedup.evidence.journeys.calendar import (
    FAR,
    days_between,
    month_number,
    plus_days,
)
from joinedup.evidence.journeys.packages import is_package
from joinedup.rules.foundation.period import Period
from joinedup.rules.funds.cost import PayerRule, year_name


@dataclass(frozen=True, slots=True)
class CostRule:
    """How a place costs events, as data.

    Attributes:
        payers: who pays where the source does not say, first fitting rule first.
        emergency_methods: methods of admission that are an emergency.
        stay_units: units of events that last nights and are spread over the months they last.
        not_costed: units that are no service given (a missed appointment, a referral): they have no cost line.
        own_cost_class: class of a cost that the source itself gives for an event.
        own_package_class: class of a price that the source gives for a care package.
        known_until: first day the records do not cover: what is open is counted up to it.
    """

    payers: tuple[PayerRule, ...]
    emergency_methods: tuple[str, ...]
    stay_units: tuple[str, ...]
    not_costed: tuple[str, ...]
    own_cost_class: str
    own_package_class: str
    known_until: date


def is_costed(activity: ir.Table, rule: CostRule) -> ir.BooleanValue:
    """Whether an event is a service given, with a first day, that a cost line is made for."""
    return activity.start.notnull() & ~activity.unit.isin(list(rule.not_costed)).fill_null(False)


def crosses_months(activity: ir.Table, rule: CostRule) -> ir.BooleanValue:
    """Whether an event is a stay that lasts beyond the month it began in."""
    over = activity.end.isnull() | (month_number(activity.end) > month_number(activity.start))
    return over & _is_stay(activity.unit, rule)


def _is_stay(unit: ir.StringValue, rule: CostRule) -> ir.BooleanValue:
    return unit.isin(list(rule.stay_units)).fill_null(False)


def _began_in(activity: ir.Table, month: Period, rule: CostRule) -> ir.Table:
    """Events that began in a month, packages and stays that last beyond it left out, with what prices them."""
    began = (activity.start >= ibis.literal(month.start)) & (activity.start < ibis.literal(month.end))
    over = (activity.end.isnull() | (activity.end >= ibis.literal(month.end))) & _is_stay(activity.unit, rule)
    return _keyed(activity.filter(began & ~is_package(activity) & ~over), ibis.literal(year_name(month.start)), rule)


def _keyed(rows: ir.Table, price_year: ir.StringValue, rule: CostRule) -> ir.Table:
    keyed = with_things(rows, point_of_delivery(rows, rule.emergency_methods), price_year)
    return keyed.mutate(price_year=price_year)


def event_things(activity: ir.Table, month: Period, rule: CostRule) -> ir.Table:
    """The kinds of event that began in a month, by what prices them; few, and best kept before `event_prices`.

    Args:
        activity: canonical activity that holds every event that began in the month; others are left out.
        month: one calendar month.
        rule: how the place costs.
    """
    return things_of(_began_in(activity, month, rule))


def event_prices(things: ir.Table, book: ir.Table, rule: CostRule) -> ir.Table:
    """The prices and payers of kinds of event; small, and best kept before `event_lines`.

    Args:
        things: from `event_things`.
        book: BOOK.
        rule: how the place costs.

    Returns:
        A price list; kinds of event that are no service given are not in it.
    """
    return price_list(things.filter(~things.thing_unit.isin(list(rule.not_costed))), book, rule.payers)


def event_lines(activity: ir.Table, prices: ir.Table, month: Period, rule: CostRule) -> ir.Table:
    """Cost the events that began in a month and did not last beyond it.

    The source's own cost comes first; else quantity x price, rounded half up once. A missing quantity is one.

    Args:
        activity: canonical activity that holds every event that began in the month; others are left out.
        prices: from `event_prices`.
        month: one calendar month.
        rule: how the place costs.

    Returns:
        COST_LINE.
    """
    rows = _with_cost(priced(_began_in(activity, month, rule), prices), rule)
    nights = ibis.ifelse(_is_stay(rows.unit, rule), ibis.greatest(days_between(rows.start, rows.end), 0), 0)
    return rows.mutate(month=ibis.literal(month.start), begins=ibis.literal(True), bed_days=nights.fill_null(0)).pipe(
        tables.conform, tables.COST_LINE
    )


def _with_cost(found: ir.Table, rule: CostRule) -> ir.Table:
    """Events with their whole cost, its source and class, and their payer."""
    own = found.source_cost_pence.notnull()
    quantity = found.quantity.fill_null(ibis.literal("1").cast(tables.QUANTITY))
    return found.mutate(
        quantity=quantity,
        payer=found.paid_by,
        pence=ibis.ifelse(own, found.source_cost_pence, times(found.price, quantity)),
        unit_cost_id=ibis.ifelse(own, "source", found.unit_cost_id),
        cost_class=ibis.ifelse(own, rule.own_cost_class, found.cost_class),
    )


def times(price: ir.DecimalValue, quantity: ir.DecimalValue) -> ir.IntegerValue:
    """Price x quantity as whole pence, rounded half up (away from zero for a credit note). Exact on every engine."""
    return (price.cast("decimal(18, 4)") * quantity.cast("decimal(18, 4)")).round(0).cast("int64")


def stay_lines(activity: ir.Table, book: ir.Table, rule: CostRule) -> ir.Table:
    """Cost the stays that last beyond the month they began in, spread over months by nights.

    The whole cost is found first and split by largest remainder, the earlier month first. A stay that has not ended
    has nights and no cost yet: its cost is missing. The price is that of the year in which the stay began.

    Args:
        activity: canonical activity.
        book: BOOK.
        rule: how the place costs.

    Returns:
        COST_LINE for every month.

    Source: amendment 1 (largest remainder). One case: rules.funds.cost.spread_over_months.
    """
    rows = activity.filter(is_costed(activity, rule) & ~is_package(activity) & crosses_months(activity, rule))
    keyed = _keyed(rows, financial_year(rows.start), rule)
    rows = _with_cost(priced(keyed, event_prices(things_of(keyed), book, rule)), rule)
    ends = rows.end.fill_null(ibis.literal(rule.known_until))
    rows = rows.mutate(until=ends, whole=ibis.ifelse(rows.end.isnull(), ibis.null("int64"), rows.pence))
    rows = rows.filter(rows.start < rows.until)
    # Columns of their own: inside a range, Spark's compiler loses the brackets of an expression.
    rows = rows.mutate(first=month_number(rows.start), after=month_number(plus_days(rows.until, -1)) + 1)
    months = rows.mutate(number=ibis.range(rows["first"], rows.after).unnest())
    return _shared(_month_edges(months), rule).pipe(tables.conform, tables.COST_LINE)


def _month_edges(months: ir.Table) -> ir.Table:
    begin = _first_day(months.number)
    edges = months.mutate(month=begin, month_end=_first_day(months.number + 1))
    nights = days_between(ibis.greatest(edges.start, edges.month), ibis.least(edges.until, edges.month_end))
    return edges.mutate(bed_days=nights, begins=edges.number == month_number(edges.start))


def _first_day(number: ir.IntegerValue) -> ir.DateValue:
    return ibis.date((number // 12).cast("int32"), (number % 12 + 1).cast("int32"), 1)


def _shared(months: ir.Table, rule: CostRule) -> ir.Table:
    """Each month's part of the whole by largest remainder, the earlier month first among equals."""
    months = months.mutate(
        whole_or_zero=months.whole.fill_null(0).abs(), all_nights=days_between(months.start, months.until)
    )
    scaled = months.whole_or_zero * months.bed_days
    months = months.mutate(base=scaled // months.all_nights, rest=scaled % months.all_nights)
    event = ibis.window(group_by="event_id")
    order = ibis.window(group_by="event_id", order_by=[months.rest.desc(), months.month.asc()])
    months = months.mutate(
        left=months.whole_or_zero - months.base.sum().over(event), turn=ibis.row_number().over(order)
    )
    part = months.base + (months.turn < months.left).cast("int64")
    signed = ibis.ifelse(months.whole < 0, -part, part)
    is_missing = months.whole.isnull()
    return months.mutate(
        pence=ibis.ifelse(is_missing, ibis.null("int64"), signed),
        unit_cost_id=ibis.ifelse(is_missing, ibis.null("string"), months.unit_cost_id),
        cost_class=ibis.ifelse(is_missing, ibis.null("string"), months.cost_class),
        quantity=ibis.ifelse(
            months.unit == "bed_day",
            months.bed_days.cast(tables.QUANTITY),
            ibis.ifelse(months.begins, months.quantity, 0),
        ),
        client_contribution_pence=ibis.ifelse(months.begins, months.client_contribution_pence, ibis.null("int64")),
    )


def financial_year(day: ir.DateValue) -> ir.StringValue:
    """The financial year that holds a day, written like 2024-25."""
    return _year_text(_year_number(day))


def _year_number(day: ir.DateValue) -> ir.IntegerValue:
    return ibis.ifelse(day.month() >= 4, day.year(), day.year() - 1).cast("int64")


def _year_text(number: ir.IntegerValue) -> ir.StringValue:
    return number.cast("string") + "-" + ((number + 1) % 100).cast("string").lpad(2, "0")


def package_weeks(package: ir.Table, book: ir.Table, rule: CostRule) -> ir.Table:
    """What a week of each care package costs in each financial year it runs; best kept before `package_lines`.

    The source's own price of a week comes first; else units a week x unit cost.

    Args:
        package: PACKAGE.
        book: BOOK; packages are priced in its years.
        rule: how the place costs.

    Returns:
        PACKAGE with until (first day after it, at most the end of the records), price_year, week (pence, null when
        not known), payer, unit_cost_id and cost_class: one row a package and year.

    Source: amendment 7.
    """
    until = plus_days(package.end, 1).fill_null(ibis.literal(FAR))
    rows = package.mutate(until=ibis.least(until, ibis.literal(rule.known_until)), unit=package.unit.fill_null("week"))
    rows = rows.filter(rows.until > rows.start)
    rows = rows.mutate(first_year=_year_number(rows.start), after_year=_year_number(plus_days(rows.until, -1)) + 1)
    runs = rows.mutate(year=ibis.range(rows.first_year, rows.after_year).unnest())
    runs = runs.mutate(price_year=_year_text(runs.year))
    keyed = with_things(runs, ibis.null("string"), runs.price_year)
    found = priced(keyed, price_list(things_of(keyed), book, rule.payers))
    units = ibis.ifelse(found.unit == "week", 1, found.quantity).cast(tables.QUANTITY)
    own = found.weekly_pence.notnull()
    found = found.mutate(week=ibis.ifelse(own, found.weekly_pence, times(found.price, units)), own=own)
    return found.mutate(
        payer=found.paid_by,
        unit_cost_id=ibis.cases((found.own, "source"), (found.week.notnull(), found.unit_cost_id)),
        cost_class=ibis.cases((found.own, rule.own_package_class), (found.week.notnull(), found.cost_class)),
    ).drop("first_year", "after_year", "year", "own", "paid_by", "price")


def package_lines(weeks: ir.Table, month: Period) -> ir.Table:
    """Cost the care packages that ran in a month: a seventh of the weekly price a day.

    The cost to the end of the month less the cost to its beginning, so that months add up to the whole package and
    one that goes on never changes an earlier month.

    Args:
        weeks: from `package_weeks`.
        month: one calendar month.

    Returns:
        COST_LINE; quantity is weeks.

    Source: amendment 7. One case: rules.funds.cost.month_of_package.
    """
    first, after_last = ibis.literal(month.start), ibis.literal(month.end)
    runs = (weeks.start < after_last) & (weeks.until > first) & (weeks.price_year == year_name(month.start))
    found = weeks.filter(runs)
    before = ibis.greatest(days_between(found.start, first), 0)
    after = days_between(found.start, ibis.least(found.until, after_last))
    paid = found.weekly_contribution_pence
    return found.mutate(
        month=first,
        begins=found.start >= first,
        quantity=_weeks(after - before),
        bed_days=ibis.literal(0, "int64"),
        pence=_accrued(found.week, after) - _accrued(found.week, before),
        client_contribution_pence=_accrued(paid, after) - _accrued(paid, before),
    ).pipe(tables.conform, tables.COST_LINE)


def _accrued(weekly_pence: ir.IntegerValue, days: ir.IntegerValue) -> ir.IntegerValue:
    return ((2 * weekly_pence * days + 7) // 14).cast("int64")


def _weeks(days: ir.IntegerValue) -> ir.DecimalValue:
    """Days as weeks to four decimals, in whole-number arithmetic so that every engine rounds alike."""
    parts = ((20_000 * days + 7) // 14).cast(tables.QUANTITY)
    scaled = parts * ibis.literal("0.0001").cast(tables.QUANTITY)
    return scaled.cast("decimal(38, 8)").cast(tables.QUANTITY)  # the wider type, or Ibis leaves the cast out
