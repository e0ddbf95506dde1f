from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from joinedup.rules.care.access import Purpose, Sensitivity
from joinedup.rules.foundation.errors import DisclosureError, ReleaseError, UsageError
from joinedup.rules.foundation.period import Period
from joinedup.store.people import CompareGrant, People, PersonGrant, PersonQuery, SearchGrant
from joinedup.store.place import load_place
from joinedup.store.release import current_release, read_manifest
from tests.place_on_disk import TODAY, nhs_number

YEAR = Period(date(2024, 1, 1), date(2025, 1, 1))
UNKNOWN = 12345

#: A place of its own says that social care is a domestic abuse service, so that hiding it shows.
OVERRIDE = "id,sensitivity,field,code,label,valid_from,valid_to,source,verify\n"
OVERRIDE += "test,domestic_abuse,setting,social_care,Invented,2020-01-01,,invented,true\n"


@pytest.fixture(scope="module")
def people(built: Path) -> People:
    return People(built)


@pytest.fixture(scope="module")
def sensitive(built: Path, tmp_path_factory: pytest.TempPathFactory) -> People:
    """The same place where what the council does is sensitive."""
    place = Path(shutil.copytree(built, tmp_path_factory.mktemp("sensitive") / "place"))
    (place / "definitions" / "services").mkdir(parents=True)
    (place / "definitions" / "services" / "sensitive.csv").write_text(OVERRIDE)
    return People(place)


def person(people: People, number: int) -> int:
    """The pseudonym of one of the invented people."""
    hits = people.search(SearchGrant("log"), PersonQuery(nhs_number=nhs_number(number))).value
    assert len(hits) == 1
    return hits[0].person_id


def grant(person_id: int, *hidden: Sensitivity, costs: bool = False) -> PersonGrant:
    return PersonGrant("log-7", person_id, Purpose.DIRECT_CARE, frozenset(hidden), costs)


def test_a_person_is_who_their_records_say(people: People) -> None:
    who = people.who(grant(person(people, 0)))
    assert who.audit_id == "log-7"
    assert (who.value.forename, who.value.surname) == ("Quillmarkeraaa", "Zorkmarkeraaa")
    assert (who.value.nhs_number, who.value.date_of_birth) == (nhs_number(0), date(1930, 1, 1))
    assert who.value.age == TODAY.year - 1930
    assert who.value.postcode is not None
    assert who.value.practice == "PRA001"
    assert who.value.neighbourhood == "NBH1"
    assert not who.value.has_conflicts


def test_a_restricted_address_hides_where_somebody_lives(people: People) -> None:
    closed = grant(person(people, 0), Sensitivity.RESTRICTED_ADDRESS)
    who = people.who(closed).value
    assert (who.address, who.postcode, who.practice, who.neighbourhood) == (None,) * 4
    assert who.surname == "Zorkmarkeraaa"
    for row in people.records(closed).value:
        assert (row.address, row.postcode, row.practice, row.lsoa) == (None,) * 4
    assert people.household(closed).value is None


def test_every_read_of_a_person_needs_a_grant(people: People) -> None:
    reads = (
        "who",
        "sources",
        "timeline",
        "conditions",
        "delays",
        "packages",
        "symptoms",
        "costs",
        "household",
        "records",
    )
    for name in reads:
        for wrong in (None, person(people, 0), SearchGrant("log")):
            with pytest.raises(DisclosureError):
                getattr(people, name)(wrong)
    with pytest.raises(DisclosureError):
        people.circle(None, YEAR)  # type: ignore[arg-type]
    with pytest.raises(DisclosureError):
        people.search(grant(0), PersonQuery(nhs_number=nhs_number(0)))  # type: ignore[arg-type]
    with pytest.raises(DisclosureError):
        people.compare(grant(0), 1, 2)  # type: ignore[arg-type]


def test_nothing_is_read_without_a_row_in_the_trace() -> None:
    for kind in (SearchGrant, CompareGrant):
        with pytest.raises(DisclosureError, match="trace"):
            kind("")


def test_the_timeline_runs_from_the_oldest_event_and_the_circle_is_drawn_from_it(people: People) -> None:
    leave = grant(person(people, 0), costs=True)
    events = people.timeline(leave).value
    assert [event.start for event in events] == sorted(event.start for event in events)
    circle = people.circle(leave, YEAR).value
    assert set(circle.organisations) <= {event.provider or event.organisation for event in events}
    assert {"inpatient", "urgent_care", "social_care"} <= {event.setting for event in events}


