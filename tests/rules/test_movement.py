"""What moved between two versions of a result is said, with everything that was new."""

from __future__ import annotations

from typing import Any

from joinedup.rules.programme.movement import Moved, movement

ROW = {
    "outcome": "nights", "estimand": "att", "scale": "ratio", "horizon": "all", "subgroup": "all", "value": 0.9,
    "low": 0.8, "high": 1.0,
}  # fmt: skip
BASIS = {
    "inputs": {"ecds": {"a1": 100}}, "definitions": {"nights": "1"}, "link_model": "m", "people": 500, "links": "x",
}  # fmt: skip
ABOUT = {"code_version": "1", "protocol_hash": "p", "protocol": {"design": {"ratio": 1}}, "basis": BASIS}


def result(**changed: Any) -> dict[str, Any]:
    flow = {"units_in_data": 500, "matched_treated": 120}
    return {
        "verdict": "promising", "grade": {"level": 3}, "estimates": [ROW], "diagnostics": {"flow": flow}, **changed
    }  # fmt: skip


def about(**changed: Any) -> dict[str, Any]:
    return {**ABOUT, "basis": {**BASIS, **changed}}


def test_the_same_result_has_not_moved_and_needs_no_reason() -> None:
    found = movement(result(), result(), ABOUT, ABOUT)
    assert (found.moved, found.because) == ((), ())


def test_verdict_grade_estimate_and_cohort_are_told_before_and_after() -> None:
    now = {**ROW, "value": 0.95, "high": 1.1}
    after = result(
        verdict="no conclusive evidence", grade={"level": 2}, estimates=[now],
        diagnostics={"flow": {"matched_treated": 125}},
    )  # fmt: skip
    assert movement(result(), after, ABOUT, ABOUT).moved == (
        Moved("verdict", "promising", "no conclusive evidence"),
        Moved("grade", 3, 2),
        Moved("estimate", ROW, now, "nights"),
        Moved("matched_treated", 120, 125),
    )


def test_a_result_that_can_no_longer_be_found_says_why() -> None:
    after: dict[str, Any] = {
        "verdict": "not evaluable",
        "reason": "no controls",
        "grade": None,
        "estimates": [],
        "diagnostics": {},
    }
    moved = {item.what: (item.before, item.after) for item in movement(result(), after, ABOUT, ABOUT).moved}
    assert moved["reason"] == (None, "no controls")
    assert moved["grade"] == (3, None)
    assert moved["estimate"] == (ROW, None)


def test_estimates_of_other_times_and_groups_are_no_main_answer() -> None:
    other = {**ROW, "horizon": "e=1", "value": 0.7}
    assert movement(result(), result(estimates=[ROW, other]), ABOUT, ABOUT).moved == ()


def test_rounding_in_another_place_is_no_movement() -> None:
    near = {**ROW, "value": 0.9 * (1 + 1e-12)}
    assert movement(result(), result(estimates=[near]), ABOUT, ABOUT).moved == ()


def test_new_files_and_files_that_are_gone_are_counted_by_source() -> None:
    after = about(inputs={"ecds": {"b2": 70, "b3": 30}, "gp": {"c1": 1}})
    assert movement(result(), result(), ABOUT, after).because == (
        "2 new files of ecds, with 100 rows",
        "1 file of ecds no longer counts",
        "1 new file of gp, with 1 row",
    )


def test_definitions_identities_and_code_are_named() -> None:
    after = {**about(definitions={"nights": "2"}, link_model="n", people=503, links="y"), "code_version": "2"}
    assert movement(result(), result(), ABOUT, after).because == (
        "1 definition of measures has another version: nights",
        "records were linked by another model",
        "linking found 503 people where it had found 500",
        "joinedup itself is another version: 1 then, 2 now",
    )


def test_links_may_change_though_the_number_of_people_does_not() -> None:
    because = movement(result(), result(), ABOUT, about(links="y")).because
    assert because == ("whose record is whose changed for some people",)


def test_an_altered_protocol_is_told_field_by_field() -> None:
    after = {**ABOUT, "protocol": {"design": {"ratio": 3}}}
    assert movement(result(), result(), ABOUT, after).because == (
        "the protocol was altered: design.ratio was 1 and is 3",
    )
