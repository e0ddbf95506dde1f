"""The design of an evaluation in a notebook: who would be compared with whom, and no outcome after the start seen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from joinedup.pipeline.evaluation.disclosing import disclosed
from joinedup.pipeline.evaluation.panel_evaluation import design_view as panel_view
from joinedup.pipeline.evaluation.panel_evaluation import designed
from joinedup.pipeline.evaluation.people import design_view as people_view
from joinedup.pipeline.evaluation.people import known_before
from joinedup.pipeline.evaluation.people_design import design_people
from joinedup.pipeline.evaluation.people_rows import check_columns
from joinedup.pipeline.notebook.protocols import EvaluationProtocol, as_protocol
from joinedup.pipeline.notebook.shown import shown, shown_design
from joinedup.pipeline.notebook.sources import Data, Source
from joinedup.rules.foundation.errors import NotEvaluable
from joinedup.rules.programme.protocol import PanelDesign, PeopleDesign, Protocol, SynthesisDesign
from joinedup.rules.programme.result import Result, finite

if TYPE_CHECKING:
    from joinedup.store.evaluation_tables import Table

View = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class EvaluationDesign:
    """How good a comparison a protocol gives with these data, judged before any outcome is seen.

    Attributes:
        reasons: why the design is refused; empty where it is accepted.
        view: what was found, under the keys that `diagnostics` of result.json has.
    """

    protocol: EvaluationProtocol
    source: Source
    reasons: tuple[str, ...]
    view: View

    @property
    def accepted(self) -> bool:
        """Whether effects may be estimated by it."""
        return not self.reasons

    @property
    def balance(self) -> pd.DataFrame:
        """How alike the groups are: one row a covariate, standardised differences before and after."""
        return pd.DataFrame([dict(row) for row in self.view.get("balance", ())])

    @property
    def overlap(self) -> float | None:
        """The part of the treated that lies within the range of controls; None where that is no question."""
        found: float | None = self.view.get("overlap")
        return found

    @property
    def power(self) -> View:
        """The smallest effect that would be seen with 80% power, and how that was found."""
        return dict(self.view.get("power") or {})

    @property
    def flow(self) -> View:
        """How many there were, were left out and are compared; small numbers hidden."""
        return dict(self.view.get("flow") or {})

    def _repr_html_(self) -> str:
        return shown(shown_design(self.protocol.title, self.protocol.method, self.reasons, self.view))


def design(
    protocol: EvaluationProtocol | str | Path | Mapping[str, Any],
    data: Data = None,
    *,
    place: str | Path | None = None,
) -> EvaluationDesign:
    """Design an evaluation: its table is asked for no outcome of people, and for no row after the start of areas.

    Args:
        protocol: or the path or content of one.
        data: a data frame of pandas or polars, an Arrow table, or the path of a CSV or Parquet file.
        place: the folder of a place that was built; instead of data.

    Returns:
        A design that is not accepted where the data cannot carry it or the protocol's own conditions fail.

    Raises:
        UsageError: a file or column is missing, or neither or both of data and place are given.
        ConfigError: the protocol is wrong.
        ReleaseError: the place was not built yet.
    """
    asked, source = as_protocol(protocol), Source.of(data, place)
    look = _LOOKS[type(asked.file.protocol.design)]
    with source.opened(asked.file) as table:
        try:
            reasons, view = look(table, asked.file.protocol)
        except NotEvaluable as exc:
            reasons, view = (str(exc),), {}
    return EvaluationDesign(asked, source, reasons, finite(view))


def _panel(table: Table, protocol: Protocol) -> tuple[tuple[str, ...], View]:
    _, _, found = designed(table, protocol)
    return found.reasons, panel_view(found)


def _people(table: Table, protocol: Protocol) -> tuple[tuple[str, ...], View]:
    check_columns(table, protocol)
    found = design_people(known_before(table, protocol), protocol)
    told = Result(
        protocol.title, str(protocol.design.method), "not evaluable", "not run", diagnostics=people_view(found)
    )
    return found.reasons, disclosed(told, protocol).diagnostics


def _studies(table: Table, protocol: Protocol) -> tuple[tuple[str, ...], View]:
    """Studies were seen when they were made: there is nothing to judge before they are put together."""
    return (), {}


_LOOKS: Final[Mapping[type, Callable[[Table, Protocol], tuple[tuple[str, ...], View]]]] = {
    PanelDesign: _panel,
    PeopleDesign: _people,
    SynthesisDesign: _studies,
}
