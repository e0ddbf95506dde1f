"""A list as a file for a spreadsheet: what a cell says is text or a number there, never a formula."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from io import BytesIO, StringIO
from typing import Final

from django.utils import timezone
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font

Cell = str | int | float | date | datetime | None

#: Characters with which a spreadsheet begins a formula, their wide forms, and those that hide one of them behind a
#: break of cells.
_BEGINNINGS: Final = "=+-@\t\r\n＝＋－＠"
_UNPRINTABLE: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|[\ud800-\udfff]")


def harmless(cell: Cell) -> Cell:
    """The cell as a spreadsheet may read it: text that would begin a formula gets an apostrophe before it.

    Source: OWASP, CSV injection.

    >>> [harmless(cell) for cell in ("=1+1", "-5", " @SUM(A1)", "plain", -5, None)]
    ["'=1+1", "'-5", "' @SUM(A1)", 'plain', -5, None]
    """
    if not isinstance(cell, str):
        return cell
    text = _UNPRINTABLE.sub("", cell)
    begins = text.startswith(tuple(_BEGINNINGS)) or text.lstrip().startswith(tuple(_BEGINNINGS))
    return f"'{text}" if begins else text


def as_csv(heads: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """The list as comma-separated values with a byte order mark, so that spreadsheets read its letters right."""
    out = StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow([harmless(head) for head in heads])
    writer.writerows([_written(harmless(cell)) for cell in row] for row in rows)
    return out.getvalue().encode("utf-8-sig")


def as_xlsx(title: str, heads: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """The list as a workbook with one sheet, its first row fixed."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(re.sub(r"[\[\]:*?/\\']", " ", _UNPRINTABLE.sub("", title))[:31] or "List")
    sheet.freeze_panes = "A2"
    told = [WriteOnlyCell(sheet, value=harmless(head)) for head in heads]
    for cell in told:
        cell.font = Font(bold=True)
    sheet.append(told)
    for row in rows:
        sheet.append([_naive(harmless(cell)) for cell in row])
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def _written(cell: Cell) -> object:
    """Dates as ISO 8601 writes them."""
    if isinstance(cell, datetime):
        return timezone.localtime(cell).isoformat(timespec="seconds")
    return cell.isoformat() if isinstance(cell, date) else cell


def _naive(cell: Cell) -> object:
    """A workbook has no time zones: times are the place's."""
    return timezone.make_naive(cell) if isinstance(cell, datetime) else cell
