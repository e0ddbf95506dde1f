"""Month facts: what every record's care cost in a month, by setting and payer; all measures read these."""

from __future__ import annotations

import ibis.expr.types as ir

from joinedup.evidence import tables
from joinedup.evidence.whole import total


def month_facts(lines: ir.Table) -> ir.Table:
    """Add up cost lines by month, record, setting and payer.

    Events are those that began in the month. Pence is the sum of known costs, null when none is known; an event
    whose cost is missing is counted in the month it began. Facts stay with the record, so that a merge or split of
    people changes none of them.

    Args:
        lines: COST_LINE.

    Returns:
        MONTH_FACT.

    Source: joinedup specification 1.4 (M5); missing is not zero.
    """
    keys = ["month", "record_key", "setting", "payer"]
    is_missing = lines.pence.isnull() & lines.begins
    found = lines.group_by(keys).agg(
        events=total(lines.begins.cast("int64")),
        bed_days=total(lines.bed_days),
        pence=total(lines.pence),
        client_contribution_pence=total(lines.client_contribution_pence),
        missing_cost_events=total(is_missing.cast("int64")),
    )
    return tables.conform(found, tables.MONTH_FACT)
