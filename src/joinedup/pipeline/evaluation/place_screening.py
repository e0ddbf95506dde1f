"""Who of a place's people could be compared: screened in a fixed order, with a count of everybody left out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from operator import and_, or_
from typing import Any, Final

import ibis
import ibis.expr.types as ir
import pyarrow.compute as pc

from joinedup.evidence.cohorts import before, risk_set
from joinedup.evidence.cohorts.happenings import CARE_HOME, HAPPENINGS, happenings
from joinedup.evidence.cohorts.names import (
    CONDITION,
    COST,
    COST_WINDOWS,
    STAY_WINDOWS,
    STAYS,
    WINDOWS,
    covariate,
)
from joinedup.evidence.cohorts.standing import (
    large_addresses,
    with_care,
    with_conditions,
    with_last_emergency,
    with_registration,
    with_residence,
)
from joinedup.pipeline.evaluation.place_facts import PlaceFacts
from joinedup.rules.foundation.errors import NotEvaluable, UsageError
from joinedup.rules.programme.protocol_place import Comparison, Index, PlacePeople, Value

#: Choice: an area takes part when its share of eligible people who joined is at least this part of the share among
#: areas where anybody did; a few joiners who moved do not make an area one that takes part.
TAKES_PART: Final = 0.25

#: Choice: an area has begun when this part of those who ever join there have; one early joiner who moved there since is
#: no beginning.
BEGUN: Final = 0.1

#: Reasons for which candidates are left out, in the order in which they are looked at.
REASONS: Final = (
    "not_in_population", "objection", "history_too_short", "other_scheme", "not_eligible", "outside_areas",
)  # fmt: skip
_EVENT_WINDOWS: Final = {f"{kind}_{window}": (kind, WINDOWS[window]) for kind in HAPPENINGS for window in WINDOWS}
_AREAS: Final = ("practice", "neighbourhood", "council", "place", "care_home")


def base_of(condition: str) -> tuple[str, str]:
    """The figure that a condition of eligibility is about, and how it is compared.

    >>> base_of("age_min"), base_of("in_care_home")
    (('age', 'min'), ('in_care_home', 'is'))
    """
    for how in ("min", "max"):
        if condition.endswith(f"_{how}"):
            return condition.removesuffix(f"_{how}"), how
    return condition, "is"


def eligible_figures(asked: PlacePeople) -> tuple[str, ...]:
    """Every figure that eligibility is about.

    Raises:
        UsageError: a condition names no figure that a place can give.
    """
    named = [key for group in (asked.eligible, *asked.eligible_any) for key in group]
    made = tuple(dict.fromkeys(base_of(key)[0] for key in named))
    if unknown := [name for name in made if covariate(name) is None]:
        raise UsageError(
            f"population.eligible names {', '.join(unknown)}; write a covariate, with _min or _max for a bound"
        )
    return made


def described(candidates: ir.Table, facts: PlaceFacts, names: Iterable[str]) -> ir.Table:
    """Candidates with the figures asked for that they do not have yet; nothing of the index date or later is read."""
    wanted = [name for name in dict.fromkeys(names) if name not in candidates.columns]
    tables, made = facts.tables, candidates
    events = {name: _EVENT_WINDOWS[name] for name in wanted if name in _EVENT_WINDOWS}
    if events:
        made = before.with_events(made, _happened(candidates, facts, events), events)
    if nights := {f"{STAYS}_{w}": WINDOWS[w] for w in STAY_WINDOWS if f"{STAYS}_{w}" in wanted}:
        made = before.with_nights(made, tables["spell"], nights)
    if costs := {f"{COST}_{w}": months for w, months in COST_WINDOWS.items() if f"{COST}_{w}" in wanted}:
        facts.require_costs()
        made = before.with_costs(made, tables["month_fact"], tables["link"], costs)
    single = [name.removeprefix(CONDITION) for name in wanted if name.startswith(CONDITION)]
    if single or "conditions" in wanted:
        made = with_conditions(made, tables["condition"], tables["link"], single)
    if "days_since_emergency" in wanted:
        made = with_last_emergency(made, tables["spell"])
    if "months_registered" in wanted:
        made = with_registration(made, tables["population"], facts.release.place.span.start)
    return made


def _happened(candidates: ir.Table, facts: PlaceFacts, wanted: Mapping[str, before.Window]) -> ir.Table:
    """Events of the candidates alone, kept: otherwise each window would read everybody's history again."""
    kinds = {kind for kind, _ in wanted.values()}
    events = happenings(facts.tables, kinds, {"avoidable": facts.avoidable})
    return facts.engine.cache(events.semi_join(candidates.select("person_id").distinct(), "person_id"))


