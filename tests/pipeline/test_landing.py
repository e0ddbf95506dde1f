"""Landing leaves canonical tables without a name in them, the same whatever was landed before."""

from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest

from joinedup.evidence import tables
from joinedup.evidence.identity.normalisation import IDENTITY_RECORD
from joinedup.pipeline.landing import Landed, land
from joinedup.rules.foundation.errors import FatalProblems, FlowRefused
from joinedup.rules.foundation.identifier import record_key
from joinedup.store.place import Place
from tests.pipeline.places import ATTENDANCES, FILES, PEOPLE, TWO_SOURCES, make_place, source_toml

Row = dict[str, Any]

KEY = "0123456789abcdef0123456789abcdef"
AE = source_toml("ae", "ecds", 'id_space = "shared"')
GP = source_toml("gp", "persons", 'id_space = "shared"')


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JOINEDUP_KEY", KEY)


def rows(paths: Iterable[Path]) -> list[Row]:
    return [row for path in paths for row in pq.read_table(path).to_pylist()]


def events(landed: Landed) -> dict[str, Row]:
    return {row["event_id"]: row for paths in landed.activity.values() for row in rows(paths)}


def contents(landed: Landed) -> dict[str, list[Row]]:
    """Everything that was landed, whatever file it lies in."""
    found = {name: rows(paths) for name, paths in landed.tables.items()}
    found |= {month: rows(paths) for month, paths in landed.activity.items()}
    found["identity"] = rows(landed.identity)
    return {name: sorted(table, key=repr) for name, table in found.items()}


def of(local_id: str, id_space: str = "shared") -> int:
    return record_key(id_space, local_id, KEY.encode())


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return make_place(tmp_path / "place", TWO_SOURCES, FILES)


def test_events_get_the_keyed_hash_of_their_holders_id(place: Place, tmp_path: Path) -> None:
    landed = land(place, tmp_path / "out")
    assert {name: row["record_key"] for name, row in events(landed).items()} == {
        "ae/A1": of("L1"),
        "ae/A2": of("L2"),
        "ae/A3": of("L9"),
    }
    assert sorted(landed.activity) == ["2024-04", "2024-05"]
    assert events(landed)["ae/A1"]["source_cost_pence"] == 123_450


def test_canonical_files_have_exactly_the_canonical_columns_and_types(place: Place, tmp_path: Path) -> None:
    landed = land(place, tmp_path / "out")
    expected = {"activity": tables.ACTIVITY, "person_record": tables.PERSON_RECORD, "identity": IDENTITY_RECORD}
    found = {**landed.tables, "activity": landed.activity["2024-04"], "identity": landed.identity}
    for name, columns in expected.items():
        wanted = tables.schema(columns).to_pyarrow()
        for path in found[name]:
            given = pq.read_schema(path)
            assert dict(zip(given.names, given.types, strict=True)) == dict(
                zip(wanted.names, wanted.types, strict=True)
            )


def test_names_and_numbers_are_in_the_identity_files_only(place: Place, tmp_path: Path) -> None:
    landed = land(place, tmp_path / "out")
    told = rows(landed.identity)
    assert {row["forename"] for row in told} == {"Ann", "Bob", None}
    everything_else = repr({name: table for name, table in contents(landed).items() if name != "identity"})
    for private in ("Ann", "Testwell", "9990000018", "1960-02-29", "AB1 2CD", "datetime.date(1960, 2, 29)", "L1"):
        assert private not in everything_else
    assert (tmp_path / "out" / "identity").stat().st_mode & 0o077 == 0
    assert (place.identity / "landed").stat().st_mode & 0o077 == 0


def test_a_person_record_keeps_the_month_of_birth_and_whether_there_is_a_number(place: Place, tmp_path: Path) -> None:
    people = {row["record_key"]: row for row in rows(land(place, tmp_path / "out").tables["person_record"])}
    assert people[of("L1")]["birth_month"] == date(1960, 2, 1)
    assert (people[of("L1")]["sex"], people[of("L2")]["sex"]) == ("F", "M")
    assert (people[of("L1")]["has_nhs_number"], people[of("L2")]["has_nhs_number"]) == (True, False)


