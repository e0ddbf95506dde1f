"""Continuous inpatient spells and readmissions, for every person at once."""

from __future__ import annotations

from typing import Final

import ibis
import ibis.expr.types as ir

from joinedup.evidence import tables
from joinedup.evidence.journeys.calendar import FAR, days_between, plus_days
from joinedup.evidence.whole import total
from joinedup.rules.care.spell import SpellRule

#: Parts packed into one text so that one minimum or maximum carries them all; it occurs in no code.
_UNIT: Final = "\x1f"
_RECORD: Final = "\x1e"
_FIRST: Final = ("event_id", "provider", "method", "admission_source", "specialty", "diagnosis")
_LAST: Final = ("end", "provider", "discharge_destination")


def spells(activity: ir.Table, link: ir.Table, rule: SpellRule) -> ir.Table:
    """Join every person's hospital episodes into continuous spells, across consultants and hospitals.

    Episodes with the provider's own spell number are one stay with that hospital; without one, an episode belongs to
    the stay that was open on the day it began. A stay continues the one before it when it begins within the allowed
    days of leaving and a code on either side says transfer. Whether a spell is an emergency, its specialty and main
    diagnosis come from the first episode; where the person went, from the last.

    Args:
        activity: canonical activity; only setting ``inpatient`` is read.
        link: which person a record belongs to.
        rule: codes and longest gap.

    Returns:
        SPELL, one row a spell; `end` and length of stay are null while the last episode lasts.

    Source: NHS Digital provider spells methodology; Health Foundation pipeline (M3). One case: rules.care.spell.
    """
    return _spell_rows(_runs(_stays(_episodes(activity, link)), rule), rule)


def _text(column: ir.Value) -> ir.StringValue:
    return column.cast("string").fill_null("")


def _pack(parts: list[ir.Value]) -> ir.StringValue:
    packed = _text(parts[0])
    for part in parts[1:]:
        packed = packed + _UNIT + _text(part)
    return packed


def _unpack(packed: ir.StringValue, position: int) -> ir.StringValue:
    return packed.split(_UNIT)[position].nullif("")


def _episodes(activity: ir.Table, link: ir.Table) -> ir.Table:
    inpatient = activity.filter((activity.setting == "inpatient") & activity.start.notnull())
    rows = inpatient.join(link.select("record_key", "person_id"), "record_key")
    order = rows.episode_order.fill_null(0).cast("string").lpad(6, "0")
    ends = rows.end.fill_null(ibis.literal(FAR)).cast("string")
    position = rows.start.cast("string") + ends + order + rows.event_id
    rows = rows.mutate(position=position)
    return rows.select(
        "person_id",
        "position",
        "start",
        "end",
        stay_provider=rows.provider.fill_null(""),
        stay_ref=rows.spell_ref.fill_null(""),
        first=_pack([rows.position, *(rows[name] for name in _FIRST)]),
        last=_pack([rows.position, *(rows[name] for name in _LAST)]),
        diagnoses=_pack([rows.position, rows.diagnoses.fill_null(rows.diagnosis)]),
        procedures=_pack([rows.position, rows.procedures]),
    )


def _stays(episodes: ir.Table) -> ir.Table:
    """One row a person, hospital and stay."""
    numbered = episodes.filter(episodes.stay_ref != "").mutate(island=ibis.literal(0, "int64"))
    rows = numbered.union(_islands(episodes.filter(episodes.stay_ref == "")))
    return rows.group_by("person_id", "stay_provider", "stay_ref", "island").agg(
        position=rows.position.min(),
        start=rows.start.min(),
        latest=rows.end.max(),
        first=rows["first"].min(),
        last=rows["last"].max(),
        diagnoses=rows.diagnoses.collect().sort().join(_RECORD),
        procedures=rows.procedures.collect().sort().join(_RECORD),
        episodes=rows.count(),
    )


def _islands(episodes: ir.Table) -> ir.Table:
    keys = ["person_id", "stay_provider"]
    before = ibis.window(group_by=keys, order_by="position", preceding=(None, 1))
    until = episodes.end.fill_null(ibis.literal(FAR)).max().over(before)
    fresh = (until.notnull() & (episodes.start > until)).cast("int64")
    marked = episodes.mutate(fresh=fresh)
    running = ibis.cumulative_window(group_by=keys, order_by="position")
    return marked.mutate(island=marked.fresh.sum().over(running).cast("int64")).drop("fresh")


