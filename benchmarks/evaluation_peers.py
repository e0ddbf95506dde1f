"""What others' packages take for a case of the evaluation benchmark; run by an interpreter that has them.

Usage: PYTHON benchmarks/evaluation_peers.py CASE FOLDER

Each peer gets the same data, already written. What a package cannot do, or is not installed, ends with the reason.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path

#: Seconds of processor after which a peer is stopped.
PATIENCE = 120


def matched(folder: Path) -> tuple[str, Callable[[], str]]:
    """psmpy, propensity 1:1 without replacement; it knows no strata."""
    import pandas as pd
    from psmpy import PsmPy

    def run() -> str:
        rows = pd.read_parquet(folder / "people.parquet").drop(columns=["admissions"])
        made = PsmPy(rows, treatment="treated", indx="person", exclude=["stratum"])
        made.logistic_ps(balance=False)
        made.knn_matched(matcher="propensity_logit", replacement=False, caliper=0.2, drop_unmatched=True)
        return f"matched {len(made.matched_ids)}"

    return "psmpy", run


def california(folder: Path) -> tuple[str, Callable[[], str]]:
    """pysyncon, the published predictors and placebos."""
    import pandas as pd
    from pysyncon import Dataprep, Synth
    from pysyncon.utils import PlaceboTest

    table = pd.read_csv(Path(os.environ["JOINEDUP_DATA"]) / "evaluation" / "prop99_adh.csv")
    lagged = [("cigsale", [year], "mean") for year in (1975, 1980, 1988)]
    states = [name for name in table["state"].unique() if name != "California"]

    def run() -> str:
        prepared = Dataprep(
            foo=table, predictors=["lnincome", "retprice", "age15to24"], predictors_op="mean",
            dependent="cigsale", unit_variable="state", time_variable="year", treatment_identifier="California",
            controls_identifier=states, time_predictors_prior=range(1970, 1989), time_optimize_ssr=range(1970, 1989),
            special_predictors=[("beer", range(1984, 1989), "mean"), *lagged],
        )  # fmt: skip
        synth, test = Synth(), PlaceboTest()
        synth.fit(prepared)
        test.fit(dataprep=prepared, scm=Synth(), max_workers=1)
        return f"p {test.pvalue(treatment_time=1989):.3f}"

    return "pysyncon", run


def staggered(folder: Path) -> tuple[str, Callable[[], str]]:
    """diff-diff, with as many bootstraps."""
    import diff_diff
    import numpy as np
    import pandas as pd

    rng = np.random.default_rng(3)
    outcome = 100 + rng.normal(0, 5, (150, 1)) + np.cumsum(rng.normal(0, 0.5, 72)) + rng.normal(0, 2, (150, 72))
    unit, period = np.repeat(np.arange(150), 72), np.tile(np.arange(72), 150)
    start = np.where(unit < 100, 24 + 3 * (unit % 11), 0)
    table = pd.DataFrame({"unit": unit, "time": period, "start": start, "y": outcome.ravel()})

    def run() -> str:
        model = diff_diff.CallawaySantAnna(control_group="never_treated", base_period="universal", n_bootstrap=999)
        found = model.fit(table, outcome="y", unit="unit", time="time", first_treat="start", aggregate="event_study")
        return f"simple {found.overall_att:.3f}"

    return "diff-diff", run


def months(folder: Path) -> tuple[str, Callable[[], str]]:
    """pandas, means by area and month alone."""
    import pandas as pd

    def run() -> str:
        rows = pd.read_parquet(folder / "months.parquet", columns=["area", "month", "start", "admissions"])
        return f"{len(rows.groupby(['area', 'month', 'start'])['admissions'].mean())} means"

    return "pandas, aggregation alone", run


CASES = {"matched": matched, "california": california, "staggered": staggered, "months": months}


def main() -> None:
    """Run the peer of one case."""
    name, folder = sys.argv[1], Path(sys.argv[2])
    if name not in CASES:
        sys.exit("no peer was found that does this")
    peer, run = CASES[name](folder)
    resource.setrlimit(resource.RLIMIT_CPU, (PATIENCE, PATIENCE))
    before, began = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
    said = run()
    wall, used = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_SELF)
    peak = next(int(x.split()[1]) for x in Path("/proc/self/status").read_text().splitlines() if x.startswith("VmHWM"))
    print(said)
    print(json.dumps({
        "peer": peer, "wall": wall, "user": used.ru_utime - before.ru_utime, "sys": used.ru_stime - before.ru_stime,
        "peak_mb": peak / 1024,
    }))  # fmt: skip


if __name__ == "__main__":
    main()
