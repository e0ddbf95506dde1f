"""What builds are told of the register: whole lists, written only when something changed, and obeyed by the build."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from django.conf import LazySettings

from joinedup.pipeline.build import build
from joinedup.register.access import Subject
from joinedup.register.actions.identity_review import Finding, decide_pair, pair_of, withdraw_decision
from joinedup.register.actions.objection import record_objection
from joinedup.register.handover import hand_over
from joinedup.register.models import DataFlow, Objection
from joinedup.rules.foundation.role import Role
from joinedup.store.membership import people_of, records_of
from joinedup.store.place import load_place
from joinedup.store.release import current_release, read_manifest
from tests.place_on_disk import TODAY, make_place
from tests.register.people import SINCE, actor

pytestmark = pytest.mark.django_db
DIFFERENT = Finding("different", "Two men at one address, seen together")


@pytest.fixture
def place(built: Path, tmp_path: Path, settings: LazySettings) -> Path:
    """A copy of the built micro place, served."""
    settings.JOINEDUP_PLACE = Path(shutil.copytree(built, tmp_path / "place"))
    return tmp_path / "place"


@pytest.fixture
def empty(tmp_path: Path, settings: LazySettings) -> Path:
    """The micro place before its first build."""
    settings.JOINEDUP_PLACE = make_place(tmp_path / "place", files={})
    return tmp_path / "place"


def a_person(place: Path) -> tuple[int, list[int]]:
    """Somebody with several records."""
    manifest = read_manifest(place, current_release(place))
    links = pq.read_table(place / "objects" / f"{manifest.objects['facts/link'][0]}.parquet").to_pylist()
    records: dict[int, list[int]] = {}
    for row in links:
        records.setdefault(row["person_id"], []).append(row["record_key"])
    return next((person, sorted(keys)) for person, keys in sorted(records.items()) if len(keys) > 1)


def decide_different(one: int, other: int, account: str = "officer") -> int:
    by = actor(Role.LINKAGE_OFFICER, account)
    return decide_pair(pair=pair_of(one, other), finding=DIFFERENT, by=by).pk


def lines(place: Path, source: str) -> list[list[str]]:
    """The files of a source of the register, each as lines."""
    return [path.read_text().splitlines() for path in sorted((place / "extracts" / source / "all").glob("*"))]


def test_a_register_without_decisions_hands_over_nothing(empty: Path) -> None:
    assert hand_over().written == ()
    assert set(load_place(empty).sources) == {"gp", "ecds", "apc", "council", "objections"}


def test_final_decisions_are_written_once_and_again_only_when_they_change(empty: Path) -> None:
    first = decide_different(5, -3)
    assert hand_over().written == (f"extracts/register_decisions/all/{TODAY}.csv",)
    assert hand_over().written == ()
    head, row = lines(empty, "register_decisions")[0]
    assert (head, row.rpartition(",")[0]) == ("record_l,record_r,decision,decided_on", "-3,5,different")
    by = actor(Role.LINKAGE_OFFICER, "officer")
    withdraw_decision(review_id=first, version=1, pair=pair_of(-3, 5), reason="They were one man", by=by)
    assert hand_over().written
    assert lines(empty, "register_decisions") == [[head]]


def test_what_waits_for_a_second_opinion_is_not_handed_over(empty: Path) -> None:
    finding = Finding("same", DIFFERENT.reason, wants_second=True)
    decide_pair(pair=pair_of(1, 2), finding=finding, by=actor(Role.LINKAGE_OFFICER))
    assert hand_over().written == ()


def test_an_approved_flow_serves_a_source_that_has_none_in_place_toml(empty: Path) -> None:
    settings = empty / "place.toml"
    settings.write_text(settings.read_text() + '[sources.police]\nkind = "generic_events"\n')
    for status, controller in (("approved", "Fenwick Police"), ("refused", "Nobody")):
        DataFlow.objects.create(
            source="police", label="Police", legal_basis="Crime and Disorder Act 1998, s.115", purposes=["planning"],
            controller=controller, opt_out="none", valid_from=SINCE, expires=date(2026, 3, 31), status=status,
        )  # fmt: skip
    DataFlow.objects.create(
        source="gp", label="GP", legal_basis="Another", purposes=["planning"], controller="Another",
        valid_from=SINCE, expires=date(2030, 3, 31), status="approved",
    )  # fmt: skip
    assert hand_over().written == ("extracts/register_flows.csv",)
    sources = load_place(empty).sources
    assert sources["police"].flow["controller"] == "Fenwick Police"
    assert sources["police"].flow["expires"] == date(2026, 3, 31)
    assert sources["gp"].flow["controller"] == "BRD1"  # what place.toml says stands


def test_an_objection_names_every_record_of_the_person(place: Path) -> None:
    person, records = a_person(place)
    Objection.objects.create(person_id=person, kind="national", valid_from=SINCE)
    Objection.objects.create(person_id=person, kind="record", valid_from=SINCE)
    Objection.objects.create(person_id=424_242, kind="type1", valid_from=SINCE)
    handed = hand_over()
    assert handed.unplaced == 1
    assert lines(place, "register_objections") == [
        ["record,kind,from,to", *(f"{record},national,{SINCE}," for record in records)]
    ]


def test_without_a_release_the_last_list_of_objections_stands(empty: Path) -> None:
    Objection.objects.create(person_id=5, kind="national", valid_from=SINCE)
    handed = hand_over()
    assert (handed.written, handed.unplaced) == ((), 1)


def test_an_objection_that_knows_its_records_needs_no_release(empty: Path) -> None:
    Objection.objects.create(person_id=5, kind="type1", valid_from=SINCE, valid_to=TODAY, records=["11", "-4"])
    assert hand_over().unplaced == 0
    told = [f"{record},type1,{SINCE},{TODAY}" for record in (-4, 11)]
    assert lines(empty, "register_objections") == [["record,kind,from,to", *told]]


@pytest.mark.slow
def test_a_decision_splits_a_person_and_an_objection_leaves_one_out_at_the_next_build(place: Path) -> None:
    person, records = a_person(place)
    decide_different(records[0], records[1])
    by = actor(Role.GUARDIAN)
    subject = Subject(person, frozenset({person}))
    record_objection(subject=subject, kind="national", since=SINCE, remark="", by=by)
    hand_over()
    build(place)
    members = {member.record_key: member.person_id for member in people_of(place, records)}
    assert members[records[0]] != members[records[1]]
    assert person in members.values()
    assert {member.record_key for member in records_of(place, set(members.values()))} == set(records)
    manifest = read_manifest(place, current_release(place))
    objecting = pq.read_table(place / "objects" / f"{manifest.objects['facts/objection'][0]}.parquet").to_pylist()
    assert {row["record_key"] for row in objecting} == set(records)
    assert [source for source in manifest.disclosure["policies"] if source.startswith("register_")]
    assert hand_over().written == ()
