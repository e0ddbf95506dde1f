"""A whole build: what it publishes, what it uses again, whom it leaves out and what it refuses."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from joinedup.pipeline.build import build
from joinedup.pipeline.explaining import explain
from joinedup.rules.foundation.errors import FatalProblems, FlowRefused, PlaceError
from joinedup.store.objects import Objects
from joinedup.store.place import load_place
from joinedup.store.reader import Reader
from joinedup.store.release import Manifest, build_lock, current_release, read_manifest
from tests import place_on_disk as micro

ATTENDANCES = "ae_attendances/SYS1/2024-05-01/2024-05-31/all/all"


def manifest(place: Path) -> Manifest:
    return read_manifest(place, current_release(place))


def facts(place: Path, table: str) -> list[dict[str, object]]:
    """The rows of a restricted table of the current release."""
    objects = Objects(load_place(place).objects)
    paths = [
        path
        for name, shas in manifest(place).objects.items()
        if name == f"facts/{table}"
        for path in objects.paths(shas)
    ]
    return [row for path in paths for row in pq.read_table(path).to_pylist()]


def test_a_build_publishes_what_the_extracts_say(built: Path) -> None:
    reader = Reader(built)
    attended = sum(row.startswith("a-05-") for row in micro.EVERYTHING["ecds/2024-05/2024-06-05.csv"].splitlines())
    assert reader.point(ATTENDANCES).numerator.value == 5 * round(attended / 5)  # rounded by the hes policy
    assert {"ae_attendances", "emergency_admissions", "discharge_delay_days"} <= {m.id for m in reader.measures()}


def test_every_person_is_put_together_across_their_sources(built: Path) -> None:
    links = facts(built, "link")
    assert len({row["record_key"] for row in links}) > micro.PEOPLE
    assert len({row["person_id"] for row in links}) == micro.PEOPLE


def test_the_manifest_names_every_file_with_its_rows(built: Path) -> None:
    files = {item.path.removeprefix("extracts/"): item.rows for item in manifest(built).inputs}
    assert files == {name: len(text.splitlines()) - 1 for name, text in micro.EVERYTHING.items()}


def test_values_at_the_strict_and_the_loose_threshold_are_published(built: Path) -> None:
    point = Reader(built).point(ATTENDANCES)
    assert point.strict.value is not None
    assert point.loose.value is not None
    assert point.strict.value <= point.loose.value


def test_a_refresh_equals_a_rebuild(built: Path, refreshed: Path, tmp_path: Path) -> None:
    assert micro.figures(refreshed, tmp_path / "a") == micro.figures(built, tmp_path / "b")


def test_a_refresh_costs_only_months_that_changed(refreshed: Path) -> None:
    reused = {stage.name: stage.reused for stage in manifest(refreshed).stages}
    assert (reused["cost 2024-04"], reused["cost 2024-05"], reused["cost 2024-06"]) == (False, True, False)


def test_a_build_of_what_was_built_before_uses_every_stage_again(built: Path, tmp_path: Path) -> None:
    place = Path(shutil.copytree(built, tmp_path / "place"))
    again = build(place)
    assert again.release == current_release(built)
    assert {stage.name for stage in again.stages if not stage.reused} == {"land extracts", "publish"}


@pytest.fixture(scope="module")
def apart(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A place whose names are kept elsewhere and in which four people object to planning; place and identity store."""
    folder = tmp_path_factory.mktemp("apart")
    files = {**micro.received_by(micro.EVERYTHING, micro.MIDDLE), **micro.objection(range(1, 41, 10))}
    place = micro.make_place(folder / "place", files=files, today=micro.MIDDLE)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JOINEDUP_IDENTITY", str(folder / "identity"))
        build(place)
    return place, folder / "identity"


def test_who_objects_is_in_no_measure(apart: tuple[Path, Path], earlier: Path) -> None:
    cell = "ae_attendances/SYS1/2024-04-01/2024-04-30/all/all"
    raw, before = (explain(place, cell, internal=True).raw or {} for place in (apart[0], earlier))
    assert raw["denominator"] == before["denominator"] - 4
    assert raw["numerator"] < before["numerator"]


def test_who_objects_stays_in_the_record_of_their_own_care(apart: tuple[Path, Path]) -> None:
    out = [row for row in facts(apart[0], "population") if row["objection"]]
    assert len({row["person_id"] for row in out}) == 4
    assert {row["person_id"] for row in out} <= {row["person_id"] for row in facts(apart[0], "link")}


def test_names_and_numbers_are_nowhere_but_in_the_identity_store(apart: tuple[Path, Path], tmp_path: Path) -> None:
    place, identity = apart
    assert not (place / "identity").exists()
    export = tmp_path / "export"
    micro.figures(place, export)
    for folder in (place / "objects", place / "releases", export):
        for path, text in micro.everything_written(folder):
            assert [marker for marker in micro.markers() if marker in text] == [], path
    assert any(micro.SURNAME in text for _, text in micro.everything_written(identity))
    assert identity.stat().st_mode & 0o077 == 0


def test_a_place_that_gets_pseudonyms_only_links_on_them(tmp_path: Path) -> None:
    sources = {name: micro.SOURCES[name] for name in ("gp", "ecds")}
    arrived = micro.received_by(micro.EVERYTHING, micro.MIDDLE)
    files = micro.with_tokens({name: text for name, text in arrived.items() if name.split("/")[0] in sources})
    place = micro.make_place(tmp_path / "place", files=files, today=micro.MIDDLE, sources=sources)
    build(place)
    people = {row["person_id"] for row in facts(place, "link")}
    assert len(people) == micro.PEOPLE
    assert Reader(place).point(ATTENDANCES).value.value is not None


def test_a_source_whose_flow_has_expired_is_refused_by_name_and_nothing_is_published(tmp_path: Path) -> None:
    sources = micro.with_expiry("apc", micro.TODAY - timedelta(days=1))
    place = micro.make_place(tmp_path / "place", sources=sources)
    with pytest.raises(FlowRefused, match=r"'apc'.*ended on 2024-07-19"):
        build(place)
    assert not (place / "current").exists()
    assert not list((place / "objects").glob("*.parquet"))


def test_a_flow_may_be_used_on_its_last_day(tmp_path: Path) -> None:
    sources = {"gp": micro.with_expiry("gp", micro.TODAY)["gp"]}
    place = micro.make_place(tmp_path / "place", sources=sources, files={"gp/2024/2024-04-02.csv": "nothing\n1\n"})
    with pytest.raises(FatalProblems):  # it is looked at, so it was not refused
        build(place)


def test_a_fatal_problem_stops_the_build_and_the_former_release_stays(earlier: Path, tmp_path: Path) -> None:
    place = Path(shutil.copytree(earlier, tmp_path / "place"))
    micro.deliver(place, {"apc/2024-06/2024-06-14.csv": "episode\n1\n"})
    with pytest.raises(FatalProblems, match=r"2024-06-14\.csv: the first line holds none of the expected headings"):
        build(place)
    assert current_release(place) == current_release(earlier)
    assert not (place / "identity" / "unfinished").exists()


def test_a_second_build_at_the_same_time_says_so(tmp_path: Path) -> None:
    place = micro.make_place(tmp_path / "place")
    with build_lock(load_place(place)), pytest.raises(PlaceError, match=r"another build of .* is under way"):
        build(place)
