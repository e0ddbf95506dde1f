"""Make the England place from published files: unpack the workbooks, write populations and areas. Reads, never edits.

Usage: python examples/england/assemble.py build/england        (JOINEDUP_DATA names the folder of published files)
"""

from __future__ import annotations

import argparse
import csv
import os
import re
import shutil
import sys
import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb

from joinedup.evidence.sources.statistics import NATIONAL_COMMISSIONERS
from joinedup.rules.foundation.errors import JoinedupError, PlaceError
from joinedup.rules.foundation.period import Period, add_months
from joinedup.store.council_codes import council_codes
from joinedup.store.workbooks import read_workbook, workbook_dates

HERE = Path(__file__).parent
ENGLAND = "E92000001"

#: Published files, inside the folder that JOINEDUP_DATA names.
DELAYS = Path("england/delayed-transfers/raw_xls_201104_201912.zip")
ACTIVITY = Path("england/non-elective/raw_xls_201204_201912.zip")
EMERGENCY = Path("england/non-elective/Monthly-AE-Time-Series-March-2024.xls")
GEOGRAPHY = Path("england/geography")

#: The span for which the one population (mid-2020) is used.
SPAN = Period(date(2010, 8, 1), date(2024, 4, 1))

AREA_COLUMNS = ("code", "name", "kind", "parent", "valid_from", "valid_to", "successor")
POPULATION_COLUMNS = (
    "area_type", "area_code", "basis", "period_start", "period_end", "sex", "age_from", "age_to", "people",
)  # fmt: skip
OLDEST = 125  # the last age of "90 and over"


@dataclass(frozen=True, slots=True)
class Area:
    """One row of areas.csv."""

    code: str
    name: str
    kind: str
    parent: str = ENGLAND
    valid_from: date | None = None
    valid_to: date | None = None
    successor: str = ""


def assemble(data: Path, place: Path) -> int:
    """Make the place in a folder; what an earlier run put there is replaced.

    Args:
        data: the folder of published files.
        place: where the place goes.

    Returns:
        How many workbooks it holds.

    Raises:
        PlaceError: a published file is missing or is no workbook.
    """
    for path in (DELAYS, ACTIVITY, EMERGENCY, GEOGRAPHY):
        if not (data / path).exists():
            raise PlaceError(f"{data / path} is missing; {HERE / 'README.md'} says where anyone can download it")
    place.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(HERE / "place.toml", place / "place.toml")
    shutil.copytree(HERE / "definitions", place / "definitions", dirs_exist_ok=True)
    extracts = place / "extracts"
    for source in ("delayed_transfers", "monthly_activity", "ae_time_series", "council_population"):
        shutil.rmtree(extracts / source, ignore_errors=True)
    count = unpack(data / DELAYS, extracts / "delayed_transfers")
    count += unpack(data / ACTIVITY, extracts / "monthly_activity")
    place_workbook(data / EMERGENCY, extracts / "ae_time_series", "2010-08")
    people = population(data / GEOGRAPHY)
    write_rows(extracts / "council_population" / "2020" / "2021-09-16.csv", POPULATION_COLUMNS, people)
    areas = [*fixed_areas(data / GEOGRAPHY), *commissioners(extracts / "monthly_activity", data / GEOGRAPHY)]
    write_rows(place / "areas.csv", AREA_COLUMNS, [area_row(area) for area in areas])
    return count + 1


def unpack(archive: Path, folder: Path) -> int:
    """Put each workbook of an archive where a build looks for it: <month it is about>/<day it was published>.xls.

    Returns:
        How many workbooks.
    """
    with zipfile.ZipFile(archive) as packed, tempfile.TemporaryDirectory() as scratch:
        books = [name for name in packed.namelist() if name.lower().endswith((".xls", ".xlsx"))]
        for name in books:
            place_workbook(Path(packed.extract(name, scratch)), folder)
    return len(books)


