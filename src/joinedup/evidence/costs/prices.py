"""Which price and which payer belong to each kind of event, worked out once a kind and not once an event."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import ibis
import ibis.expr.types as ir

from joinedup.evidence.journeys.calendar import days_between
from joinedup.rules.funds.cost import DELIVERED_AS, PayerRule

#: The price book of a place, one row a unit cost, provider and year (see rules.funds.cost.BookRow).
BOOK: Final = {
    "unit_cost_id": "string",
    "setting": "string",
    "unit": "string",
    "service": "string",
    "currency": "string",
    "delivery": "string",
    "provider": "string",
    "price_year": "string",
    "rank": "int64",
    "price": "decimal(18, 4)",
    "cost_class": "string",
}

#: What a price and a payer may depend on. In the look-up nothing is null: "" stands for not known.
THING: Final = (
    "setting", "service", "currency", "delivery", "provider", "organisation", "unit", "payer", "price_year",
)  # fmt: skip


def with_things(rows: ir.Table, delivery: ir.StringValue, price_year: ir.StringValue) -> ir.Table:
    """Add to events what their price and payer are looked up by, as columns thing_*."""
    named = {name: rows[name] for name in THING if name not in ("delivery", "price_year")}
    named |= {"delivery": delivery, "price_year": price_year}
    return rows.mutate(**{f"thing_{name}": named[name].fill_null("") for name in THING})


def point_of_delivery(rows: ir.Table, emergency: Sequence[str]) -> ir.StringValue:
    """How hospital care was delivered; null outside admitted care. One case: rules.funds.cost.point_of_delivery."""
    nights = days_between(rows.start, rows.end)
    urgent = rows.method.isin(list(emergency)).fill_null(False) | (rows.service == "non_elective").fill_null(False)
    return ibis.cases(
        ((rows.setting != "inpatient") | nights.isnull(), ibis.null("string")),
        (rows.service.isin(list(DELIVERED_AS)), rows.service),
        (urgent & (nights >= 2), "non_elective_long"),
        (urgent, "non_elective_short"),
        ((nights > 0) | (rows.service == "elective"), "elective"),
        else_="day_case",
    )


def things_of(rows: ir.Table) -> ir.Table:
    """The different kinds of event among rows that went through `with_things`: few, however many the events."""
    return rows.select([f"thing_{name}" for name in THING]).distinct()


def price_list(things: ir.Table, book: ir.Table, payers: Sequence[PayerRule]) -> ir.Table:
    """Give each kind of event its price and its payer.

    The first price in the order of the book that fits holds: best source first, then closest fit. A price that names
    no service, currency, delivery or provider fits any; a missing unit is taken to be the unit of the price.

    Args:
        things: from `things_of`.
        book: BOOK.
        payers: who pays where the source does not say, first fitting rule first.

    Returns:
        The columns of_thing_*, with price, unit_cost_id, cost_class (null when nothing fits) and paid_by.

    Source: joinedup specification 1.4. One case: rules.funds.cost.choose_unit_cost and derive_payer.
    """
    keys = [f"thing_{name}" for name in THING]
    best = _cheapest_rank(things, book)
    found = things.left_join(best, [things[key] == best[f"of_{key}"] for key in keys]).select(
        *(things[key] for key in keys), best.price, best.unit_cost_id, best.cost_class
    )
    return found.mutate(paid_by=_payer(found, payers)).rename({f"of_{key}": key for key in keys})


def priced(rows: ir.Table, prices: ir.Table) -> ir.Table:
    """Give each event the price and the payer of its kind.

    Args:
        rows: events that went through `with_things`.
        prices: from `price_list`; events of a kind that is not in it are left out.

    Returns:
        The rows without thing_*, with price, unit_cost_id, cost_class and paid_by.
    """
    keys = [f"thing_{name}" for name in THING]
    joined = rows.join(prices, [rows[key] == prices[f"of_{key}"] for key in keys])
    return joined.drop(*keys, *(f"of_{key}" for key in keys))


def _cheapest_rank(things: ir.Table, book: ir.Table) -> ir.Table:
    """For each kind of event the fitting price of lowest rank."""
    book = book.rename({f"book_{name}": name for name in BOOK})
    both = things.join(
        book, [things.thing_setting == book.book_setting, things.thing_price_year == book.book_price_year]
    )
    fits = both.filter(
        ((both.thing_unit == "") | (both.thing_unit == both.book_unit))
        & ((both.book_service == "") | (both.book_service == both.thing_service))
        & ((both.book_provider == "") | (both.book_provider == both.thing_provider))
        & ((both.book_currency == "") | (both.book_currency == both.thing_currency))
        & ((both.book_delivery == "") | (both.book_delivery == both.thing_delivery))
    )
    keys = [f"thing_{name}" for name in THING]
    first = ibis.row_number().over(ibis.window(group_by=keys, order_by="book_rank"))
    best = fits.mutate(position=first).filter(lambda t: t.position == 0)
    return best.select(
        **{f"of_{key}": best[key] for key in keys},
        price=best.book_price,
        unit_cost_id=best.book_unit_cost_id,
        cost_class=best.book_cost_class,
    )


def _payer(things: ir.Table, payers: Sequence[PayerRule]) -> ir.StringValue:
    organisation = things.thing_organisation.nullif("")
    branches: list[tuple[ir.BooleanValue, ir.Value]] = [(things.thing_payer != "", things.thing_payer)]
    for rule in payers:
        test = ibis.literal(True)
        for name in ("setting", "service", "organisation"):
            wanted = getattr(rule, name)
            if wanted:
                test &= things[f"thing_{name}"] == wanted
        is_holder = rule.payer == "@organisation"
        branches.append(
            (test & organisation.notnull() if is_holder else test, organisation if is_holder else rule.payer)
        )
    return ibis.cases(*branches)
