"""Syntheses beside R's metafor (Viechtbauer 2010): every estimator, interval and moderator, to six digits."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from joinedup.methods.study import Studies
from joinedup.methods.synthesis import leave_one_out, synthesise
from joinedup.rules.programme.protocol import Heterogeneity
from tests.methods.r_language import Rows, ask
from tests.methods.test_synthesis import TRIALS, bcg

#: R's names of the same estimators.
NAMES = {
    Heterogeneity.REML: "REML", Heterogeneity.PAULE_MANDEL: "PM", Heterogeneity.DERSIMONIAN_LAIRD: "DL",
    Heterogeneity.MAXIMUM_LIKELIHOOD: "ML", Heterogeneity.HEDGES: "HE", Heterogeneity.SIDIK_JONKMAN: "SJ",
    Heterogeneity.FIXED: "FE",
}  # fmt: skip
SCRIPT = """
answer <- data.frame()
put <- function(set, method, test, what, name, m, i, pred) answer <<- rbind(answer, data.frame(
  set = set, method = method, test = test, what = what, name = name, b = m$b[i], se = m$se[i], low = m$ci.lb[i],
  high = m$ci.ub[i], p = m$pval[i], tau2 = m$tau2, i2 = m$I2, q = m$QE, qp = m$QEp, pl = pred$pi.lb, pu = pred$pi.ub))
settle <- list(threshold = 1e-12, maxiter = 5000, tol = 1e-12)
fit <- function(d, method, test) rma(yi, vi, data = d, method = method, test = test, control = settle)
move <- function(d, method, test) rma(yi, vi, mods = ~ x, data = d, method = method, test = test, control = settle)
none <- list(pi.lb = NA, pi.ub = NA)
for (set in unique(given$set)) {
  d <- given[given$set == set, ]
  for (method in c("REML", "PM", "DL", "ML", "HE", "SJ", "FE")) for (test in c("z", "knha")) {
    m <- fit(d, method, test)
    put(set, method, test, "pooled", "effect", m, 1, if (method == "FE") none else predict(m))
    m <- move(d, method, test)
    put(set, method, test, "moved", "effect", m, 1, none)
    put(set, method, test, "moved", "x", m, 2, none)
  }
  m <- fit(d, "REML", "knha")
  for (i in seq_len(nrow(d))) put(set, "REML", "knha", "without", i, fit(d[-i, ], "REML", "knha"), 1, none)
}
"""


def sets() -> dict[int, tuple[Studies, np.ndarray]]:
    """The trials, and three drawn sets: homogeneous, very different, and few."""
    made = {0: (bcg(), TRIALS[4])}
    for number, (k, spread) in enumerate([(12, 0.0), (20, 0.8), (4, 0.3)], 1):
        rng = np.random.default_rng(number)
        variance = rng.uniform(0.01, 0.2, k)
        effect = rng.normal(-0.3, np.sqrt(variance + spread**2))
        made[number] = (Studies(tuple(map(str, range(k))), effect, variance), rng.normal(size=k))
    return made


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> Rows:
    parts = [
        np.column_stack([np.full(len(x), number), studies.effect, studies.variance, x])
        for number, (studies, x) in sets().items()
    ]
    columns = dict(zip(("set", "yi", "vi", "x"), np.vstack(parts).T.tolist(), strict=True))
    return ask(Path(tmp_path_factory.mktemp("metafor")), "metafor", SCRIPT, columns)


def _of(rows: Rows, **wanted: str) -> list[dict[str, str]]:
    return [row for row in rows if all(row[key] == value for key, value in wanted.items())]


@pytest.mark.parametrize("method", list(NAMES))
@pytest.mark.parametrize("hartung_knapp", [False, True])
def test_pooled_effects_and_how_far_studies_differ_agree(
    answers: Rows, method: Heterogeneity, hartung_knapp: bool
) -> None:
    for number, (studies, _) in sets().items():
        test = "knha" if hartung_knapp else "z"
        [theirs] = _of(answers, set=str(number), method=NAMES[method], test=test, what="pooled")
        ours = synthesise(studies, method, hartung_knapp=hartung_knapp)
        effect = ours.effect
        found = [effect.value, effect.se, effect.low, effect.high, effect.p, ours.tau2, ours.q, ours.q_p]
        names = ("b", "se", "low", "high", "p", "tau2", "q", "qp")
        assert found == pytest.approx([float(theirs[name]) for name in names], rel=1e-6, abs=1e-6)
        if method is not Heterogeneity.FIXED:
            assert ours.i2 == pytest.approx(float(theirs["i2"]), abs=1e-4)
            assert ours.prediction == pytest.approx((float(theirs["pl"]), float(theirs["pu"])), abs=1e-6)


@pytest.mark.parametrize("method", list(NAMES))
@pytest.mark.parametrize("hartung_knapp", [False, True])
def test_moderators_agree(answers: Rows, method: Heterogeneity, hartung_knapp: bool) -> None:
    for number, (studies, x) in sets().items():
        test = "knha" if hartung_knapp else "z"
        theirs = _of(answers, set=str(number), method=NAMES[method], test=test, what="moved")
        ours = synthesise(studies, method, hartung_knapp=hartung_knapp, moderators=[("x", x)])
        for coefficient, row in zip(ours.coefficients, theirs, strict=True):
            found = [coefficient.value, coefficient.se, coefficient.low, coefficient.high, coefficient.p, ours.tau2]
            want = [float(row[name]) for name in ("b", "se", "low", "high", "p", "tau2")]
            assert found == pytest.approx(want, rel=1e-6, abs=1e-6)


def test_leaving_each_study_out_agrees(answers: Rows) -> None:
    for number, (studies, _) in sets().items():
        theirs = _of(answers, set=str(number), what="without")
        ours = leave_one_out(studies, hartung_knapp=True)
        for (_, one), row in zip(ours, theirs, strict=True):
            found = [one.effect.value, one.effect.low, one.effect.high, one.tau2]
            assert found == pytest.approx([float(row[n]) for n in ("b", "low", "high", "tau2")], rel=1e-5, abs=1e-5)
