"""The demonstration place reproduces the margins of the seeds (T3, D5, D8, NAO 2017), at 100,000 people."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from joinedup.demo import margins
from joinedup.demo.margins import Lived

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def lived() -> Lived:
    return margins.live(100_000, seed=1)


def test_ages_are_like_englands(lived: Lived) -> None:
    ages, weight = lived.cast.ages[:, 1], lived.cast.exposure[:, 1]
    shares = np.histogram(ages, [0, 18, 40, 65, 75, 85, 130], weights=weight)[0] / weight.sum()
    assert shares == pytest.approx([0.21, 0.29, 0.32, 0.10, 0.06, 0.025], abs=0.025)


def test_three_in_ten_have_a_long_term_condition(lived: Lived) -> None:
    exposure = lived.cast.exposure
    assert (exposure * (lived.cast.conditions > 0)).sum() / exposure.sum() == pytest.approx(0.30, abs=0.02)


@pytest.mark.parametrize(("setting", "share"), [("general_practice", 0.50), ("outpatient", 0.64)])
def test_people_with_conditions_have_their_share_of_contacts(lived: Lived, setting: str, share: float) -> None:
    assert margins.ltc_share(lived, *lived.contacts[setting]) == pytest.approx(share, abs=0.02)


def test_people_with_conditions_have_seventy_per_cent_of_bed_days(lived: Lived) -> None:
    spells = lived.spells
    share = margins.ltc_share(lived, spells.person, spells.start, margins.bed_days(lived))
    assert share == pytest.approx(0.70, abs=0.03)


def test_people_with_conditions_have_seventy_per_cent_of_spend(lived: Lived) -> None:
    spent = margins.yearly_pounds(lived)
    assert spent[lived.cast.conditions > 0].sum() / spent.sum() == pytest.approx(0.70, abs=0.03)


def test_cost_rises_from_one_condition_to_three_and_more(lived: Lived) -> None:
    pounds = margins.pounds_by_conditions(lived, 2)
    assert pounds[1] == pytest.approx(3000, rel=0.20)
    assert pounds[3] == pytest.approx(8000, rel=0.20)


def test_a_small_share_of_people_carries_most_of_the_cost(lived: Lived) -> None:
    pounds = np.sort(margins.yearly_pounds(lived)[:, 2])[::-1]
    assert pounds[: len(pounds) // 20].sum() / pounds.sum() > 0.35


def test_emergency_admissions_are_about_100_per_1000_and_grow(lived: Lived) -> None:
    rates = margins.emergencies_per_1000(lived)
    assert rates.mean() == pytest.approx(105, abs=5)
    assert (rates[3] / rates[0]) ** (1 / 3) - 1 == pytest.approx(0.029, abs=0.015)


def test_eight_per_cent_of_emergency_admissions_are_ambulatory_care_sensitive(lived: Lived) -> None:
    assert margins.acsc_share(lived) == pytest.approx(0.08, abs=0.007)


@pytest.mark.parametrize(("body", "share"), [("nhs", 0.61), ("social_care", 0.31), ("both", 0.07)])
def test_delays_are_split_between_responsible_bodies(lived: Lived, body: str, share: float) -> None:
    days = margins.delay_days(lived)
    split = sum(count for (_, responsible), count in days.items() if responsible == body) / sum(days.values())
    assert split == pytest.approx(share, abs=0.035)


def test_care_packages_and_nursing_homes_are_the_leading_reasons(lived: Lived) -> None:
    days = margins.delay_days(lived)
    by_reason = {reason: sum(n for (own, _), n in days.items() if own == reason) for reason, _ in days}
    assert sorted(by_reason, key=by_reason.__getitem__, reverse=True)[0] == "E"
    assert by_reason["Dii"] > 0.12 * sum(by_reason.values())


MARGINS: list[tuple[Callable[[Lived], float], float, float]] = [
    (margins.residential_per_100k, 628, 60),
    (margins.at_home_on_day_91, 0.827, 0.035),
    (margins.direct_payment_share, 0.038, 0.010),
]


@pytest.mark.parametrize(("measure", "value", "tolerance"), MARGINS, ids=lambda part: getattr(part, "__name__", None))
def test_social_care_is_like_englands(
    lived: Lived, measure: Callable[[Lived], float], value: float, tolerance: float
) -> None:
    assert measure(lived) == pytest.approx(value, abs=tolerance)


def test_knowing_the_true_rates_predicts_admission_no_better_than_in_life(lived: Lived) -> None:
    assert 0.75 <= margins.oracle_auc(lived) <= 0.80


def test_emergencies_rise_with_age_and_deprivation(lived: Lived) -> None:
    rate, ages, poor = lived.rate[:, 1], lived.cast.ages[:, 1], lived.cast.deprivation
    assert rate[ages >= 80].mean() > 2 * rate[(ages >= 20) & (ages < 50)].mean()
    adult = (ages >= 20) & (ages < 65)
    assert rate[adult & (poor == 2)].mean() > 1.3 * rate[adult & (poor == -2)].mean()


def test_the_team_seems_to_cut_a_third_although_it_does_not(lived: Lived) -> None:
    before, after = margins.team_before_and_after(lived, site=0)
    assert after / before - 1 == pytest.approx(-0.35, abs=0.08)


def test_enhanced_support_in_care_homes_can_be_found(lived: Lived) -> None:
    assert margins.care_home_ratio(lived) == pytest.approx(0.70, abs=0.13)
