"""The Integrated Care Pioneers: which councils and commissioners, since when, and what evaluating them found.

Usage: python examples/england/pioneers.py build/england        (after assemble.py and joinedup build)
"""

from __future__ import annotations

import csv
import hashlib
import json
import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from joinedup.pipeline.evaluation.evaluate import evaluate
from joinedup.rules.foundation.errors import PlaceError
from joinedup.rules.foundation.period import quarter_of
from joinedup.rules.programme.result import Result
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


def fingerprint(result: Result) -> str:
    """A hash of verdict, grade and every estimate and probe to five digits: the same wherever and whenever it is run.

    When it was registered and run, and the last digits of arithmetic on another machine, are left out.
    """
    told = result.as_dict()
    kept = {
        "verdict": told["verdict"], "grade": told["grade"]["level"] if told["grade"] else None,
        "estimates": [_figures(row) for row in told["estimates"]],
        "probes": [_figures(row) for row in _probes(told)],
    }  # fmt: skip
    return hashlib.sha256(json.dumps(kept, sort_keys=True).encode()).hexdigest()[:16]


def _probes(told: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    found = told["sensitivity"]
    return [*found.get("probes", []), *found.get("probes_on_another_scale", [])]


def _figures(row: Mapping[str, Any]) -> list[str]:
    return [f"{row[name]:.5g}" if isinstance(row.get(name), float) else "" for name in ("value", "low", "high")]


def table(result: Result) -> list[str]:
    """The lines of docs/evaluations/pioneers.md that hold figures of a result."""
    told = result.as_dict()
    overall = [row for row in told["estimates"] if row["horizon"] == "all" or row["horizon"].startswith("g=")]
    kept = [row for row in overall if row["estimand"] in {"simple", "att"} or row["horizon"] != "all"]
    lines = [f"| {_name(row)} | {_effect(row)} | {_p(row)} |" for row in kept]
    lines += [f"| {row['probe']} | {_effect(row)} | {_p(row)} |" for row in _probes(told)]
    years = told["diagnostics"].get("by_year_since_start", [])
    lines += [f"| {row['when']} | {_effect(row)} | {_p(row)} |" for row in years]
    return [
        *lines,
        f"Verdict: **{told['verdict']}**, grade {told['grade']['level']}. Fingerprint `{fingerprint(result)}`.",
    ]


def _name(row: Mapping[str, Any]) -> str:
    words = {"g=2013-10-01": "first wave", "g=2015-01-01": "second wave", "all": "all"}
    parts = [row["outcome"], words.get(row["horizon"], row["horizon"]), row["subgroup"]]
    return ", ".join(dict.fromkeys(part for part in parts if part != "all")) or "all"


def _effect(row: Mapping[str, Any]) -> str:
    """A difference in days, a ratio as percent; with its interval."""
    values = [row[name] for name in ("value", "low", "high")]
    if row["scale"] == "ratio":
        shown = [f"{100 * (value - 1):+.1f}%" for value in values]
    else:
        shown = [f"{value:+.0f}" for value in values]
    return f"{shown[0]} ({shown[1]} to {shown[2]})"


def _p(row: Mapping[str, Any]) -> str:
    return f"{row['p']:.2f}" if row["p"] is not None else ""


def main(place: Path) -> int:
    """Evaluate both protocols on a built place and print what is published of them."""
    for name in (COUNCILS_PROTOCOL, COMMISSIONERS_PROTOCOL):
        result = evaluate(
            place / "evaluations" / name,
            place.parent / "pioneers" / Path(name).stem,
            place=place,
            now=datetime.now(UTC),
        )
        print("\n".join([result.title, *table(result), ""]))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(Path(sys.argv[1])))
