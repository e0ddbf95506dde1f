"""What one person's care cost, as its page tells it: by year and payer, and by year and kind of care."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from joinedup.register.queries.person import CostsPage
from joinedup.store.people import CostShown
from joinedup.web.care_words import words_of

#: Years that the tables show, the latest first.
_YEARS = 4


@dataclass(frozen=True, slots=True)
class CostTable:
    """Amounts in pence by row and year; None where no cost is known.

    Attributes:
        years: financial years, the latest first.
        rows: label and amounts, the costliest in the latest years first.
        totals: of each year.
        missing: events of these years whose cost is not known.
    """

    years: tuple[str, ...]
    rows: tuple[tuple[str, tuple[int | None, ...]], ...]
    totals: tuple[int | None, ...]
    missing: int


@dataclass(frozen=True, slots=True)
class CostTables:
    """The same money twice: by who paid, and by what it paid for."""

    by_payer: CostTable
    by_setting: CostTable


def cost_tables(page: CostsPage) -> CostTables:
    """Both tables of the page."""
    return CostTables(
        by_payer=cost_table(page.costs, lambda cost: _payer(cost, page)),
        by_setting=cost_table(page.costs, lambda cost: words_of("settings", cost.setting)),
    )


def cost_table(costs: Sequence[CostShown], label: Callable[[CostShown], str]) -> CostTable:
    """Sum known costs by a label and year; missing is not zero."""
    years = tuple(sorted({cost.year for cost in costs}, reverse=True)[:_YEARS])
    kept = [cost for cost in costs if cost.year in years]
    sums = {name: tuple(_sum(kept, label, name, year) for year in years) for name in {label(cost) for cost in kept}}
    rows = sorted(sums.items(), key=lambda row: (tuple(-(amount or 0) for amount in row[1]), row[0]))
    totals = tuple(_total([amounts[at] for amounts in sums.values()]) for at in range(len(years)))
    return CostTable(years, tuple(rows), totals, sum(cost.missing_events for cost in kept))


def _sum(costs: Sequence[CostShown], label: Callable[[CostShown], str], name: str, year: str) -> int | None:
    return _total([cost.pence for cost in costs if cost.year == year and label(cost) == name])


def _total(amounts: Sequence[int | None]) -> int | None:
    known = [amount for amount in amounts if amount is not None]
    return sum(known) if known else None


def _payer(cost: CostShown, page: CostsPage) -> str:
    if not cost.payer:
        return "Not known"
    found = page.organisations.get(cost.payer)
    return found.name if found and found.name != cost.payer else words_of("payers", cost.payer)
