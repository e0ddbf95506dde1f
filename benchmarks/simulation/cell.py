"""A cell: one world, one design and one true effect, run many times through the evaluation that the product ships."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa

from joinedup.pipeline.evaluation.evaluate import evaluate_panel
from joinedup.pipeline.evaluation.people import evaluate_people
from joinedup.pipeline.evaluation.standing import REGISTERED, Standing
from joinedup.rules.programme.protocol import PeopleDesign
from joinedup.rules.programme.protocol_reading import read_protocol
from joinedup.rules.programme.result import Estimate, Result
from joinedup.store.evaluation_tables import MemoryTable
from joinedup.store.protocols import ProtocolFile

NOW: Final = datetime(2025, 4, 20, tzinfo=UTC)
FAVOURABLE: Final = frozenset({"works", "promising"})
#: Checks by which a report says that like was not compared with like.
WARNINGS: Final = ("negative_control", "mortality", "hidden_confounding", "pre_trend", "pre_fit")


@dataclass(frozen=True, slots=True)
class World:
    """One draw of a world.

    Attributes:
        rows: what an evaluator is given.
        truth: the true effect on the scale of the outcome's main estimate, by outcome and horizon.
    """

    rows: pa.Table
    truth: Mapping[tuple[str, str], float]


@dataclass(frozen=True, slots=True)
class Cell:
    """What is run many times.

    Attributes:
        world, design, effect: in words for the table of results.
        holds: whether the assumptions of the design hold in the world, so that its intervals must.
        draw: makes a world.
        protocol: as a file would hold it.
        share: the part of the runs asked for that is made, less where one run takes long.
    """

    world: str
    design: str
    effect: str
    holds: bool
    draw: Callable[[np.random.Generator], World]
    protocol: Mapping[str, Any]
    share: float = 1.0

    @property
    def name(self) -> str:
        """What the cell is called."""
        return f"{self.world} / {self.design} / {self.effect}"


@dataclass(frozen=True, slots=True)
class Seen:
    """What one run said of one outcome.

    Attributes:
        verdict: "not evaluable" where nothing was estimated.
        covered: whether the interval holds the truth; None without an interval.
        error: estimate less truth, of ratios as logarithm; None without an estimate.
        se: standard error that the run gave, or a quarter of the interval's width.
        grade: 1 to 5; None where nothing was graded.
        warned: the checks that fired among those that tell of unlike groups.
    """

    outcome: str
    horizon: str
    verdict: str
    covered: bool | None
    error: float | None
    se: float | None
    grade: int | None
    warned: tuple[str, ...]


def run_once(cell: Cell, rng: np.random.Generator) -> list[Seen]:
    """Draw the world once and evaluate it as a registered protocol is evaluated."""
    world = cell.draw(rng)
    protocol = read_protocol(cell.protocol)
    file = ProtocolFile(Path("cell.toml"), "cell", protocol, cell.protocol, "0")
    standing = Standing(REGISTERED, "0", NOW.isoformat(), ())
    run = evaluate_people if isinstance(protocol.design, PeopleDesign) else evaluate_panel
    result = run(file, MemoryTable(world.rows, "invented"), standing, NOW)
    return [_seen(result, outcome, horizon, truth) for (outcome, horizon), truth in world.truth.items()]


def _seen(result: Result, outcome: str, horizon: str, truth: float) -> Seen:
    level = result.grade.level if result.grade else None
    because = result.grade.because if result.grade else ()
    warned = tuple(check for check in WARNINGS if any(f": {check} (" in words for words in because))
    verdict, found = _verdict(result, outcome), _estimate(result, outcome, horizon)
    if found is None:
        return Seen(outcome, horizon, verdict, None, None, None, level, warned)
    log = np.log if found.scale == "ratio" else float
    covered = None if found.low is None or found.high is None else bool(found.low <= truth <= found.high)
    error = float(log(found.value) - log(truth))
    width = None if found.low is None or found.high is None else float(log(found.high) - log(found.low)) / 4
    return Seen(outcome, horizon, verdict, covered, error, width, level, warned)


def _estimate(result: Result, outcome: str, horizon: str) -> Estimate | None:
    """The first estimate of an outcome at a horizon: the one that counts."""
    for item in result.estimates:
        if item.outcome == outcome and item.subgroup == "all" and item.horizon == horizon:
            return item
    return None


def _verdict(result: Result, outcome: str) -> str:
    for row in result.diagnostics.get("other_primary", []):
        if row["outcome"] == outcome:
            return str(row["verdict"])
    return result.verdict