def place_workbook(workbook: Path, folder: Path, period: str | None = None) -> Path:
    """Copy one workbook to <folder>/<period>/<received><suffix>.

    Received is the day this vintage was published: the day it says it was revised, else first published; where it says
    neither, six weeks after its month, when these statistics came out.

    Raises:
        PlaceError: the workbook states no month and none was given.
    """
    dates = workbook_dates(workbook)
    month = period or (f"{dates.period:%Y-%m}" if dates.period else None)
    if month is None:
        raise PlaceError(f"{workbook.name} does not say which month it is about")
    received = dates.received or add_months(date.fromisoformat(f"{month}-01"), 2).replace(day=15)
    target = folder / month / f"{received}{workbook.suffix}"
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(workbook, target)
    return target


def population(geography: Path) -> list[tuple[object, ...]]:
    """Residents by single year of age, mid-2020, of England and of every council that ever appears in the series.

    Councils that merged in April 2019 are rebuilt from small areas, whose names still carry the older district.
    """
    ages = [f'"{age}"' for age in range(90)] + ['"90+"']
    small = f"read_parquet('{geography / 'population20_lsoa11.parquet'}')"
    district = f"read_parquet('{geography / 'lookup_lsoa11_ltla19.parquet'}')"
    upper = f"read_parquet('{geography / 'lookup_ltla19_utla19.parquet'}')"
    sums = ", ".join(f"sum({age})" for age in ages)
    rows = _query(
        f"""
        WITH lived AS (
            SELECT utla19_code AS council, people.*,
                   regexp_replace(people.lsoa11_name, ' [0-9]{{3}}[A-Z]$', '') AS named
            FROM {small} AS people
            JOIN {district} AS district USING (lsoa11_code)
            JOIN {upper} AS upper USING (ltla19_code)
            WHERE lsoa11_code LIKE 'E%'
        ), counted AS (
            SELECT council AS area_code, * EXCLUDE (council) FROM lived
            UNION ALL
            SELECT CASE named WHEN 'Bournemouth' THEN 'E06000028' WHEN 'Poole' THEN 'E06000029' ELSE 'E10000009' END,
                   * EXCLUDE (council)
            FROM lived WHERE council IN ('E06000058', 'E06000059')
            UNION ALL
            SELECT '{ENGLAND}', * EXCLUDE (council) FROM lived
        )
        SELECT area_code, {sums} FROM counted GROUP BY area_code ORDER BY area_code
        """
    )
    return [row for code, *people in rows for row in _population_rows(code, people)]


def _population_rows(code: str, people: Iterable[float]) -> Iterator[tuple[object, ...]]:
    kind = "nation" if code == ENGLAND else "council"
    for age, count in enumerate(people):
        yield kind, code, "resident", SPAN.start, SPAN.last_day, "", age, age if age < 90 else OLDEST, int(count)


def fixed_areas(geography: Path) -> list[Area]:
    """England, its councils with the changes of 2019 to 2021, and the rows of the tables that are no area."""
    upper = geography / "lookup_ltla19_utla19.parquet"
    names = dict(_query(f"SELECT DISTINCT utla19_code, utla19_name FROM '{upper}' WHERE utla19_code LIKE 'E%'"))
    with (HERE / "council_changes.csv").open(encoding="utf-8", newline="") as lines:
        changes = {row["code"]: row for row in csv.DictReader(lines)}
    councils = [_council(code, names, changes) for code in sorted({*names, *changes})]
    others = [Area(item.code, item.name, "other") for item in council_codes() if not item.gss]
    return [Area(ENGLAND, "England", "nation", parent=""), *councils, *others]


def _council(code: str, names: Mapping[str, str], changes: Mapping[str, Mapping[str, str]]) -> Area:
    change = changes.get(code, {})
    return Area(
        code,
        change.get("name") or names[code],
        "council",
        valid_from=_day(change.get("valid_from")),
        valid_to=_day(change.get("valid_to")),
        successor=change.get("successor", ""),
    )


