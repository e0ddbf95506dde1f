"""The price book of a place and who pays, read from definitions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from joinedup.rules.foundation.errors import ConfigError, DefinitionError
from joinedup.rules.funds.cost import BookRow, CostClass, CostSource, PayerRule, UnitCost, price_book
from joinedup.store.definition_files import amount, flag, read_csv, read_keys, read_rows

_COSTS = "prices/unit_costs.csv"


@dataclass(frozen=True, slots=True)
class CostDefinitions:
    """Everything that costs are made by.

    Attributes:
        unit_costs: the price book.
        deflators: price index by financial year.
        mff: market forces factor by provider.
        classes: how good prices are.
        payers: who pays where the source does not say, the place's own rules first.
        stay_units: units of events that are spread over the nights they last.
        not_costed: units that are no service given.
        own_cost_class: class of a source's own cost of an event.
        own_package_class: class of a source's own price of a package.
    """

    unit_costs: tuple[UnitCost, ...]
    deflators: Mapping[str, Decimal]
    mff: Mapping[str, Decimal]
    classes: tuple[CostClass, ...]
    payers: tuple[PayerRule, ...]
    stay_units: tuple[str, ...]
    not_costed: tuple[str, ...]
    own_cost_class: str
    own_package_class: str

    def book(self, years: Sequence[str]) -> tuple[BookRow, ...]:
        """The price book of some financial years."""
        return price_book(self.unit_costs, years, self.deflators, self.mff, self.classes)


def load_costs(folders: Sequence[Path]) -> CostDefinitions:
    """Read the definitions of costs.

    Args:
        folders: definitions folders, the shipped one first. Later ones replace unit costs by id, indices by year and
            factors by provider; their payer rules come before the shipped ones.

    Raises:
        ConfigError: a file or key is missing, or says something impossible.
    """
    keys = read_keys(folders, "prices/costing.toml")
    indices = read_rows(folders, "prices/deflators.csv", "financial_year")
    factors = read_rows(folders, "prices/mff.csv", "provider")
    payers = [row for folder in reversed(folders) for row in read_csv(folder / "payers" / "payers.csv")]
    try:
        return CostDefinitions(
            unit_costs=tuple(_unit_cost(row) for row in read_rows(folders, _COSTS, "id")),
            deflators={row["financial_year"]: amount(row, "index", "prices/deflators.csv") for row in indices},
            mff={row["provider"]: amount(row, "factor", "prices/mff.csv") for row in factors},
            classes=tuple(_class(row) for row in read_rows(folders, "prices/classes.csv", "class")),
            payers=tuple(PayerRule(r["setting"], r["service"], r["organisation"], r["payer"]) for r in payers),
            stay_units=keys.words("stay_units"),
            not_costed=keys.words("not_costed"),
            own_cost_class=keys.word("own_cost_class"),
            own_package_class=keys.word("own_package_class"),
        )
    except KeyError as exc:
        raise ConfigError(f"definitions of costs lack the column {exc}; compare with the shipped files") from exc
    except DefinitionError as exc:
        raise ConfigError(f"{_COSTS}: {exc}") from exc


def _unit_cost(row: Mapping[str, str]) -> UnitCost:
    overheads = row.get("includes_overheads", "")
    return UnitCost(
        id=row["id"],
        setting=row["setting"],
        unit=row["unit"],
        pounds=amount(row, "pounds", f"{_COSTS}, {row['id']}"),
        price_year=row["price_year"],
        kind=_kind(row, _COSTS),
        service=row["service"],
        currency=row["currency"],
        delivery=row["delivery"],
        provider=row["provider"],
        includes_overheads=flag(row, "includes_overheads") if overheads else None,
        apply_mff=flag(row, "apply_mff"),
        source=row["source"],
        verify=flag(row, "verify"),
    )


def _class(row: Mapping[str, str]) -> CostClass:
    return CostClass(
        row["class"], _kind(row, "prices/classes.csv"), int(amount(row, "age_years", "prices/classes.csv"))
    )


def _kind(row: Mapping[str, str], name: str) -> CostSource:
    try:
        return CostSource(row["kind"])
    except ValueError as exc:
        known = ", ".join(kind.value for kind in CostSource)
        raise ConfigError(f"{name}: kind {row['kind']!r} is none of {known}") from exc
