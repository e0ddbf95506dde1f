"""A panel from a table of one's own: who starts when is read first, outcomes only as far as they may be seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

import numpy as np
import pyarrow as pa

from joinedup.methods.panel import NEVER, Flags, Floats, Ints, Panel
from joinedup.rules.foundation.errors import NotEvaluable, UsageError
from joinedup.rules.programme.protocol import PanelData, PanelDesign, Protocol, Wave
from joinedup.rules.programme.protocol_panel import Scale
from joinedup.store.evaluation_tables import Table

Texts = np.ndarray[tuple[int], np.dtype[np.object_]]

#: Choice: nothing that is counted or paid is larger, or smaller throughout.
LARGEST: Final = 1e15
SMALLEST: Final = 1e-15


@dataclass(frozen=True, slots=True)
class Frame:
    """Units, periods and starts of a table, known without looking at any outcome.

    Attributes:
        units: names, sorted.
        moments: the periods as the file has them, ascending.
        times: the same as numbers; (T,).
        first_treated: (N,); a start after the last period counts as never.
        clusters: (N,).
        excluded: units that the protocol leaves out and the table has.
        aside: units treated before the data begin, which tell nothing of a change.
    """

    units: tuple[str, ...]
    moments: tuple[Any, ...]
    times: Floats
    first_treated: Floats
    clusters: Ints
    excluded: tuple[str, ...]
    aside: tuple[str, ...]

    @property
    def earliest_start(self) -> float:
        """The first time at which any unit starts that is seen before it."""
        seen = self.first_treated > self.times[0]
        return float(self.first_treated[seen].min())


@dataclass(frozen=True, slots=True)
class LoadedPanel:
    """A panel with what was left out of it.

    Attributes:
        labels: of its periods, for people.
        flow: how many units there were, were left out and are compared.
        exposure: people or days at risk; (N, T); None where the protocol names none.
        group: units that have the overlapping scheme; (N,); None where the protocol names none.
    """

    panel: Panel
    labels: tuple[str, ...]
    flow: Mapping[str, Any]
    exposure: Floats | None = None
    group: Flags | None = field(default=None)


def read_frame(table: Table, protocol: Protocol) -> Frame:
    """Who is there, when, and who starts when; reads no outcome.

    Raises:
        UsageError: a column is missing.
        NotEvaluable: one period, nobody treated within the data, or treatment that is unknown, switched off again, or
            not the same in all rows of a unit.
    """
    data, design = panel_parts(protocol)
    table.require([data.outcome, *_predictor_columns(data, design), data.exposure, data.group])
    rows = table.read([data.unit, data.time, data.treated, data.first_treated, design.cluster])
    names, moments = _texts(rows, data.unit), _moments(rows.column(data.time))
    excluded = tuple(sorted(set(data.exclude) & set(names.tolist())))
    keep = ~np.isin(names, np.array(data.exclude, object)) if data.exclude else np.ones(len(names), bool)
    if not keep.any():
        raise NotEvaluable("the table holds no row of any unit that the protocol does not exclude")
    units, unit_at = np.unique(names[keep].astype(str), return_inverse=True)
    periods = tuple(sorted({moment for moment, kept in zip(moments, keep, strict=True) if kept}))
    times = np.array([as_number(moment) for moment in periods])
    if len(times) > 1 and (np.diff(times) <= 0).any():
        raise NotEvaluable(f"column {data.time} holds periods that cannot be put in order; use years or ISO dates")
    at = dict(zip(periods, times.tolist(), strict=True))
    row_times = np.array([at[moment] for moment, kept in zip(moments, keep, strict=True) if kept])
    starts = _starts(rows.filter(pa.array(keep)), protocol, units, unit_at, row_times)
    clusters = _clusters(rows.filter(pa.array(keep)), design.cluster, unit_at, len(units))
    starts, aside = _seen_starts(starts, times, units)
    return Frame(tuple(units.tolist()), periods, times, starts, clusters, excluded, aside)


def _seen_starts(starts: Floats, times: Floats, units: Any) -> tuple[Floats, tuple[str, ...]]:
    """Starts within the data, and the units treated before the data begin."""
    if len(times) < 2:
        raise NotEvaluable("the data hold one period; an effect needs periods before and after the start")
    if not np.isfinite(starts).any():
        raise NotEvaluable("no unit is ever treated; name the column or the waves that say who started when")
    always, seen = starts <= times[0], np.where(starts > times[-1], NEVER, starts)
    if not (np.isfinite(seen) & ~always).any():
        raise NotEvaluable(
            "every treated unit was treated before the data begin; earlier periods are needed"
            if always.any()
            else "every start lies after the last period; the effect cannot be seen yet"
        )
    return seen, tuple(units[always].tolist())


def read_panel(table: Table, protocol: Protocol, frame: Frame, *, before_start: bool = False) -> LoadedPanel:
    """The panel of a frame.

    Args:
        before_start: read only rows before the earliest start: the table hands out no later row, so that whoever
            designs cannot see an outcome after it.

    Raises:
        UsageError: a column is missing.
        NotEvaluable: see `Panel`; and values that are text, or negative counts.
    """
    data, design = panel_parts(protocol)
    limit, count = None, len(frame.times)
    if before_start:
        count = int((frame.times < frame.earliest_start).sum())
        limit = (data.time, frame.moments[count])
    predictors = _predictor_columns(data, design)
    rows = table.read([data.unit, data.time, data.outcome, *predictors, data.exposure, data.group], limit)
    grid = _Grid(rows, data, frame, count)
    outcome = grid.of(data.outcome)
    if data.kind.value == "count" and (outcome < 0).any():
        raise NotEvaluable(f"{data.outcome} is a count and has negative values; correct the data")
    panel = Panel(
        frame.units, frame.times[:count], scaled(outcome, data), frame.first_treated, frame.clusters,
        {name: grid.of(name) for name in predictors},
    )  # fmt: skip
    kept = panel.only(~np.isin(np.array(frame.units), np.array(frame.aside, str)))
    return LoadedPanel(
        kept, tuple(label(moment) for moment in frame.moments[:count]), _flow(frame, kept),
        _rows_of(grid.of(data.exposure), frame, kept) if data.exposure else None,
        _rows_of(np.nanmax(grid.of(data.group), axis=1) > 0, frame, kept) if data.group else None,
    )  # fmt: skip


def scaled(outcome: Floats, data: PanelData) -> Floats:
    """The outcome on the scale of the protocol.

    Raises:
        NotEvaluable: a logarithm is asked of figures that are not above zero.
    """
    if data.scale is Scale.LEVEL:
        return outcome
    if (outcome[np.isfinite(outcome)] <= 0).any():
        count = int((outcome <= 0).sum())
        raise NotEvaluable(
            f"{data.outcome} is zero or less for {count} unit(s) and period(s) and has no logarithm; compare its level"
        )
    made: Floats = np.log(outcome)
    return made


def _rows_of(values: Any, frame: Frame, kept: Panel) -> Any:
    return values[np.isin(np.array(frame.units), np.array(kept.units))]


def _flow(frame: Frame, kept: Panel) -> dict[str, Any]:
    treated = int(kept.is_treated.sum())
    return {
        "units_in_data": len(frame.units) + len(frame.excluded),
        "excluded_by_protocol": list(frame.excluded),
        "treated_before_the_data_begin": list(frame.aside),
        "treated": treated,
        "controls": len(kept.units) - treated,
        "clusters": kept.n_clusters,
        "waves": len(kept.cohorts),
        "periods_before": kept.periods_before(kept.cohorts[0]),
        "periods": len(frame.times),
        "linkage_loss": "none: units are areas or sites, not linked people",
    }


def panel_parts(protocol: Protocol) -> tuple[PanelData, PanelDesign]:
    """Data and design of a protocol of units over time.

    Raises:
        UsageError: it is of another kind.
    """
    if not isinstance(protocol.data, PanelData) or not isinstance(protocol.design, PanelDesign):
        raise UsageError(f"{protocol.title!r} is no protocol of units over time")
    return protocol.data, protocol.design


def _predictor_columns(data: PanelData, design: PanelDesign) -> tuple[str, ...]:
    special = [item.column for item in design.special_predictors if item.column != data.outcome]
    return tuple(dict.fromkeys([*data.predictors, *special]))


class _Grid:
    """Rows of a table laid out by unit and period."""

    def __init__(self, rows: pa.Table, data: PanelData, frame: Frame, count: int) -> None:
        position = {name: i for i, name in enumerate(frame.units)}
        at = {moment: i for i, moment in enumerate(frame.moments)}
        unit = np.array([position.get(name, -1) for name in _texts(rows, data.unit)])
        self.keep = unit >= 0
        self.unit = unit[self.keep]
        self.period = np.array([at[moment] for moment in _moments(rows.column(data.time))], np.int64)[self.keep]
        self.rows, self.shape = rows, (len(frame.units), count)
        cells = np.bincount(self.unit * count + self.period, minlength=len(frame.units) * count)
        if (cells > 1).any():
            first = int(np.flatnonzero(cells > 1)[0])
            raise NotEvaluable(
                f"{int((cells > 1).sum())} unit(s) and period(s) occur twice, for example in period "
                f"{label(frame.moments[first % count])}; give one row for each unit and period"
            )

    def of(self, column: str) -> Floats:
        """A column by unit and period; what is not there is not a number."""
        values = np.full(self.shape, np.nan)
        values[self.unit, self.period] = numbers(self.rows, column)[self.keep]
        return values


def _starts(rows: pa.Table, protocol: Protocol, units: Any, unit_at: Ints, row_times: Floats) -> Floats:
    data, _ = panel_parts(protocol)
    if protocol.waves:
        return _starts_of_waves(protocol.waves, units)
    if data.treated:
        return _starts_of_flags(numbers(rows, data.treated), len(units), unit_at, row_times)
    column = rows.column(data.first_treated)
    given = np.array([NEVER if _is_never(value) else as_number(value) for value in column.to_pylist()])
    starts = np.full(len(units), NEVER)
    starts[unit_at] = given
    if (starts[unit_at] != given).any():
        raise NotEvaluable(f"{data.first_treated} is not the same in all rows of a unit; a unit starts once")
    return starts


def _is_never(value: object) -> bool:
    return value is None or value in {0, "", "0"} or (isinstance(value, float) and not np.isfinite(value))


def _starts_of_waves(waves: Sequence[Wave], units: Any) -> Floats:
    starts = np.full(len(units), NEVER)
    for wave in waves:
        missing = sorted(set(wave.units) - set(units.tolist()))
        if missing:
            raise NotEvaluable(f"the data have no unit {', '.join(missing)}, which a wave of the protocol names")
        starts[np.isin(units, np.array(wave.units))] = as_number(wave.start)
    return starts


def _starts_of_flags(flags: Floats, count: int, unit_at: Ints, row_times: Floats) -> Floats:
    if not np.isin(flags, (0.0, 1.0)).all():
        raise NotEvaluable("the treatment column must be 0 or 1 in every row; something else, or nothing, stands there")
    starts = np.full(count, NEVER)
    np.minimum.at(starts, unit_at[flags == 1], row_times[flags == 1])
    if ((flags == 0) & (row_times >= starts[unit_at])).any():
        raise NotEvaluable("a unit is treated and later not treated; these designs are for schemes that stay")
    return starts


def _clusters(rows: pa.Table, column: str, unit_at: Ints, count: int) -> Ints:
    if not column:
        return np.arange(count)
    _, given = np.unique(_texts(rows, column).astype(str), return_inverse=True)
    clusters = np.zeros(count, np.int64)
    clusters[unit_at] = given
    if (clusters[unit_at] != given).any():
        raise NotEvaluable(f"{column} is not the same in all rows of a unit; a unit belongs to one cluster")
    return clusters


def _texts(rows: pa.Table, column: str) -> Texts:
    """A column of names as texts; whole numbers without decimals."""
    values = rows.column(column).to_pylist()
    if any(value is None for value in values):
        raise NotEvaluable(f"{column} is missing in at least one row; every row must say its unit")
    return np.array([label(value) for value in values], object)


def _moments(column: Any) -> list[Any]:
    values = column.to_pylist()
    if any(value is None for value in values):
        raise NotEvaluable("the period is missing in at least one row; every row must say its period")
    if len({len(value) for value in values if isinstance(value, str)}) > 1:
        raise NotEvaluable("periods are written in different forms; write all as years, or all as ISO dates")
    return list(values)


def numbers(rows: pa.Table, column: str) -> Floats:
    """A column as numbers, missing values as not a number.

    Raises:
        NotEvaluable: it holds text, or numbers that count nothing: infinite ones, and ones so large or so small that
            sums of their squares are lost.
    """
    values = rows.column(column)
    if not (pa.types.is_integer(values.type) or pa.types.is_floating(values.type) or pa.types.is_boolean(values.type)
            or pa.types.is_decimal(values.type) or pa.types.is_null(values.type)):  # fmt: skip
        raise NotEvaluable(f"{column} holds text, not numbers; a hidden figure such as '*' is unknown, not a value")
    made = np.array(values.cast(pa.float64()).to_numpy(zero_copy_only=False), np.float64)
    largest = float(np.abs(made[~np.isnan(made)]).max(initial=0.0))
    if largest > LARGEST:
        raise NotEvaluable(f"{column} holds a value beyond {LARGEST:g}, a code for missing perhaps; correct the data")
    if 0 < largest < SMALLEST:
        raise NotEvaluable(f"{column} holds nothing but values below {SMALLEST:g}; write it in a smaller unit")
    return made


def as_number(moment: object) -> float:
    """A period as a number that keeps its order: a number itself, a date by its day, a text by the date it holds.

    >>> as_number(1989), as_number(date(2014, 3, 1)) > as_number("2014-02-01")
    (1989.0, True)
    """
    if isinstance(moment, int | float):
        return float(moment)
    if isinstance(moment, date):
        return float(moment.toordinal())
    text = str(moment)
    for form in (text, f"{text}-01", f"{text}-01-01"):
        try:
            return float(date.fromisoformat(form).toordinal())
        except ValueError:
            continue
    raise NotEvaluable(f"{text!r} is no period; write a number such as a year, or an ISO date such as 2014-03-01")


def label(value: object) -> str:
    """A period or name as people write it.

    >>> label(1989.0), label("Utah")
    ('1989', 'Utah')
    """
    return f"{value:g}" if isinstance(value, float) and value < 1e6 else str(value)
