"""Reablement after a hospital stay, and where each person was on the 91st day."""

from __future__ import annotations

from datetime import date

import ibis
import ibis.expr.types as ir

from joinedup.evidence import tables
from joinedup.evidence.journeys.calendar import FAR, plus_days
from joinedup.rules.care.reablement import ReablementRule, Whereabouts


def reablement(
    activity: ir.Table,
    link: ir.Table,
    journeys: dict[str, ir.Table],
    rule: ReablementRule,
    known_until: date,
) -> ir.Table:
    """Follow everyone who went from hospital into reablement to the 91st day after discharge.

    A service follows a discharge when it begins within the allowed days of it; of several discharges the latest
    counts, and of several services after one discharge the first. Two discharges count twice. On the follow-up day
    death comes first, then a hospital bed that night, then a long-term care home place; a person whom no register
    holds, or a day the records do not reach, is unknown and stays in the denominator.

    Args:
        activity: canonical activity; rows whose service is reablement.
        link: which person a record belongs to.
        journeys: "population", "spell" and "package" as canonical tables.
        rule: services and days.
        known_until: first day the records do not cover.

    Returns:
        REABLEMENT, one row a discharge into reablement.

    Source: ASCOF 2B, later 2D (D8); joinedup specification 3.2. One case: rules.care.reablement.
    """
    cases = _cases(_starts(activity, link, rule), journeys["spell"], rule)
    cases = cases.mutate(follow_up=plus_days(cases.discharge, rule.follow_up_days))
    found = _evidence(cases, journeys, rule)
    outcome = ibis.cases(
        (found.died, Whereabouts.DIED.value),
        (found.follow_up >= ibis.literal(known_until), Whereabouts.UNKNOWN.value),
        (found.in_hospital, Whereabouts.HOSPITAL.value),
        (found.in_care_home, Whereabouts.CARE_HOME.value),
        (found.registered, Whereabouts.HOME.value),
        else_=Whereabouts.UNKNOWN.value,
    )
    found = found.mutate(outcome=outcome)
    return tables.conform(found.mutate(is_at_home=found.outcome == Whereabouts.HOME.value), tables.REABLEMENT)


def _starts(activity: ir.Table, link: ir.Table, rule: ReablementRule) -> ir.Table:
    rows = activity.filter(activity.service.isin(list(rule.services)) & activity.start.notnull())
    rows = rows.filter(~rows.unit.isin(["referral", "request", "assessment", "review"]).fill_null(False))
    linked = rows.join(link.select("record_key", "person_id"), "record_key")
    return linked.select("event_id", "person_id", "start", "end", "provider", "organisation")


def _cases(starts: ir.Table, spell: ir.Table, rule: ReablementRule) -> ir.Table:
    """One row a discharge: the first service that began near enough to it."""
    left = spell.filter(spell.end.notnull() & ~spell.died).select("person_id", "spell_id", discharge="end")
    near = starts.join(
        left,
        [
            starts.person_id == left.person_id,
            left.discharge <= plus_days(starts.start, rule.start_before_days),
            left.discharge >= plus_days(starts.start, -rule.start_within_days),
        ],
    ).select("event_id", "person_id", "start", "end", "provider", "organisation", "spell_id", "discharge")
    latest = ibis.window(group_by="event_id", order_by=[near.discharge.desc(), near.spell_id.desc()])
    near = near.mutate(rank=ibis.row_number().over(latest)).filter(lambda t: t["rank"] == 0).drop("rank")
    first = ibis.window(group_by=["person_id", "spell_id"], order_by=["start", "event_id"])
    return near.mutate(rank=ibis.row_number().over(first)).filter(lambda t: t["rank"] == 0).drop("rank")


def _evidence(cases: ir.Table, journeys: dict[str, ir.Table], rule: ReablementRule) -> ir.Table:
    """Each case with what the records show of the follow-up day."""
    population, spell, package = journeys["population"], journeys["spell"], journeys["package"]
    day, person = cases.follow_up, cases.person_id
    stays = [person == spell.person_id, spell.start <= day, day < spell.end.fill_null(ibis.literal(FAR))]
    homes = package.filter(package.service.isin(list(rule.care_homes)))
    placed = [person == homes.person_id, homes.start <= day, day <= homes.end.fill_null(ibis.literal(FAR))]
    held = [person == population.person_id, population.valid_from <= day, day < population.valid_to]
    dead = [person == population.person_id, population.death_date <= day]
    marks = {
        "in_hospital": cases.semi_join(spell, stays),
        "in_care_home": cases.semi_join(homes, placed),
        "registered": cases.semi_join(population, held),
        "died": cases.semi_join(population, dead),
    }
    for name, marked in marks.items():
        flag = marked.select(marked_event="event_id", marked_person="person_id").distinct()
        cases = cases.left_join(flag, [cases.event_id == flag.marked_event]).drop("marked_event")
        cases = cases.mutate(**{name: cases.marked_person.notnull()}).drop("marked_person")
    return cases
