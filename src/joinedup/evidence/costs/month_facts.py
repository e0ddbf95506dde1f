"""Month facts: what every record's care cost in a month, by setting and payer; all measures read these."""

from __future__ import annotations

from typing import Final

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


#: What one record's care cost in a month, by what a person's page tells apart; not a measure's input.
RECORD_COST: Final = {
    "month": "date",
    "record_key": "int64",
    "setting": "string",
    "service": "string",
    "provider": "string",
    "payer": "string",
    "events": "int64",
    "pence": "int64",
    "missing_cost_events": "int64",
}


def record_costs(lines: ir.Table) -> ir.Table:
    """Add up cost lines by month, record, setting, service, provider and payer: what a person's page reads.

    Args:
        lines: COST_LINE.

    Returns:
        `RECORD_COST`; pence is null where no cost is known.

    Source: M9 (the agencies round a household and what each spends); missing is not zero.
    """
    keys = ["month", "record_key", "setting", "service", "provider", "payer"]
    is_missing = lines.pence.isnull() & lines.begins
    found = lines.group_by(keys).agg(
        events=total(lines.begins.cast("int64")),
        pence=total(lines.pence),
        missing_cost_events=total(is_missing.cast("int64")),
    )
    return tables.conform(found, RECORD_COST)
