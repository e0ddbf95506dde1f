"""Controls are those who were there and not in the scheme on the day somebody joined."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from joinedup.methods.matching import NONE, Pool, Rule, match
from joinedup.methods.risk_set import Presence, one_date_each, risk_sets
from joinedup.rules.foundation.errors import DefinitionError, NotEvaluable

NEVER = 99


def presence(seed: int, n: int = 60) -> Presence:
    rng = np.random.default_rng(seed)
    entry = rng.integers(0, 6, n)
    start = np.where(rng.random(n) < 0.3, rng.integers(0, 12, n), NEVER)
    start[0], entry[0] = 5, 0
    return Presence(entry, entry + rng.integers(6, 9, n), start)


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 10_000), st.booleans())
def test_every_control_was_at_risk_on_its_date(seed: int, every_date: bool) -> None:
    here = presence(seed)
    found = risk_sets(here) if every_date else one_date_each(here, seed)
    person, period = found.person[~found.treated], found.period[~found.treated]
    assert (here.entry[person] <= period).all()
    assert (period < here.leaving[person]).all()
    assert (here.start[person] > period).all()
    assert set(period.tolist()) <= set(here.start[here.is_treated].tolist())


def test_somebody_who_joins_later_is_a_control_until_then() -> None:
    here = Presence(np.zeros(2, np.int64), np.full(2, 10), np.array([2, 7]))
    found = risk_sets(here)
    rows = list(zip(found.person.tolist(), found.period.tolist(), found.treated.tolist(), strict=True))
    assert rows == [(0, 2, True), (1, 7, True), (1, 2, False)]


def test_somebody_at_several_dates_serves_once() -> None:
    here = Presence(np.zeros(3, np.int64), np.full(3, 10), np.array([2, 4, NEVER]))
    found = risk_sets(here)
    pool = Pool.of(found.treated, np.zeros(len(found.person)), found.period, person=found.person)
    used = match(pool, Rule()).controls
    people = found.person[used[used != NONE]]
    assert len(set(people.tolist())) == len(people) == 2


def test_drawn_dates_follow_those_of_the_people_who_joined() -> None:
    n = 4_000
    start = np.full(n, NEVER)
    start[:300], start[300:400] = 3, 8
    here = Presence(np.zeros(n, np.int64), np.full(n, 20), start)
    found = one_date_each(here, 1)
    assert (found.period[~found.treated] == 3).mean() == pytest.approx(0.75, abs=0.03)
    assert found.period.tolist() == one_date_each(here, 1).period.tolist()


def test_nobody_joining_and_dates_out_of_order_are_said() -> None:
    none = np.zeros(2, np.int64)
    with pytest.raises(NotEvaluable, match="nobody joined"):
        risk_sets(Presence(none, none + 5, none + NEVER))
    with pytest.raises(DefinitionError, match="leaves before"):
        Presence(none + 5, none, none)
