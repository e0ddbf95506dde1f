"""Running an evaluation again on later data: what moved, what was new, and whether the effect lasts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from joinedup.pipeline.evaluation.evaluate import REGISTERED
from joinedup.pipeline.notebook.results import EvaluationResult, evaluated
from joinedup.pipeline.notebook.shown import shown, shown_update
from joinedup.pipeline.notebook.sources import Data, Source
from joinedup.pipeline.report.lasting import lasting
from joinedup.pipeline.report.moved import moved_what, moved_words
from joinedup.rules.foundation.errors import UsageError
from joinedup.rules.programme.movement import Movement, movement


@dataclass(frozen=True, slots=True)
class EvaluationUpdate:
    """A result, the same evaluation on later data, and what lies between them."""

    before: EvaluationResult
    after: EvaluationResult
    movement: Movement

    @property
    def moved(self) -> pd.DataFrame:
        """What is another now: one row each of what, before and after in words; empty where nothing moved."""
        rows = [(moved_what(item), *moved_words(item)) for item in self.movement.moved]
        return pd.DataFrame(rows, columns=["what", "before", "after"])

    @property
    def because(self) -> tuple[str, ...]:
        """Everything that was new and may be the reason."""
        return self.movement.because

    @property
    def persistence(self) -> tuple[str, ...]:
        """Whether the effect lasts, as far as the later data show it."""
        return tuple(lasting(self.after.as_dict()))

    def _repr_html_(self) -> str:
        return shown(shown_update(self.after.as_dict(), self.movement, str(self.before.provenance.get("run_at", ""))))


def update(
    result: EvaluationResult, data: Data = None, *, place: str | Path | None = None, now: datetime | None = None
) -> EvaluationUpdate:
    """Run the protocol of a result again on later data.

    Args:
        data: later data in the shape of the first; see `design`.
        place: instead of data: the place, whose current release may be a later one.
        now: when this is run, with its time zone; the time of the call if left out.

    Raises:
        UsageError: the result puts others together (update those, then pool them again); a file or column is missing.
    """
    if result.source is None:
        raise UsageError("this result puts others together; update each of them, and pool them again")
    again = evaluated(result.protocol, Source.of(data, place), now or datetime.now(UTC))
    made = movement(result.as_dict(), again.as_dict(), _about(result), _about(again))
    return EvaluationUpdate(result, again, Movement(made.moved, (*_new_data(result, again), *made.because)))


def _about(result: EvaluationResult) -> Mapping[str, Any]:
    found = result.provenance
    return {"code_version": found.get("code_version"), "protocol": result.protocol.file.content}


def _new_data(before: EvaluationResult, after: EvaluationResult) -> tuple[str, ...]:
    said = []
    then, now = before.provenance, after.provenance
    if then.get("release") != now.get("release"):
        said.append(f"the place's release is {now.get('release')}; it was {then.get('release')}")
    elif then.get("data_sha256") != now.get("data_sha256"):
        said.append("the data are others")
    headings = [item.found.registered.get("heading") for item in (before, after)]
    if headings[0] != headings[1] and headings[1] == REGISTERED:
        said.append("the protocol was registered in between")
    return tuple(said)
