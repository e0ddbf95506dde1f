"""The evidence base: items that are evidence, what they say together, and where nobody has looked."""

from __future__ import annotations

import tomllib
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from joinedup.rules.foundation.errors import DefinitionError
from joinedup.rules.programme.evidence_base import Standing, best_first, cells, poolable, standing_of
from joinedup.rules.programme.evidence_draft import draft_from
from joinedup.rules.programme.evidence_gap import Spending, gaps, untested_pairs
from joinedup.rules.programme.evidence_item import Effect, EvidenceItem, Reported, Source, is_verdict
from joinedup.rules.programme.evidence_reading import item_from
from joinedup.rules.programme.evidence_words import Cash, Kind, Outcome, Persistence, Replication, Scale
from joinedup.rules.programme.initiative import Cohort, InitiativeType, Integration, Pathway

ADMISSIONS = Outcome.EMERGENCY_ADMISSIONS
SHIPPED = sorted(Path("src/joinedup/definitions/evidence_base").glob("*.toml"))


def told(verdict: str, grade: int | None = 4, outcome: Outcome = ADMISSIONS, effect: Effect | None = None) -> Reported:
    return Reported(outcome, verdict, grade, "a reason", effect)


def item(name: str, *findings: Reported, kind: Kind = Kind.EVALUATION, published: str = "2020") -> EvidenceItem:
    return EvidenceItem(
        id=name, label=name, question="Did it work?", kind=kind, type=InitiativeType(Integration.HORIZONTAL),
        cohort=Cohort.CARE_HOME, pathway=Pathway.RESIDENTIAL, sites="1", context="", findings=findings,
        published=published, sources=(Source("Somebody, 2020"),),
    )  # fmt: skip


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_every_shipped_item_is_evidence_with_a_source_and_verdicts_of_the_closed_list(path: Path) -> None:
    read = item_from(tomllib.loads(path.read_text(encoding="utf-8")))
    assert read.id == path.stem
    assert all(each.citation for each in read.sources)
    assert all(is_verdict(each.verdict) for each in read.findings)


def test_nulls_and_untested_claims_are_shipped_beside_what_worked() -> None:
    read = [item_from(tomllib.loads(path.read_text(encoding="utf-8"))) for path in SHIPPED]
    said = {each.verdict for one in read for each in one.findings}
    assert {"works", "promising", "no conclusive evidence", "harm", "not evaluable"} <= said
    savings = next(each for each in read if each.id == "better_care_fund_savings")
    assert [each.pounds for each in savings.claims] == [1_000_000_000, 532_000_000, 511_000_000]
    assert savings.grade is None


def test_one_good_null_is_not_outvoted_by_many_that_worked() -> None:
    many = [told("works", 3)] * 9
    assert standing_of(many) is Standing.WORKS
    assert standing_of([*many, told("no conclusive evidence", 4)]) is Standing.MIXED


def test_weak_evidence_is_heard_only_where_there_is_no_better() -> None:
    assert standing_of([told("promising", 2)]) is Standing.PROMISING
    assert standing_of([told("promising", 2), told("no conclusive evidence", 3)]) is Standing.NOT_SHOWN
    assert standing_of([told("no conclusive evidence", 1), told("not evaluable", None)]) is Standing.UNTESTED


def test_a_cell_says_every_verdict_and_the_best_grade() -> None:
    (cell,) = cells([
        item("a", told("works", 4)), item("b", told("no conclusive evidence", 3)),
        item("c", told("no effect larger than 5%", 4)), item("d", told("no conclusive evidence", 4), kind=Kind.REVIEW),
    ])  # fmt: skip
    assert cell.sentence == (
        "3 evaluations and 1 review, best grade 4: 1 shows that it works, 2 leave it open,"
        " 1 rules out a worthwhile effect. An effect larger than 5% is ruled out."
    )


