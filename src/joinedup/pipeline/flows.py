"""Which sources may be used: refused by name without a lawful flow, and usable use by use."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import ibis.expr.types as ir

from joinedup.rules.foundation.errors import FlowRefused, Problem, Severity
from joinedup.rules.foundation.flow import Flow, OptOut, Use, read_flow, reasons_to_refuse
from joinedup.store.place import Place


def flow_problems(place: Place, day: date) -> Iterator[Problem]:
    """Every source that may not be used on a day, with all reasons.

    Args:
        place: the place.
        day: the day of the build, whatever `--as-of` says: an agreement that has ended covers no new use.
    """
    for source in place.sources.values():
        reasons = reasons_to_refuse(source.flow, day)
        if reasons:
            yield Problem(source.id, "place.toml", 0, "flow", "no_lawful_flow", Severity.FATAL, (
                f"the source {source.id!r} ({source.label}) has no lawful flow on {day}: {'; '.join(reasons)}. "
                f"Complete [sources.{source.id}.flow] in place.toml, or take the source out"
            ))  # fmt: skip


def refuse_unlawful(place: Place, day: date) -> None:
    """Stop a build that would use a source without a lawful flow.

    Raises:
        FlowRefused: names every such source, why, and what to do.
    """
    problems = list(flow_problems(place, day))
    if problems:
        raise FlowRefused(". ".join(problem.message for problem in problems) + ". Nothing was written.")


def flow_of(place: Place, source: str) -> Flow | None:
    """The recorded flow of a source; None when it is incomplete."""
    flow = read_flow(place.sources[source].flow)
    return flow if isinstance(flow, Flow) else None


def usable_sources(place: Place, use: Use, day: date) -> dict[str, OptOut]:
    """The sources whose flows allow a use on a day, each with the objections that reach that use.

    Args:
        place: the place.
        use: what the data would be used for.
        day: when.

    Returns:
        Source id -> which objections take a person out (none where objections do not apply).
    """
    flows = {source: flow_of(place, source) for source in place.sources}
    return {source: flow.respects(use) for source, flow in flows.items() if flow and flow.is_usable(use, day)}


def allowed(table: ir.Table, place: Place, use: Use) -> ir.Table:
    """The rows of a table whose source may be used so today; tables that name no source stay as they are.

    Args:
        table: a canonical table.
        place: the place.
        use: what the rows would be used for.
    """
    usable = usable_sources(place, use, place.today)
    if "source" not in table.columns or len(usable) == len(place.sources):
        return table
    return table.filter(table.source.isin(list(usable)))
