"""The closed set of filters a definition may ask for, as conditions on placed events."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from functools import reduce
from operator import and_, or_
from typing import Final

import ibis
import ibis.expr.types as ir

from joinedup.rules.foundation.definition import DiagnosisCode, DiagnosisList, Operand
from joinedup.rules.foundation.errors import DefinitionError

Condition = Callable[[ir.Table, Operand, str], ir.BooleanValue]

_WEEKEND: Final = (5, 6)


def keep(events: ir.Table, operand: Operand, diagnoses: Mapping[str, DiagnosisList]) -> ir.Table:
    """The placed events a numerator or denominator asks for.

    Args:
        events: placed events of the operand's function.
        operand: its filters were checked against the function when the definition was made.
        diagnoses: the lists of ICD-10 codes by id.

    Raises:
        DefinitionError: a filter that this function's events cannot answer.
    """
    conditions = list(_conditions(events, operand, diagnoses))
    return events.filter(reduce(and_, conditions)) if conditions else events


def _conditions(
    events: ir.Table, operand: Operand, diagnoses: Mapping[str, DiagnosisList]
) -> Iterator[ir.BooleanValue]:
    for name in operand.filters:
        if name in _DIAGNOSES:
            lists = [diagnoses[listed] for listed in operand.values(name)]
            yield _DIAGNOSES[name](events, tuple(code for listed in lists for code in listed.codes))
        elif name in _CONDITIONS:
            yield _CONDITIONS[name](events, operand, name)
        else:
            raise DefinitionError(f"{operand.function} cannot answer the filter {name!r} yet; remove it")


def _at_least(events: ir.Table, operand: Operand, name: str) -> ir.BooleanValue:
    return events[_BOUNDS[name]] >= int(operand.filters[name])


def _at_most(events: ir.Table, operand: Operand, name: str) -> ir.BooleanValue:
    known: ir.BooleanValue = events[_BOUNDS[name]] >= 0
    return known & (events[_BOUNDS[name]] <= int(operand.filters[name]))


def _among(events: ir.Table, operand: Operand, name: str) -> ir.BooleanValue:
    return events[name].isin(operand.values(name)).fill_null(False)


def _not_among(events: ir.Table, operand: Operand, name: str) -> ir.BooleanValue:
    return ~events[name.removeprefix("no_")].isin(operand.values(name)).fill_null(False)


def _is(events: ir.Table, operand: Operand, name: str) -> ir.BooleanValue:
    return events[name].fill_null(False) == bool(operand.filters[name])


def _method(events: ir.Table, operand: Operand, name: str) -> ir.BooleanValue:
    wanted = operand.filters[name]
    if wanted not in {"emergency", "other"}:
        raise DefinitionError(f"method is 'emergency' or 'other', not {wanted!r}")
    return events.is_emergency.fill_null(False) == (wanted == "emergency")


def _months(events: ir.Table, operand: Operand, name: str) -> ir.BooleanValue:
    return (events.month % 12 + 1).isin([int(item) for item in operand.values(name)])


def _weekdays(events: ir.Table, operand: Operand, name: str) -> ir.BooleanValue:
    if operand.filters[name] != "weekend":
        raise DefinitionError(f"weekdays is 'weekend', not {operand.filters[name]!r}")
    return events.day.day_of_week.index().isin(_WEEKEND)


def _primary(events: ir.Table, codes: tuple[DiagnosisCode, ...]) -> ir.BooleanValue:
    """The primary diagnosis begins with a code of the list whose further conditions are met."""
    groups: dict[tuple[tuple[str, ...], date | None, date | None], list[str]] = {}
    for code in codes:
        groups.setdefault((code.requires, code.valid_from, code.valid_to), []).append(code.prefix)
    found = []
    for (requires, start, end), prefixes in groups.items():
        condition = _begins(events.diagnosis, tuple(prefixes))
        if requires:
            condition &= _any_of(events, tuple(DiagnosisCode(prefix, "") for prefix in requires))
        if start is not None:
            condition &= events.day >= ibis.literal(start, "date")
        if end is not None:
            condition &= events.day < ibis.literal(end, "date")
        found.append(condition)
    return reduce(or_, found)


def _any_of(events: ir.Table, codes: tuple[DiagnosisCode, ...]) -> ir.BooleanValue:
    """Any diagnosis of the event begins with a code of the list."""
    every = "|" + events.diagnoses.fill_null("")
    return reduce(or_, [every.contains(f"|{code.prefix}") for code in codes])


def _none_of(events: ir.Table, codes: tuple[DiagnosisCode, ...]) -> ir.BooleanValue:
    return ~_any_of(events, codes)


def _begins(column: ir.StringValue, prefixes: tuple[str, ...]) -> ir.BooleanValue:
    by_length: dict[int, list[str]] = {}
    for prefix in prefixes:
        by_length.setdefault(len(prefix), []).append(prefix)
    return reduce(or_, [column.substr(0, n).isin(found).fill_null(False) for n, found in sorted(by_length.items())])


_BOUNDS: Final = {"age_min": "band", "age_max": "band", "delay_min": "delay", "delay_max": "delay"}
_DIAGNOSES: Final[Mapping[str, Callable[[ir.Table, tuple[DiagnosisCode, ...]], ir.BooleanValue]]] = {
    "diagnosis": _primary, "any_diagnosis": _any_of, "no_diagnosis": _none_of,
}  # fmt: skip
_CONDITIONS: Final[Mapping[str, Condition]] = {
    "age_min": _at_least, "age_max": _at_most, "delay_min": _at_least, "delay_max": _at_most,
    "sex": _among, "destination": _among, "attendance": _among, "era": _among, "care": _among, "reason": _among,
    "responsible": _among, "setting": _among, "symptom": _among, "payer": _among, "survey": _among, "question": _among,
    "answer": _among,
    "no_destination": _not_among, "no_specialty": _not_among, "is_alive": _is, "is_at_home": _is, "method": _method,
    "months": _months, "weekdays": _weekdays,
}  # fmt: skip
