"""The Integrated Care Pioneers in the protocols of the England place: which councils and commissioners, since when."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from joinedup.rules.foundation.errors import PlaceError
from joinedup.rules.foundation.period import quarter_of
from joinedup.store.protocols import load_protocol, register, registrations_file

HERE = Path(__file__).parent
PIONEERS = Path("england/pioneers.csv")
COMMISSIONERS = HERE / "pioneer_commissioners.csv"
COUNCILS_PROTOCOL, COMMISSIONERS_PROTOCOL = "pioneers-delayed-days.toml", "pioneers-emergency-admissions.toml"
EARLIER = "Pioneer of the first wave: too few months between the reorganisation of 2013 and its start"


@dataclass(frozen=True, slots=True)
class Site:
    """One area of one Pioneer.

    Attributes:
        wave: 1 (November 2013) or 2 (January 2015).
        start: first day of the quarter in which the wave was announced.
        is_full: whether the Pioneer covered the whole of the area.
    """

    name: str
    wave: int
    start: date
    area: str
    is_full: bool


def write_protocols(data: Path, place: Path, now: datetime) -> tuple[str, ...]:
    """Write the protocols of the Pioneers into a place and register them, before anything of it is evaluated.

    Args:
        data: the folder of published files.
        place: with its areas.csv.
        now: when they are registered.

    Returns:
        Names of the protocols; none where there is no list of Pioneers.
    """
    if not (data / PIONEERS).is_file():
        return ()
    folder = place / "evaluations"
    folder.mkdir(exist_ok=True)
    councils = council_sites(data / PIONEERS, place / "areas.csv")
    commissioners = commissioner_sites(data / PIONEERS)
    earlier = [site for site in commissioners if site.wave == 1]
    later = [site for site in commissioners if site.wave == 2]
    written = {
        COUNCILS_PROTOCOL: [*exposure_lines(councils), *site_lines(councils)],
        COMMISSIONERS_PROTOCOL: [*exposure_lines(later), *aside_lines(earlier), *site_lines(later)],
    }
    for name, lines in written.items():
        template = (HERE / "evaluations" / name).read_text(encoding="utf-8")
        path = folder / name
        path.write_text("\n".join([template.rstrip(), "", *lines, ""]), encoding="utf-8")
        register(registrations_file(path), load_protocol(path), now)
    return tuple(Path(name).stem for name in written)


def council_sites(pioneers: Path, areas: Path) -> list[Site]:
    """The councils of each Pioneer; one that two Pioneers cover in part is listed once.

    Raises:
        PlaceError: a council of the list is none of England's.
    """
    codes = {row["name"]: row["code"] for row in _rows(areas) if row["kind"] == "council"}
    found: dict[str, Site] = {}
    for row in _rows(pioneers):
        if row["council"] not in codes:
            raise PlaceError(f"{pioneers}: {row['council']} is no council of areas.csv; correct its name")
        site = Site(row["site"], int(row["wave"]), _start(row), codes[row["council"]], row["coverage"] == "full")
        found.setdefault(site.area, site)
    return list(found.values())


def commissioner_sites(pioneers: Path) -> list[Site]:
    """The commissioners of each Pioneer, with its wave.

    Raises:
        PlaceError: the list of commissioners names a Pioneer that the list of councils does not.
    """
    waves = {row["site"]: (int(row["wave"]), _start(row)) for row in _rows(pioneers)}
    made = []
    for row in _rows(COMMISSIONERS):
        if row["site"] not in waves:
            raise PlaceError(f"{COMMISSIONERS}: {row['site']} is no Pioneer of the list of councils")
        wave, start = waves[row["site"]]
        made.append(Site(row["site"], wave, start, row["commissioner"], row["coverage"] == "full"))
    return made


def _start(row: Mapping[str, str]) -> date:
    return quarter_of(date.fromisoformat(f"{row['announced']}-01")).start


def exposure_lines(sites: Iterable[Site]) -> list[str]:
    """Waves of areas covered in full, and areas covered in part, as tables of a protocol."""
    groups: dict[tuple[bool, date], list[str]] = defaultdict(list)
    for site in sites:
        groups[not site.is_full, site.start].append(site.area)
    lines = []
    for (is_part, start), areas in sorted(groups.items()):
        lines += [f"[[exposure.{'partly' if is_part else 'waves'}]]", f"start = {start}", _units(areas), ""]
    return lines


def aside_lines(sites: Iterable[Site]) -> list[str]:
    """Areas that are left out altogether."""
    return ["[[exposure.aside]]", f'why = "{EARLIER}"', _units([site.area for site in sites]), ""]


def site_lines(sites: Iterable[Site]) -> list[str]:
    """Which areas decided together."""
    named: dict[str, list[str]] = defaultdict(list)
    for site in sites:
        named[site.name].append(site.area)
    return ["[population.sites]", *(f'"{name}" = {_list(areas)}' for name, areas in named.items())]


def _units(areas: Iterable[str]) -> str:
    return f"units = {_list(areas)}"


def _list(areas: Iterable[str]) -> str:
    return "[" + ", ".join(f'"{area}"' for area in sorted(areas)) + "]"


def _rows(path: Path) -> list[Mapping[str, str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))
