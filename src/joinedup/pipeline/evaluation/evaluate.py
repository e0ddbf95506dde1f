"""Evaluating by a protocol: register, judge the design unseen, estimate, grade, say the verdict, write result.json."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Final

from joinedup.pipeline.evaluation.disclosing import disclosed
from joinedup.pipeline.evaluation.opening import opened
from joinedup.pipeline.evaluation.panel_evaluation import design_view, evaluate_panel
from joinedup.pipeline.evaluation.people import evaluate_people
from joinedup.pipeline.evaluation.standing import AT_RUN_TIME, REGISTERED, Standing, stand
from joinedup.pipeline.evaluation.synthesis import evaluate_synthesis
from joinedup.pipeline.evaluation.versions import keep_version
from joinedup.pipeline.report import write_report
from joinedup.rules.programme.protocol import PanelDesign, PeopleDesign, SynthesisDesign
from joinedup.rules.programme.result import Result
from joinedup.store.evaluation_tables import Table
from joinedup.store.objects import write_atomically
from joinedup.store.protocols import ProtocolFile, load_protocol

__all__ = ["AT_RUN_TIME", "REGISTERED", "Standing", "design_view", "evaluate", "evaluate_panel", "stand"]


def evaluate(
    protocol: Path,
    out: Path | None = None,
    *,
    now: datetime,
    data: Path | None = None,
    place: Path | None = None,
    registering: bool = False,
) -> Result:
    """Evaluate a table of one's own, or a place, by a protocol of areas, people or studies, and write result.json.

    What is found in a place is kept there as a version of its evaluation; see `keep_version`.

    Args:
        protocol: TOML file.
        out: folder; made when it does not exist.
        data: CSV or Parquet file.
        place: folder of a place that was built; give either data or place.
        now: with its time zone.
        registering: append the protocol to the registrations before anything is read.

    Raises:
        UsageError: a file or column is missing, or neither or both of data and place are given.
        ReleaseError: the place was not built yet.
        ConfigError: the protocol is wrong, or the registrations were altered.
    """
    file = load_protocol(protocol)
    standing = stand(file, now, registering=registering)
    with opened(file, data, place) as table:
        result = evaluate_table(file, table, standing, now)
    if out is not None:
        write_result(result, out)
    if place is not None:
        keep_version(place, file.name, result, file.content)
    return result


def evaluate_table(file: ProtocolFile, table: Table, standing: Standing, now: datetime) -> Result:
    """Evaluate an open table by a protocol of areas, people or studies; a result that is not evaluable says why.

    Raises:
        UsageError: a column is missing.
    """
    return disclosed(_EVALUATE[type(file.protocol.design)](file, table, standing, now), file.protocol)


def write_result(result: Result, out: Path) -> None:
    """Write result.json and report.html into a folder."""
    out.mkdir(parents=True, exist_ok=True)
    write_atomically(out / "result.json", json.dumps(result.as_dict(), indent=1, ensure_ascii=False) + "\n")
    write_report(result, out)


_EVALUATE: Final[Mapping[type, Callable[[ProtocolFile, Table, Standing, datetime], Result]]] = {
    PanelDesign: evaluate_panel,
    PeopleDesign: evaluate_people,
    SynthesisDesign: evaluate_synthesis,
}
