"""Verdicts: what is withheld where an outcome that the scheme cannot change did."""

from __future__ import annotations

import pytest

from joinedup.rules.programme.verdict import withheld_because


@pytest.mark.parametrize("verdict", ["works", "promising", "no effect larger than 3.0%"])
def test_what_speaks_for_a_scheme_or_rules_it_out_is_withheld(verdict: str) -> None:
    assert "cataracts, which the scheme cannot change, changed too" in withheld_because(verdict, ["cataracts"])
    assert withheld_because(verdict, []) == ""


@pytest.mark.parametrize("verdict", ["harm", "no conclusive evidence", "not evaluable"])
def test_a_warning_and_what_concludes_nothing_stand(verdict: str) -> None:
    assert withheld_because(verdict, ["cataracts"]) == ""