def test_a_cell_without_an_improvement_says_so() -> None:
    (cell,) = cells([item("a", told("harm", 3)), item("b", told("no conclusive evidence", 4))])
    assert cell.sentence.endswith("1 leaves it open, 1 shows harm, none shows an improvement.")
    assert cell.standing is Standing.HARM


def test_a_cell_where_nothing_was_evaluated_says_what_there_is() -> None:
    (cell,) = cells([item("a", told("not evaluable", None), kind=Kind.CLAIM)])
    assert cell.sentence == "Nothing has been evaluated; there is only: claim or plan."
    assert untested_pairs([cell]) == ((Cohort.CARE_HOME, Pathway.RESIDENTIAL),)


def test_the_best_grade_comes_first_then_the_newest() -> None:
    (cell,) = cells([
        item("old", told("works", 4), published="2015"), item("new", told("works", 4), published="2019-03"),
        item("weak", told("promising", 2), published="2024"), item("plan", told("not evaluable", None)),
    ])  # fmt: skip
    assert [each.item.id for each in best_first(cell.findings)] == ["new", "old", "weak", "plan"]


verdicts = st.sampled_from([("works", 3), ("works", 5), ("promising", 2), ("no conclusive evidence", 1),
                            ("no conclusive evidence", 4), ("harm", 3), ("not evaluable", None)])  # fmt: skip


@settings(max_examples=40)
@given(st.lists(verdicts, min_size=1, max_size=6), st.randoms(use_true_random=False))
def test_the_order_of_findings_never_matters(given_verdicts: list[tuple[str, int | None]], random: Random) -> None:
    findings = [told(verdict, grade) for verdict, grade in given_verdicts]
    shuffled = random.sample(findings, len(findings))
    assert standing_of(findings) is standing_of(shuffled)
    if any(each.verdict != "works" for each in findings if (each.grade or 0) >= 3):
        assert standing_of(findings) is not Standing.WORKS


def test_a_scheme_spends_blindly_when_nothing_is_planned_and_nothing_known() -> None:
    known = cells([item("a", told("works", 4))])
    spends = [
        Spending(1, "known", Cohort.CARE_HOME, Pathway.RESIDENTIAL, ADMISSIONS, 100, is_evaluated=False),
        Spending(2, "planned", Cohort.HOMELESS, Pathway.URGENT, ADMISSIONS, 900, is_evaluated=True),
        Spending(3, "blind", Cohort.HOMELESS, Pathway.URGENT, ADMISSIONS, 50, is_evaluated=False),
    ]
    found = gaps(spends, known)
    assert [(each.scheme.name, each.is_blind) for each in found] == [
        ("blind", True), ("planned", False), ("known", False),
    ]  # fmt: skip
    assert found[2].on_aim is known[0]


def test_a_scheme_is_told_of_the_same_people_and_outcome_on_other_pathways() -> None:
    known = cells([item("a", told("works", 4))])
    spends = Spending(1, "ward", Cohort.CARE_HOME, Pathway.URGENT, ADMISSIONS, 100, is_evaluated=False)
    (gap,) = gaps([spends], known)
    assert (gap.cells, gap.nearby, gap.is_blind) == ((), known, True)


