"""A build as of an earlier day gives what was known then, and leaves what came later where it is."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from joinedup.pipeline.build import build
from joinedup.store.release import current_release, history, read_manifest
from tests import place_on_disk as micro


@pytest.fixture(scope="module")
def looked_back(refreshed: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The place with everything delivered, built as of the middle of June."""
    place = Path(shutil.copytree(refreshed, tmp_path_factory.mktemp("back") / "place"))
    build(place, as_of=micro.MIDDLE)
    return place


def test_it_equals_the_build_made_on_that_day(looked_back: Path, earlier: Path, tmp_path: Path) -> None:
    assert current_release(looked_back) == current_release(earlier)
    assert micro.figures(looked_back, tmp_path / "back") == micro.figures(earlier, tmp_path / "then")


def test_files_received_later_are_not_known_yet(looked_back: Path) -> None:
    manifest = read_manifest(looked_back, current_release(looked_back))
    known = micro.received_by(micro.EVERYTHING, micro.MIDDLE)
    assert {item.path.removeprefix("extracts/") for item in manifest.inputs} == set(known)
    assert manifest.as_of == micro.MIDDLE.isoformat()


def test_every_vintage_and_every_release_stays(looked_back: Path, refreshed: Path) -> None:
    kept = {path.relative_to(looked_back / "extracts").as_posix() for path in looked_back.glob("extracts/*/*/*.csv")}
    assert kept == set(micro.EVERYTHING)
    assert current_release(refreshed) in {manifest.release for manifest in history(looked_back)}


def test_the_next_build_of_today_is_as_if_nobody_had_looked_back(
    looked_back: Path, refreshed: Path, tmp_path: Path
) -> None:
    place = Path(shutil.copytree(looked_back, tmp_path / "place"))
    again = build(place)
    assert again.release == current_release(refreshed)
    assert {stage.name for stage in again.stages if not stage.reused} == {"land extracts", "publish"}