@dataclass(frozen=True, slots=True)
class Screened:
    """Candidates of a comparison, and what became of everybody else.

    Attributes:
        eligible: candidates left, with candidate, person_id, index_date, index_month, treated and their figures.
        flow: counts for the flow chart, in order.
        units: areas that take part, and those whose people are controls; empty where areas play no part.
        pence: what the enrolments of the eligible people of the scheme cost together; None where not known.
        likeness: the comparison areas chosen, most alike first, with their distance.
    """

    eligible: ir.Table
    flow: Mapping[str, int]
    units: Mapping[str, Sequence[str]]
    pence: int | None
    likeness: tuple[Mapping[str, Any], ...] = ()


def joined_people(asked: PlacePeople, facts: PlaceFacts) -> ir.Table:
    """Rows of enrolment in the scheme, within the period of the place.

    Raises:
        UsageError: the release holds no such enrolment.
    """
    tables, enrolments = facts.tables, asked.enrolments
    rows = risk_set.enrolled(
        tables["activity"], tables["link"], enrolments.method, setting=enrolments.setting, service=enrolments.service
    )
    rows = facts.engine.cache(rows)
    if not int(facts.engine.fetch(rows.agg(n=rows.count()))["n"][0].as_py()):
        raise UsageError(
            f"release {facts.release.release} holds no enrolment with method {enrolments.method!r}; "
            "name the scheme as its enrolments do"
        )
    span = facts.release.place.span
    return rows.filter((rows.start >= ibis.literal(span.start)) & (rows.start < ibis.literal(span.end)))


def screen(asked: PlacePeople, facts: PlaceFacts, names: Iterable[str] = ()) -> Screened:
    """Screen everybody who joined, and everybody who was there when somebody did.

    Args:
        names: figures that the eligible are to have besides those of eligibility.
    """
    engine, rows = facts.engine, joined_people(asked, facts)
    joined = engine.cache(risk_set.joiners(rows))
    if not int(engine.fetch(joined.agg(n=joined.count()))["n"][0].as_py()):
        raise NotEvaluable("no enrolment is linked to a person; see the linkage report of the release")
    same = repr(replace(asked, comparison=Comparison.REST, pool=(), alike_areas=None))  # other pools screen alike
    marked = facts.once(("marked", same), lambda: _marked(_described_at_joining(asked, facts, joined), asked, facts))
    takes_part, councils = _taking_part(asked, facts, marked)
    free, wanted = marked.filter(marked.reason.isnull()), tuple(name for name in names if name not in marked.columns)
    known = facts.once(("described", same, wanted), lambda: described(free, facts, wanted))
    kept, likeness = _compared(asked, facts, known, takes_part, councils)
    eligible = engine.cache(risk_set.numbered(kept.mutate(index_month=kept.period)))
    flow = {**_enrolment_flow(rows, facts), **_reasons(marked, eligible, facts)}
    return Screened(eligible, flow, {"taking_part": takes_part}, _pence(eligible, joined, facts), likeness)


def _described_at_joining(asked: PlacePeople, facts: PlaceFacts, joined: ir.Table) -> ir.Table:
    """Candidates with what eligibility asks for; controls who were not there are dropped at once."""
    engine, tables = facts.engine, facts.tables
    people = _possible(asked, facts, joined)
    candidates = risk_set.index_dates(joined, people, one_date=asked.index is Index.ONE_DATE)
    placed = with_residence(candidates, tables["population"], asked.history_days)
    there = engine.cache(placed.filter((placed.treated == 1) | placed.is_present))
    figures = eligible_figures(asked)
    early = [name for name in figures if name in _EVENT_WINDOWS]
    counted = described(there, facts, early)
    sure = {key: value for key, value in asked.eligible.items() if base_of(key)[0] in {*early, *there.columns}}
    counted = engine.cache(counted.filter((counted.treated == 1) | _all(counted, sure)))
    return described(with_care(counted, tables["package"], tables["household"]), facts, figures)