def test_reviews_and_effects_without_an_interval_are_not_pooled() -> None:
    effect = Effect(-23, Scale.PERCENT, -39, -3)
    (cell,) = cells([
        item("a", told("works", 4, effect=effect)), item("b", told("works", 4, effect=Effect(-18, Scale.PERCENT))),
        item("c", told("works", 4, effect=Effect(0.6, Scale.RATIO, 0.42, 0.86))),
        item("d", told("works", 4, effect=effect), kind=Kind.REVIEW),
    ])  # fmt: skip
    assert {each.item.id for each in poolable(cell)} == {"a", "c"}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"verdict": "great"}, "no verdict"),
        ({"verdict": "no effect larger than"}, "no verdict"),
        ({"grade": 6}, "grade is 1 to 5"),
        ({"verdict": "promising", "grade": 1}, "without anything to compare"),
        ({"because": ""}, "says why"),
        ({"scale": "furlongs", "effect": 1}, "not one of"),
        ({"effect": 5, "scale": "percent", "low": 6, "high": 9}, "outside its interval"),
        ({"effect": -0.5, "scale": "ratio"}, "above zero"),
        ({"effekt": 5}, "unknown keys effekt"),
    ],
)
def test_a_finding_that_is_no_evidence_is_refused_with_the_reason(change: dict[str, object], message: str) -> None:
    finding = {"outcome": "deaths", "verdict": "works", "grade": 4, "because": "a trial", **change}
    given_item = {
        "id": "a1", "label": "A", "question": "Does it?", "kind": "evaluation", "integration": "vertical",
        "cohort": "older", "pathway": "urgent", "published": "2020", "findings": [finding],
        "sources": [{"citation": "B"}],
    }  # fmt: skip
    with pytest.raises(DefinitionError, match=message) as refusal:
        item_from(given_item)
    assert str(refusal.value).startswith("a1: ")


def test_an_item_without_a_source_is_refused() -> None:
    with pytest.raises(DefinitionError, match="at least one finding and one source"):
        EvidenceItem(
            id="a1", label="A", question="Does it?", kind=Kind.EVALUATION, type=InitiativeType(Integration.VERTICAL),
            cohort=Cohort.OLDER, pathway=Pathway.URGENT, sites="", context="", findings=(told("works"),),
            published="2020", sources=(),
        )  # fmt: skip


@pytest.mark.parametrize(
    ("effect", "words"),
    [
        (Effect(0.6, Scale.RATIO, 0.42, 0.86), "40% lower (95% interval 58% to 14% lower)"),
        (Effect(-2.0, Scale.PERCENT, -8.0, 4.0), "2% lower (95% interval 8% lower to 4% higher)"),
        (Effect(-1140, Scale.DIFFERENCE, unit="pounds a person"), "£1,140 a person lower"),
        (Effect(87_000, Scale.DIFFERENCE, unit="admissions a year"), "87,000 admissions a year higher"),
        (Effect(-3.3, Scale.POINTS), "3.3 percentage points lower"),
    ],
)
def test_effects_are_said_with_their_direction_and_interval(effect: Effect, words: str) -> None:
    assert effect.words == words


def test_a_draft_leaves_out_an_interval_that_does_not_hold_its_effect() -> None:
    row = {"outcome": "deaths", "scale": "difference", "value": 3.0, "low": -1.0, "high": 2.0}
    made = draft_from({"title": "A", "verdict": "no conclusive evidence", "estimates": [row]})
    assert (made.effect, made.low, made.high) == (3.0, None, None)
    assert draft_from({"title": "A", "verdict": "not evaluable", "reason": "no controls"}).because == "no controls"


def test_a_draft_takes_over_time_place_and_money_where_the_result_tells_them() -> None:
    made = draft_from({
        "title": "Both sites", "verdict": "works", "grade": {"level": 4, "because": ["4: alike", "at most 4: x"]},
        "estimates": [{"outcome": "ed_attendances", "scale": "difference", "value": -1.5, "horizon": "all"}],
        "sensitivity": {"replication": {"verdict": "mixed"}}, "diagnostics": {"persistence": "faded"},
        "cost": {"gross": {"value": 120.0}, "programme": 500.0, "net": {"value": -380.0}, "cashable": {"value": 0.0}},
        "registered": {"heading": "registered at run time"}, "deviations": ["caliper"],
        "provenance": {"question": "Did it work"},
    })  # fmt: skip
    assert made.because == "alike; at most 4: x"
    assert (made.persistence, made.replication) == (Persistence.FADED, Replication.MIXED)
    assert made.cost == (
        "gross £120 saved a person; programme £500 a person; net £380 more spent a person; cashable £0 saved a person"
    )
    assert (made.cash, made.question) == (Cash.NOT_CASHABLE, "Did it work?")
    assert made.note == "The protocol was registered at run time. 1 departure from the protocol."
