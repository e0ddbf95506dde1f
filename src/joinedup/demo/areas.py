"""The ground of the place: councils, neighbourhoods, small areas, practices and every organisation."""

from __future__ import annotations

import csv
import tomllib
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Final

import numpy as np

from joinedup.demo.months import Floats, Ints
from joinedup.demo.streams import stream

NATION: Final = ("E92000001", "England")
SYSTEM: Final = ("FWA-ICS", "Fenwick and Aldmoor Integrated Care System")
BOARD: Final = ("QFA", "NHS Fenwick and Aldmoor Integrated Care Board")
GROUP: Final = ("99F", "NHS Fenwick and Aldmoor Clinical Commissioning Group")
COUNCILS: Final = (("E06990001", "Fenwick City Council"), ("E06990002", "Aldmoor Council"))
PLACES: Final = (("FWA-P1", "Fenwick"), ("FWA-P2", "Aldmoor"))
ACUTE: Final = ("RZA", "Fenwick and Aldmoor Hospitals NHS Foundation Trust")
COMMUNITY: Final = ("RZB", "Larkwater Community Health NHS Trust")
MENTAL_HEALTH: Final = ("RZC", "Millrace Partnership NHS Foundation Trust")
DISTANT: Final = ("RZD", "Farhaven University Hospitals NHS Trust")
COLUMNS: Final = ("code", "name", "kind", "parent", "valid_from", "valid_to", "successor")
OTHERS: Final = (
    ("FWAPOL", "Fenwick and Aldmoor Constabulary", "police"),
    ("FWAHOU", "Tollhouse Homes", "housing"),
    ("FWABEN", "Benefits Service, Fenwick and Aldmoor", "benefits"),
    ("FWAPRO", "Fenwick and Aldmoor Probation Office", "criminal_justice"),
    ("FWAEDU", "Education Welfare, Fenwick and Aldmoor", "education"),
    ("FWASUB", "Turning Tide Recovery", "substance_misuse"),
    ("FWADOM", "Harbour Light Refuge", "domestic_abuse"),
    ("FWAINT", "Joined Care Fenwick and Aldmoor Limited", "integrator"),
)
PEOPLE_A_SMALL_AREA: Final = 1600
HOUSES_A_STREET: Final = 48
HOUSES_A_POSTCODE: Final = 16


@dataclass(frozen=True, slots=True)
class Ground:
    """Small areas and practices with what they belong to; each array is by small area unless it says otherwise.

    Attributes:
        fifths: deprivation fifth, 0 = most deprived.
        practice_near: the three practices that people of a small area use most, by small area.
        homes_area: small area of each care home, by home.
    """

    lsoa: list[str]
    council: Ints
    neighbourhood: Ints
    decile: Ints
    fifths: Ints
    neighbourhoods: list[tuple[str, str]]
    neighbourhood_council: Ints
    practices: list[tuple[str, str]]
    practice_neighbourhood: Ints
    practice_near: Ints
    homes: list[tuple[str, str]]
    homes_area: Ints
    agencies: list[tuple[str, str]]
    voluntary: list[tuple[str, str]]
    streets: list[str]

    def areas_of(self, council: int) -> Ints:
        """Small areas of a council."""
        return np.flatnonzero(self.council == council)


def place_words() -> dict[str, list[str]]:
    """Invented words from which names of places are made."""
    text = resources.files("joinedup.demo").joinpath("data/place_names.toml").read_text("utf-8")
    return {key: value for key, value in tomllib.loads(text).items() if isinstance(value, list)}