def _possible(asked: PlacePeople, facts: PlaceFacts, joined: ir.Table) -> ir.Table:
    """People who can be eligible at all: a condition on past events or on a care home rules most people out at once."""
    people = facts.tables["population"].select("person_id").distinct()
    last = facts.engine.fetch(joined.agg(last=joined.start.max()))["last"][0].as_py()
    for key, value in asked.eligible.items():
        name, how = base_of(key)
        if name in _EVENT_WINDOWS and how == "min" and isinstance(value, int | float) and value >= 1:
            events = happenings(facts.tables, [_EVENT_WINDOWS[name][0]], {"avoidable": facts.avoidable})
            seen = events.filter(events.day < ibis.literal(last)).select("person_id").distinct()
            people = people.semi_join(seen, "person_id")
        if name == "in_care_home" and how == "is" and value:
            package = facts.tables["package"]
            homes = package.filter(package.service.isin(CARE_HOME) & (package.start <= ibis.literal(last)))
            large = large_addresses(facts.tables["household"])
            both = ibis.union(homes.select("person_id"), large.select("person_id"), distinct=True)
            people = people.semi_join(both, "person_id")
    return people


def _marked(candidates: ir.Table, asked: PlacePeople, facts: PlaceFacts) -> ir.Table:
    """Candidates with the first reason for which each is left out; null for none."""
    others = _other_schemes(asked, facts)
    rows = candidates
    if others is not None:
        rows = rows.left_join(others, "person_id").drop("person_id_right")
        in_other = (rows.other_start <= rows.index_date).fill_null(False)
    else:
        in_other = ibis.literal(False)
    free = [source for source, reach in facts.reaches.items() if not reach.takes_out]
    objects = rows.objection.isin(facts.respected.takes_out) | (
        rows.objection.notnull() & ~rows.register.isin(free).fill_null(False)
    )
    tests = (
        (~rows.is_present, REASONS[0]),
        (objects.fill_null(False), REASONS[1]),
        (~rows.has_history, REASONS[2]),
        (in_other, REASONS[3]),
        (~_is_eligible(rows, asked), REASONS[4]),
        (~_within(rows, asked.areas) & (rows.treated == 1), REASONS[5]),
    )
    return rows.mutate(reason=ibis.cases(*tests))


def _other_schemes(asked: PlacePeople, facts: PlaceFacts) -> ir.Table | None:
    if not asked.exclude_schemes:
        return None
    activity, link = facts.tables["activity"], facts.tables["link"]
    rows = [risk_set.joiners(risk_set.enrolled(activity, link, method)) for method in asked.exclude_schemes]
    both = ibis.union(*rows) if len(rows) > 1 else rows[0]
    return both.group_by("person_id").agg(other_start=both.start.min())


def _is_eligible(rows: ir.Table, asked: PlacePeople) -> ir.BooleanValue:
    met = _all(rows, asked.eligible)
    if asked.eligible_any:
        met &= reduce(or_, (_all(rows, group) for group in asked.eligible_any))
    return met.fill_null(False)


def _all(rows: ir.Table, conditions: Mapping[str, Value]) -> ir.BooleanValue:
    tests = []
    for key, value in conditions.items():
        name, how = base_of(key)
        column = rows[name]
        given = int(value) if isinstance(value, bool) else value
        tests.append(column >= given if how == "min" else column <= given if how == "max" else column == given)
    return reduce(and_, tests, ibis.literal(True)).fill_null(False)


def _within(rows: ir.Table, areas: Sequence[str]) -> ir.BooleanValue:
    """Whether a candidate belongs to one of some areas; everybody does where none is named."""
    if not areas:
        return ibis.literal(True)
    return reduce(or_, (rows[kind].isin(list(areas)).fill_null(False) for kind in _AREAS))


def _taking_part(asked: PlacePeople, facts: PlaceFacts, marked: ir.Table) -> tuple[list[str], list[str]]:
    """Areas of the protocol's type where the scheme works, and councils where it does."""
    found = []
    for unit in (asked.area_type, "council"):
        rows = marked.filter(marked.reason.isnull() & marked[unit].notnull())
        people = rows.group_by([rows[unit].name("unit"), "person_id"]).agg(treated=rows.treated.max())
        counts = people.group_by("unit").agg(joined=people.treated.sum(), people=people.count())
        found.append(_those(facts.engine.fetch(counts).to_pylist()))
    return found[0], found[1]


def _those(counts: list[dict[str, Any]]) -> list[str]:
    some = [row for row in counts if row["joined"]]
    if not some:
        return []
    usual = sum(row["joined"] for row in some) / sum(row["people"] for row in some)
    return sorted(row["unit"] for row in some if row["joined"] / row["people"] >= TAKES_PART * usual)