def test_a_record_that_nobody_describes_is_in_the_identity_store_all_the_same(place: Place, tmp_path: Path) -> None:
    (bare,) = [row for row in rows(land(place, tmp_path / "out").identity) if row["forename"] is None]
    assert (bare["record_key"], bare["source"], bare["received"]) == (of("L9"), "ae", date(2024, 5, 4))


def test_inputs_are_named_with_their_hash_and_rows(place: Place, tmp_path: Path) -> None:
    gp, ae = land(place, tmp_path / "out").inputs
    assert (gp.path, gp.rows, len(gp.sha256)) == ("extracts/gp/2024/2024-05-03.csv", 2, 64)
    assert (ae.rows, ae.set_aside, ae.superseded, ae.received) == (3, 0, 0, date(2024, 5, 4))


CORRECTION = ATTENDANCES.splitlines()[0] + "\nA2,L1,16/04/2024,1,RXX,99\n"


def test_a_late_correction_replaces_the_row_with_its_key(tmp_path: Path) -> None:
    files = {**FILES, "ae/corrections/2024-07-01.csv": CORRECTION}
    landed = land(make_place(tmp_path / "place", TWO_SOURCES, files), tmp_path / "out")
    assert events(landed)["ae/A2"]["record_key"] == of("L1")
    assert events(landed)["ae/A2"]["start"] == date(2024, 4, 16)
    assert [file.superseded for file in landed.inputs if file.source == "ae"] == [1, 0]
    assert (tmp_path / "place/extracts/ae/2024/2024-05-04.csv").read_text() == ATTENDANCES


def test_a_correction_that_is_set_aside_replaces_nothing(tmp_path: Path) -> None:
    files = {**FILES, "ae/corrections/2024-07-01.csv": CORRECTION.replace("16/04/2024", "soon")}
    landed = land(make_place(tmp_path / "place", TWO_SOURCES, files), tmp_path / "out")
    assert events(landed)["ae/A2"]["start"] == date(2024, 4, 15)


def test_within_a_file_the_last_row_of_a_key_stands_and_the_other_is_reported(tmp_path: Path) -> None:
    files = {**FILES, "ae/2024/2024-05-04.csv": ATTENDANCES + "A1,L1,03/04/2024,1,RXX,7\n"}
    landed = land(make_place(tmp_path / "place", TWO_SOURCES, files), tmp_path / "out")
    assert events(landed)["ae/A1"]["source_cost_pence"] == 700
    (problem,) = landed.problems
    assert (problem.rule, problem.record) == ("duplicate_key", 1)


def test_a_build_as_of_a_day_equals_what_was_built_then(tmp_path: Path) -> None:
    then = land(make_place(tmp_path / "then", TWO_SOURCES, FILES), tmp_path / "out-then")
    later = make_place(tmp_path / "now", TWO_SOURCES, {**FILES, "ae/corrections/2024-07-01.csv": CORRECTION})
    assert contents(land(later, tmp_path / "out-as-of", as_of=date(2024, 6, 30))) == contents(then)
    assert contents(land(later, tmp_path / "out-now")) != contents(then)


def test_landing_month_by_month_equals_landing_all_at_once(tmp_path: Path) -> None:
    new = {"gp/2024/2024-06-03.csv": PEOPLE.replace("AB1 2CD", "AB9 9ZZ"), "ae/corrections/2024-07-01.csv": CORRECTION}
    growing = make_place(tmp_path / "growing", TWO_SOURCES, FILES)
    land(growing, tmp_path / "first")
    for day, (name, content) in enumerate(new.items()):
        (growing.extracts / name).parent.mkdir(exist_ok=True)
        (growing.extracts / name).write_text(content)
        refreshed = land(growing, tmp_path / f"refresh{day}")
    rebuilt = land(make_place(tmp_path / "whole", TWO_SOURCES, {**FILES, **new}), tmp_path / "rebuild")
    assert contents(refreshed) == contents(rebuilt)


