"""`joinedup check`: every problem in a place's extracts, by file, record, field and rule, without writing anything."""

from __future__ import annotations

import csv
import io
import json
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from rich.console import Console
from rich.table import Table

from joinedup.pipeline.deliveries import Delivery, load_definitions, open_shelf, receive, settled
from joinedup.pipeline.flows import flow_problems
from joinedup.rules.foundation.errors import Severity
from joinedup.store.engine import DuckDB
from joinedup.store.place import Place
from joinedup.store.scan import LISTED, Tally

_STYLE = {Severity.FATAL: "bold red", Severity.SET_ASIDE: "yellow", Severity.WARNING: "dim"}


@dataclass(frozen=True, slots=True)
class FileCount:
    """One file and how many of its rows stand."""

    source: str
    file: str
    received: date
    rows: int
    set_aside: int
    superseded: int


@dataclass(frozen=True, slots=True)
class CheckReport:
    """What a check found.

    Attributes:
        place: id of the place.
        files: every file that was looked at.
        tallies: every problem, worst first, then by source, file, field and rule.
    """

    place: str
    files: tuple[FileCount, ...]
    tallies: tuple[Tally, ...]

    @property
    def is_fatal(self) -> bool:
        """Whether a build would stop."""
        return any(tally.problem.severity is Severity.FATAL for tally in self.tallies)


def check(place: Place, as_of: date | None = None) -> CheckReport:
    """Hold every extract of a place against its schema.

    Args:
        place: the place.
        as_of: files received later are not looked at.

    Returns:
        Every problem, with exact counts and the records it is in (the first 1,000 for each file, field and rule).

    Raises:
        ConfigError: a definition contradicts itself.
    """
    tallies = [Tally(problem) for problem in flow_problems(place, place.today)]
    files: list[FileCount] = []
    with tempfile.TemporaryDirectory(prefix="joinedup-check-") as scratch, DuckDB(Path(scratch), 1000) as engine:
        engine.connection.raw_sql("SET preserve_insertion_order = true")
        shelf = open_shelf(Path(scratch) / "shelf", Path(scratch))
        connection = engine.connection.con
        for received in receive(connection, place, load_definitions(place), shelf, as_of):
            delivery = settled(connection, received)
            tallies += delivery.tallies
            files += file_counts(delivery)
    return CheckReport(place.id, tuple(files), tuple(sorted(tallies, key=_order)))


def file_counts(delivery: Delivery) -> Iterator[FileCount]:
    """How many rows of each file of a source stand, are set aside or superseded."""
    for place, scan in enumerate(delivery.scans):
        superseded = delivery.standing.superseded.get(place, 0) if delivery.standing else 0
        repeated = delivery.standing.repeated.get(place, 0) if delivery.standing else 0
        file = scan.file
        yield FileCount(file.source, file.name, file.received, scan.rows, scan.set_aside + repeated, superseded)
    for scan in delivery.unread:
        yield FileCount(scan.file.source, scan.file.name, scan.file.received, 0, 0, 0)


def _order(tally: Tally) -> tuple[int, str, str, str, str]:
    problem = tally.problem
    rank = (Severity.FATAL, Severity.SET_ASIDE, Severity.WARNING).index(problem.severity)
    return rank, problem.source, problem.file, problem.field, problem.rule


def to_json(report: CheckReport) -> str:
    """The report for programs."""
    return json.dumps(
        {
            "place": report.place,
            "fatal": report.is_fatal,
            "files": [
                {
                    "source": f.source,
                    "file": f.file,
                    "received": f.received.isoformat(),
                    "rows": f.rows,
                    "set_aside": f.set_aside,
                    "superseded": f.superseded,
                }
                for f in report.files
            ],
            "problems": [
                {
                    "source": t.problem.source,
                    "file": t.problem.file,
                    "field": t.problem.field,
                    "rule": t.problem.rule,
                    "severity": t.problem.severity.value,
                    "message": t.problem.message,
                    "count": t.problem.count,
                    "records": t.records,
                    "records_listed_up_to": LISTED,
                }
                for t in report.tallies
            ],
        },
        indent=2,
    )


def to_csv(report: CheckReport) -> str:
    """One line a record and broken rule; `count` is how many records of the file break it in all."""
    out = io.StringIO()
    lines = csv.writer(out, lineterminator="\n")
    lines.writerow(["source", "file", "record", "field", "rule", "severity", "count", "message"])
    for tally in report.tallies:
        p = tally.problem
        for record in tally.records or (0,):
            lines.writerow([p.source, p.file, record, p.field, p.rule, p.severity.value, p.count, p.message])
    return out.getvalue()


def render_table(report: CheckReport, console: Console | None = None) -> None:
    """Print the report for people: a line a source, field and rule, worst first, then what was delivered.

    Files and records are counted and the first are named; `to_csv` and `to_json` list them all.
    """
    shown = console or Console()
    if report.tallies:
        table = Table(show_lines=True)
        table.add_column("Problem", max_width=24, overflow="fold")
        table.add_column("Where", max_width=22, overflow="fold")
        table.add_column("Rows", justify="right", no_wrap=True)
        table.add_column("What is wrong, and what to do", overflow="fold")
        for (severity, source, field, rule), tallies in _grouped(report.tallies).items():
            rows = sum(tally.problem.count for tally in tallies)
            problem = f"{severity.value}\n{rule}" + (f"\n{field}" if field else "")
            where = f"{source}: {_where(tallies)}"
            table.add_row(problem, where, f"{rows:,}", _what(tallies[0]), style=_STYLE[severity])
        shown.print(table)
    shown.print(_sentence(report.tallies, report.files))


def _grouped(tallies: Sequence[Tally]) -> dict[tuple[Severity, str, str, str], list[Tally]]:
    groups: dict[tuple[Severity, str, str, str], list[Tally]] = {}
    for tally in tallies:
        p = tally.problem
        groups.setdefault((p.severity, p.source, p.field, p.rule), []).append(tally)
    return groups


def _where(tallies: Sequence[Tally]) -> str:
    first = tallies[0]
    records = ", ".join(str(record) for record in first.records[:3]) + (" ..." if len(first.records) > 3 else "")
    name = first.problem.file.removeprefix(f"extracts/{first.problem.source}/")
    place = f"{name}, record {records}" if records else name
    return f"{place}; and {len(tallies) - 1} more file(s)" if len(tallies) > 1 else place


def _what(tally: Tally) -> str:
    """The message without the file, which stands beside it."""
    return tally.problem.message.partition(f"{tally.problem.file}: ")[2] or tally.problem.message


def _sentence(tallies: Sequence[Tally], files: Sequence[FileCount]) -> str:
    fatal = sum(tally.problem.severity is Severity.FATAL for tally in tallies)
    aside, rows = sum(file.set_aside for file in files), sum(file.rows for file in files)
    verdict = f"{fatal} fatal problem(s): a build would stop." if fatal else "No fatal problem: a build can run."
    return f"{len(files):,} file(s), {rows:,} row(s), {aside:,} set aside. {verdict}"
