"""Which function runs which method of a panel protocol."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from joinedup.pipeline.evaluation.counterfactuals import run_counterfactuals
from joinedup.pipeline.evaluation.differences import run_differences, run_staggered
from joinedup.pipeline.evaluation.panel import LoadedPanel, panel_parts
from joinedup.pipeline.evaluation.panel_findings import Findings
from joinedup.pipeline.evaluation.series import run_before_after, run_series
from joinedup.rules.programme.protocol import PanelMethod, Protocol


def run_method(loaded: LoadedPanel, protocol: Protocol) -> Findings:
    """Estimate by the method of the protocol.

    Raises:
        UsageError: the protocol is not one of units over time.
        NotEvaluable: the data cannot carry it.
    """
    return _RUN[panel_parts(protocol)[1].method](loaded, protocol)


_RUN: Final[Mapping[PanelMethod, Callable[[LoadedPanel, Protocol], Findings]]] = {
    PanelMethod.DIFFERENCES: run_differences,
    PanelMethod.STAGGERED: run_staggered,
    PanelMethod.SYNTHETIC: run_counterfactuals,
    PanelMethod.AUGMENTED: run_counterfactuals,
    PanelMethod.DEMEANED: run_counterfactuals,
    PanelMethod.GENERALISED: run_counterfactuals,
    PanelMethod.SYNTHETIC_DIFFERENCES: run_counterfactuals,
    PanelMethod.INTERRUPTED: run_series,
    PanelMethod.BEFORE_AFTER: run_before_after,
}
