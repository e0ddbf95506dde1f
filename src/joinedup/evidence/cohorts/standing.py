"""What a person is on the index date: where registered, how old, how ill, in whose care."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import ibis
import ibis.expr.types as ir

from joinedup.evidence.cohorts.happenings import CARE_HOME
from joinedup.evidence.journeys.calendar import days_between, month_number, plus_days

_NEVER_DAYS = 731
_AGE_BANDS = ((17, "0-17"), (64, "18-64"), (79, "65-79"), (200, "80+"))
#: Choice: an address where so many people live at once is no family home; in England it is a care home more often than
#: anything else, and eligibility by age keeps student halls and barracks out.
COMMUNAL = 20
_AREAS = ("practice", "neighbourhood", "council", "place")


def with_residence(candidates: ir.Table, population: ir.Table, history_days: int) -> ir.Table:
    """Candidates with where and who they are on the index date.

    Args:
        candidates: from `index_dates`.
        population: canonical, everybody, objections marked.
        history_days: so long before the index date they must have been in the population too.

    Returns:
        The candidates with age, female, sex, deprivation_fifth, areas, objection, register (the source that says
        where they are), is_present, has_history and months_registered; traits are null for who is not there.
    """
    there = population.select(
        "person_id", "valid_from", "valid_to", "sex", "birth_month", "imd_quintile", "objection", *_AREAS,
        register="source",
    )  # fmt: skip
    on_day = [
        candidates.person_id == there.person_id,
        there.valid_from <= candidates.index_date,
        candidates.index_date < there.valid_to,
    ]
    joined = candidates.left_join(there, on_day)
    found = joined.select(
        *candidates.columns, "sex", "objection", "register", *_AREAS, "birth_month", "imd_quintile", "valid_from"
    )
    found = found.mutate(
        is_present=found.valid_from.notnull(),
        age=((month_number(found.index_date) - month_number(found.birth_month)) // 12).cast("int64"),
        female=ibis.ifelse(found.sex.isnull(), ibis.null("int64"), (found.sex == "F").cast("int64")),
        deprivation_fifth=found.imd_quintile.cast("int64"),
        early=plus_days(found.index_date, -history_days),
    )
    found = found.mutate(
        age_band=ibis.cases(
            (found.age < 18, "0-17"), (found.age < 65, "18-64"), (found.age < 80, "65-79"), (found.age >= 80, "80+")
        )
    ).drop("birth_month", "imd_quintile", "valid_from")
    spans = population.select(past_id="person_id", past_from="valid_from", past_to="valid_to")
    covers = [
        found.person_id == spans.past_id, spans.past_from <= found.early, found.early < spans.past_to
    ]  # fmt: skip
    seen = found.left_join(spans, covers)
    return seen.mutate(has_history=seen.past_from.notnull()).drop("past_id", "past_from", "past_to", "early")


def with_care(candidates: ir.Table, package: ir.Table, household: ir.Table) -> ir.Table:
    """Candidates with the care packages they have on the index date, and whether they live in a care home.

    A place in a care home is a package for one, or an address where twenty people or more live at once: those who pay
    for themselves have no package. A place or package that begins on the index date counts: it is what somebody joins
    with. How long it will last is not looked at.

    Returns:
        The candidates with in_care_home (0 or 1), care_home (the address, else the provider; null elsewhere),
        care_home_days (since the place began, 0 elsewhere) and social_care (0 or 1: another long-term package).
    """
    pairs = candidates.select("person_id", "index_date").distinct()
    rows = package.filter(package.is_long_term).select(
        "person_id", "service", "provider", "event_id", began="start", ended="end"
    )
    on_day = [
        pairs.person_id == rows.person_id, rows.began <= pairs.index_date,
        rows.ended.isnull() | (pairs.index_date <= rows.ended),
    ]  # fmt: skip
    held = pairs.join(rows, on_day).select(
        pairs.person_id, pairs.index_date, "provider", "began", "event_id", is_home=rows.service.isin(CARE_HOME)
    )
    placed = held.filter(held.is_home).select(
        "person_id", "index_date", "began", home=held.provider, rank=ibis.literal(1, "int64")
    )
    places = ibis.union(placed, _communal(pairs, household))
    first = ibis.row_number().over(
        ibis.window(group_by=["person_id", "index_date"], order_by=[places["rank"], places.began, places.home])
    )
    homes = places.mutate(turn=first).filter(lambda t: t.turn == 0)
    homes = homes.select("person_id", "index_date", care_home="home", home_from="began")
    other = held.filter(~held.is_home).select("person_id", "index_date").distinct().mutate(social_care=1)
    joined = candidates.left_join(homes, ["person_id", "index_date"]).drop("person_id_right", "index_date_right")
    joined = joined.left_join(other, ["person_id", "index_date"]).drop("person_id_right", "index_date_right")
    days = days_between(joined.home_from, joined.index_date)
    return joined.mutate(
        in_care_home=joined.home_from.notnull().cast("int64"),
        care_home_days=days.fill_null(0).cast("int64"),
        social_care=joined.social_care.fill_null(0).cast("int64"),
    ).drop("home_from")


def large_addresses(household: ir.Table) -> ir.Table:
    """People at addresses where so many ever lived that they could be communal; the rest need no closer look."""
    sizes = household.group_by("household_id").agg(people=household.person_id.nunique())
    return household.semi_join(sizes.filter(sizes.people >= COMMUNAL), "household_id")


def _communal(pairs: ir.Table, household: ir.Table) -> ir.Table:
    """Where candidates live with twenty people or more: the address, and since when."""
    large = large_addresses(household)
    members = large.select("household_id", "person_id", "valid_from", "valid_to")
    here = [
        pairs.person_id == members.person_id, members.valid_from <= pairs.index_date,
        members.valid_to.isnull() | (pairs.index_date < members.valid_to),
    ]  # fmt: skip
    living = pairs.join(members, here).select(
        pairs.person_id, pairs.index_date, "household_id", began=members.valid_from
    )
    days = living.select("household_id", "index_date").distinct()
    others = large.select(address="household_id", other_id="person_id", moved_in="valid_from", moved_out="valid_to")
    together = [
        days.household_id == others.address, others.moved_in <= days.index_date,
        others.moved_out.isnull() | (days.index_date < others.moved_out),
    ]  # fmt: skip
    counted = days.join(others, together)
    sizes = counted.group_by(["household_id", "index_date"]).agg(people=counted.other_id.nunique())
    sizes = sizes.filter(sizes.people >= COMMUNAL).select("household_id", "index_date")
    found = living.semi_join(sizes, ["household_id", "index_date"])
    return found.select(
        "person_id", "index_date", "began", home=found.household_id.cast("string"), rank=ibis.literal(0, "int64")
    )


def with_registration(candidates: ir.Table, population: ir.Table, start: date) -> ir.Table:
    """Candidates with months_registered: since they came into the population, from the place's first day on."""
    came = population.group_by("person_id").agg(came=population.valid_from.min())
    joined = candidates.left_join(came, "person_id").drop("person_id_right")
    began = ibis.greatest(joined.came, ibis.literal(start))
    return joined.mutate(months_registered=(month_number(joined.index_date) - month_number(began)).cast("int64")).drop(
        "came"
    )