def test_unchanged_files_are_not_landed_again_and_give_the_same_bytes(place: Place, tmp_path: Path) -> None:
    first, again = land(place, tmp_path / "first"), land(place, tmp_path / "again")
    assert first.fingerprints == again.fingerprints
    for before, after in zip(first.activity["2024-04"], again.activity["2024-04"], strict=True):
        assert before.stat().st_ino == after.stat().st_ino
    (place.extracts / "ae/2024/2024-05-04.csv").write_text(ATTENDANCES.replace("120", "121"))
    changed = land(place, tmp_path / "changed").fingerprints
    assert (changed["gp"] == first.fingerprints["gp"], changed["ae"] == first.fingerprints["ae"]) == (True, False)


def test_threads_and_memory_change_no_byte(tmp_path: Path) -> None:
    many = "".join(f"B{i},L{i % 977},{1 + i % 28:02d}/{1 + i % 12:02d}/2023,1,RXX,{i}\n" for i in range(20_000))
    files = {**FILES, "ae/2024/2024-05-04.csv": ATTENDANCES + many}
    found = []
    for threads in (1, 3):
        place = make_place(tmp_path / f"place{threads}", TWO_SOURCES, files)
        landed = land(place, tmp_path / f"out{threads}", threads=threads)
        found.append({month: [path.read_bytes() for path in paths] for month, paths in landed.activity.items()})
    assert found[0] == found[1]


def test_a_file_of_the_same_period_replaces_the_whole_where_the_schema_says_so(tmp_path: Path) -> None:
    place = make_place(tmp_path / "place", source_toml("beds", "beds"), {
        "beds/2024-04/2024-05-01.csv": "series,area_type,area_code,period_start,period_end,value\n"
        "beds,trust,RXX,2024-04-01,2024-04-30,100\nbeds,trust,RYY,2024-04-01,2024-04-30,50\n",
        "beds/2024-04/2024-06-01.csv": "series,area_type,area_code,period_start,period_end,value\n"
        "beds,trust,RXX,2024-04-01,2024-04-30,101\n",
    })  # fmt: skip
    shipped = (Path(tables.__file__).parents[1] / "definitions/extracts/series.toml").read_text()
    own = place.definitions / "extracts" / "beds.toml"
    own.parent.mkdir(parents=True)
    own.write_text(shipped.replace('id = "series"', 'id = "beds"').replace('supersede = "key"', 'supersede = "period"'))
    landed = land(place, tmp_path / "out")
    assert [(row["area_code"], int(row["value"])) for row in rows(landed.tables["series_value"])] == [("RXX", 101)]
    assert [file.superseded for file in landed.inputs] == [2, 0]


def test_a_record_keeps_the_day_it_was_first_known_when_its_description_is_replaced(tmp_path: Path) -> None:
    files = {**FILES, "gp/2024/2024-06-03.csv": PEOPLE.replace("Ann", "Anne")}
    landed = land(make_place(tmp_path / "p", TWO_SOURCES, files), tmp_path / "out")
    ann = [row for row in rows(landed.identity) if row["record_key"] == of("L1")]
    assert {row["forename"] for row in ann} == {"Anne", None}
    assert min(row["received"] for row in ann) == date(2024, 5, 3)


def test_a_token_or_a_number_stands_in_where_there_is_no_local_id(tmp_path: Path) -> None:
    head = "attendance_identifier,local_patient_id,token,nhs_number,arrival_date,provider_code\n"
    lines = head + "A1,,abc,,2024-04-01,RXX\nA2,,,999 000 0018,2024-04-01,RXX\nA3,,,9990000018,2024-04-02,RXX\n"
    landed = events(land(make_place(tmp_path / "p", AE, {"ae/2024/2024-05-04.csv": lines}), tmp_path / "out"))
    assert landed["ae/A1"]["record_key"] == of("token\x1fabc")
    assert landed["ae/A2"]["record_key"] == landed["ae/A3"]["record_key"] == of("nhs\x1f9990000018")


def test_objections_become_records_that_carry_the_number(tmp_path: Path) -> None:
    sources = TWO_SOURCES + source_toml("opt_outs", "objections")
    lines = "nhs_number,kind,from,to\n999 000 0018,national,2023-01-01,\n9990000026,type1,2023-01-01,2023-12-31\n"
    place = make_place(tmp_path / "p", sources, {**FILES, "opt_outs/2024/2024-01-01.csv": lines})
    (objection,) = rows(land(place, tmp_path / "out").tables["objection"])
    assert objection == {
        "record_key": of("L1"), "kind": "national", "valid_from": date(2023, 1, 1), "valid_to": None,
    }  # fmt: skip


