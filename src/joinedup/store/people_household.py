"""Who lives together today, and which agencies were involved with them in the last twelve months."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from joinedup.rules.care.access import Sensitivity
from joinedup.rules.foundation.period import Period
from joinedup.store.people_care import RECORD_COST, known_sum
from joinedup.store.people_facts import PeopleFacts
from joinedup.store.people_grants import PersonGrant
from joinedup.store.people_identified import members
from joinedup.store.people_sensitive import Told
from joinedup.store.people_shown import HouseholdAgency, HouseholdShown

#: Organisation, service and setting; "" for what is not known.
_Agency = tuple[str, str, str]

_HOME: Final = "valid_from <= ? AND (valid_to IS NULL OR valid_to > ?)"


@dataclass(slots=True)
class _Involved:
    """What is known of one agency: whom it served, and what it cost."""

    members: set[int] = field(default_factory=set)
    pence: list[int | None] = field(default_factory=list)


def household(facts: PeopleFacts, grant: PersonGrant, closed: frozenset[int]) -> HouseholdShown | None:
    """The household of the person of a grant; None where none is known or where they live is hidden.

    Args:
        facts: the release.
        grant: leave to read.
        closed: records that stay closed because all they tell of is sensitive.
    """
    if Sensitivity.RESTRICTED_ADDRESS in grant.hidden:
        return None
    today = facts.today
    mine = facts.rows(
        ["facts/household"],
        "household_id",
        f"person_id = ? AND {_HOME} ORDER BY valid_from DESC, household_id LIMIT 1",
        [grant.person_id, today, today],
    )
    if not mine:
        return None
    home: int = mine[0][0]
    people = facts.rows(
        ["facts/household"], "DISTINCT person_id", f"household_id = ? AND {_HOME}", [home, today, today]
    )
    living, window = members(facts, grant, [person for (person,) in people], closed), _last_year(facts)
    if not living:
        return None
    agencies = _agencies(facts, grant, [each.person_id for each in living], window)
    return HouseholdShown(home, living, agencies, window)


def _last_year(facts: PeopleFacts) -> Period:
    """The last twelve whole months that are past and that the records reach."""
    end = min(facts.today, facts.place.span.end).replace(day=1)
    return Period(end.replace(year=end.year - 1), end)


def _agencies(
    facts: PeopleFacts, grant: PersonGrant, people: Sequence[int], window: Period
) -> tuple[HouseholdAgency, ...]:
    """Agencies with any contact since a window began and what they spent in it, the costliest first."""
    held = facts.timelines.records(people) if people else {}
    owner = {record: person for person, records in held.items() for record in records}
    found: dict[_Agency, _Involved] = defaultdict(_Involved)
    shown, _ = facts.sensitive.split(facts.timelines.events(list(owner)), grant.hidden)
    for event in shown:
        if event.start <= facts.today and (event.end or event.start) >= window.start:
            key = (event.provider or event.organisation or "", event.service or "", event.setting)
            found[key].members.add(owner[event.record_key])
    months = [name for name in facts.months(RECORD_COST) if f"{window.start:%Y-%m}" <= name.partition("@")[2]]
    columns = "record_key, provider, service, setting, month, pence"
    for record, provider, service, setting, month, pence in facts.of_records(months, columns, list(owner)):
        if month in window and not facts.sensitive.marks(grant.hidden, Told(setting, service), month):
            involved = found[_agency_of(found, provider, service or "", setting)]
            involved.pence.append(pence)
            involved.members.add(owner[record])
    agencies = (_shown(key, involved, grant.shows_costs) for key, involved in found.items())
    return tuple(sorted(agencies, key=lambda row: (-(row.pence or 0), row.organisation or "", row.setting)))


def _agency_of(found: Iterable[_Agency], provider: str | None, service: str, setting: str) -> _Agency:
    """Who a cost belongs to: where it names no provider, the one organisation known for that service, if it is one."""
    if provider is None:
        same = [key for key in found if key[1:] == (service, setting)]
        if len(same) == 1:
            return same[0]
    return provider or "", service, setting


def _shown(key: _Agency, involved: _Involved, shows_costs: bool) -> HouseholdAgency:
    organisation, service, setting = key
    pence = known_sum(involved.pence) if shows_costs else None
    return HouseholdAgency(organisation or None, service or None, setting, len(involved.members), pence)