def with_conditions(candidates: ir.Table, condition: ir.Table, link: ir.Table, wanted: Sequence[str]) -> ir.Table:
    """Candidates with the number of long-term conditions diagnosed before the index date, and single ones.

    Args:
        wanted: codes of single conditions; each becomes a column condition_<code> (0 or 1).
    """
    known = condition.join(link.select("record_key", "person_id"), "record_key")
    known = known.group_by(["person_id", "condition"]).agg(since=known.since.min())
    pairs = candidates.select("person_id", "index_date").distinct()
    before = pairs.join(known, [pairs.person_id == known.person_id, known.since < pairs.index_date])
    rows = before.select(pairs.person_id, pairs.index_date, "condition")
    single = {f"condition_{code}": (rows.condition == code).cast("int64").max() for code in wanted}
    sums = rows.group_by(["person_id", "index_date"]).agg(conditions=rows.condition.nunique().cast("int64"), **single)
    joined = candidates.left_join(sums, ["person_id", "index_date"]).drop("person_id_right", "index_date_right")
    return joined.mutate({name: joined[name].fill_null(0) for name in ("conditions", *single)})


def with_last_emergency(candidates: ir.Table, spell: ir.Table) -> ir.Table:
    """Candidates with days_since_emergency: days from the last emergency admission, 731 where none in two years."""
    stays = spell.filter(spell.is_emergency.fill_null(False)).select("person_id", day="start")
    pairs = candidates.select("person_id", "index_date").distinct()
    before = pairs.join(stays, [pairs.person_id == stays.person_id, stays.day < pairs.index_date])
    last = before.group_by([pairs.person_id, pairs.index_date]).agg(last=before.day.max())
    joined = candidates.left_join(last, ["person_id", "index_date"]).drop("person_id_right", "index_date_right")
    days = days_between(joined["last"], joined.index_date).fill_null(_NEVER_DAYS)
    return joined.mutate(days_since_emergency=ibis.least(days, _NEVER_DAYS).cast("int64")).drop("last")
