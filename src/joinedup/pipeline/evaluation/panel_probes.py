"""The same question about areas with one thing changed: other controls, times, outcomes, scales and designs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from joinedup.methods.effect import Effect
from joinedup.methods.panel import NEVER, Flags, Panel
from joinedup.pipeline.evaluation.panel import LoadedPanel, as_number, panel_parts, read_frame, read_panel
from joinedup.pipeline.evaluation.panel_findings import Findings
from joinedup.pipeline.evaluation.panel_methods import run_method
from joinedup.pipeline.evaluation.panel_scale import on_ratio_scale
from joinedup.pipeline.evaluation.place_areas import AreaTable
from joinedup.rules.foundation.errors import NotEvaluable
from joinedup.rules.programme.protocol import PanelMethod, Protocol, Wave
from joinedup.rules.programme.protocol_panel import Probe
from joinedup.store.evaluation_tables import Table


def prepared(protocol: Protocol, table: Table, *, partly: bool = False) -> Protocol:
    """A protocol as it is run: areas covered in part left out or brought in, codes followed through mergers.

    Args:
        partly: bring in, as treated, the areas that the scheme covered in part.

    Raises:
        NotEvaluable: a wave names an area that the place has not.
    """
    data, _ = panel_parts(protocol)
    exposure = protocol.exposure
    out = exposure.aside if partly else (*exposure.aside, *exposure.partly)
    named = [unit for item in out for unit in item.units]
    changed = replace(protocol, data=replace(data, exclude=tuple(dict.fromkeys([*data.exclude, *named]))))
    if partly:
        waves = (*protocol.waves, *(Wave(item.start, item.units) for item in exposure.partly))
        changed = replace(changed, waves=_merged(waves))
    return table.resolved(changed) if isinstance(table, AreaTable) else changed


def _merged(waves: Sequence[Wave]) -> tuple[Wave, ...]:
    """Waves of one start as one."""
    starts = dict.fromkeys(wave.start for wave in waves)
    return tuple(
        Wave(start, tuple(dict.fromkeys(unit for wave in waves if wave.start == start for unit in wave.units)))
        for start in starts
    )


def run_probes(protocol: Protocol, table: Table) -> list[dict[str, Any]]:
    """Every promised probe with its effect, or why it has none; in the order of the protocol."""
    return [_row(probe, protocol, table) for probe in protocol.probes]


def probes_by_scale(rows: list[dict[str, Any]], scale: str) -> dict[str, list[dict[str, Any]]]:
    """Probes on the scale of the primary effect, and those on another, which no one picture can hold."""
    same = [row for row in rows if row["scale"] in {scale, None}]
    other = [row for row in rows if row["scale"] not in {scale, None}]
    return {"probes": same, **({"probes_on_another_scale": other} if other else {})}


def _row(probe: Probe, protocol: Protocol, table: Table) -> dict[str, Any]:
    why = probe.why or probe.check.replace("_", " ")
    try:
        findings, loaded = run_probe(probe, protocol, table)
    except NotEvaluable as exc:
        return {"probe": probe.name, "value": None, "low": None, "high": None, "scale": None, "why": f"{why}: {exc}"}
    effect = findings.effects[0]
    treated = int(loaded.panel.is_treated.sum())
    return {
        "probe": probe.name, **effect_row(effect), "treated": treated, "controls": len(loaded.panel.units) - treated,
        "pre_trend_p": findings.diagnostics.get("pre_trend_p"), "why": why,
    }  # fmt: skip


def effect_row(effect: Effect) -> dict[str, Any]:
    """An effect as one row of a table."""
    return {"value": effect.value, "low": effect.low, "high": effect.high, "p": effect.p, "scale": effect.scale}


def run_probe(probe: Probe, protocol: Protocol, table: Table) -> tuple[Findings, LoadedPanel]:
    """Estimate once more with what a probe changes; only for a design that was accepted.

    Raises:
        NotEvaluable: the changed question cannot be answered.
    """
    data, design = panel_parts(protocol)
    changed = replace(
        protocol,
        data=replace(
            data, exclude=tuple(dict.fromkeys([*data.exclude, *probe.exclude])), outcome=probe.outcome or data.outcome,
            scale=probe.scale or data.scale,
        ),
        design=replace(design, method=PanelMethod(probe.method) if probe.method else design.method),
    )  # fmt: skip
    changed = prepared(changed, table, partly=probe.partly)
    loaded = read_panel(table, changed, read_frame(table, changed))
    loaded = _with_units(loaded, probe, table)
    loaded = _within(loaded, probe)
    loaded, changed = _without_lead_in(loaded, probe.lead_in, changed)
    return on_ratio_scale(run_method(loaded, changed), changed), loaded


def _with_units(loaded: LoadedPanel, probe: Probe, table: Table) -> LoadedPanel:
    """Only the units, or only the controls, that a probe names."""
    units = np.array(loaded.panel.units, str)
    keep = np.ones(len(units), bool)
    if probe.only:
        keep &= np.isin(units, _codes(probe.only, table))
    if probe.controls:
        keep &= loaded.panel.is_treated | np.isin(units, _codes(probe.controls, table))
    return chosen(loaded, keep)


def _codes(units: Sequence[str], table: Table) -> list[str]:
    return [table.unit(unit) for unit in units] if isinstance(table, AreaTable) else list(units)


def chosen(loaded: LoadedPanel, keep: Flags) -> LoadedPanel:
    """A panel of some of its units."""
    if keep.all():
        return loaded
    return replace(
        loaded, panel=loaded.panel.only(keep),
        exposure=None if loaded.exposure is None else loaded.exposure[keep],
        group=None if loaded.group is None else loaded.group[keep],
    )  # fmt: skip


def at_times(loaded: LoadedPanel, keep: Flags) -> LoadedPanel:
    """A panel of some of its periods; a start after the last of them is never.

    Raises:
        NotEvaluable: nobody starts within them.
    """
    if keep.all():
        return loaded
    panel = loaded.panel
    times = panel.times[keep]
    if not len(times):
        raise NotEvaluable("no period is left")
    starts = np.where(panel.first_treated > times[-1], NEVER, panel.first_treated)
    made = Panel(
        panel.units, times, panel.outcome[:, keep], starts, panel.clusters,
        {name: values[:, keep] for name, values in panel.predictors.items()},
    )  # fmt: skip
    labels = tuple(name for name, kept in zip(loaded.labels, keep, strict=True) if kept)
    return replace(
        loaded, panel=made, labels=labels, exposure=None if loaded.exposure is None else loaded.exposure[:, keep]
    )


def _within(loaded: LoadedPanel, probe: Probe) -> LoadedPanel:
    times = loaded.panel.times
    keep = np.ones(len(times), bool)
    if probe.first is not None:
        keep &= times >= as_number(probe.first)
    if probe.last is not None:
        keep &= times <= as_number(probe.last)
    return at_times(loaded, keep)


def _without_lead_in(loaded: LoadedPanel, count: int, protocol: Protocol) -> tuple[LoadedPanel, Protocol]:
    """Leave out the first periods after each start.

    With waves the start moves back by so many periods, which the design then treats as anticipated: each wave is
    still compared with its last period before the true start.
    """
    if not count:
        return loaded, protocol
    panel, design = loaded.panel, panel_parts(protocol)[1]
    if len(panel.cohorts) == 1:
        first = panel.periods_before(panel.cohorts[0])
        keep = np.ones(len(panel.times), bool)
        keep[first : first + count] = False
        if not keep[first:].any():
            raise NotEvaluable("no period is left after the lead-in")
        moved = at_times(replace(loaded, panel=_started(panel, first + count)), keep)
        return moved, protocol
    if design.method is not PanelMethod.STAGGERED:
        raise NotEvaluable("with several starts a lead-in can be left out of staggered_did only")
    moved = replace(loaded, panel=_shifted(panel, count))
    return moved, replace(protocol, design=replace(design, anticipation=design.anticipation + count))


def _started(panel: Panel, position: int) -> Panel:
    return replace(panel, first_treated=np.where(panel.is_treated, panel.times[position], NEVER))


def _shifted(panel: Panel, count: int) -> Panel:
    starts = panel.first_treated.copy()
    for wave in panel.cohorts:
        at = panel.periods_before(wave) + count
        starts[panel.first_treated == wave] = panel.times[at] if at < len(panel.times) else NEVER
    return replace(panel, first_treated=starts)
