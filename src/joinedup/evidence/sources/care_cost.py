"""What one period of a care package costs, for whole tables; one case at a time in `rules.care.package`.

The cost of a week follows in `evidence.journeys.packages`, for packages of any source.
"""

from __future__ import annotations

from typing import Final

import ibis
import ibis.expr.types as ir

from joinedup.evidence.sources.column import AMOUNT, translated
from joinedup.rules.care.client_level import FREQUENCIES

_MONEY: Final = "decimal(12, 0)"


def frequency_of(cost_frequency: ir.StringValue) -> ir.StringValue:
    """How often a package is paid: the period the cost is for, "weekly" where it is for one unit."""
    return translated(cost_frequency, FREQUENCIES, "weekly")


def period_pence(
    unit_cost: ir.IntegerValue, cost_frequency: ir.StringValue, planned_units: ir.DecimalValue
) -> ir.IntegerValue:
    """Pence for one period of `frequency_of`; null when not recorded, or when units are needed and missing.

    The twin of `rules.care.package.period_cost`.
    """
    cost = unit_cost.abs().nullif(0)
    units = planned_units.abs().cast(AMOUNT).nullif(ibis.literal(0).cast(AMOUNT))
    multiplied = (cost.cast(_MONEY) * units).round().cast("int64")
    is_period = translated(cost_frequency, FREQUENCIES).notnull()
    return ibis.ifelse(is_period, cost.cast("int64"), multiplied)
