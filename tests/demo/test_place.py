"""The demonstration place: complete, deterministic, lawful in its numbers, and only wrong where it says so."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pyarrow.csv as pacsv
import pyarrow.parquet as pq
import pytest

from joinedup.demo.place import generate
from joinedup.demo.truth import Truth, read_truth
from joinedup.rules.foundation.errors import UsageError
from joinedup.rules.foundation.identifier import is_acceptable
from joinedup.store.place import PlaceKind, load_place

PEOPLE = 4_000


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Truth]:
    folder = tmp_path_factory.mktemp("place") / "fenwick"
    return folder, generate(folder, people=PEOPLE, seed=7)


def _digest(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_the_same_seed_makes_the_same_files(made: tuple[Path, Truth], tmp_path: Path) -> None:
    generate(tmp_path / "again", people=PEOPLE, seed=7)
    assert _digest(tmp_path / "again") == _digest(made[0])


def test_another_seed_makes_other_people(made: tuple[Path, Truth], tmp_path: Path) -> None:
    generate(tmp_path / "other", people=PEOPLE, seed=8)
    path = "extracts/gp_patients/2022-03/2022-04-13.csv"
    assert (tmp_path / "other" / path).read_bytes() != (made[0] / path).read_bytes()


def test_place_toml_can_be_read_and_names_every_folder(made: tuple[Path, Truth]) -> None:
    place = load_place(made[0])
    assert place.kind is PlaceKind.DEMONSTRATION
    assert {path.name for path in place.extracts.iterdir()} == set(place.sources)
    assert all(source.flow for source in place.sources.values())


def test_areas_nest_and_the_board_succeeds_the_group(made: tuple[Path, Truth]) -> None:
    areas = {area.code: area for area in load_place(made[0]).areas()}
    assert all(area.parent is None or area.parent in areas for area in areas.values())
    assert [area.successor for area in areas.values() if area.kind == "commissioner"] == ["QFA"]


def test_nhs_numbers_are_test_numbers_and_no_two_people_share_one(made: tuple[Path, Truth], tmp_path: Path) -> None:
    generate(tmp_path / "clean", people=2_000, seed=3, faults=False)
    rows = pacsv.read_csv(
        tmp_path / "clean/extracts/gp_patients/2022-03/2022-04-13.csv",
        convert_options=pacsv.ConvertOptions(column_types={"nhs_number": "string", "local_patient_id": "string"}),
    )
    pairs = {(n, i) for n, i in zip(rows["nhs_number"].to_pylist(), rows["local_patient_id"].to_pylist()) if n}  # noqa: B905
    assert len({number for number, _ in pairs}) == len({person for _, person in pairs})
    assert all(number.startswith("999") and is_acceptable(number, test_numbers=True) for number, _ in pairs)


def test_a_place_without_faults_has_none(tmp_path: Path) -> None:
    truth = generate(tmp_path / "clean", people=2_000, seed=3, faults=False)
    assert not any(truth.faults.values())


def test_a_third_of_one_councils_records_lack_the_nhs_number(made: tuple[Path, Truth]) -> None:
    records = made[1].records()
    known = records["id_space"].to_pylist().count("social_care_aldmoor")
    assert made[1].faults["social_care_aldmoor missing_number"] / known == pytest.approx(1 / 3, abs=0.08)


def test_every_record_has_one_true_person(made: tuple[Path, Truth]) -> None:
    records = read_truth(made[0]).records().to_pandas()
    assert not records.duplicated(["id_space", "local_patient_id"]).any()
    assert records["id_space"].nunique() >= 12


def test_the_truth_is_outside_what_a_build_reads(made: tuple[Path, Truth]) -> None:
    folder = made[0]
    assert (folder / "truth/truth.json").is_file()
    assert not any("truth" in str(path.relative_to(folder)) for path in (folder / "extracts").rglob("*"))
    assert json.loads((folder / "truth/truth.json").read_text())["people"] == PEOPLE


def test_a_large_place_is_parquet_of_plain_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("joinedup.demo.place.PARQUET_FROM", 2_000)
    generate(tmp_path / "large", people=2_000, seed=1)
    path = next((tmp_path / "large/extracts/apc").rglob("*.parquet"))
    assert str(pq.read_schema(path).field("provider_code").type) == "string"


def test_a_discharge_may_lie_before_its_admission_and_is_counted(made: tuple[Path, Truth]) -> None:
    wrong = 0
    for path in (made[0] / "extracts/apc").rglob("*.csv"):
        rows = pacsv.read_csv(path).to_pandas()
        wrong += int((rows["discharge_date"] < rows["admission_date"]).sum())
    assert wrong >= made[1].faults["discharge_before_admission"]


def test_some_services_stay_open_after_a_death(made: tuple[Path, Truth]) -> None:
    rows = pacsv.read_csv(next((made[0] / "extracts/social_care_fenwick/2025-03").glob("*.csv"))).to_pandas()
    people = made[1].population().to_pandas().set_index("person")
    records = made[1].records().to_pandas()
    whose = records[records.id_space == "social_care_fenwick"].set_index("local_patient_id")["person"]
    open_now = rows[rows.event_end_date.isna() & (rows.event_type == "Service")]
    died = people["died"].reindex(whose.reindex(open_now.local_patient_id).to_numpy())
    assert died.notna().sum() > 0


def test_no_event_but_faults_happens_after_a_death(made: tuple[Path, Truth]) -> None:
    people, records = made[1].population().to_pandas(), made[1].records().to_pandas()
    whose = records[records.id_space == "acute"].set_index("local_patient_id")["person"]
    for path in (made[0] / "extracts/ecds").rglob("*.csv"):
        rows = pacsv.read_csv(path).to_pandas()
        person = whose.reindex(rows.local_patient_id)
        died = people.set_index("person")["died"].reindex(person).to_numpy()
        arrival = rows["arrival_date"].to_numpy(dtype="datetime64[D]")
        known = np.array([value is not None and value == value for value in died])
        late = arrival[known] > np.array([str(value)[:10] for value in died[known]], dtype="datetime64[D]")
        assert not late.any()


def test_the_family_costs_75_000_pounds_over_seven_agencies(made: tuple[Path, Truth]) -> None:
    pounds: dict[str, float] = {}
    for source in load_place(made[0]).sources.values():
        if "Family name" not in source.columns:
            continue
        for path in (made[0] / "extracts" / source.id).rglob("2025-*.csv"):
            rows = pacsv.read_csv(path).to_pandas()
            family = rows[rows["Address line"] == "5 Storyteller Row"]
            pounds[source.id] = pounds.get(source.id, 0) + float(family["Cost (GBP)"].sum())
    assert sum(pounds.values()) == 75_000
    assert sum(cost > 0 for cost in pounds.values()) == 7


def test_someone_waited_38_days_for_a_care_package(made: tuple[Path, Truth]) -> None:
    rows = pacsv.read_csv(next((made[0] / "extracts/apc/2025-02").glob("*.csv"))).to_pandas()
    stay = rows[rows.hospital_provider_spell_number == "STORYSPELL2"].iloc[0]
    assert (stay.discharge_date - stay.discharge_ready_date).days == 38
    assert (stay.delay_reason, stay.delay_responsible) == ("E", "social_care")


def test_a_folder_that_holds_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("not a place")
    with pytest.raises(UsageError, match="holds something else"):
        generate(tmp_path, people=2_000)
    assert (tmp_path / "letter.txt").exists()


def test_too_few_people_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="at least 2,000"):
        generate(tmp_path / "tiny", people=10)