def _compared(
    asked: PlacePeople, facts: PlaceFacts, rows: ir.Table, takes_part: list[str], councils: list[str]
) -> tuple[ir.Table, tuple[Mapping[str, Any], ...]]:
    """People of the scheme, and controls from the areas that the protocol compares with."""
    unit = rows[asked.area_type]
    elsewhere = unit.notnull() & ~unit.isin(takes_part)
    if asked.comparison is Comparison.ANYBODY:
        rows = _with_waiting(asked, rows, takes_part)
        unit, pool = rows[asked.area_type], ~rows.waits
    elif asked.comparison is Comparison.NAMED:
        pool = _within(rows, asked.pool)
    elif asked.comparison is Comparison.LOCAL:
        pool = elsewhere & rows.council.isin(councils)
    else:
        pool = elsewhere
    likeness: tuple[Mapping[str, Any], ...] = ()
    if asked.alike_areas is not None:
        from joinedup.pipeline.evaluation.place_likeness import alike_areas

        likeness = alike_areas(asked, facts, rows.filter(pool & (rows.treated == 0)), takes_part)
        pool &= unit.isin([row["area"] for row in likeness])
    return rows.filter((rows.treated == 1) | pool.fill_null(False)), likeness


def _with_waiting(asked: PlacePeople, rows: ir.Table, takes_part: list[str]) -> ir.Table:
    """Candidates of areas where the scheme had not begun by the index date but does later: soon they may be in it.

    Which areas the scheme reaches is a decision about areas; nobody is left out for what happens to them.
    """
    own = rows.filter(rows.treated == 1)
    own = own.select("index_date", "person_id", unit=own[asked.area_type]).filter(lambda t: t.unit.isin(takes_part))
    order = ibis.window(group_by="unit", order_by=["index_date", "person_id"])
    ranked = own.mutate(rank=ibis.row_number().over(order) + 1, size=ibis._.count().over(ibis.window(group_by="unit")))
    begun = ranked.filter(ranked["rank"] >= ranked["size"] * BEGUN)
    first = begun.group_by("unit").agg(begins=begun.index_date.min())
    joined = rows.left_join(first, rows[asked.area_type] == first.unit)
    return joined.mutate(waits=(joined.begins > joined.index_date).fill_null(False)).drop("unit", "begins")


def _enrolment_flow(rows: ir.Table, facts: PlaceFacts) -> dict[str, int]:
    """What linkage lost of the enrolments."""
    known = rows.person_id.notnull()
    sums = facts.engine.fetch(
        rows.agg(enrolments=rows.count(), linked=known.cast("int64").sum(), people=rows.person_id.nunique())
    ).to_pylist()[0]
    return {
        "enrolments": int(sums["enrolments"]),
        "enrolments_lost_in_linkage": int(sums["enrolments"] - sums["linked"]),
        "people_enrolled": int(sums["people"]),
    }


def _reasons(marked: ir.Table, eligible: ir.Table, facts: PlaceFacts) -> dict[str, int]:
    """Of the people of the scheme how many each reason left out; of possible controls how many are left."""
    own = marked.filter((marked.treated == 1) & marked.reason.notnull())
    counts = facts.engine.fetch(own.group_by("reason").agg(n=own.count())).to_pylist()
    by_reason = {row["reason"]: int(row["n"]) for row in counts}
    made = {f"left_out_{reason}": by_reason.get(reason, 0) for reason in REASONS}
    left = facts.engine.fetch(
        eligible.group_by("treated").agg(n=eligible.person_id.nunique(), dates=eligible.count())
    ).to_pylist()
    by_group = {int(row["treated"]): row for row in left}
    made["eligible_treated"] = int(by_group.get(1, {"n": 0})["n"])
    made["eligible_controls"] = int(by_group.get(0, {"n": 0})["n"])
    return made


def _pence(eligible: ir.Table, joined: ir.Table, facts: PlaceFacts) -> int | None:
    """What the enrolments of the eligible cost; None where the enrolments give no cost."""
    own = eligible.filter(eligible.treated == 1).select("person_id").join(joined, "person_id")
    total = facts.engine.fetch(own.agg(pence=own.pence.sum()))["pence"]
    value = pc.sum(total).as_py()
    return None if not value else int(value)