def commissioners(workbooks: Path, geography: Path) -> list[Area]:
    """Every commissioner of the activity returns, with the months it reported and the one that took over from it.

    The name is the latest one printed. Successors come from the register of organisations: a commissioner that stopped
    reporting on the day it was succeeded. Primary care trusts were split between new groups, so they have none.
    """
    seen: dict[str, tuple[date, date, str]] = {}
    for path in sorted(workbooks.glob("*/*.xls")):
        month = date.fromisoformat(f"{path.parent.name}-01")
        table = read_workbook(path).select(["sheet", "code", "name"]).to_pylist()
        for code, name in dict.fromkeys((r["code"], r["name"]) for r in table if r["sheet"] == "Commissioner"):
            if code:
                seen[code] = (seen[code][0] if code in seen else month, month, name)
    end = add_months(max(last for _, last, _ in seen.values()), 1)
    successions = _successions(geography)
    return [
        Area(
            code,
            proper_name(name),
            "other" if code in NATIONAL_COMMISSIONERS else "commissioner",
            valid_from=first,
            valid_to=stopped if stopped < end else None,
            successor=successions.get((code, stopped), ""),
        )
        for code, (first, last, name) in sorted(seen.items())
        for stopped in (add_months(last, 1),)
    ]


def _successions(geography: Path) -> dict[tuple[str, date], str]:
    rows = _query(
        f"SELECT old_code, date, min(new_code) FROM '{geography / 'lookup_trust_trust.parquet'}'"
        " GROUP BY old_code, date HAVING count(DISTINCT new_code) = 1"
    )
    return {(old, day): new for old, day, new in rows}


def proper_name(printed: str) -> str:
    """A name printed in capitals, as people write it.

    >>> proper_name("NHS WINDSOR, ASCOT AND MAIDENHEAD CCG")
    'NHS Windsor, Ascot and Maidenhead CCG'
    >>> proper_name("STOCKTON-ON-TEES TEACHING PCT")
    'Stockton-on-Tees Teaching PCT'
    """
    words = re.sub(r"[A-Za-z']+", lambda found: found.group().capitalize(), printed)
    words = re.sub(r"(?<=[\s-])(And|Of|On|With|The|In|Upon)(?=[\s-])", lambda found: found.group().lower(), words)
    return re.sub(r"\b(Nhs|Ccg|Pct)\b", lambda found: found.group().upper(), words)


def area_row(area: Area) -> tuple[object, ...]:
    """One line of areas.csv."""
    return tuple(getattr(area, name) or "" for name in AREA_COLUMNS)


def write_rows(path: Path, columns: Iterable[str], rows: Iterable[Iterable[object]]) -> None:
    """Write a CSV file with a heading."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)


def _query(sql: str) -> list[tuple[Any, ...]]:
    with duckdb.connect() as connection:
        return connection.execute(sql).fetchall()


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def main(arguments: list[str] | None = None) -> int:
    """Make the place; 0 when done, 1 when files are missing."""
    parser = argparse.ArgumentParser(description="Make the England place from published files.")
    parser.add_argument("place", type=Path, help="folder to make, for example build/england")
    parser.add_argument("--data", type=Path, help="folder of published files (default: JOINEDUP_DATA)")
    given = parser.parse_args(arguments)
    data = given.data or os.environ.get("JOINEDUP_DATA")
    if not data:
        print(f"JOINEDUP_DATA is not set; it names the folder that {HERE / 'README.md'} describes", file=sys.stderr)
        return 1
    try:
        count = assemble(Path(data), given.place)
        told = _protocols(Path(data), given.place)
    except JoinedupError as exc:
        print(exc, file=sys.stderr)
        return 1
    print(f"{given.place}: {count} workbooks, populations and areas")
    print(told)
    return 0


def _protocols(data: Path, place: Path) -> str:
    """Write and register the protocols, and say so."""
    sys.path.insert(0, str(HERE.parents[1]))  # run as a script, Python knows this folder but not the package it is in
    from examples.england.pioneers import PIONEERS, write_protocols

    names = write_protocols(data, place, datetime.now(UTC))
    if not names:
        return f"{data / PIONEERS} is missing: nothing is evaluated"
    return f"registered, before anything is built: {', '.join(names)}"


if __name__ == "__main__":
    raise SystemExit(main())
