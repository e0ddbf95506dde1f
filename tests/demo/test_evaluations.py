"""The demonstration place asks whether its schemes worked before they begin, in protocols its records can answer."""

from __future__ import annotations

import shutil
from datetime import date, datetime
from importlib.resources import files
from pathlib import Path

import pyarrow.csv as pacsv
import pytest

from joinedup.demo.evaluations import FOLDER, write_evaluations
from joinedup.demo.place import generate
from joinedup.rules.programme.protocol_place import PlacePeople, PlaceStudies
from joinedup.store.protocols import FILE, load_protocol, registrations

NAMES = {"care-homes", "reablement", "team-aldmoor", "team-before-after", "team-both-sites", "team-fenwick"}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("asked") / "place"
    generate(folder, people=2_000, seed=5)
    return folder


def first_days(place: Path) -> dict[str, date]:
    """The first enrolment of each scheme."""
    found: dict[str, date] = {}
    for path in (place / "extracts" / "initiatives").rglob("*.csv"):
        rows = pacsv.read_csv(path).to_pylist()
        for row in rows:
            day = row["start_date"]
            found[row["method"]] = min(day, found.get(row["method"], day))
    return found


def test_every_protocol_lies_in_the_place_as_it_was_written(place: Path) -> None:
    shipped = files("joinedup.demo") / "data" / FOLDER
    held = {path.stem: path.read_bytes() for path in (place / FOLDER).glob("*.toml")}
    assert set(held) == NAMES
    assert all((shipped / f"{name}.toml").read_bytes() == text for name, text in held.items())


def test_each_is_registered_once_with_the_hash_of_its_file(place: Path) -> None:
    held = {item.name: item.hash for item in registrations(place / FOLDER / FILE)}
    assert held == {name: load_protocol(place / FOLDER / f"{name}.toml").hash for name in NAMES}
    assert len(registrations(place / FOLDER / FILE)) == len(NAMES)


def test_registered_before_anybody_joins_a_scheme(place: Path) -> None:
    registered = {datetime.fromisoformat(item.time).date() for item in registrations(place / FOLDER / FILE)}
    assert max(registered) < min(first_days(place).values())


def test_people_join_every_scheme_that_a_protocol_asks_for(place: Path) -> None:
    asked = [load_protocol(place / FOLDER / f"{name}.toml").protocol.place for name in NAMES]
    assert {each.enrolments.method for each in asked if isinstance(each, PlacePeople)} <= set(first_days(place))


def test_both_sites_rest_on_protocols_of_the_place(place: Path) -> None:
    asked = load_protocol(place / FOLDER / "team-both-sites.toml").protocol.place
    assert isinstance(asked, PlaceStudies)
    assert set(asked.protocols) <= NAMES


def test_making_the_place_again_registers_nothing_twice(place: Path, tmp_path: Path) -> None:
    shutil.copytree(place / FOLDER, tmp_path / FOLDER)
    write_evaluations(tmp_path)
    assert len(registrations(tmp_path / FOLDER / FILE)) == len(NAMES)
