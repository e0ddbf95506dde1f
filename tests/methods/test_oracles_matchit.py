"""Matching beside R's MatchIt (Ho, Imai, King and Stuart 2011): the same pairs, weights and differences."""

from __future__ import annotations

import numpy as np
import pytest

from joinedup.methods.balance import balance
from joinedup.methods.distance import Candidates, Scores, match_by
from joinedup.methods.matching import NONE, Matches, Pool, Rule, match
from joinedup.methods.nearby import match_nearby, whitened
from joinedup.methods.propensity import caliper_width
from tests.methods.r_language import Rows, ask

N = 500
NAMES = ("a", "b", "c")
#: How each design is asked of MatchIt; `width` is a caliper in units of the distance. One score is asked for as a
#: Mahalanobis distance on that score: on numbers given as distance, version 4.5.1 takes a short cut that leaves nearer
#: controls aside, even where a control may serve again.
DESIGNS = {
    "pairs": ", mahvars = ~ d",
    "caliper": ", mahvars = ~ d, caliper = width, std.caliper = FALSE",
    "three": ", mahvars = ~ d, ratio = 3, caliper = width, std.caliper = FALSE",
    "again": ", mahvars = ~ d, replace = TRUE",
    "exact": ", mahvars = ~ d, exact = ~ g, caliper = width, std.caliper = FALSE",
    "mahalanobis": ", mahvars = ~ a + b + c, caliper = width, std.caliper = FALSE",
    "mahalanobis three": ", mahvars = ~ a + b + c, caliper = width, std.caliper = FALSE, ratio = 3",
    "mahalanobis exact": ", mahvars = ~ a + b + c, exact = ~ g, caliper = width, std.caliper = FALSE",
}
SCRIPT = """
rownames(given) <- seq_len(nrow(given)) - 1
width <- given$width[1]
answer <- data.frame()
run <- function(design, m) {{
  pairs <- m$match.matrix
  for (k in seq_len(ncol(pairs))) answer <<- rbind(answer, data.frame(
    design = design, what = "pair", name = rownames(pairs), value = suppressWarnings(as.numeric(pairs[, k]))))
  s <- summary(m)$sum.matched
  for (x in c("a", "b", "c")) answer <<- rbind(answer, data.frame(
    design = design, what = c("smd", "ratio"), name = x, value = c(s[x, "Std. Mean Diff."], s[x, "Var. Ratio"])))
  answer <<- rbind(answer, data.frame(
    design = design, what = "weight", name = names(m$weights), value = as.numeric(m$weights)))
}}
{runs}
own <- matchit(t ~ a + b + c, data = given, method = NULL, distance = "glm", link = "linear.logit")
answer <- rbind(answer, data.frame(
  design = "propensity", what = "logit", name = rownames(given), value = as.numeric(own$distance)))
"""


def drawn() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Covariates, who was in the scheme, and groups; people of the scheme differ in every covariate."""
    rng = np.random.default_rng(5)
    x = rng.normal(size=(N, 3))
    x[:, 2] = 0.5 * x[:, 0] + np.abs(x[:, 2])
    treated = rng.random(N) < 1 / (1 + np.exp(2 - x @ [0.8, 0.4, 0.3]))
    return x, treated, rng.integers(0, 3, N)


def width(x: np.ndarray, treated: np.ndarray) -> float:
    return caliper_width(Scores.of(Candidates(x, treated)).logit, treated, 0.2)


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> Rows:
    x, treated, groups = drawn()
    logit = Scores.of(Candidates(x, treated)).logit
    runs = "\n".join(
        f"run('{name}', matchit(t ~ a + b + c, data = given, distance = given$d{options}))"
        for name, options in DESIGNS.items()
    )
    columns = {
        "t": treated.astype(float), "a": x[:, 0], "b": x[:, 1], "c": x[:, 2], "g": groups.astype(float), "d": logit,
        "width": np.full(N, width(x, treated)),
    }  # fmt: skip
    script = SCRIPT.format(runs=runs)
    return ask(tmp_path_factory.mktemp("matchit"), "MatchIt", script, {k: v.tolist() for k, v in columns.items()})


def ours(design: str) -> Matches:
    x, treated, groups = drawn()
    logit = Scores.of(Candidates(x, treated)).logit
    pool = Pool.of(treated, logit, groups if "exact" in design else None)
    reach = None if design in {"pairs", "again"} else width(x, treated)
    rule = Rule(3 if "three" in design else 1, reach, design == "again")
    return match_nearby(pool, whitened(x, treated), rule) if "mahalanobis" in design else match(pool, rule)


def _values(rows: Rows, design: str, what: str) -> list[tuple[str, float]]:
    return [
        (row["name"], float("nan") if row["value"] in {"NA", "NaN"} else float(row["value"]))
        for row in rows
        if (row["design"], row["what"]) == (design, what)
    ]


@pytest.mark.parametrize("design", list(DESIGNS))
def test_the_same_people_are_matched_with_the_same_controls(answers: Rows, design: str) -> None:
    theirs: dict[int, set[int]] = {}
    for name, control in _values(answers, design, "pair"):
        theirs.setdefault(int(name), set()).update([] if np.isnan(control) else [int(control)])
    found = ours(design)
    sets = {
        int(own): {int(control) for control in controls if control != NONE}
        for own, controls in zip(found.treated, found.controls, strict=True)
    }
    assert sets == theirs


@pytest.mark.parametrize("design", list(DESIGNS))
def test_standardised_differences_and_variance_ratios_agree(answers: Rows, design: str) -> None:
    x, treated, _ = drawn()
    rows = balance(x, treated, ours(design).weights(N), NAMES).rows
    assert [row.smd_after for row in rows] == pytest.approx([v for _, v in _values(answers, design, "smd")], abs=1e-6)
    if "three" not in design and design != "again":  # weights that differ: theirs corrects the variance, ours does not
        theirs = [value for _, value in _values(answers, design, "ratio")]
        assert [row.variance_ratio_after for row in rows] == pytest.approx(theirs, rel=1e-6)


@pytest.mark.parametrize("design", list(DESIGNS))
def test_weights_agree_but_for_their_scale(answers: Rows, design: str) -> None:
    _, treated, _ = drawn()
    weights, theirs = ours(design).weights(N), np.array([value for _, value in _values(answers, design, "weight")])
    for group in (treated, ~treated):
        assert weights[group] / weights[group].sum() == pytest.approx(theirs[group] / theirs[group].sum(), abs=1e-9)


def test_the_propensity_agrees_with_the_logit_of_r(answers: Rows) -> None:
    x, treated, _ = drawn()
    theirs = [value for _, value in _values(answers, "propensity", "logit")]
    assert Scores.of(Candidates(x, treated)).logit == pytest.approx(theirs, abs=1e-5)


def test_the_product_asks_for_what_the_oracle_was_asked() -> None:
    x, treated, _ = drawn()
    people = Candidates(x, treated)
    from joinedup.rules.programme.protocol import Likeness

    for distance, design in ((Likeness.PROPENSITY, "caliper"), (Likeness.MAHALANOBIS, "mahalanobis")):
        found = match_by(people, Scores.of(people), distance, ratio=1, caliper=0.2)
        assert np.array_equal(found.controls, ours(design).controls)