def test_a_source_without_a_lawful_flow_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    place = make_place(tmp_path / "p", GP + AE.replace("controller", "owner"), FILES)
    with pytest.raises(FlowRefused, match=r"'ae'.*controller is missing.*Nothing was written"):
        land(place, tmp_path / "out")
    assert not (tmp_path / "out").exists()
    assert not place.identity.exists()


def test_an_agreement_that_has_ended_is_refused_even_for_an_earlier_day(tmp_path: Path) -> None:
    place = make_place(tmp_path / "p", GP.replace("2026-03-31", "2025-04-19"), FILES)
    with pytest.raises(FlowRefused, match="ended on 2025-04-19"):
        land(place, tmp_path / "out", as_of=date(2024, 12, 31))


def test_a_fatal_problem_stops_before_anything_is_landed(tmp_path: Path) -> None:
    place = make_place(tmp_path / "p", TWO_SOURCES, {**FILES, "ae/2024/2024-05-04.csv": b""})
    with pytest.raises(FatalProblems, match="the transfer failed") as stopped:
        land(place, tmp_path / "out")
    assert [problem.rule for problem in stopped.value.problems] == ["empty_file"]
    assert list((tmp_path / "out").iterdir()) == []


def test_a_parquet_file_lands_like_the_same_rows_as_text(tmp_path: Path) -> None:
    text = make_place(tmp_path / "text", TWO_SOURCES, FILES)
    typed = make_place(tmp_path / "typed", TWO_SOURCES, FILES)
    for name in FILES:
        path = typed.extracts / name
        duckdb.sql(
            f"COPY (SELECT * REPLACE ({_typed(name)}) FROM read_csv('{path}', all_varchar = true)) "
            f"TO '{path.with_suffix('.parquet')}'"
        )
        path.unlink()
    ours, theirs = land(text, tmp_path / "out-text"), land(typed, tmp_path / "out-typed")
    without_file = [{**row, "file": None} for row in events(ours).values()]
    assert [{**row, "file": None} for row in events(theirs).values()] == without_file
    assert rows(theirs.tables["person_record"]) == rows(ours.tables["person_record"])


def _typed(name: str) -> str:
    if name.startswith("gp"):
        return "strptime(date_of_birth, '%d/%m/%Y')::DATE AS date_of_birth, sex::INT AS sex"
    return (
        "strptime(arrival_date, '%d/%m/%Y') AS arrival_date, replace(replace(cost, '£', ''), ',', '')::DOUBLE AS cost"
    )


def test_what_no_longer_stands_leaves_the_shelf_and_an_earlier_day_leaves_it_alone(
    place: Place, tmp_path: Path
) -> None:
    land(place, tmp_path / "first")
    before = {path.name for path in (place.identity / "landed").iterdir()}
    land(place, tmp_path / "as-of", as_of=date(2024, 5, 3))
    assert before <= {path.name for path in (place.identity / "landed").iterdir()}
    (place.extracts / "ae/2024/2024-05-04.csv").unlink()
    land(place, tmp_path / "without")
    after = {path.name for path in (place.identity / "landed").iterdir()}
    assert not any(name.endswith(".events") for name in after)
    assert any(name.startswith("keys-") for name in after)


@pytest.mark.parametrize("gone", ["keys-*", "*.records.parquet", "*.parquet"])
def test_a_part_that_is_gone_from_the_shelf_is_made_again(place: Place, tmp_path: Path, gone: str) -> None:
    first = contents(land(place, tmp_path / "first"))
    for path in (place.identity / "landed").glob(gone):
        path.unlink()
    (place.extracts / "ae/2024/2024-06-04.csv").write_text(CORRECTION)
    again = land(place, tmp_path / "again")
    assert {row["record_key"] for row in events(again).values()} == {of("L1"), of("L9")}
    assert sorted(contents(again)) == sorted(first)
