"""Cashable: which part of a gross saving is money that somebody can spend, and which is only capacity set free."""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from joinedup.rules.foundation.errors import DefinitionError


@dataclass(frozen=True, slots=True)
class Capacity:
    """How the cost of a service can be taken out.

    Attributes:
        variable_share: the part of average cost that falls with each admission (drugs, consumables), 0 to 1.
        consumables_cut: whether that budget is reduced when admissions fall.
        beds_per_unit: beds of the smallest unit that can be closed (a ward).
        occupancy: the occupancy it is planned for, above 0 to 1.
        unit_saving_pence: what closing one unit saves a year.
        closure_decided: whether a named owner has a dated decision to close as many units as are released.
        refilled_share: the part of freed beds used again by other patients, 0 to 1.
    """

    variable_share: Decimal
    consumables_cut: bool
    beds_per_unit: int
    occupancy: Decimal
    unit_saving_pence: int
    closure_decided: bool
    refilled_share: Decimal = Decimal(0)

    def __post_init__(self) -> None:
        if not (0 <= self.variable_share <= 1 and 0 < self.occupancy <= 1 and 0 <= self.refilled_share <= 1):
            raise DefinitionError("shares of cost, occupancy and refilling are fractions from 0 to 1, not percentages")
        if self.beds_per_unit < 1:
            raise DefinitionError("a unit that can be closed has at least one bed")


@dataclass(frozen=True, slots=True)
class CashableSaving:
    """A gross saving split into money and capacity.

    Attributes:
        gross_pence: admissions avoided at average cost.
        cashable_pence: money that can be spent elsewhere.
        non_cashable_pence: the rest; report it as bed days, not as pounds.
        bed_days: freed for good, after refilling.
        units_released: whole units that could close.
    """

    gross_pence: int
    cashable_pence: int
    non_cashable_pence: int
    bed_days: Decimal
    units_released: int


def cashable(
    avoided: Decimal | int, mean_stay_days: Decimal, average_cost_pence: int, capacity: Capacity
) -> CashableSaving:
    """Which part of the admissions a scheme avoided is money that somebody can spend.

    Variable cost is cashable only where its budget is cut; the cost of beds only in whole units that a named owner
    has decided to close. Beds used again by other patients free nothing.

    Args:
        avoided: admissions avoided in a year.
        mean_stay_days: nights of each.
        average_cost_pence: of one admission.

    Raises:
        DefinitionError: a negative number.

    Source: NAO 2017 para 11 and 1.11 (E6); joinedup specification 10.2.

    >>> ward = Capacity(Decimal("0.2"), True, 28, Decimal("0.92"), 1_400_000_00, True)
    >>> one = cashable(1200, Decimal(8), 1609_00, ward)
    >>> one.units_released, one.gross_pence, one.cashable_pence
    (1, 193080000, 178616000)
    >>> cashable(600, Decimal(8), 1609_00, ward).cashable_pence
    19308000
    """
    count = Decimal(avoided)
    if count < 0 or mean_stay_days < 0 or average_cost_pence < 0:
        raise DefinitionError("admissions avoided, stay and cost must be zero or more; a rise saves nothing")
    stays = count * (1 - capacity.refilled_share)
    bed_days = stays * mean_stay_days
    a_unit = capacity.beds_per_unit * 365 * capacity.occupancy
    units = math.floor(bed_days / a_unit)
    variable = capacity.variable_share * average_cost_pence * stays if capacity.consumables_cut else Decimal(0)
    closed = units * capacity.unit_saving_pence if capacity.closure_decided else 0
    gross = _whole(average_cost_pence * count)
    cash = min(_whole(variable) + closed, gross)
    return CashableSaving(gross, cash, gross - cash, bed_days, units)


def _whole(pence: Decimal) -> int:
    return int(pence.quantize(Decimal(1), rounding=ROUND_HALF_UP))
