"""What was recorded of candidates strictly before their index date, summed over windows of time."""

from __future__ import annotations

from collections.abc import Mapping

import ibis
import ibis.expr.types as ir

from joinedup.evidence.journeys.calendar import days_between, month_number, plus_days

Window = tuple[str, tuple[int, int]]


def with_events(candidates: ir.Table, events: ir.Table, wanted: Mapping[str, Window]) -> ir.Table:
    """Candidates with how many events of a kind lay in a window before the index date.

    Args:
        candidates: with person_id and index_date.
        events: from `happenings`.
        wanted: column -> kind and first and last day before the index date (1 is the day before).
    """
    longest = max((last for _, (_, last) in wanted.values()), default=0)
    pairs = candidates.select("person_id", "index_date").distinct()
    pairs = pairs.mutate(since=plus_days(pairs.index_date, -longest))
    inside = [
        pairs.person_id == events.person_id, events.day < pairs.index_date, events.day >= pairs.since,
    ]  # fmt: skip
    before = pairs.join(events, inside)
    aged = before.select(pairs.person_id, pairs.index_date, "kind", ago=days_between(before.day, before.index_date))
    sums = aged.group_by(["person_id", "index_date"]).agg(
        **{
            name: ((aged.kind == kind) & aged.ago.between(first, last)).cast("int64").sum().cast("int64")
            for name, (kind, (first, last)) in wanted.items()
        }
    )
    return _put(candidates, sums, tuple(wanted))


def with_nights(candidates: ir.Table, spell: ir.Table, wanted: Mapping[str, tuple[int, int]]) -> ir.Table:
    """Candidates with nights in a hospital bed in windows before the index date; a stay under way counts so far."""
    stays = spell.select("person_id", "start", ended="end")
    pairs = candidates.select("person_id", "index_date").distinct()
    before = pairs.join(stays, [pairs.person_id == stays.person_id, stays.start < pairs.index_date])
    until = ibis.least(before.ended.fill_null(before.index_date), before.index_date)
    clipped = before.select(pairs.person_id, pairs.index_date, "start", until=until)
    sums = clipped.group_by(["person_id", "index_date"]).agg(
        **{name: _nights(clipped, first, last).sum().cast("int64") for name, (first, last) in wanted.items()}
    )
    return _put(candidates, sums, tuple(wanted))


def _nights(stays: ir.Table, first: int, last: int) -> ir.IntegerValue:
    """Midnights of a stay that lie in a window: the night to the index date is that of day 1."""
    begin = ibis.greatest(stays.start, plus_days(stays.index_date, -last))
    end = ibis.least(stays.until, plus_days(stays.index_date, 1 - first))
    return ibis.greatest(days_between(begin, end), 0)


def with_costs(
    candidates: ir.Table, month_fact: ir.Table, link: ir.Table, wanted: Mapping[str, tuple[int, int]]
) -> ir.Table:
    """Candidates with what they cost in whole calendar months before that of the index date, in pence."""
    costs = month_fact.join(link.select("record_key", "person_id"), "record_key")
    costs = costs.select("person_id", "pence", at=month_number(costs.month))
    pairs = candidates.select("person_id", "index_date").distinct()
    pairs = pairs.mutate(index_at=month_number(pairs.index_date))
    before = pairs.join(costs, [pairs.person_id == costs.person_id, costs["at"] < pairs.index_at])
    aged = before.select(pairs.person_id, pairs.index_date, "pence", ago=before.index_at - before["at"])
    longest = max((last for _, last in wanted.values()), default=0)
    aged = aged.filter(aged.ago <= longest)
    sums = aged.group_by(["person_id", "index_date"]).agg(
        **{
            name: aged.pence.sum(where=aged.ago.between(first, last)).fill_null(0).cast("int64")
            for name, (first, last) in wanted.items()
        }
    )
    return _put(candidates, sums, tuple(wanted))


def _put(candidates: ir.Table, sums: ir.Table, names: tuple[str, ...]) -> ir.Table:
    joined = candidates.left_join(sums, ["person_id", "index_date"]).drop("person_id_right", "index_date_right")
    return joined.mutate({name: joined[name].fill_null(0).cast("int64") for name in names})
