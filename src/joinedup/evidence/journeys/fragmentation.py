"""Six symptoms of fragmented care, found for everyone at once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

import ibis
import ibis.expr.types as ir

from joinedup.evidence.journeys.calendar import days_between, plus_days
from joinedup.rules.care.fragmentation import FragmentationRule, Symptom
from joinedup.rules.foundation.period import Period

#: A bar is a pattern to some engines when a text is split; this is not.
_PART: Final = "\x1f"


def fragmentation(
    activity: ir.Table, link: ir.Table, journeys: dict[str, ir.Table], rule: FragmentationRule, period: Period
) -> ir.Table:
    """List every symptom of fragmented care whose day lies in a period.

    Args:
        activity: canonical activity, from before the period as far as the windows of the rule reach.
        link: which person a record belongs to.
        journeys: "population", "spell" and "delay" as canonical tables.
        rule: windows and codes.
        period: days to report; the records are taken to reach to its end.

    Returns:
        FRAGMENTATION (canonical), one row a symptom.

    Source: NAO 2017 paragraph 1.8 (M2); joinedup specification 1.3. One case: rules.care.fragmentation.
    """
    events = activity.join(link.select("record_key", "person_id"), "record_key")
    found = [
        duplicate_assessments(events, rule),
        uncoordinated_visits(events, rule),
        repeat_hospital_trips(events, rule),
        unaccepted_referrals(events, rule, period),
        lost_at_transition(events, journeys["population"], rule, period),
        avoidable_admissions(journeys["spell"], rule),
        delayed_discharges(journeys["delay"]),
    ]
    symptoms = ibis.union(*found)
    return symptoms.filter((symptoms["at"] >= ibis.literal(period.start)) & (symptoms["at"] < ibis.literal(period.end)))


def judged_months(activity: ir.Table, rule: FragmentationRule, period: Period) -> ir.Table:
    """How many events of each month could show each symptom: without any, the symptom is not reported, not absent.

    A referral or a young person's birthday is judged once its time has passed, so the last months of the records,
    whose birthdays are still within it, are not listed for unreliable transitions.

    Args:
        activity: canonical activity.
        rule: windows and codes.
        period: days to report; the records are taken to reach to its end.

    Returns:
        SYMPTOM_MONTH (canonical), one row a symptom and month with any such event.
    """
    in_bed = (activity.setting == "inpatient") & activity.start.notnull()
    could = {
        Symptom.DUPLICATE_ASSESSMENT: (activity.unit == "assessment") & activity.domain.notnull(),
        Symptom.UNCOORDINATED_VISITS: activity.method.isin(list(rule.visit_methods)),
        Symptom.REPEAT_HOSPITAL_TRIPS: activity.setting.isin(list(rule.trip_settings)),
        Symptom.UNRELIABLE_TRANSITION: (activity.unit == "referral")
        | activity.service.isin(list(rule.child_services)).fill_null(False),
        Symptom.AVOIDABLE_ADMISSION: in_bed & activity.diagnosis.notnull(),
        Symptom.DELAYED_DISCHARGE: activity.ready_date.notnull(),
    }
    inside = activity.filter(
        (activity.start >= ibis.literal(period.start)) & (activity.start < ibis.literal(period.end))
    )
    counted = inside.group_by(month=inside.start.truncate("M").cast("date")).agg(
        **{symptom.value: is_one.fill_null(False).cast("int64").sum() for symptom, is_one in could.items()}
    )
    long = counted.pivot_longer([symptom.value for symptom in could], names_to="symptom", values_to="events")
    known = period.end - timedelta(days=rule.transition_days)
    ends = long.month + ibis.interval(months=1)
    is_known = (long.symptom != Symptom.UNRELIABLE_TRANSITION.value) | (ends.cast("date") <= ibis.literal(known))
    return long.filter((long.events > 0) & is_known).select(
        "symptom", "month", long.events.cast("int64").name("events")
    )


def _symptom(
    rows: ir.Table,
    symptom: Symptom,
    at: ir.DateValue,
    event_id: ir.StringValue | None = None,
    other: ir.StringValue | None = None,
) -> ir.Table:
    nothing = ibis.null("string")
    return rows.select(
        "person_id",
        symptom=ibis.literal(symptom.value),
        at=at.cast("date"),
        event_id=nothing if event_id is None else event_id,
        other_event_id=nothing if other is None else other,
    )


def duplicate_assessments(events: ir.Table, rule: FragmentationRule) -> ir.Table:
    """Second assessments of a domain that another organisation assessed shortly before, and not linked to it."""
    done = events.filter(
        (events.unit == "assessment")
        & events.domain.notnull()
        & ~events.outcome.isin(list(rule.not_completed)).fill_null(False)
    )
    parts = done.select(
        "person_id",
        "start",
        "event_id",
        "linked_ref",
        who=ibis.coalesce(done.provider, done.organisation),
        part=done.domain.replace("|", _PART).split(_PART).unnest(),
    )
    first = parts.select("person_id", "part", first_start="start", first_id="event_id", first_who="who")
    pairs = parts.join(first, ["person_id", "part"])
    later = (pairs.first_start < pairs.start) | ((pairs.first_start == pairs.start) & (pairs.first_id < pairs.event_id))
    pairs = pairs.filter(
        later
        & (days_between(pairs.first_start, pairs.start) <= rule.assessment_days)
        & (pairs.who != pairs.first_who)
        & (pairs.linked_ref.fill_null("") != pairs.first_id)
    )
    whole = pairs.select("person_id", "start", "event_id", "first_id").distinct()
    return _symptom(whole, Symptom.DUPLICATE_ASSESSMENT, whole.start, whole.event_id, whole.first_id)


def uncoordinated_visits(events: ir.Table, rule: FragmentationRule) -> ir.Table:
    """Days on which two or more organisations visited one person's home without one shared plan."""
    visits = events.filter(events.method.isin(list(rule.visit_methods)))
    visits = visits.select("person_id", "start", "linked_ref", who=ibis.coalesce(visits.provider, visits.organisation))
    days = visits.group_by("person_id", "start").agg(
        one=visits.who.min(),
        other=visits.who.max(),
        plan=visits.linked_ref.min(),
        other_plan=visits.linked_ref.max(),
        unplanned=visits.linked_ref.isnull().any(),
    )
    shared = ~days.unplanned & (days.plan == days.other_plan).fill_null(False)
    apart = days.filter((days.one != days.other) & ~shared)
    return _symptom(apart, Symptom.UNCOORDINATED_VISITS, apart.start)


