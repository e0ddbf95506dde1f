"""Page one says what a difference nobody recorded could have done, in every report without lots."""

from __future__ import annotations

from typing import Any

from joinedup.pipeline.report.unseen import unseen


def _view(design: str, **hidden: Any) -> dict[str, Any]:
    diagnostics = {"hidden_difference": hidden} if hidden else {}
    return {"design": design, "diagnostics": diagnostics, "sensitivity": {}}


KNOWN = {"strongest": "emergency_admissions_12m", "ratio_scheme": 1.4, "ratio_outcome": 2.1, "could_shift": 0.2}


def test_a_finding_is_set_beside_the_strongest_thing_known() -> None:
    (said,) = unseen(_view("matched_cohort", limit=1.62, is_enough=False, times_needed=2.04, **KNOWN), clear=True)
    assert "at least 1.6 times as likely" in said
    assert "emergency admissions in the 12 months before (its own ratios: 1.4 with the scheme, 2.1" in said
    assert said.endswith("would have to be 2.0 times as strong to explain the finding.")
    (weak,) = unseen(_view("matched_cohort", limit=1.2, is_enough=True, times_needed=0.4, **KNOWN), clear=True)
    assert weak.endswith("as strong as that could explain the finding.")


def test_where_nothing_shows_an_effect_could_be_hidden() -> None:
    (said,) = unseen(_view("matched_cohort", limit=1.0, is_enough=True, times_needed=None, **KNOWN), clear=False)
    assert "could hide an effect" in said
    assert said.endswith("could hide a difference of 0.2.")


def test_areas_are_told_by_how_trends_parted_and_series_by_what_else_changed() -> None:
    view = _view("difference_in_differences")
    assert "could hide an effect" in unseen(view, clear=False)[0]
    view["sensitivity"] = {"honest_did": {"breakdown": 0.8}}
    assert "0.8 times as far" in unseen(view, clear=True)[0]
    assert unseen(_view("before_after"), clear=True)[0].startswith("Nobody else is compared")
    assert unseen(_view("randomised"), clear=True) == []