def test_payers_show_only_where_costs_do(people: People) -> None:
    one = person(people, 0)
    assert any(event.payer for event in people.timeline(grant(one, costs=True)).value)
    assert not any(event.payer for event in people.timeline(grant(one)).value)
    assert people.circle(grant(one), YEAR).value.payers == ()
    package = people.packages(grant(one)).value[0]
    assert (package.payer, package.weekly_pence) == (None, None)
    with pytest.raises(DisclosureError, match="costs"):
        people.costs(grant(one))


def test_costs_add_up_to_what_month_facts_say(people: People) -> None:
    one = person(people, 0)
    costs = people.costs(grant(one, costs=True)).value
    facts = people._open()
    months = facts.months("facts/month_fact")
    rows = facts.of_records(months, "sum(pence), sum(missing_cost_events)", facts.records_of(one))
    assert (sum(cost.pence or 0 for cost in costs), sum(cost.missing_events for cost in costs)) == rows[0]
    assert {cost.year for cost in costs} == {"2024-25"}


def test_each_source_says_how_fresh_it_is(people: People) -> None:
    sources = {source.source: source for source in people.sources(grant(person(people, 0))).value}
    assert set(sources) == {"gp", "ecds", "apc", "council"}
    assert sources["apc"].as_at == date(2024, 7, 5)
    assert sources["gp"].events == 0
    assert sum(source.events for source in sources.values()) == len(people.timeline(grant(person(people, 0))).value)


def test_a_package_is_open_while_it_has_not_ended(people: People) -> None:
    packages = people.packages(grant(person(people, 0), costs=True)).value
    assert packages
    for package in packages:
        assert package.is_open == (package.end is None or package.end >= TODAY)


def test_each_of_the_six_symptoms_is_counted(people: People) -> None:
    symptoms = people.symptoms(grant(person(people, 0))).value
    assert len(symptoms) == 6
    assert all((symptom.count == 0) == (symptom.last is None) for symptom in symptoms)


def test_a_household_shows_its_members_and_what_each_agency_spent(people: People) -> None:
    one = person(people, 0)
    household = people.household(grant(one, costs=True)).value
    assert household is not None
    assert one in {member.person_id for member in household.members}
    assert household.window == Period(date(2023, 7, 1), date(2024, 7, 1))
    assert any(agency.pence for agency in household.agencies)
    assert all(agency.members <= len(household.members) for agency in household.agencies)
    bare = people.household(grant(one)).value
    assert bare is not None
    assert {agency.pence for agency in bare.agencies} == {None}


def test_two_records_are_put_side_by_side(people: People) -> None:
    rows = people.records(grant(person(people, 0))).value
    left, right = sorted({row.record_key for row in rows})[:2]
    shown = people.compare(CompareGrant("log-9"), left, right)
    assert [row.record_key for row in shown.value] == [left, right]
    assert shown.audit_id == "log-9"
    with pytest.raises(UsageError):
        people.compare(CompareGrant("log-9"), left, UNKNOWN)


def test_what_came_in_since_a_day_is_counted(people: People) -> None:
    one = person(people, 0)
    events = people.timeline(grant(one)).value
    before, after = (people.changed_since([one, UNKNOWN], day) for day in (date(2024, 1, 1), TODAY))
    assert before[one].events == len(events)
    assert (before[UNKNOWN].events, before[UNKNOWN].received) == (0, None)
    assert after[one].events == 0
    assert after[one].received == before[one].received is not None
    assert people.changed_since([], TODAY) == {}


def test_sensitive_services_leave_no_trace_where_they_are_hidden(sensitive: People) -> None:
    one = person(sensitive, 0)
    closed = grant(one, Sensitivity.DOMESTIC_ABUSE, costs=True)
    opened = replace(closed, hidden=frozenset())
    assert any(event.setting == "social_care" for event in sensitive.timeline(opened).value)
    assert not any(event.setting == "social_care" for event in sensitive.timeline(closed).value)
    assert sensitive.packages(opened).value
    assert not sensitive.packages(closed).value
    for read in ("costs", "packages"):
        assert "social_care" not in {row.setting for row in getattr(sensitive, read)(closed).value}
    assert "COU1" not in sensitive.circle(closed, YEAR).value.organisations
    household = sensitive.household(closed).value
    assert household is not None
    assert "social_care" not in {agency.setting for agency in household.agencies}
    for read in ("sources", "records"):
        assert "council" in {row.source for row in getattr(sensitive, read)(opened).value}
        assert "council" not in {row.source for row in getattr(sensitive, read)(closed).value}


