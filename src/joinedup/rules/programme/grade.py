"""The grade of an evaluation, 1 to 5 on the Maryland scale: what its design could show, less what its checks found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from joinedup.rules.programme.protocol import Method, PanelMethod, PeopleMethod, SynthesisMethod

#: The best a design can reach, and why. Choice: docs/decisions/0019 says why; no protocol can change it.
BEST: Final[dict[Method, tuple[int, str]]] = {
    PeopleMethod.RANDOMISED: (5, "chance decided who was in the scheme"),
    PeopleMethod.MATCHED: (4, "people are compared with people alike before"),
    PeopleMethod.WEIGHTING: (4, "people are compared with people weighted to be alike before"),
    PeopleMethod.REGRESSION: (3, "people are compared with others, adjusted by a model that must be right"),
    PanelMethod.DIFFERENCES: (4, "changes are compared with changes elsewhere"),
    PanelMethod.STAGGERED: (4, "changes are compared with changes where the scheme had not begun"),
    PanelMethod.SYNTHETIC: (4, "the place is compared with a mixture of others alike before"),
    PanelMethod.AUGMENTED: (4, "the place is compared with a mixture of others alike before"),
    PanelMethod.DEMEANED: (4, "the place is compared with a mixture of others alike before"),
    PanelMethod.GENERALISED: (4, "the place is compared with what moved it and others alike before"),
    PanelMethod.SYNTHETIC_DIFFERENCES: (4, "changes are compared with changes of a mixture of others alike before"),
    PanelMethod.INTERRUPTED: (2, "a series is compared with its own past; whatever else changed is in the effect"),
    PanelMethod.BEFORE_AFTER: (1, "the time after is compared with the time before; people fall back by themselves"),
    SynthesisMethod.META_ANALYSIS: (4, "several evaluations are brought together"),
}


class Check(StrEnum):
    """What is looked at to see whether a design held."""

    BALANCE = "balance"  # every covariate alike before
    OVERLAP = "overlap"  # enough of the people of the scheme have anybody like them
    MATCHED_SHARE = "matched_share"  # enough of them were matched
    PRE_TREND = "pre_trend"  # the groups moved alike before
    PRE_FIT = "pre_fit"  # the mixture followed the place before
    CLUSTERS = "clusters"  # enough groups decided apart to say how sure
    NEGATIVE_CONTROL = "negative_control"  # outcomes the scheme cannot change did not
    MORTALITY = "mortality"  # deaths do not differ
    FOLLOW_UP = "follow_up"  # both groups were followed up as long
    ATTRITION = "attrition"  # nobody, or alike on both sides, dropped out
    HIDDEN_CONFOUNDING = "hidden_confounding"  # only a strong unmeasured confounder could explain the effect
    LINKAGE_LOSS = "linkage_loss"  # few were lost because their records could not be linked
    OVERLAPPING_SCHEME = "overlapping_scheme"  # nothing else began there at the same time
    REGISTERED = "registered"  # the protocol was registered before outcomes were seen
    AS_REGISTERED = "as_registered"  # the analysis is the one registered
    STUDY_GRADES = "study_grades"  # what is brought together is itself good evidence


#: The best grade left when a check fails. Choice: docs/decisions/0019.
CAP: Final[dict[Check, int]] = {
    Check.BALANCE: 2,
    Check.OVERLAP: 3,
    Check.MATCHED_SHARE: 3,
    Check.PRE_TREND: 2,
    Check.PRE_FIT: 2,
    Check.CLUSTERS: 3,
    Check.NEGATIVE_CONTROL: 2,
    Check.MORTALITY: 3,
    Check.FOLLOW_UP: 3,
    Check.ATTRITION: 3,
    Check.HIDDEN_CONFOUNDING: 3,
    Check.LINKAGE_LOSS: 3,
    Check.OVERLAPPING_SCHEME: 3,
    Check.REGISTERED: 3,
    Check.AS_REGISTERED: 3,
    Check.STUDY_GRADES: 3,  # a diagnostic says the least grade instead, where grades are known
}

_SYNTHETIC: Final = frozenset({
    PanelMethod.SYNTHETIC, PanelMethod.AUGMENTED, PanelMethod.DEMEANED, PanelMethod.GENERALISED,
    PanelMethod.SYNTHETIC_DIFFERENCES,
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """The result of one check.

    Attributes:
        check: what was looked at.
        has_passed: None where it could not be looked at.
        found: what was found, in plain words with its figure.
        cap: the best grade left if it failed; None for that of `CAP`.
    """

    check: Check
    has_passed: bool | None
    found: str
    cap: int | None = None


@dataclass(frozen=True, slots=True)
class Grade:
    """How far an evaluation can be trusted.

    Attributes:
        level: 1 to 5.
        because: the design's sentence first, then one for each check that lowered or could have lowered the grade.
        fired: the checks that lowered it, strongest first.
    """

    level: int
    because: tuple[str, ...]
    fired: tuple[Check, ...]


def required_checks(method: Method) -> frozenset[Check]:
    """The checks without which a design cannot keep its best grade."""
    if method is PeopleMethod.RANDOMISED:
        return frozenset({Check.ATTRITION})
    if method in {PeopleMethod.MATCHED, PeopleMethod.WEIGHTING}:
        return frozenset({Check.BALANCE, Check.OVERLAP})
    if method in {PanelMethod.DIFFERENCES, PanelMethod.STAGGERED}:
        return frozenset({Check.PRE_TREND})
    if method in _SYNTHETIC:
        return frozenset({Check.PRE_FIT})
    if method is SynthesisMethod.META_ANALYSIS:
        return frozenset({Check.STUDY_GRADES})
    return frozenset()


def grade(method: Method, diagnostics: Sequence[Diagnostic]) -> Grade:
    """The grade of an evaluation: the best its design can reach, capped by every check that failed.

    A check that a design needs and that was not made, or could not be, caps like one level less than the best: what
    was not looked at cannot be assumed. Failed checks do not add up; the worst decides, and all are named. A
    synthesis is never better than the weakest of what it brings together: `STUDY_GRADES` caps it at that grade.

    Args:
        method: the design.
        diagnostics: in any order; of several of one check the worst counts.

    Source: Sherman and others 1997 (Maryland scale); joinedup specification 13 and amendment 11. Replication and
    persistence are verdicts of their own.

    >>> made = grade(PeopleMethod.MATCHED, [
    ...     Diagnostic(Check.BALANCE, True, "largest difference 0.04"), Diagnostic(Check.OVERLAP, True, "99%"),
    ...     Diagnostic(Check.MORTALITY, False, "deaths differ, ratio 1.4")])
    >>> made.level, made.fired
    (3, (<Check.MORTALITY: 'mortality'>,))
    >>> made.because[1]
    'at most 3: mortality (deaths differ, ratio 1.4)'
    """
    best, why = BEST[method]
    caps = [
        (CAP[each.check] if each.cap is None else each.cap, each.check, each.found)
        for each in diagnostics
        if each.has_passed is False
    ]
    looked_at = {each.check for each in diagnostics if each.has_passed is not None}
    unlooked = sorted(required_checks(method) - looked_at)
    caps += [(best - 1, check, "not looked at, or could not be") for check in unlooked]
    lowering = sorted({cap for cap in caps if cap[0] < best})
    level = min([best, *(cap for cap, _, _ in lowering)])
    sentences = [f"{best}: {why}", *(f"at most {cap}: {check.value} ({found})" for cap, check, found in lowering)]
    fired = tuple(dict.fromkeys(check for _, check, _ in lowering))
    return Grade(level, tuple(sentences), fired)
