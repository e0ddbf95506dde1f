"""Money is told apart from capacity: a ward that stays open saves nothing."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from joinedup.rules.foundation.errors import DefinitionError
from joinedup.rules.programme.cashable import Capacity, cashable

WARD = Capacity(Decimal("0.2"), True, 28, Decimal("0.92"), 1_400_000_00, True)


@pytest.mark.parametrize(
    ("avoided", "decided", "units", "gross", "cash"),
    [(600, True, 0, 965_400, 193_080), (1200, True, 1, 1_930_800, 1_786_160), (1200, False, 1, 1_930_800, 386_160)],
)
def test_whole_units_with_a_decision_are_money(avoided: int, decided: bool, units: int, gross: int, cash: int) -> None:
    found = cashable(avoided, Decimal(8), 1609_00, replace(WARD, closure_decided=decided))
    assert (found.units_released, found.gross_pence, found.cashable_pence) == (units, gross * 100, cash * 100)
    assert found.gross_pence == found.cashable_pence + found.non_cashable_pence


def test_beds_filled_again_free_nothing() -> None:
    found = cashable(1200, Decimal(8), 1609_00, replace(WARD, refilled_share=Decimal(1)))
    assert (found.cashable_pence, found.bed_days) == (0, Decimal(0))


def test_an_uncut_budget_is_not_money() -> None:
    assert cashable(600, Decimal(8), 1609_00, replace(WARD, consumables_cut=False)).cashable_pence == 0


def test_impossible_numbers_are_refused() -> None:
    with pytest.raises(DefinitionError, match="zero or more"):
        cashable(-1, Decimal(8), 1609_00, WARD)
    with pytest.raises(DefinitionError, match="percentages"):
        replace(WARD, occupancy=Decimal(92))
    with pytest.raises(DefinitionError, match="bed"):
        replace(WARD, beds_per_unit=0)
