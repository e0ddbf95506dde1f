"""Areas that merged: under which code an area's whole history is counted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence


def units_of(successors: Mapping[str, str | None], joined: Sequence[Sequence[str]] = ()) -> dict[str, str]:
    """The unit that each area belongs to: itself, or the area that took over from it in the end.

    Areas that merged are one unit over the whole of time, because what they were before cannot be compared with what
    they became. Areas between which a boundary moved can be joined as well.

    Args:
        successors: area -> the one that took over; None where none did.
        joined: areas that are one unit; the last named gives its name.


    >>> units_of({"A": "C", "B": "C", "C": None, "D": None}, [["D", "C"]])
    {'A': 'C', 'B': 'C', 'C': 'C', 'D': 'C'}
    """
    named = dict(successors)
    for group in joined:
        ends = [_end(named, code) for code in group]
        for code in ends[:-1]:
            if code != ends[-1]:
                named[code] = ends[-1]
    codes: Iterable[str] = dict.fromkeys([*named, *(code for code in named.values() if code)])
    return {code: _end(named, code) for code in codes}


def _end(successors: Mapping[str, str | None], code: str) -> str:
    """Follow those who took over; a circle ends where it closes."""
    seen = {code}
    while (following := successors.get(code)) and following not in seen:
        code = following
        seen.add(code)
    return code
