"""The result of an evaluation in a notebook: estimated, shown, written as the command writes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from joinedup.pipeline.evaluation.evaluate import evaluate_table, write_result
from joinedup.pipeline.evaluation.standing import stand
from joinedup.pipeline.notebook.designs import EvaluationDesign
from joinedup.pipeline.notebook.protocols import EvaluationProtocol
from joinedup.pipeline.notebook.shown import shown, shown_result
from joinedup.pipeline.notebook.sources import Source
from joinedup.rules.programme.result import Result, finite

View = Mapping[str, Any]

#: Columns of the effects, in the order of result.json.
_COLUMNS = (
    "outcome", "estimand", "scale", "horizon", "subgroup", "value", "se", "low", "high", "p", "n", "pre_specified",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class EvaluationResult:
    """What an evaluation found.

    Attributes:
        found: the result as the command has it.
        protocol: it answers.
        source: the data it rests on; None where results were put together.
    """

    found: Result
    protocol: EvaluationProtocol
    source: Source | None = None

    @property
    def verdict(self) -> str:
        """One of the fixed list, from "works" to "harm"; "not evaluable" has a reason."""
        return self.found.verdict

    @property
    def reason(self) -> str:
        """Why it is not evaluable; "" otherwise."""
        return self.found.reason

    @property
    def grade(self) -> int | None:
        """Strength of the evidence on the Maryland scale, 1 to 5; None where nothing was estimated."""
        return self.found.grade.level if self.found.grade else None

    @property
    def grade_because(self) -> tuple[str, ...]:
        """Each design feature and diagnostic that decided the grade."""
        return self.found.grade.because if self.found.grade else ()

    @property
    def effects(self) -> pd.DataFrame:
        """Every estimate, one a row: outcome, estimand, scale, horizon, subgroup, value, se, low, high, p, n.

        `low` and `high` are a 95% interval; not a number where there is none.
        """
        return pd.DataFrame(self.as_dict()["estimates"], columns=list(_COLUMNS))

    @property
    def series(self) -> pd.DataFrame:
        """What was seen and what would have been, one row a period; empty for designs that give none."""
        return pd.DataFrame(self.as_dict()["series"])

    @property
    def weights(self) -> pd.Series[float]:
        """Of what the comparison, or the synthesis, is made: unit -> weight."""
        return pd.Series(dict(self.found.weights), dtype=float, name="weight")

    @property
    def diagnostics(self) -> View:
        """What was checked: design, flow, balance, overlap, power, and what the method adds."""
        return self._of("diagnostics")

    @property
    def sensitivity(self) -> View:
        """How the answer fares under other assumptions; what could not be made says why."""
        return self._of("sensitivity")

    @property
    def cost(self) -> View:
        """Gross, net and cashable, in pence; empty where the protocol asks for no cost."""
        return self._of("cost")

    @property
    def deviations(self) -> tuple[str, ...]:
        """How the run departs from what was registered first."""
        return self.found.deviations

    @property
    def provenance(self) -> View:
        """Data, protocol, code and time it rests on."""
        return self._of("provenance")

    def as_dict(self) -> dict[str, Any]:
        """The result as result.json holds it."""
        return self.found.as_dict()

    def _of(self, name: str) -> View:
        made: View = finite(getattr(self.found, name))
        return made

    def _repr_html_(self) -> str:
        return shown(shown_result(self.as_dict()))


def estimate(design: EvaluationDesign, *, now: datetime | None = None) -> EvaluationResult:
    """Estimate effects by a design; where it is refused the result is "not evaluable" with the design's reasons.

    The design is made anew from the same data, so that nothing but the protocol decides who is compared. A protocol
    altered since its registration is run as it is, and every alteration stands among the deviations.

    Args:
        now: when this is run, with its time zone; the time of the call if left out.

    Raises:
        UsageError: a file or column is missing.
        ConfigError: the registrations were altered.
    """
    return evaluated(design.protocol, design.source, now or datetime.now(UTC))


def evaluated(protocol: EvaluationProtocol, source: Source, now: datetime) -> EvaluationResult:
    """The result of a protocol on a source of data."""
    file = protocol.file
    with source.opened(file) as table:
        return EvaluationResult(evaluate_table(file, table, stand(file, now), now), protocol, source)


def report(result: EvaluationResult, out: str | Path) -> Path:
    """Write result.json and report.html as `joinedup evaluate` writes them.

    Args:
        out: folder; made when it does not exist.

    Returns:
        Where the report lies.
    """
    folder = Path(out)
    write_result(result.found, folder)
    return folder / "report.html"