def repeat_hospital_trips(events: ir.Table, rule: FragmentationRule) -> ir.Table:
    """Runs of too many separate days in hospital for tests or clinics, each run once, on the day that completes it."""
    held = events.filter(
        events.setting.isin(list(rule.trip_settings)) & (events.unit != "non_attendance").fill_null(True)
    )
    days = held.select("person_id", "start").distinct()
    one = ibis.window(group_by="person_id", order_by="start")
    gap = days_between(days.start.lag(rule.trips - 1).over(one), days.start)
    days = days.mutate(completes=(gap < rule.trip_days).fill_null(False))
    before = days.completes.lag().over(one).fill_null(False)
    runs = days.mutate(before=before).filter(lambda t: t.completes & ~t.before)
    return _symptom(runs, Symptom.REPEAT_HOSPITAL_TRIPS, runs.start)


def unaccepted_referrals(events: ir.Table, rule: FragmentationRule, period: Period) -> ir.Table:
    """Handovers that nobody took up in time.

    A referral is taken up when its own outcome says so, when an event that names it says so, or when care begins
    under the same referral or plan.
    """
    sent = events.filter(events.unit == "referral")
    is_accepted = sent.outcome.isin(list(rule.accepted)).fill_null(False)
    own = ibis.ifelse(is_accepted, ibis.coalesce(sent.end, sent.start), ibis.null("date"))
    sent = sent.select("person_id", "start", "event_id", plan=sent.linked_ref.fill_null(""), own=own)
    named = events.filter(events.linked_ref.notnull())
    said = named.filter(named.outcome.isin(list(rule.accepted)))
    answers = said.group_by(answer_to=said.linked_ref).agg(answered=said.start.min())
    care = named.filter(named.unit.isin(["contact", "assessment"]))
    begun = sent.filter(sent.plan != "").join(
        care.select("linked_ref", care_start="start"), [sent.plan == care.linked_ref, sent.start <= care.start]
    )
    begun = begun.group_by(begun_id=begun.event_id).agg(begun=begun.care_start.min())
    sent = sent.left_join(answers, sent.event_id == answers.answer_to)
    sent = sent.left_join(begun, sent.event_id == begun.begun_id)
    deadline = plus_days(sent.start, rule.referral_days)
    taken = [when.isnull() | (when > deadline) for when in (sent.own, sent.answered, sent.begun)]
    late = sent.filter((deadline < ibis.literal(period.end)) & taken[0] & taken[1] & taken[2])
    return _symptom(late, Symptom.UNRELIABLE_TRANSITION, late.start, late.event_id)


