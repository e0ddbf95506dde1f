"""A place is read whole or refused with a sentence that says what to do."""

from pathlib import Path

import pytest

from joinedup.rules.foundation.disclosure import Policy
from joinedup.rules.foundation.errors import ConfigError
from joinedup.store.place import load_place

PLACE = """
[place]
id = "fenwick"
name = "Fenwick"
kind = "demonstration"
areas = "areas.csv"
[clock]
today = 2025-04-20
[period]
start = 2021-04-01
end = 2025-03-31
[sources.gp]
kind = "persons"
disclosure = "small5"
columns = { "NHS No" = "nhs_number" }
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "place.toml").write_text(PLACE)
    (tmp_path / "areas.csv").write_text(
        "code,name,kind,parent,valid_from,valid_to,successor\nE1,North,council,,2019-04-01,,\n"
    )
    return tmp_path


def test_a_place_file_becomes_checked_settings(folder: Path) -> None:
    place = load_place(folder)
    assert place.today.isoformat() == "2025-04-20"
    assert place.span.days == 1461
    assert place.sources["gp"].disclosure is Policy.SMALL5
    assert place.sources["gp"].id_space == "gp"
    assert [area.name for area in place.areas()] == ["North"]


def test_a_folder_without_a_place_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="is not a place"):
        load_place(tmp_path)


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ('kind = "persons"', "", "'kind' is missing"),
        ("end = 2025-03-31", "end = 2020-03-31", "must end after it starts"),
        ('disclosure = "small5"', 'disclosure = "none"', "not a valid Policy"),
        ('kind = "demonstration"', 'kind = "live"', "take out"),
        ("[period]", "[periods]", "'period' is missing"),
        ("[place]", "[place", "cannot be read"),
    ],
)
def test_an_impossible_setting_says_what_is_wrong(folder: Path, before: str, after: str, says: str) -> None:
    (folder / "place.toml").write_text(PLACE.replace(before, after))
    with pytest.raises(ConfigError, match=says):
        load_place(folder)


def test_a_bad_area_row_is_named_by_its_record(folder: Path) -> None:
    (folder / "areas.csv").write_text("code,name,kind,valid_from\nE1,North,council,1 April 2019\n")
    with pytest.raises(ConfigError, match=r"areas.csv, record 1"):
        load_place(folder).areas()


def test_the_key_is_made_once_for_its_owner_alone(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("JOINEDUP_KEY", raising=False)
    place = load_place(folder)
    first = place.key()
    assert place.key() == first
    assert (folder / "key").stat().st_mode & 0o077 == 0
    (folder / "key").chmod(0o644)
    with pytest.raises(ConfigError, match="chmod 600"):
        place.key()


def test_a_short_key_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JOINEDUP_KEY", "secret")
    with pytest.raises(ConfigError, match="shorter than"):
        load_place(folder).key()
