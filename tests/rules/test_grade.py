"""A grade is what the design could show, capped by every check that failed, each of them named."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from joinedup.rules.programme.grade import BEST, CAP, Check, Diagnostic, grade, required_checks
from joinedup.rules.programme.protocol import Method, PanelMethod, PeopleMethod, SynthesisMethod

METHODS: list[Method] = [*PanelMethod, *PeopleMethod, *SynthesisMethod]


def all_made(method: Method) -> list[Diagnostic]:
    return [Diagnostic(check, True, "fine") for check in required_checks(method)]


@pytest.mark.parametrize("method", METHODS)
def test_every_design_has_a_best_grade_and_reaches_it_when_its_checks_pass(method: Method) -> None:
    made = grade(method, all_made(method))
    assert made.level == BEST[method][0]
    assert len(made.because) == 1


def test_every_check_has_a_cap() -> None:
    assert set(CAP) == set(Check)


def test_only_chance_reaches_five_and_before_and_after_stays_at_one() -> None:
    assert [method for method in METHODS if BEST[method][0] == 5] == [PeopleMethod.RANDOMISED]
    assert grade(PanelMethod.BEFORE_AFTER, []).level == 1


def test_a_check_that_was_not_made_cannot_be_assumed() -> None:
    made = grade(PeopleMethod.MATCHED, [Diagnostic(Check.BALANCE, True, "0.04"), Diagnostic(Check.OVERLAP, None, "")])
    assert (made.level, made.fired) == (3, (Check.OVERLAP,))


def test_the_worst_check_decides_and_all_are_named() -> None:
    failed = [Diagnostic(Check.PRE_TREND, False, "p = 0.001"), Diagnostic(Check.CLUSTERS, False, "6 areas")]
    made = grade(PanelMethod.DIFFERENCES, failed)
    assert made.level == 2
    assert made.fired == (Check.PRE_TREND, Check.CLUSTERS)
    assert made.because[1:] == ("at most 2: pre_trend (p = 0.001)", "at most 3: clusters (6 areas)")


@given(st.sampled_from(METHODS), st.lists(st.tuples(st.sampled_from(list(Check)), st.booleans()), max_size=6))
def test_a_failed_check_never_raises_a_grade(method: Method, checks: list[tuple[Check, bool]]) -> None:
    found = [Diagnostic(check, passed, "x") for check, passed in checks]
    before = grade(method, found).level
    assert 1 <= before <= BEST[method][0]
    for check in Check:
        assert grade(method, [*found, Diagnostic(check, False, "x")]).level <= before or check in required_checks(
            method
        )
