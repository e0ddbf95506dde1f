"""Who lives together: people whose records give one address, while they give it."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

FAR_DAY = "9999-12-31"


def addresses(described: ir.Table) -> ir.Table:
    """Where each record says its person lived, and when.

    A home is a postcode with the numbers and telling words of an address; a record that lacks one of them gives none,
    nor do placeholders such as "no fixed abode".

    Args:
        described: every version of every record (`describe`).

    Returns:
        Grain: record and version. `record_key`, `home` (text: keep it on the restricted side), `valid_from`
        (the day received where the record does not say), `valid_to` (exclusive; null while it holds).
    """
    dated = described.select(
        record_key=described.record_key,
        home=described.postcode + " " + described.house + " " + described.street,
        valid_from=ibis.coalesce(described.valid_from, described.received),
        valid_to=described.valid_to,
    )
    return dated.filter(dated.home.notnull() & dated.valid_from.notnull()).distinct()


def stays(homes: ir.Table, ids: ir.Table, link: ir.Table) -> ir.Table:
    """The canonical table `household`: each person's time at each home, as intervals that do not overlap.

    A version without an end holds until the same record gives its next home.

    Args:
        homes: the result of `addresses`.
        ids: `home` -> `household_id`.
        link: the canonical table `link`.

    Returns:
        `household_id`, `person_id`, `valid_from`, `valid_to` (exclusive, null = still), one row for each unbroken time.
    """
    per_record = ibis.window(group_by=homes.record_key, order_by=[homes.valid_from, homes.home])
    follows = homes.mutate(next_from=homes.valid_from.lead().over(per_record))
    until = ibis.least(
        ibis.coalesce(follows.valid_to, ibis.date(FAR_DAY)), ibis.coalesce(follows.next_from, ibis.date(FAR_DAY))
    )
    ended = follows.mutate(until=until)
    placed = ended.filter(ended.until > ended.valid_from).join(ids, "home").join(link, "record_key")
    spans = placed.select("household_id", "person_id", "valid_from", "until").distinct()
    return _unbroken(spans)


def _unbroken(spans: ir.Table) -> ir.Table:
    """Overlapping and touching times of one person at one home, as one."""
    order = [spans.valid_from, spans.until]
    before = ibis.window(group_by=[spans.household_id, spans.person_id], order_by=order, rows=(None, -1))
    marked = spans.mutate(reached=spans.until.max().over(before))
    starts = (marked.reached.isnull() | (marked.valid_from > marked.reached)).cast("int64")
    marked = marked.mutate(starts=starts)
    running = ibis.window(
        group_by=[marked.household_id, marked.person_id], order_by=[marked.valid_from, marked.until], rows=(None, 0)
    )
    numbered = marked.mutate(part=marked.starts.sum().over(running))
    merged = numbered.group_by("household_id", "person_id", "part").agg(
        valid_from=numbered.valid_from.min(), until=numbered.until.max()
    )
    return merged.select("household_id", "person_id", "valid_from", valid_to=merged.until.nullif(ibis.date(FAR_DAY)))