def lay_ground(people: int, seed: int) -> Ground:
    """Lay out a place for so many people: more people means more small areas and practices, not bigger ones."""
    rng, words = stream(seed, "areas"), place_words()
    n_areas = max(24, round(people / PEOPLE_A_SMALL_AREA))
    n_urban = round(n_areas * 0.55)
    council = (np.arange(n_areas) >= n_urban).astype(np.int64)
    near = _neighbourhoods(people, council)
    decile = _deciles(rng, council)
    n_practices = int(np.clip(people // 3600, 12, 40))
    practice_neighbourhood = np.arange(n_practices) % len(near[1])
    homes_area = np.sort(rng.choice(n_areas, size=int(np.clip(people // 2500, 16, 120)), replace=True))
    return Ground(
        lsoa=[f"E0199{i + 1:04d}" for i in range(n_areas)],
        council=council,
        neighbourhood=near[0],
        decile=decile,
        fifths=(decile - 1) // 2,
        neighbourhoods=_neighbourhood_names(near[1], words),
        neighbourhood_council=near[1],
        practices=_practice_names(n_practices, words),
        practice_neighbourhood=practice_neighbourhood,
        practice_near=_near_practices(rng, near[0], practice_neighbourhood),
        homes=_home_names(len(homes_area), words),
        homes_area=homes_area,
        agencies=_pairs(words["agencies_first"], words["agencies_last"], 20, "1-99920"),
        voluntary=_pairs(words["voluntary_first"], words["voluntary_last"], 25, "VOL"),
        streets=[f"{first} {last}" for last in words["streets_last"] for first in words["streets_first"]],
    )


def _neighbourhoods(people: int, council: Ints) -> tuple[Ints, Ints]:
    count = int(np.clip(round(people / 8000), 6, 20))
    urban = round(count * 0.55)
    owner = (np.arange(count) >= urban).astype(np.int64)
    within = np.empty(len(council), dtype=np.int64)
    for number, first, size in ((0, 0, urban), (1, urban, count - urban)):
        areas = np.flatnonzero(council == number)
        within[areas] = first + np.arange(len(areas)) * size // len(areas)
    return within, owner


def _deciles(rng: np.random.Generator, council: Ints) -> Ints:
    middle = np.where(council == 0, 3.6, 6.9)
    return np.clip(np.round(middle + rng.normal(0, 2.2, len(council))), 1, 10).astype(np.int64)


def _near_practices(rng: np.random.Generator, neighbourhood: Ints, practice_neighbourhood: Ints) -> Ints:
    near = np.empty((len(neighbourhood), 3), dtype=np.int64)
    for area, home in enumerate(neighbourhood):
        distance = np.abs(practice_neighbourhood - home) + rng.random(len(practice_neighbourhood)) * 0.9
        near[area] = np.argsort(distance, kind="stable")[:3]
    return near


def _neighbourhood_names(owner: Ints, words: dict[str, list[str]]) -> list[tuple[str, str]]:
    lists = (words["neighbourhoods_urban"], words["neighbourhoods_rural"])
    seen = [0, 0]
    names = []
    for number, council in enumerate(owner):
        name = lists[council][seen[council] % 10] + ("" if seen[council] < 10 else f" {seen[council] // 10 + 1}")
        seen[council] += 1
        names.append((f"FWA-N{number + 1:02d}", name))
    return names


def _practice_names(count: int, words: dict[str, list[str]]) -> list[tuple[str, str]]:
    first, last = words["practice_first"], words["practice_last"]
    return [(f"X99{i + 1:03d}", f"{first[i % 20]} {last[(i + i // 20) % 5]}") for i in range(count)]


def _home_names(count: int, words: dict[str, list[str]]) -> list[tuple[str, str]]:
    first, last = words["home_first"], words["home_last"]
    return [(f"1-99910{i + 1:04d}", f"{first[i % 20]} {last[(i // 20 + i) % 6]} Care Home") for i in range(count)]


def _pairs(first: list[str], last: list[str], count: int, code: str) -> list[tuple[str, str]]:
    width = len(first)
    return [(f"{code}{i + 1:03d}", f"{first[i % width]} {last[(i // width + i) % len(last)]}") for i in range(count)]


def write_ground(ground: Ground, folder: Path) -> None:
    """Write areas.csv, organisations.csv and geography.csv."""
    _write(folder / "areas.csv", COLUMNS, _area_rows(ground))
    _write(folder / "organisations.csv", COLUMNS, _organisation_rows(ground))
    _write(
        folder / "geography.csv",
        ("lsoa", "neighbourhood", "council", "place", "system", "imd_decile"),
        [
            (code, ground.neighbourhoods[n][0], COUNCILS[c][0], PLACES[c][0], SYSTEM[0], str(decile))
            for code, n, c, decile in zip(ground.lsoa, ground.neighbourhood, ground.council, ground.decile, strict=True)
        ],
    )


def _area_rows(ground: Ground) -> list[tuple[str, ...]]:
    since = "2013-04-01"
    rows: list[tuple[str, ...]] = [
        (*NATION, "nation", "", since, "", ""),
        (*SYSTEM, "system", NATION[0], since, "", ""),
        (*GROUP, "commissioner", SYSTEM[0], since, "2022-06-30", BOARD[0]),
        (*BOARD, "board", SYSTEM[0], "2022-07-01", "", ""),
    ]
    rows += [(*place, "place", SYSTEM[0], since, "", "") for place in PLACES]
    rows += [(*council, "council", SYSTEM[0], since, "", "") for council in COUNCILS]
    rows += [
        (*name, "neighbourhood", PLACES[int(council)][0], since, "", "")
        for name, council in zip(ground.neighbourhoods, ground.neighbourhood_council, strict=True)
    ]
    rows += [
        (*name, "practice", ground.neighbourhoods[int(home)][0], since, "", "")
        for name, home in zip(ground.practices, ground.practice_neighbourhood, strict=True)
    ]
    return rows


def _organisation_rows(ground: Ground) -> list[tuple[str, ...]]:
    since = "2013-04-01"
    rows: list[tuple[str, ...]] = [
        (*BOARD, "board", "", "2022-07-01", "", ""),
        (*GROUP, "commissioner", "", since, "2022-06-30", BOARD[0]),
    ]
    rows += [(*council, "council", "", since, "", "") for council in COUNCILS]
    rows += [(*trust, "trust", BOARD[0], since, "", "") for trust in (ACUTE, COMMUNITY, MENTAL_HEALTH, DISTANT)]
    rows += [(*name, "practice", BOARD[0], since, "", "") for name in ground.practices]
    rows += [(*home, "care_home", "", since, "", "") for home in ground.homes]
    rows += [(*agency, "home_care", "", since, "", "") for agency in ground.agencies]
    rows += [(*body, "voluntary", "", since, "", "") for body in ground.voluntary]
    rows += [(code, name, kind, "", since, "", "") for code, name, kind in OTHERS]
    return rows


def _write(path: Path, columns: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.writer(lines, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)


def area_need(ground: Ground) -> Floats:
    """How deprived each small area is, centred: two fifths above the middle is 2."""
    return 2.0 - ground.fifths.astype(np.float64)
