"""The last step of every adapter of events: the canonical columns, with where each row came from."""

from __future__ import annotations

from collections.abc import Sequence

import ibis
import ibis.expr.types as ir

from joinedup.evidence import tables
from joinedup.evidence.sources.settings import Settings


def activity(table: ir.Table, settings: Settings, key: Sequence[ir.Value], **columns: ir.Value | str | int) -> ir.Table:
    """Give events their canonical columns.

    Args:
        table: rows of an extract with record_key, __file, __record and __received.
        settings: their source.
        key: what tells one event of the source from another; joined with "/" after the source.
        columns: canonical columns by name; those left out are null.

    Returns:
        The canonical table `activity`, one row a row of `table`.
    """
    parts = [ibis.literal(settings.source), *(part.cast("string") for part in key)]
    event_id = parts[0]
    for part in parts[1:]:
        event_id = event_id + ibis.literal("/") + part.fill_null("")
    named = {name: ibis.literal(value) if isinstance(value, str | int) else value for name, value in columns.items()}
    made = table.mutate(
        **named,
        event_id=event_id,
        source=ibis.literal(settings.source),
        received=table["__received"],
        file=table["__file"],
        record_number=table["__record"],
    )
    ours = {*named, "event_id", "record_key", "source", "received", "file", "record_number"}
    return tables.conform(made.select(*(name for name in tables.ACTIVITY if name in ours)), tables.ACTIVITY)