def lost_at_transition(events: ir.Table, population: ir.Table, rule: FragmentationRule, period: Period) -> ir.Table:
    """Young people known to children's services whom adults' services did not see after their birthday.

    Only the month of birth is known here, so the birthday is taken as the first of the month.
    """
    people = population.group_by("person_id").agg(born=population.birth_month.max(), died=population.death_date.min())
    people = people.filter(people.born.notnull())
    birthday = ibis.date((people.born.year() + rule.adult_age).cast("int32"), people.born.month(), 1)
    people = people.mutate(birthday=birthday, deadline=plus_days(birthday, rule.transition_days))
    judged = people.filter(
        (people.deadline < ibis.literal(period.end))
        & (people.birthday >= ibis.literal(period.start))
        & (people.died.isnull() | (people.died > people.deadline))
    )
    seen = events.select("person_id", "setting", "service", "start").join(judged, "person_id")
    is_child = seen.service.isin(list(rule.child_services)).fill_null(False)
    year_before = (seen.start >= plus_days(seen.birthday, -365)) & (seen.start < seen.birthday)
    after = (seen.start >= seen.birthday) & (seen.start <= seen.deadline)
    found = seen.group_by("person_id", "setting", "birthday").agg(
        known=(is_child & year_before).any(), seen=(~is_child & after).any()
    )
    lost = found.filter(found.known & ~found.seen).select("person_id", "birthday").distinct()
    return _symptom(lost, Symptom.UNRELIABLE_TRANSITION, lost.birthday)


def avoidable_admissions(spell: ir.Table, rule: FragmentationRule) -> ir.Table:
    """Emergency spells for a condition that good care could have avoided, or with a fall."""
    emergencies = spell.filter(spell.is_emergency)
    avoidable = _begins(emergencies.diagnosis, rule.avoidable_codes)
    fell = emergencies.diagnoses.re_search("(^|[|])(" + "|".join(rule.fall_codes) + ")").fill_null(False)
    found = emergencies.filter(avoidable | fell) if rule.fall_codes else emergencies.filter(avoidable)
    return _symptom(found, Symptom.AVOIDABLE_ADMISSION, found.start, found.spell_id)


def _begins(code: ir.StringValue, beginnings: Sequence[str]) -> ir.BooleanValue:
    lengths = sorted({len(beginning) for beginning in beginnings})
    tests = [code.substr(0, n).isin([b for b in beginnings if len(b) == n]) for n in lengths]
    return ibis.or_(ibis.literal(False), *tests).fill_null(False)


def delayed_discharges(delay: ir.Table) -> ir.Table:
    """Waits of one day or more in a hospital bed, on the day the wait began."""
    waited = delay.filter(delay.days.isnull() | (delay.days > 0))
    return _symptom(waited, Symptom.DELAYED_DISCHARGE, waited.start, waited.event_id)