def _runs(stays: ir.Table, rule: SpellRule) -> ir.Table:
    """Give each stay the number of the continuous spell it belongs to."""
    places = list(rule.transfer_places)
    stays = stays.mutate(
        end=ibis.ifelse(_unpack(stays["last"], 1).isnull(), ibis.null("date"), stays.latest),
        destination=_unpack(stays["last"], 3),
        transferred=_unpack(stays["first"], 4).isin(places).fill_null(False)
        | _unpack(stays["first"], 3).isin(list(rule.transfer_methods)).fill_null(False),
    )
    one = ibis.window(group_by="person_id", order_by="position")
    before = ibis.window(group_by="person_id", order_by="position", preceding=(None, 1))
    still_in = ibis.literal(FAR)
    stays = stays.mutate(
        left=stays.end.fill_null(still_in).max().over(before),
        sent=stays.destination.lag().over(one).isin(places).fill_null(False),
    )
    near = stays.left.notnull() & (stays.start <= plus_days(stays.left, rule.transfer_days))
    stays = stays.mutate(fresh=(~(near & (stays.sent | stays.transferred))).cast("int64"))
    running = ibis.cumulative_window(group_by="person_id", order_by="position")
    return stays.mutate(run=stays.fresh.sum().over(running).cast("int64"))


def _spell_rows(runs: ir.Table, rule: SpellRule) -> ir.Table:
    runs = runs.mutate(final=runs.position + _RECORD + runs["last"])
    found = runs.group_by("person_id", "run").agg(
        start=runs.start.min(),
        latest=runs.end.max(),
        first=runs["first"].min(),
        final=runs.final.max(),
        diagnoses=runs.diagnoses.collect().sort().join(_RECORD),
        procedures=runs.procedures.collect().sort().join(_RECORD),
        episodes=total(runs.episodes),
        providers=runs.stay_provider.nunique().cast("int64"),
    )
    last = found.final.split(_RECORD)[1]
    found = found.mutate(
        end=ibis.ifelse(_unpack(last, 1).isnull(), ibis.null("date"), found.latest),
        method=_unpack(found["first"], 3),
        destination=_unpack(last, 3),
    )
    return found.select(
        spell_id=_unpack(found["first"], 1),
        person_id="person_id",
        start="start",
        end="end",
        is_emergency=found.method.isin(list(rule.emergency_methods)).fill_null(False),
        method="method",
        admission_source=_unpack(found["first"], 4),
        discharge_destination="destination",
        died=found.destination.isin(list(rule.died)).fill_null(False),
        length_of_stay_days=days_between(found.start, found.end),
        episodes="episodes",
        providers="providers",
        first_provider=_unpack(found["first"], 2),
        last_provider=_unpack(last, 2),
        specialty=_unpack(found["first"], 5),
        diagnosis=_unpack(found["first"], 6),
        diagnoses=_joined(found.diagnoses),
        procedures=_joined(found.procedures),
    ).pipe(tables.conform, tables.SPELL)


def _joined(packed: ir.StringValue) -> ir.StringValue:
    """Codes in order of episode, without the positions they were sorted by."""
    bare = packed.re_replace(f"(^|{_RECORD})[^{_UNIT}]*{_UNIT}", "|").re_replace("[|]+", "|")
    return bare.re_replace("^[|]|[|]$", "").nullif("")


def readmissions(spell: ir.Table, rule: SpellRule) -> ir.Table:
    """Say of every finished spell whether the person's next spell was an emergency readmission.

    The next spell in order of admission counts when it is an emergency that began 0 to 29 days after discharge, in
    any hospital. Spells that ended in death, and spells not finished, cannot be readmitted and are left out.

    Args:
        spell: SPELL.
        rule: emergency codes and days.

    Returns:
        The columns of SPELL for finished live discharges, with is_readmitted, readmission_id and readmission_days
        (null when not readmitted).

    Source: NHS Digital I02040 readmissions specification v3. One case: rules.care.spell.is_readmission.
    """
    following = ibis.window(group_by="person_id", order_by=["start", "spell_id"])
    after = spell.mutate(
        next_id=spell.spell_id.lead().over(following),
        next_start=spell.start.lead().over(following),
        next_emergency=spell.is_emergency.lead().over(following),
    ).filter(lambda t: t.end.notnull() & ~t.died)
    gap = days_between(after.end, after.next_start)
    after = after.mutate(gap=gap, again=(after.next_emergency & gap.between(0, rule.readmission_days)).fill_null(False))
    return after.mutate(
        is_readmitted=after.again,
        readmission_id=ibis.ifelse(after.again, after.next_id, ibis.null("string")),
        readmission_days=ibis.ifelse(after.again, after.gap, ibis.null("int64")),
    ).drop("next_id", "next_start", "next_emergency", "gap", "again")
