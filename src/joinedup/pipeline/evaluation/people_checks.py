"""What could be wrong with a comparison of people: the sensitivity analyses promised, and the checks of the grade."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np

from joinedup.methods.effect import Effect
from joinedup.methods.falsification import Falsification, mortality, negative_controls
from joinedup.methods.rosenbaum import LARGEST, mcnemar_bound, signed_rank_bound, tipping_odds
from joinedup.methods.sensitivity import confounder_table
from joinedup.pipeline.evaluation.people_design import PeopleDesigned
from joinedup.pipeline.evaluation.people_hidden import confounding_check, evalue_row, robustness_row
from joinedup.pipeline.evaluation.people_outcomes import Materials, OutcomeFound, find_outcome
from joinedup.pipeline.evaluation.people_rows import Floats, people_parts
from joinedup.rules.foundation.errors import NotEvaluable
from joinedup.rules.programme.grade import Check, Diagnostic
from joinedup.rules.programme.protocol import Outcome, OutcomeKind, PeopleMethod, Role

#: Choice: fewer of the people of the scheme than this within the range of controls is too little overlap.
LEAST_OVERLAP: Final = 0.9
#: Choice: mean follow-up of the two groups may differ by this part.
FOLLOW_UP_GAP: Final = 0.05
#: Choice: fewer clusters than this on either side give no interval to trust.
LEAST_CLUSTERS: Final = 5
#: A model that adjusts for a difference of half a deviation or more extrapolates. Source: Rubin 2001.
LARGEST_ADJUSTED: Final = 0.5

_DEATHS: Final = ("death", "died", "dead", "mortality")


def sensitivity_of(materials: Materials, primary: OutcomeFound, found: Sequence[OutcomeFound]) -> dict[str, Any]:
    """Every sensitivity analysis that the protocol promises; one that cannot be made says why."""
    made: dict[str, Any] = {}
    for check in materials.protocol.checks:
        run = _CHECKS.get(check)
        try:
            made[check] = run(materials, primary) if run else {"not_made": _WHY_NOT.get(check, _OTHER_KIND)}
        except NotEvaluable as exc:
            made[check] = {"not_made": str(exc)}
    if controls := negative_control_findings(found):
        made["negative_control"] = [_falsified(item) for item in controls]
    if (deaths := deaths_compared(materials)) is not None:
        made["mortality"] = _falsified(deaths)
    if materials.method is PeopleMethod.MATCHED:
        made["unadjusted"] = _other_way(materials.plain, primary)
    if materials.method is PeopleMethod.RANDOMISED and materials.people.names:
        made["adjusted"] = _other_way(_with_covariates(materials), primary)
    return made


_OTHER_KIND: Final = "this analysis is of units over time, not of people"
_WHY_NOT: Final[Mapping[str, str]] = {
    "lead_in_excluded": "the table holds one row for each person; give outcomes without the lead-in as outcomes",
    "other_pool": "the table holds one pool of controls; run the protocol on a table with the other",
    "linkage_threshold": "the table is linked already; run the protocol on tables linked at other thresholds",
    "negative_control": "the protocol names no outcome with role negative_control",
    "mortality": "the protocol names no outcome of deaths (died, death, mortality) of kind binary or time_to_event",
}


def _other_way(materials: Materials, primary: OutcomeFound) -> dict[str, Any]:
    found = find_outcome(materials, primary.outcome)
    return {"not_made": found.why} if found.main is None else effect_row(found.main)


def _with_covariates(materials: Materials) -> Materials:
    compared = replace(materials.compared, adjust=materials.people.adjusted[0][materials.compared.rows])
    return Materials.of(materials.protocol, materials.people, compared, materials.after)


def effect_row(effect: Effect) -> dict[str, Any]:
    """An effect as a row of a table."""
    return {
        "scale": effect.scale, "value": effect.value, "low": effect.low, "high": effect.high, "p": effect.p
    }  # fmt: skip


def _rosenbaum(materials: Materials, primary: OutcomeFound) -> dict[str, Any]:
    """How unequal the chances of two matched people could have been before the finding falls."""
    if materials.method is not PeopleMethod.MATCHED:
        raise NotEvaluable("Rosenbaum's bounds are of matched sets; this design has none")
    own, theirs = _pairs(materials, primary.outcome)
    gap, main = own - theirs, primary.main
    is_lower = main is not None and (main.value < 1 if main.scale == "ratio" else main.value < 0)
    gap = -gap if is_lower else gap
    in_pairs = bool((np.unique(materials.compared.sets, return_counts=True)[1] == 2).all())
    if primary.outcome.kind is OutcomeKind.BINARY and in_pairs:
        more, fewer = int((gap > 0).sum()), int((gap < 0).sum())
        odds = tipping_odds(lambda at: mcnemar_bound(more, fewer, at))
        test = "McNemar"
    else:
        odds = tipping_odds(lambda at: signed_rank_bound(gap, at))
        test = "Wilcoxon's signed rank, each person beside the mean of their controls"
    return {
        "gamma": odds, "test": test, "is_at_least": odds >= LARGEST,
        "direction": "lower" if is_lower else "higher",
        "meaning": "the finding stands unless one of two matched people was likelier by these odds to be in the scheme",
    }  # fmt: skip


def _pairs(materials: Materials, outcome: Outcome) -> tuple[Floats, Floats]:
    """Each matched person of the scheme, and the mean of their controls."""
    values = materials.of_column(outcome.name)
    if outcome.kind in {OutcomeKind.COUNT, OutcomeKind.TIME_TO_EVENT}:
        time = materials.time_of(outcome)
        values = np.divide(values, time, out=np.zeros(len(values)), where=time > 0)
    own = materials.comparison.treated
    _, label = np.unique(materials.compared.sets, return_inverse=True)
    sums = np.bincount(label[~own], values[~own], label.max() + 1)
    first = np.zeros(label.max() + 1)
    first[label[own]] = values[own]
    return first, sums / np.bincount(label[~own], minlength=label.max() + 1)


def _confounders(materials: Materials, primary: OutcomeFound) -> dict[str, Any]:
    main = primary.main
    if main is None or main.scale != "ratio":
        raise NotEvaluable("a simulated confounder corrects ratios; the primary effect is a difference")
    return {
        "rows": [
            {"in_scheme": c.in_scheme, "elsewhere": c.elsewhere, "risk_ratio": c.ratio, **effect_row(left)}
            for c, left in confounder_table(main, (0.1, 0.2, 0.4), (1.5, 2.0, 3.0))
        ]
    }


_CHECKS: Final[Mapping[str, Callable[[Materials, OutcomeFound], dict[str, Any]]]] = {
    "rosenbaum": _rosenbaum,
    "evalue": evalue_row,
    "robustness_value": robustness_row,
    "simulated_confounder": _confounders,
}


def negative_control_findings(found: Sequence[OutcomeFound]) -> tuple[Falsification, ...]:
    """Outcomes that the scheme cannot have changed, judged together; those that cannot be estimated say why."""
    those = [item for item in found if item.outcome.role is Role.NEGATIVE_CONTROL]
    made = negative_controls({item.outcome.name: item.main for item in those if item.main is not None})
    return made + tuple(
        Falsification(item.outcome.name, None, None, None, item.why) for item in those if item.main is None
    )


def deaths_compared(materials: Materials) -> Falsification | None:
    """Deaths in both groups, from the outcome that counts them; None where the protocol has none."""
    for outcome in materials.protocol.outcomes:
        named = any(word in outcome.name.lower() for word in _DEATHS)
        if named and outcome.kind in {OutcomeKind.BINARY, OutcomeKind.TIME_TO_EVENT}:
            died = materials.of_column(outcome.name)
            return mortality(materials.comparison, died, materials.time_of(outcome))
    return None


def _falsified(item: Falsification) -> dict[str, Any]:
    return {
        "outcome": item.outcome, "has_passed": item.has_passed, "p": item.p, "why": item.why,
        "effect": None if item.effect is None else effect_row(item.effect),
    }  # fmt: skip


def grade_checks(
    materials: Materials, design: PeopleDesigned, found: Sequence[OutcomeFound], primary: OutcomeFound
) -> list[Diagnostic]:
    """What was looked at, in the words of the grade."""
    made = _design_checks(materials, design)
    made += [
        Diagnostic(
            Check.NEGATIVE_CONTROL, item.has_passed,
            f"{item.outcome}: " + (item.why or f"p = {item.p:.3f}, corrected for how many were looked at"),
        )
        for item in negative_control_findings(found)
    ]  # fmt: skip
    deaths = deaths_compared(materials)
    if deaths is not None:
        words = deaths.why or f"deaths compared: p = {deaths.p:.3f}" if deaths.p is not None else deaths.why
        made.append(Diagnostic(Check.MORTALITY, deaths.has_passed, words))
    made.append(Diagnostic(Check.ATTRITION, True, "the primary outcome of everybody compared is known"))
    return [*made, *_follow_up_check(materials), *confounding_check(materials, primary)]


def _design_checks(materials: Materials, design: PeopleDesigned) -> list[Diagnostic]:
    made, asked = [], people_parts(materials.protocol)[1]
    if materials.method in {PeopleMethod.MATCHED, PeopleMethod.WEIGHTING} and design.largest_smd is not None:
        words = f"largest standardised difference {design.largest_smd:.3f}"
        limit = min(asked.max_smd, 0.1)  # a protocol may accept worse; the grade does not
        made.append(Diagnostic(Check.BALANCE, design.largest_smd < limit, words))
    if materials.method is PeopleMethod.REGRESSION and design.largest_smd is not None:
        words = f"the model adjusts for differences of up to {design.largest_smd:.2f} standard deviations"
        made.append(Diagnostic(Check.BALANCE, design.largest_smd < LARGEST_ADJUSTED, words))
    if design.overlap is not None:
        words = f"{100 * design.overlap:.1f}% of the people of the scheme lie where controls are"
        made.append(Diagnostic(Check.OVERLAP, design.overlap >= LEAST_OVERLAP, words))
    if design.share_matched is not None:
        words = f"{100 * design.share_matched:.0f}% of the people of the scheme were matched"
        made.append(Diagnostic(Check.MATCHED_SHARE, design.share_matched >= LEAST_OVERLAP, words))
    if "clusters_treated" in design.facts:
        few = min(design.facts["clusters_treated"], design.facts["clusters_controls"])
        words = f"{few} clusters on the smaller side"
        made.append(Diagnostic(Check.CLUSTERS, few >= LEAST_CLUSTERS, words))
    return made


def _follow_up_check(materials: Materials) -> list[Diagnostic]:
    if not people_parts(materials.protocol)[0].follow_up:
        return []
    time, own = materials.follow_up, materials.comparison.treated
    if not np.isfinite(time).all():
        return [Diagnostic(Check.FOLLOW_UP, False, "the follow-up of some is missing")]
    means = [float(np.average(time[g], weights=materials.compared.weights[g])) for g in (own, ~own)]
    apart = abs(means[0] - means[1]) / max(means[1], 1e-12)
    return [Diagnostic(Check.FOLLOW_UP, apart <= FOLLOW_UP_GAP, f"mean follow-up differs by {100 * apart:.1f}%")]
