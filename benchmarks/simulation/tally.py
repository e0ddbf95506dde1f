"""What many runs of a cell said together, and whether that is within chance of what must be."""

from __future__ import annotations

import hashlib
import math
import time
from collections import Counter
from dataclasses import asdict, dataclass
from typing import Final

import numpy as np

from benchmarks.simulation.cell import FAVOURABLE, Cell, Seen, run_once

#: Monte Carlo errors by which a share may miss what it must be.
ERRORS: Final = 3.0
SURE: Final = 0.95
#: Half of what a two-sided 95% interval leaves out.
FALSE_PRAISE: Final = 0.025


@dataclass(frozen=True, slots=True)
class Tally:
    """What the runs of one cell said of one outcome.

    Attributes:
        runs, estimated: made, and with an interval.
        coverage: part of the intervals that hold the truth; None where there are none.
        favourable, harm: part of the runs that said "works" or "promising", or "harm".
        off: mean error in standard deviations of the errors.
        width: mean standard error over the standard deviation of the errors; below 1 is too sure.
        grade: mean.
        warned: part of the runs in which a check of unlike groups fired.
        praised: part of the runs that praised without any such check firing.
    """

    world: str
    design: str
    effect: str
    holds: bool
    outcome: str
    horizon: str
    runs: int
    estimated: int
    coverage: float | None
    favourable: float
    harm: float
    off: float | None
    width: float | None
    grade: float | None
    warned: float
    praised: float
    seconds: float

    @property
    def keeps_coverage(self) -> bool | None:
        """Whether coverage is within chance of 95%; None where it need not be or is unknown."""
        if not self.holds or self.coverage is None:
            return None
        return abs(self.coverage - SURE) <= ERRORS * math.sqrt(SURE * (1 - SURE) / self.estimated)

    @property
    def keeps_quiet(self) -> bool | None:
        """Whether praise without an effect is within chance of 2.5% or below; None where there is an effect."""
        if not self.holds or self.effect != "none":
            return None
        return self.favourable <= FALSE_PRAISE + ERRORS * math.sqrt(FALSE_PRAISE * (1 - FALSE_PRAISE) / self.runs)

    def as_dict(self) -> dict[str, object]:
        """As a line of the results."""
        return asdict(self)


def run_cell(cell: Cell, runs: int, seed: int = 1) -> list[Tally]:
    """Run a cell many times; one tally for each outcome and horizon that it has a truth for."""
    began = time.process_time()
    own = int.from_bytes(hashlib.blake2b(cell.name.encode(), digest_size=4).digest(), "big")
    made = [run_once(cell, np.random.default_rng([seed, own, at])) for at in range(runs)]
    seconds = time.process_time() - began
    return [_tally(cell, [run[at] for run in made], seconds) for at in range(len(made[0]))]


def _tally(cell: Cell, seen: list[Seen], seconds: float) -> Tally:
    covered = [item.covered for item in seen if item.covered is not None]
    errors = np.array([item.error for item in seen if item.error is not None])
    widths = np.array([item.se for item in seen if item.se is not None])
    grades = [item.grade for item in seen if item.grade is not None]
    verdicts, runs = Counter(item.verdict for item in seen), len(seen)
    spread = float(errors.std()) if len(errors) > 1 else 0.0
    praised = sum(item.verdict in FAVOURABLE and not item.warned for item in seen)
    return Tally(
        cell.world, cell.design, cell.effect, cell.holds, seen[0].outcome, seen[0].horizon, runs, len(covered),
        float(np.mean(covered)) if covered else None, sum(verdicts[word] for word in FAVOURABLE) / runs,
        verdicts["harm"] / runs, float(errors.mean()) / spread if spread else None,
        float(widths.mean()) / spread if spread and len(widths) else None,
        float(np.mean(grades)) if grades else None, sum(bool(item.warned) for item in seen) / runs, praised / runs,
        seconds,
    )  # fmt: skip
