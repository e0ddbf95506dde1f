"""Findings: figures a report printed, computed again from published cells by a closed set of computations.

A finding names the cells it rests on, so that every figure of a report can be followed to the files; where the
published data give another figure, or do not reach back far enough, the finding says so in a sentence.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any, Final

from joinedup.rules.foundation.disclosure import Released, Status, release_derived, release_public
from joinedup.rules.foundation.errors import DefinitionError
from joinedup.rules.foundation.period import Cadence, Period, periods_between


class Computation(StrEnum):
    """How a finding is computed from sums of published cells."""

    VALUE = "value"  # the sum itself
    CHANGE = "change"  # last - first
    PERCENT_CHANGE = "percent_change"  # 100 x (last / first - 1)
    SHARE = "share"  # 100 x part / whole
    SHARE_OF_CHANGE = "share_of_change"  # 100 x (last - first) / (whole_last - whole_first)


#: The sums each computation needs, in the order it takes them.
TERMS: Final[Mapping[Computation, tuple[str, ...]]] = {
    Computation.VALUE: ("of",),
    Computation.CHANGE: ("first", "last"),
    Computation.PERCENT_CHANGE: ("first", "last"),
    Computation.SHARE: ("part", "whole"),
    Computation.SHARE_OF_CHANGE: ("first", "last", "whole_first", "whole_last"),
}


@dataclass(frozen=True, slots=True)
class CellSum:
    """The sum of one measure's published cells for one area and category over whole periods.

    Attributes:
        span: the days covered; it must be made of whole periods of the cadence.
        cadence: which published periods are added.
    """

    measure: str
    area: str
    span: Period
    cadence: Cadence
    dimension: str = "all"
    category: str = "all"

    def __post_init__(self) -> None:
        periods = list(periods_between(self.span, self.cadence))
        if not periods or periods[0].start != self.span.start or periods[-1].end != self.span.end:
            raise DefinitionError(f"{self.span} is not made of whole periods of cadence {self.cadence.value}")

    @property
    def cells(self) -> tuple[str, ...]:
        """Ids of the published cells that are added.

        >>> november = Period(date(2014, 11, 1), date(2014, 12, 1))
        >>> CellSum("delayed_days", "E92000001", november, Cadence.MONTH, "reason", "E").cells
        ('delayed_days/E92000001/2014-11-01/2014-11-30/reason/E',)
        """
        return tuple(
            f"{self.measure}/{self.area}/{period.start}/{period.last_day}/{self.dimension}/{self.category}"
            for period in periods_between(self.span, self.cadence)
        )


@dataclass(frozen=True, slots=True)
class FindingDefinition:
    """One printed figure, and how published data give it.

    Attributes:
        id: stable name.
        claim: the statement in words.
        printed: the figure as printed; "" where the report prints none.
        figure: the printed figure as a number, in the unit of the computation (percent, or a count).
        rounded_to: the step the report rounded to; found and printed agree when they differ by at most half of it.
        computation: one of the closed set.
        sums: the sums it takes, by name.
        note: a sentence that always stands beside it.
        note_if_different: a sentence for when published data give another figure.
        note_if_missing: a sentence for when published data do not hold the cells.
        source: report and paragraph.
    """

    id: str
    claim: str
    printed: str
    figure: float | None
    rounded_to: float
    computation: Computation
    sums: Mapping[str, CellSum]
    note: str
    note_if_different: str
    note_if_missing: str
    source: str

    def __post_init__(self) -> None:
        wanted = TERMS[self.computation]
        if set(self.sums) != set(wanted):
            raise DefinitionError(f"finding {self.id}: {self.computation.value} takes {', '.join(wanted)}")
        if self.rounded_to <= 0:
            raise DefinitionError(f"finding {self.id}: rounded_to must be above zero")

    @property
    def cells(self) -> tuple[str, ...]:
        """Ids of every published cell it rests on, each once."""
        return tuple(dict.fromkeys(cell for name in TERMS[self.computation] for cell in self.sums[name].cells))


@dataclass(frozen=True, slots=True)
class FindingResult:
    """What published data give for a finding; `found` is hidden where they do not reach.

    Attributes:
        agrees: whether it is the printed figure at the precision printed; None where either is missing.
    """

    definition: FindingDefinition
    found: Released[float]
    found_text: str
    note: str
    agrees: bool | None


def parse_findings(text: str) -> tuple[FindingDefinition, ...]:
    """Read the findings of one report from TOML (definitions/findings/<report>.toml).

    Args:
        text: a report's `source` and `area`, and [[findings]] with claim, printed, compute and one table a sum. A sum
            states `from` and `to` (last day included) and may override measure, cadence, dimension and category.

    Returns:
        The findings in their order.

    Raises:
        DefinitionError: not TOML, a key is missing, or a computation is not one of the closed set.
    """
    try:
        data = tomllib.loads(text)
        return tuple(_finding(item, data) for item in data["findings"])
    except tomllib.TOMLDecodeError as exc:
        raise DefinitionError(f"the findings are not TOML: {exc}") from exc
    except KeyError as exc:
        raise DefinitionError(f"the findings lack {exc.args[0]!r}") from exc
    except ValueError as exc:
        raise DefinitionError(f"the findings say something impossible: {exc}") from exc


def compute(finding: FindingDefinition, cells: Mapping[str, Released[float]]) -> FindingResult:
    """Compute a finding from published cells.

    Args:
        finding: the definition.
        cells: published value by cell id; a cell that is absent or hidden makes the finding not evaluable.

    Returns:
        The figure in the unit of the computation, in words with what it was computed from, and the sentence that
        says why it is not the printed one, where it is not.

    Source: NAO, Health and social care integration, HC 1011, 2016-17, paragraph 1.6: 37% from 140,949 to 193,206.
    """
    used = [cells[cell] for cell in finding.cells if cell in cells]
    if len(used) < len(finding.cells) or any(item.value is None for item in used):
        note = _sentences(finding.note_if_missing, finding.note)
        return FindingResult(
            finding, release_public(None, Status.NOT_EVALUABLE), "not in the published series", note, None
        )
    values = [_total(finding.sums[name], cells) for name in TERMS[finding.computation]]
    found = _COMPUTE[finding.computation](values)
    agrees = None
    if finding.figure is not None and found is not None:
        agrees = abs(found - finding.figure) <= finding.rounded_to / 2
    note = _sentences(finding.note_if_different if agrees is False else "", finding.note)
    return FindingResult(finding, release_derived(found, *used), _in_words(finding, found, values), note, agrees)


def _total(part: CellSum, cells: Mapping[str, Released[float]]) -> float:
    return sum(value for value in (cells[cell].value for cell in part.cells) if value is not None)


def _ratio(part: float, whole: float) -> float | None:
    return 100 * part / whole if whole else None


_COMPUTE: Final[Mapping[Computation, Callable[[Sequence[float]], float | None]]] = {
    Computation.VALUE: lambda v: v[0],
    Computation.CHANGE: lambda v: v[1] - v[0],
    Computation.PERCENT_CHANGE: lambda v: _ratio(v[1] - v[0], v[0]),
    Computation.SHARE: lambda v: _ratio(v[0], v[1]),
    Computation.SHARE_OF_CHANGE: lambda v: _ratio(v[1] - v[0], v[3] - v[2]),
}


def _in_words(finding: FindingDefinition, found: float | None, values: Sequence[float]) -> str:
    if found is None:
        return "not defined: it would divide by zero"
    counts = [f"{value:,.0f}" for value in values]
    match finding.computation:
        case Computation.VALUE:
            return counts[0]
        case Computation.CHANGE:
            return f"{found:+,.0f} (from {counts[0]} to {counts[1]})"
        case Computation.PERCENT_CHANGE:
            return f"{found:+.1f}% (from {counts[0]} to {counts[1]})"
        case Computation.SHARE:
            return f"{found:.1f}% ({counts[0]} of {counts[1]})"
        case Computation.SHARE_OF_CHANGE:
            return f"{found:.1f}% ({values[1] - values[0]:+,.0f} of {values[3] - values[2]:+,.0f})"


def _sentences(*parts: str) -> str:
    return " ".join(part for part in parts if part)


def _finding(item: Mapping[str, Any], report: Mapping[str, Any]) -> FindingDefinition:
    computation = Computation(item["compute"])
    given = {"area": report["area"], "cadence": "month", "dimension": "all", "category": "all", **item}
    return FindingDefinition(
        id=item["id"],
        claim=item["claim"],
        printed=item.get("printed", ""),
        figure=item.get("figure"),
        rounded_to=float(item.get("rounded_to", 1)),
        computation=computation,
        sums={name: _sum({**given, **item[name]}) for name in TERMS[computation]},
        note=item.get("note", ""),
        note_if_different=item.get("note_if_different", ""),
        note_if_missing=item.get("note_if_missing", ""),
        source=f"{report['source']}, {item['paragraph']}",
    )


def _sum(given: Mapping[str, Any]) -> CellSum:
    first: date = given["from"]
    last: date = given["to"]
    return CellSum(
        measure=given["measure"],
        area=given["area"],
        span=Period(first, last + timedelta(days=1)),
        cadence=Cadence(given["cadence"]),
        dimension=given["dimension"],
        category=given["category"],
    )
