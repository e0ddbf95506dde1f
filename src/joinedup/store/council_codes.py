"""The codes that councils had in returns to the Department of Health, and the GSS codes they stand for."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import resources


@dataclass(frozen=True, slots=True)
class CouncilCode:
    """One code of the return while it meant one council.

    Attributes:
        code: the return's own code, for example 716.
        name: the name the return prints.
        gss: the GSS code of the council; "" for residents of Wales, Scotland or beyond, who are counted but no area.
        valid_from: first day it meant this council.
        valid_to: last day it meant it; None while it still does.
    """

    code: str
    name: str
    gss: str
    valid_from: date
    valid_to: date | None


@cache
def council_codes() -> tuple[CouncilCode, ...]:
    """Every code of the return, from the code list `council_return_codes`."""
    path = resources.files("joinedup") / "definitions" / "codes" / "council_return_codes.csv"
    return tuple(
        CouncilCode(
            row["code"],
            row["label"],
            row["gss"],
            date.fromisoformat(row["valid_from"]),
            date.fromisoformat(row["valid_to"]) if row["valid_to"] else None,
        )
        for row in csv.DictReader(path.read_text(encoding="utf-8").splitlines())
    )


@cache
def council_code(code: str, day: date) -> str | None:
    """The GSS code that a council's return code stood for on a day; None where it was not a council's.

    >>> council_code("809", date(2015, 4, 1)), council_code("809", date(2019, 5, 1)), council_code("9900", date.today())
    ('E10000009', 'E06000059', None)
    """
    for item in council_codes():
        if item.code == code and item.valid_from <= day and (item.valid_to is None or day <= item.valid_to):
            return item.gss or None
    return None
