"""Published statistics workbooks, read as long text rows: one row a printed figure, with where it stands.

NHS England prints its monthly statistics in one layout: rows of ``Title:``, ``Period:``, ``Published:`` and so on,
then a row of headings, then the figures. Sheets have gained columns, second blocks and notes over the years, so
headings are found by what they say and never by their position. Nothing is interpreted here beyond dates and the
codes of councils; `evidence.sources.statistics` says what the figures mean.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Final

import pyarrow as pa
from python_calamine import CalamineError, CalamineWorkbook

from joinedup.rules.foundation.errors import PlaceError
from joinedup.store.council_codes import council_code
from joinedup.store.readers import register

Cell = str | int | float | bool | date | time | datetime | timedelta

#: Extract kinds whose files are workbooks in the published layout.
KINDS: Final = ("delayed_transfers_workbook", "monthly_activity_workbook", "ae_time_series_workbook")

#: Headings that say what a row is about, and the column of the long table that holds them.
LABELS: Final[Mapping[str, str]] = {
    "type of care": "care",
    "reason for delay": "reason",
    "sha": "region",
    "region": "region",
    "sha name": "region",
    "area team name": "region",
    "region name": "region",
    "sha code": "region_code",
    "area team code": "region_code",
    "region code": "region_code",
    "ons geography": "gss_code",
    "code": "code",
    "org code": "code",
    "name": "name",
    "org name": "name",
    "year": "year",
    "period": "row_period",
}

#: Columns of the long table, all text; empty text means nothing was printed.
COLUMNS: Final = (
    "sheet", "sheet_row", "period", "published", "revised", "region", "region_code", "gss_code", "code", "name",
    "area_code", "care", "reason", "block", "heading", "printed",
)  # fmt: skip

_HEADING_CELLS: Final = 4  # a row of headings has at least this many; the rows above it have two
_SEARCHED_ROWS: Final = 40
_ORDINAL: Final = re.compile(r"(?<=\d)(st|nd|rd|th)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class WorkbookDates:
    """When a workbook is about and when it was printed.

    Attributes:
        period: first day of the month it is about; None for a series over many months.
        published: when this month was first published; None where the workbook does not say.
        revised: when this vintage was published, where it is a revision.
    """

    period: date | None
    published: date | None
    revised: date | None

    @property
    def received(self) -> date | None:
        """The day this vintage became public."""
        return self.revised or self.published


@dataclass(frozen=True, slots=True)
class _Table:
    sheet: str
    rows: Sequence[Sequence[Cell]]
    header: int
    labels: Mapping[int, str]
    figures: Mapping[int, tuple[str, str]]  # column -> (block, heading)


def read_workbook(path: Path) -> pa.Table:
    """Read every table of a published workbook as long text rows.

    Args:
        path: an .xls, .xlsx or .ods file.

    Returns:
        One row a printed figure with the columns `COLUMNS`, in the order of the sheets. `sheet_row` counts from 1 as
        a spreadsheet shows it; `period`, `published` and `revised` are ISO dates; `printed` is the cell as it stands.

    Raises:
        PlaceError: the file is not a workbook, or holds no table in the published layout.
    """
    columns: dict[str, list[str]] = {name: [] for name in COLUMNS}
    for row in _long_rows(path):
        for name in COLUMNS:
            columns[name].append(row.get(name, ""))
    if not columns["sheet"]:
        raise PlaceError(
            f"{path.name}: no table of figures found; expected rows of Title:, Period: and Published: above a row of "
            "headings, as NHS England prints them. Check that this is the published workbook"
        )
    return pa.table({name: pa.array(values, pa.string()) for name, values in columns.items()})


def workbook_batches(path: Path) -> Iterator[pa.RecordBatch]:
    """The same rows as a stream of batches, the form in which landing takes any file.

    Raises:
        PlaceError: the file is not a workbook, or holds no table in the published layout.
    """
    yield from read_workbook(path).to_batches()


def workbook_dates(path: Path) -> WorkbookDates:
    """When a workbook is about and when this vintage of it was published, from its first table.

    Raises:
        PlaceError: the file is not a workbook, or holds no table in the published layout.
    """
    for _, rows in _sheets(path):
        head = _heading_row(rows)
        if head is not None:
            about = _about(rows[:head])
            return WorkbookDates(
                _day(about.get("period", "")), _day(about.get("published", "")), _day(about.get("revised", ""))
            )
    raise PlaceError(f"{path.name}: no table of figures found, so its period is not known")


def _sheets(path: Path) -> Iterator[tuple[str, list[list[Cell]]]]:
    try:
        with CalamineWorkbook.from_path(str(path)) as book:
            for name in book.sheet_names:
                yield name, book.get_sheet_by_name(name).to_python(skip_empty_area=False)
    except (CalamineError, OSError) as exc:
        raise PlaceError(
            f"{path.name}: this is not a workbook that can be read ({type(exc).__name__}); expected the .xls or .xlsx "
            "file as it was published. Download it again"
        ) from exc


def _long_rows(path: Path) -> Iterator[dict[str, str]]:
    for sheet, rows in _sheets(path):
        head = _heading_row(rows)
        if head is None:
            continue
        about = _about(rows[:head])
        dates = {name: _iso(about.get(name, "")) for name in ("period", "published", "revised")}
        of_councils = about.get("basis", "").lower() == "local authority"
        yield from _table_rows(_table(sheet, rows, head), dates, of_councils)


def _about(rows: Sequence[Sequence[Cell]]) -> dict[str, str]:
    """The statements above a table: title, period, source, published, revised."""
    pairs = (row[1:3] for row in rows if len(row) > 2)
    return {_text(name).rstrip(":").lower(): _text(said) for name, said in pairs if _text(name).endswith(":")}


def _heading_row(rows: Sequence[Sequence[Cell]]) -> int | None:
    """The first row with several headings, at least one of which says what the rows are about."""
    if not any(_text(cell) == "Title:" for row in rows[:_SEARCHED_ROWS] for cell in row[:2]):
        return None
    for index, row in enumerate(rows[:_SEARCHED_ROWS]):
        named = [cell for cell in row if isinstance(cell, str) and cell.strip()]
        if len(named) >= _HEADING_CELLS and any(_text(cell).lower() in LABELS for cell in named):
            return index
    return None


def _table(sheet: str, rows: Sequence[Sequence[Cell]], head: int) -> _Table:
    labels: dict[int, str] = {}
    figures: dict[int, tuple[str, str]] = {}
    above = rows[head - 1] if head else ()
    block = ""
    for index, cell in enumerate(rows[head]):
        heading = _text(cell) if isinstance(cell, str) else ""
        if heading.lower() in LABELS and not figures:
            labels[index] = LABELS[heading.lower()]
        elif heading:
            block = _text(above[index]) or block if index < len(above) else block
            figures[index] = (block, heading)
        else:
            block = ""  # an empty column ends a block
    return _Table(sheet.strip(), rows, head, labels, figures)


def _table_rows(table: _Table, dates: Mapping[str, str], of_councils: bool) -> Iterator[dict[str, str]]:
    care = ""
    for index in range(table.header + 1, len(table.rows)):
        row = table.rows[index]
        if not any(_text(row[column]) for column in table.figures):
            continue
        labels = {name: _text(row[column]) for column, name in table.labels.items()}
        care = labels.get("care") or care  # printed once, above the reasons it holds
        period = _iso(labels.get("row_period", "")) or dates["period"]
        area = _area_code(labels, period) if of_councils else labels.get("code", "")
        place = {"sheet": table.sheet, "sheet_row": str(index + 1), "area_code": area}
        said = {**dates, **labels, **place, "care": care, "period": period}
        for column, (block, heading) in table.figures.items():
            yield {**said, "block": block, "heading": heading, "printed": _text(row[column])}


def _area_code(labels: Mapping[str, str], period: str) -> str:
    """The GSS code where one is printed or known, else the code of the return itself."""
    code, printed = labels.get("code", ""), labels.get("gss_code", "")
    if printed.strip("-"):
        return printed
    return (council_code(code, date.fromisoformat(period)) if period else None) or code


def _text(cell: Cell) -> str:
    """A cell as it stands, whole numbers without a decimal point, spaces at the ends removed."""
    if isinstance(cell, bool):
        return str(cell).lower()
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else repr(cell)
    if isinstance(cell, datetime | date):
        return (cell.date() if isinstance(cell, datetime) else cell).isoformat()
    return " ".join(str(cell).split())


def _iso(text: str) -> str:
    day = _day(text)
    return day.isoformat() if day else ""


def _day(text: str) -> date | None:
    """A date as the workbooks write it: April 2011, 27th May 2011 or 2011-04-01; None for anything else."""
    plain = _ORDINAL.sub("", text)
    for form in ("%B %Y", "%d %B %Y", "%Y-%m-%d"):
        try:
            return datetime.strptime(plain, form).date()
        except ValueError:
            continue
    return None


for _kind in KINDS:
    register(_kind, workbook_batches)