def test_a_household_known_only_by_a_sensitive_source_is_not_shown(built: Path, tmp_path: Path) -> None:
    place = Path(shutil.copytree(built, tmp_path / "place"))
    (place / "definitions" / "services").mkdir(parents=True)
    marks = "".join(
        f"{source},domestic_abuse,source,{source},Invented,,,invented,true\n" for source in ("gp", "council", "apc")
    )
    (place / "definitions" / "services" / "sensitive.csv").write_text(OVERRIDE.splitlines()[0] + "\n" + marks)
    people = People(place)
    one = person(people, 0)
    assert people.household(grant(one)).value is not None
    closed = grant(one, Sensitivity.DOMESTIC_ABUSE)
    assert people.household(closed).value is None
    assert {row.source for row in people.records(closed).value} == {"ecds"}
    found = people.search(SearchGrant("log"), PersonQuery(nhs_number=nhs_number(0))).value[0]
    assert (found.postcode is None) == (people.who(closed).value.postcode is None)


def test_another_sensitivity_hides_nothing_of_it(sensitive: People) -> None:
    one = grant(person(sensitive, 0), Sensitivity.ADOPTION)
    assert any(event.setting == "social_care" for event in sensitive.timeline(one).value)


def test_a_pseudonym_that_never_stood_for_anybody_stands_for_nobody(people: People) -> None:
    assert people.current(UNKNOWN) == ()
    one = person(people, 0)
    assert people.current(one) == (one,)
    assert people.aliases(one) == people.formers(one) == frozenset({one})
    with pytest.raises(UsageError, match="look them up again"):
        people.who(grant(UNKNOWN))
    assert people.timeline(grant(UNKNOWN)).value == ()


def test_threads_read_at_once(people: People) -> None:
    ids = [person(people, number) for number in range(12)]
    alone = [people.who(grant(one)).value for one in ids]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda one: people.who(grant(one)).value, ids * 4))
    assert together == alone * 4


def test_pairs_to_review_come_by_pages(people: People) -> None:
    assert people.review_pairs(5, 0) == people.review_pairs(10, 0)[:5]


def test_a_new_release_is_picked_up(earlier: Path, built: Path, tmp_path: Path) -> None:
    place = Path(shutil.copytree(earlier, tmp_path / "place"))
    people = People(place)
    before = len(people.timeline(grant(person(people, 0))).value)
    shutil.copytree(built, place, dirs_exist_ok=True)
    people.refresh()
    assert len(people.timeline(grant(person(people, 0))).value) > before


@pytest.fixture
def copy(built: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(built, tmp_path / "place"))


def test_a_release_without_names_says_what_to_do(copy: Path) -> None:
    shutil.rmtree(copy / "identity" / "people")
    with pytest.raises(ReleaseError, match="names and numbers"):
        People(copy).refresh()


def test_a_release_with_missing_files_says_what_to_do(copy: Path) -> None:
    manifest = read_manifest(copy, current_release(copy))
    (copy / "objects" / f"{manifest.objects['facts/delay'][0]}.parquet").unlink()
    with pytest.raises(ReleaseError, match="joinedup build"):
        People(copy).refresh()


def test_a_release_with_a_damaged_file_says_what_to_do(copy: Path) -> None:
    people, manifest = People(copy), read_manifest(copy, current_release(copy))
    one = person(people, 0)
    (copy / "objects" / f"{manifest.objects['facts/delay'][0]}.parquet").write_bytes(b"PAR1 and then nothing")
    with pytest.raises(ReleaseError, match="cannot be read"):
        people.delays(grant(one))


def test_a_place_that_was_never_built_says_so(copy: Path) -> None:
    (copy / "current").unlink()
    with pytest.raises(ReleaseError, match="no release yet"):
        People(copy).refresh()


def test_no_name_shows_in_a_repr(people: People) -> None:
    one = grant(person(people, 0), costs=True)
    shown = [people.who(one).value, people.records(one).value, people.household(one).value]
    shown.append(people.search(SearchGrant("log"), PersonQuery(nhs_number=nhs_number(0))).value)
    assert "marker" not in repr(shown).lower()
    assert load_place(people._folder).name not in repr(shown)
