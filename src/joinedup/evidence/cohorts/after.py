"""What followed the index date, up to death, leaving or the end of the data: read only for an accepted design."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date

import ibis
import ibis.expr.types as ir

from joinedup.evidence.journeys.calendar import days_between, month_number, plus_days

#: Days of a quarter since the index date: periods of equal length, from the day of joining on.
QUARTER_DAYS = 91


def with_follow_up(
    candidates: ir.Table, population: ir.Table, data_end: date, *, lead_in_days: int, follow_up_days: int
) -> ir.Table:
    """Candidates with the first day of follow-up and the day after its last.

    Args:
        candidates: candidate, person_id, index_date, treated.
        population: canonical; who has left it or died is no longer followed.
        data_end: first day after the data.
        lead_in_days: days from the index date left out.
        follow_up_days: counted from the index date, lead-in included.

    Returns:
        The candidates with seen_from, seen_to (never before seen_from), follow_up (years) and death_date (null
        where later than follow-up was to last).
    """
    spans = population.select("person_id", "valid_from", "valid_to", "death_date")
    pairs = candidates.select("person_id", "index_date").distinct()
    held = pairs.join(spans, [pairs.person_id == spans.person_id, pairs.index_date < spans.valid_to])
    ends = held.group_by([pairs.person_id, pairs.index_date]).agg(
        left=held.valid_to.max(), death_date=held.death_date.min()
    )
    joined = candidates.left_join(ends, ["person_id", "index_date"]).drop("person_id_right", "index_date_right")
    begin = plus_days(joined.index_date, lead_in_days)
    planned = ibis.least(plus_days(joined.index_date, follow_up_days), ibis.literal(data_end))
    last = ibis.least(planned, joined.left.fill_null(joined.index_date))
    made = joined.mutate(
        seen_from=begin, seen_to=ibis.greatest(last, begin),
        death_date=ibis.ifelse(joined.death_date < planned, joined.death_date, ibis.null("date")),
    ).drop("left")  # fmt: skip
    return made.mutate(follow_up=days_between(made.seen_from, made.seen_to).cast("float64") / 365.25)


def events_after(followed: ir.Table, events: ir.Table, kinds: Collection[str]) -> ir.Table:
    """How many events of each kind lay in follow-up, by quarter since the index date.

    Args:
        followed: from `with_follow_up`.
        events: from `happenings`.

    Returns:
        One row a candidate and quarter with any event: candidate, quarter (0 the first) and a column a kind.
    """
    window = followed.select("candidate", "person_id", "index_date", "seen_from", "seen_to")
    inside = [
        window.person_id == events.person_id, events.day >= window.seen_from, events.day < window.seen_to,
    ]  # fmt: skip
    found = window.join(events, inside)
    rows = found.select(
        "candidate", "kind", quarter=(days_between(found.index_date, found.day) // QUARTER_DAYS).cast("int64")
    )
    sums = {kind: (rows.kind == kind).cast("int64").sum().cast("int64") for kind in sorted(kinds)}
    return rows.group_by(["candidate", "quarter"]).agg(**sums)


def nights_after(followed: ir.Table, spell: ir.Table) -> ir.Table:
    """Nights in a hospital bed during follow-up: candidate, bed_days; stays that began before count from its start."""
    window = followed.select("candidate", "person_id", "seen_from", "seen_to")
    stays = spell.select("person_id", "start", ended="end")
    touching = [
        window.person_id == stays.person_id, stays.start < window.seen_to,
        stays.ended.isnull() | (stays.ended > window.seen_from),
    ]  # fmt: skip
    found = window.join(stays, touching)
    begin = ibis.greatest(found.start, found.seen_from)
    end = ibis.least(found.ended.fill_null(found.seen_to), found.seen_to)
    rows = found.select("candidate", nights=ibis.greatest(days_between(begin, end), 0))
    return rows.group_by("candidate").agg(bed_days=rows.nights.sum().cast("int64"))


def deaths_after(followed: ir.Table, spell: ir.Table) -> ir.Table:
    """Who died in follow-up, and whether in hospital: candidate, died, died_in_hospital, died_outside_hospital."""
    # A register may end on the day of death or the day after.
    died = (followed.death_date >= followed.seen_from) & (followed.death_date <= followed.seen_to)
    dead = followed.filter(died.fill_null(False)).select("candidate", "person_id", "death_date")
    stays = spell.filter(spell.died.fill_null(False)).select("person_id", ended="end")
    there = dead.left_join(stays, [dead.person_id == stays.person_id, dead.death_date == stays.ended])
    marked = there.group_by("candidate").agg(died_in_hospital=there.ended.notnull().cast("int64").max())
    return marked.mutate(died=ibis.literal(1, "int64"), died_outside_hospital=(1 - marked.died_in_hospital))


def costs_after(
    followed: ir.Table, month_fact: ir.Table, link: ir.Table, payers: Mapping[str, Collection[str] | None]
) -> ir.Table:
    """What care cost in whole calendar months of follow-up: those after the month in which it begins.

    The release holds costs by month, so the month of the index date, part before and part after, is left out for
    everybody. Follow-up that is cut short by leaving or by the end of the data cuts the months too.

    Args:
        payers: column -> payers whose costs it sums; None for all.

    Returns:
        One row a candidate with any cost: candidate and a column of pence each.
    """
    costs = month_fact.join(link.select("record_key", "person_id"), "record_key")
    costs = costs.select("person_id", "payer", "pence", at=month_number(costs.month))
    window = followed.select(
        "candidate", "person_id", first=month_number(followed.seen_from), last=month_number(followed.seen_to)
    )
    inside = [
        window.person_id == costs.person_id, costs["at"] > window["first"], costs["at"] <= window["last"]
    ]  # fmt: skip
    found = window.join(costs, inside)
    rows = found.select("candidate", "payer", "pence")
    sums = {
        name: (rows.pence.sum() if whose is None else rows.pence.sum(where=rows.payer.isin(sorted(whose))))
        .fill_null(0)
        .cast("int64")
        for name, whose in payers.items()
    }
    return rows.group_by("candidate").agg(**sums)


def experience_after(followed: ir.Table, survey_answer: ir.Table, link: ir.Table) -> ir.Table:
    """The mean score of the survey answers that can be linked to a candidate, in follow-up: candidate, experience."""
    known = survey_answer.filter(survey_answer.respondent_key.notnull() & survey_answer.score.notnull())
    scored = known.join(link.select("record_key", "person_id"), known.respondent_key == link.record_key)
    scored = scored.select("person_id", "period_end", score=scored.score.cast("float64"))
    window = followed.select("candidate", "person_id", "seen_from", "seen_to")
    inside = [
        window.person_id == scored.person_id, scored.period_end > window.seen_from,
        scored.period_end <= window.seen_to,
    ]  # fmt: skip
    rows = window.join(scored, inside).select("candidate", "score")
    return rows.group_by("candidate").agg(experience=rows.score.mean())
