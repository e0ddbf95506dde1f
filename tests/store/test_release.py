"""A release is whole or not there; what no kept release names is collected."""

from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from joinedup.rules.foundation.errors import PlaceError, ReleaseError
from joinedup.store.objects import Objects, sha256_of, write_atomically
from joinedup.store.place import Place, load_place
from joinedup.store.release import (
    Input,
    Manifest,
    StageRecord,
    build_lock,
    collect,
    current_release,
    history,
    publish,
    read_manifest,
    release_id,
)

PLACE = '[place]\nid = "p"\nname = "P"\nkind = "statistics"\n[period]\nstart = 2024-01-01\nend = 2024-12-31\n'


@pytest.fixture
def place(tmp_path: Path) -> Place:
    (tmp_path / "place.toml").write_text(PLACE + "[releases]\nkeep = 2\n")
    return load_place(tmp_path)


def _object(place: Place, value: int) -> str:
    place.objects.mkdir(exist_ok=True)
    file = place.objects / "part"
    pq.write_table(pa.table({"x": [value]}), file)
    return Objects(place.objects).add(file)


def _manifest(place: Place, name: str, objects: tuple[str, ...], built_at: str) -> Manifest:
    return Manifest(
        release=name,
        place=place.id,
        built_at=built_at,
        as_of="2024-12-31",
        engine="duckdb",
        code_version="0",
        definitions={},
        link_model="",
        inputs=(Input("s", "f.csv", "00", 3, "2024-12-31"),),
        objects={"published/measure": objects},
        stages=(StageRecord("a", 1.0, 1.0, 1.0, 1, 1, False),),
        problems={"fatal": 0},
        disclosure={},
    )


def test_a_published_release_is_read_back_as_it_was(place: Place) -> None:
    manifest = _manifest(place, "r1", (_object(place, 1),), "2025-01-01")
    publish(place, manifest)
    assert current_release(place.folder) == "r1"
    assert read_manifest(place.folder, "r1") == manifest


def test_an_object_is_named_by_its_content_and_kept_once(place: Place) -> None:
    first, second = _object(place, 7), _object(place, 7)
    assert first == second == sha256_of(Objects(place.objects).path(first))


def test_a_place_without_a_release_says_what_to_run(place: Place) -> None:
    with pytest.raises(ReleaseError, match="joinedup build"):
        current_release(place.folder)


@pytest.mark.parametrize("text", ["", "{", "{}", '{"release": 1}'])
def test_a_damaged_manifest_says_so(place: Place, text: str) -> None:
    write_atomically(place.releases / "r1" / "manifest.json", text)
    with pytest.raises(ReleaseError, match="damaged"):
        read_manifest(place.folder, "r1")


def test_releases_beyond_the_kept_number_go_with_their_objects(place: Place) -> None:
    names = [_object(place, value) for value in range(4)]
    for day, name in enumerate(names, start=1):
        publish(place, _manifest(place, f"r{day}", (name,), f"2025-01-0{day}"))
    assert collect(place) == 2
    assert [manifest.release for manifest in history(place.folder)] == ["r4", "r3"]
    assert not Objects(place.objects).path(names[0]).exists()
    assert Objects(place.objects).path(names[3]).exists()


def test_a_remembered_stage_is_forgotten_when_its_object_is_gone(place: Place) -> None:
    objects = Objects(place.objects)
    name = _object(place, 1)
    objects.remember("key", {"facts/x": (name,)})
    assert objects.recall("key") == {"facts/x": (name,)}
    objects.path(name).unlink()
    assert objects.recall("key") is None


def test_two_builds_of_one_place_do_not_run_at_once(place: Place) -> None:
    with build_lock(place), pytest.raises(PlaceError, match="under way"), build_lock(place):
        pass


def test_what_a_killed_build_left_unfinished_is_cleaned(place: Place) -> None:
    left = place.objects / "unfinished" / "half.parquet"
    left.parent.mkdir(parents=True)
    left.write_text("half")
    with Objects(place.objects).scratch() as scratch:
        assert list(scratch.iterdir()) == []
    assert not left.exists()


def test_the_same_content_gives_the_same_release_id(place: Place) -> None:
    assert (
        release_id("2024-12-31", {"a": 1}) == release_id("2024-12-31", {"a": 1}) != release_id("2024-12-31", {"a": 2})
    )


def test_a_manifest_names_all_its_objects(place: Place) -> None:
    manifest = replace(_manifest(place, "r1", ("a",), ""), objects={"x": ("a", "b"), "y": ("b", "c")})
    assert manifest.names() == {"a", "b", "c"}
