"""Staggered difference-in-differences: the published estimates of the minimum wage, and planted effects."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from joinedup.methods.honest_bounds import relative_magnitudes
from joinedup.methods.panel import NEVER, Panel
from joinedup.methods.staggered import Controls, Staggered, callaway_santanna
from joinedup.rules.foundation.errors import NotEvaluable
from tests.methods.published_panels import mpdta


def values(found: Staggered) -> dict[tuple[str, str], float]:
    return {(effect.estimand, effect.horizon): effect.value for effect in found.effects}


def test_the_published_means_of_the_minimum_wage_are_reproduced(published_data: Path) -> None:
    found = values(callaway_santanna(mpdta(published_data)))
    assert found["simple", "all"] == pytest.approx(-0.0400, abs=5e-5)
    assert found["dynamic", "all"] == pytest.approx(-0.0772, abs=5e-5)
    assert found["group", "all"] == pytest.approx(-0.0310, abs=5e-5)
    assert found["calendar", "all"] == pytest.approx(-0.0417, abs=5e-5)


def test_the_published_test_of_parallel_trends_is_reproduced(published_data: Path) -> None:
    assert callaway_santanna(mpdta(published_data), asymptotic=True).pre_trend_p == pytest.approx(0.16812, abs=5e-6)


def test_the_bounds_of_the_minimum_wage_break_down_below_the_drift_seen_before(published_data: Path) -> None:
    found = callaway_santanna(mpdta(published_data))
    bounds = relative_magnitudes(found.event_times, found.event_values, found.event_covariance)
    one = next(bound for bound in bounds.bounds if bound.multiple == 1.0)
    assert one.lowest == pytest.approx(-0.1384, abs=5e-5)
    assert one.highest == pytest.approx(-0.0161, abs=5e-5)
    assert bounds.breakdown is not None
    assert 0 < bounds.breakdown < 1


@pytest.mark.slow
@pytest.mark.parametrize("controls", list(Controls))
@pytest.mark.parametrize("predictors", [(), ("lpop",)])
def test_every_event_time_agrees_with_another_implementation(
    published_data: Path, controls: Controls, predictors: tuple[str, ...]
) -> None:
    import diff_diff
    import pandas as pd

    table = pd.read_csv(published_data / "evaluation" / "mpdta.csv")
    theirs = diff_diff.CallawaySantAnna(control_group=str(controls), base_period="universal").fit(
        table, outcome="lemp", unit="countyreal", time="year", first_treat="first.treat",
        covariates=list(predictors) or None,
    )  # fmt: skip
    surface = theirs.aggregate("event_study")
    ours = callaway_santanna(mpdta(published_data, predictors), controls, asymptotic=True)
    keep = ~surface.is_reference
    np.testing.assert_allclose(ours.event_values, surface.att[keep], rtol=2e-4)
    np.testing.assert_allclose(np.sqrt(np.diag(ours.event_covariance)), surface.se[keep], rtol=2e-4)
    assert ours.effects[0].value == pytest.approx(theirs.overall_att, rel=2e-4)
    assert ours.effects[0].se == pytest.approx(theirs.overall_se, rel=2e-4)


def waves(seed: int, controls: bool = True) -> Panel:
    rng = np.random.default_rng(seed)
    starts = np.repeat([4.0, 6.0, NEVER if controls else 8.0], 30)
    since = np.arange(10) - starts[:, None]
    effect = np.where(since >= 0, -1.0 - since, 0.0)
    outcome = rng.normal(0, 3, (90, 1)) + np.arange(10) ** 1.5 + np.where(np.isfinite(effect), effect, 0)
    return Panel(tuple(map(str, range(90))), np.arange(10.0), outcome + rng.normal(0, 0.5, (90, 10)), starts)


def test_an_effect_that_grows_is_found_at_each_distance_from_the_start() -> None:
    found = values(callaway_santanna(waves(1)))
    for event in range(4):
        assert found["dynamic", f"e={event}"] == pytest.approx(-1.0 - event, abs=0.4)


def test_units_not_yet_treated_serve_where_nobody_is_never_treated() -> None:
    found = values(callaway_santanna(waves(2, controls=False), Controls.NOT_YET))
    assert found["dynamic", "e=0"] == pytest.approx(-1.0, abs=0.4)
    with pytest.raises(NotEvaluable, match="no controls"):
        callaway_santanna(waves(2, controls=False), Controls.NEVER)


def test_the_band_around_the_whole_event_study_is_wider_than_one_interval() -> None:
    found = callaway_santanna(waves(3), draws=499)
    assert found.band is not None
    assert 1.96 < found.band < 4
    assert callaway_santanna(waves(3), draws=499).band == found.band, "the same seed gives the same band"
