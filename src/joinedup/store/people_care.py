"""What one person's care consists of: conditions, delays, packages, symptoms, sources, costs and news."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Final

from joinedup.rules.care.fragmentation import Symptom
from joinedup.rules.foundation.errors import DisclosureError
from joinedup.store.people_facts import PeopleFacts
from joinedup.store.people_grants import PersonGrant
from joinedup.store.people_sensitive import Told, source_of
from joinedup.store.people_shown import (
    Changes,
    CostShown,
    DelayShown,
    Diagnosis,
    PackageShown,
    PairToReview,
    SourceAsAt,
    SymptomShown,
)
from joinedup.store.timelines import TimelineEvent

#: What a record's care cost in a month, by setting, service, provider and payer.
RECORD_COST: Final = "facts/record_cost"

SYMPTOMS: Final = {
    Symptom.DUPLICATE_ASSESSMENT: "Assessed twice for the same thing",
    Symptom.UNCOORDINATED_VISITS: "Home visits by different organisations on one day",
    Symptom.REPEAT_HOSPITAL_TRIPS: "Repeated trips to hospital within two weeks",
    Symptom.UNRELIABLE_TRANSITION: "Passed on to a service that did not take over in time",
    Symptom.AVOIDABLE_ADMISSION: "Emergency admission that care could have avoided",
    Symptom.DELAYED_DISCHARGE: "Waited in a hospital bed when ready to leave",
}


def conditions(facts: PeopleFacts, records: Sequence[int], grant: PersonGrant) -> tuple[Diagnosis, ...]:
    """Long-term conditions, each with the earliest day any source gives, in order of label."""
    rows = facts.of_records(["facts/condition"], "condition, since, source", records)
    since: dict[str, list[date]] = defaultdict(list)
    for code, day, source in rows:
        if not facts.sensitive.marks(grant.hidden, Told(diagnosis=code, source=source)):
            since[code] += [day] if day else []
    found = (Diagnosis(code, facts.conditions.get(code, code), min(days, default=None)) for code, days in since.items())
    return tuple(sorted(found, key=lambda each: (each.label, each.condition)))


def delays(facts: PeopleFacts, person_id: int, closed: frozenset[str]) -> tuple[DelayShown, ...]:
    """Waits in a hospital bed, the latest first."""
    columns = 'event_id, start, "end", days, reason, responsible, provider, organisation'
    return tuple(
        DelayShown(
            event_id=event_id,
            start=start,
            end=end,
            days=days,
            reason=reason,
            reason_label=facts.reasons.get(reason),
            responsible=responsible,
            provider=provider,
            organisation=organisation,
        )
        for event_id, start, end, days, reason, responsible, provider, organisation in facts.rows(
            ["facts/delay"],
            columns,
            "person_id = ? AND days IS DISTINCT FROM 0 ORDER BY start DESC, event_id",
            [person_id],
        )
        if event_id not in closed
    )


def packages(facts: PeopleFacts, grant: PersonGrant, closed: frozenset[str]) -> tuple[PackageShown, ...]:
    """Care packages and placements, open ones first, then the latest first."""
    columns = (
        'event_id, setting, service, is_long_term, start, "end", quantity, unit, weekly_pence, '
        "weekly_contribution_pence, provider, payer, organisation"
    )
    found = []
    for row in facts.rows(["facts/package"], columns, "person_id = ? ORDER BY start DESC, event_id", [grant.person_id]):
        event_id, setting, service, long_term, start, end, quantity, unit, weekly, own, provider, payer, holder = row
        told = Told(setting, service, source=source_of(event_id))
        if event_id in closed or facts.sensitive.marks(grant.hidden, told, start):
            continue
        found.append(
            PackageShown(
                event_id=event_id,
                setting=setting,
                service=service,
                is_long_term=bool(long_term),
                start=start,
                end=end,
                is_open=start <= facts.today and (end is None or end >= facts.today),
                quantity=None if quantity is None else float(quantity),
                unit=unit,
                weekly_pence=weekly if grant.shows_costs else None,
                weekly_contribution_pence=own if grant.shows_costs else None,
                provider=provider,
                payer=payer if grant.shows_costs else None,
                organisation=holder,
            )
        )
    return tuple(sorted(found, key=lambda each: not each.is_open))


def symptoms(facts: PeopleFacts, person_id: int, closed: frozenset[str]) -> tuple[SymptomShown, ...]:
    """Each of the six symptoms of fragmented care, how often it showed and when last."""
    days: dict[str, list[date]] = defaultdict(list)
    for kind, day, event_id, other in facts.rows(
        ["facts/fragmentation"], 'symptom, "at", event_id, other_event_id', "person_id = ?", [person_id]
    ):
        if event_id not in closed and other not in closed:
            days[kind].append(day)
    return tuple(
        SymptomShown(kind.value, label, len(days[kind.value]), max(days[kind.value], default=None))
        for kind, label in SYMPTOMS.items()
    )


def sources(
    facts: PeopleFacts, told_by: Iterable[str], events: Sequence[TimelineEvent], closed: frozenset[str]
) -> tuple[SourceAsAt, ...]:
    """The sources that hold something of a person, by label.

    Args:
        facts: the release.
        told_by: ids of the sources that describe the person.
        events: what may be shown of their timeline.
        closed: sources that may not be named.
    """
    counts = Counter(source_of(event.event_id) for event in events)
    found = []
    for source in ({*counts, *told_by} - closed) & set(facts.place.sources):
        settings = facts.place.sources[source]
        as_at = facts.received.get(source)
        found.append(SourceAsAt(source, settings.label, settings.organisation, as_at, counts[source]))
    return tuple(sorted(found, key=lambda each: (each.label, each.source)))


def costs(facts: PeopleFacts, grant: PersonGrant, records: Sequence[int]) -> tuple[CostShown, ...]:
    """What care cost, by payer, setting and financial year, the latest year first.

    Raises:
        DisclosureError: the grant shows no costs.
    """
    if not grant.shows_costs:
        raise DisclosureError("costs were asked for under a grant that shows none; only roles that need them see them")
    found: dict[tuple[str, str, str], list[int | None]] = defaultdict(list)
    missing: Counter[tuple[str, str, str]] = Counter()
    columns = "payer, setting, service, month, pence, missing_cost_events"
    for payer, setting, service, month, pence, unknown in facts.of_records(facts.months(RECORD_COST), columns, records):
        if not facts.sensitive.marks(grant.hidden, Told(setting, service), month):
            key = (_year(month), payer or "", setting)
            found[key].append(pence)
            missing[key] += unknown or 0
    rows = (
        CostShown(payer or None, setting, year, known_sum(found[year, payer, setting]), missing[year, payer, setting])
        for year, payer, setting in found
    )
    return tuple(sorted(rows, key=lambda row: (-int(row.year[:4]), row.payer or "", row.setting)))


def changes(facts: PeopleFacts, people: Sequence[int], day: date) -> Mapping[int, Changes]:
    """What came in about some people since a day; pseudonyms only, so that no grant is needed."""
    held = facts.timelines.records(people) if people else {}
    owner = {record: person for person, records in held.items() for record in records}
    received: dict[int, date] = {}
    fresh: Counter[int] = Counter()
    for record, arrived in facts.timelines.rows("record_key, received", list(owner)):
        if arrived is not None:
            person = owner[record]
            received[person] = max(received.get(person, arrived), arrived)
            fresh[person] += arrived > day
    return {person: Changes(received.get(person), fresh[person]) for person in people}


def review_pairs(facts: PeopleFacts, limit: int, offset: int) -> tuple[PairToReview, ...]:
    """Pairs of records that somebody should look at, the likeliest first."""
    columns = "record_l, record_r, probability, weight, reason"
    test = "true ORDER BY weight DESC, record_l, record_r LIMIT ? OFFSET ?"
    return tuple(PairToReview(*row) for row in facts.rows(["facts/link_review"], columns, test, [limit, offset]))


def known_sum(amounts: Iterable[int | None]) -> int | None:
    """The sum of what is known; None where nothing is: missing is not zero."""
    known = [amount for amount in amounts if amount is not None]
    return sum(known) if known else None


def _year(month: date) -> str:
    first = month.year - (month.month < 4)
    return f"{first}-{(first + 1) % 100:02d}"
