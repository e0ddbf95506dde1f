"""Everything that happens to people and can be counted, as one lazy table of dated events."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from functools import reduce
from operator import or_
from typing import Final

import ibis
import ibis.expr.types as ir

Tables = Mapping[str, ir.Table]
Codes = Mapping[str, Collection[str]]

#: Planned admissions by method: from a waiting list, booked, planned.
_ELECTIVE: Final = ("11", "12", "13")
#: Long-term services that are a place in a care home.
CARE_HOME: Final = ("nursing", "residential")


def spells_of(kind: Callable[[ir.Table, Codes], ir.BooleanValue]) -> Callable[[Tables, Codes], ir.Table]:
    """A maker of events from hospital stays, on the day of admission."""

    def make(tables: Tables, codes: Codes) -> ir.Table:
        spell = tables["spell"]
        return spell.filter(kind(spell, codes)).select("person_id", day="start")

    return make


def contacts_of(setting: str, unit: str) -> Callable[[Tables, Codes], ir.Table]:
    """A maker of events from activity of one setting, one for each contact that took place."""

    def make(tables: Tables, codes: Codes) -> ir.Table:
        activity = tables["activity"]
        wanted = (activity.setting == setting) & (activity.unit.fill_null(unit) == unit) & activity.start.notnull()
        rows = activity.filter(wanted).select("record_key", day="start")
        return rows.join(tables["link"].select("record_key", "person_id"), "record_key").select("person_id", "day")

    return make


def _emergency(spell: ir.Table, codes: Codes) -> ir.BooleanValue:
    return spell.is_emergency.fill_null(False)


def _avoidable(spell: ir.Table, codes: Codes) -> ir.BooleanValue:
    return _emergency(spell, codes) & _begins(spell.diagnosis, codes["avoidable"])


def _injury(spell: ir.Table, codes: Codes) -> ir.BooleanValue:
    return _emergency(spell, codes) & spell.diagnosis.fill_null("").substr(0, 1).isin(["S", "T", "V"])


def _elective(spell: ir.Table, codes: Codes) -> ir.BooleanValue:
    return spell.method.isin(_ELECTIVE).fill_null(False)


def _day_case(spell: ir.Table, codes: Codes) -> ir.BooleanValue:
    return _elective(spell, codes) & (spell.start == spell.end).fill_null(False)


def _begins(diagnosis: ir.StringValue, codes: Collection[str]) -> ir.BooleanValue:
    known = diagnosis.fill_null("")
    by_length: dict[int, list[str]] = {}
    for code in sorted(codes):
        by_length.setdefault(len(code), []).append(code)
    tests = [known.substr(0, length).isin(same) for length, same in by_length.items()]
    return reduce(or_, tests, ibis.literal(False))


def _care_home_admissions(tables: Tables, codes: Codes) -> ir.Table:
    """First days of long-term places in a care home; a change of home the same or the next day is no new admission."""
    package = tables["package"]
    homes = package.filter(package.service.isin(CARE_HOME) & package.is_long_term)
    order = ibis.window(group_by=homes.person_id, order_by=[homes.start, homes.event_id])
    gap = homes.start.delta(homes.end.lag().over(order), unit="day")
    marked = homes.mutate(is_first=(ibis.row_number().over(order) == 0) | (gap > 1).fill_null(False))
    return marked.filter(marked.is_first).select("person_id", day="start")


#: What can be counted before the index date as a covariate and after it as an outcome.
HAPPENINGS: Final[Mapping[str, Callable[[Tables, Codes], ir.Table]]] = {
    "emergency_admissions": spells_of(_emergency),
    "avoidable_admissions": spells_of(_avoidable),
    "injury_admissions": spells_of(_injury),
    "elective_admissions": spells_of(_elective),
    "day_cases": spells_of(_day_case),
    "ae_attendances": contacts_of("urgent_care", "attendance"),
    "outpatient_attendances": contacts_of("outpatient", "attendance"),
    "gp_contacts": contacts_of("primary_care", "contact"),
    "community_contacts": contacts_of("community", "contact"),
    "mental_health_contacts": contacts_of("mental_health", "contact"),
    "care_home_admissions": _care_home_admissions,
}


def happenings(tables: Tables, kinds: Collection[str], codes: Codes) -> ir.Table:
    """Dated events of the kinds asked for.

    Args:
        tables: canonical spell, activity, package and link, as far as the kinds need them.
        kinds: names of `HAPPENINGS`.
        codes: `avoidable`: ICD-10 codes of ambulatory care sensitive conditions.

    Returns:
        One row an event and kind: person_id, kind, day.
    """
    made = [HAPPENINGS[kind](tables, codes).mutate(kind=ibis.literal(kind)) for kind in sorted(kinds)]
    return ibis.union(*made) if len(made) > 1 else made[0]
