"""Plain words for what a result names: designs, verdicts, estimands, scales, and the keys of its diagnostics."""

from __future__ import annotations

from typing import Final

DESIGNS: Final = {
    "difference_in_differences": "difference in differences",
    "staggered_did": "difference in differences, starts in waves",
    "synthetic_control": "synthetic control",
    "augmented_synthetic_control": "augmented synthetic control",
    "demeaned_synthetic_control": "de-meaned synthetic control",
    "generalised_synthetic_control": "generalised synthetic control",
    "synthetic_did": "synthetic difference in differences",
    "interrupted_time_series": "interrupted time series",
    "before_after": "before and after, without controls",
    "matched_cohort": "matched cohort",
    "weighting": "weighted comparison",
    "regression": "regression adjustment",
    "randomised": "randomised trial",
    "meta_analysis": "synthesis of several studies",
}

#: What each verdict means to somebody who decides.
VERDICTS: Final = {
    "works": "The outcome got better by more than chance explains, and the comparison is fair enough to say that the "
    "scheme did it.",
    "promising": "The outcome got better by more than chance explains, but the comparison cannot rule out other "
    "reasons.",
    "no conclusive evidence": "This evidence cannot say whether the scheme changed the outcome. It does not show that "
    "it failed.",
    "no effect larger than": "The scheme may have done nothing; a larger improvement than this is ruled out.",
    "harm": "The outcome got worse by more than chance explains where the scheme ran.",
    "not evaluable": "The question could not be answered with these data and this design, so no effect is given.",
}

ESTIMANDS: Final = {
    "att": "effect on those in the scheme",
    "simple": "effect over all units and periods in the scheme",
    "dynamic": "effect by time since the start",
    "group": "effect by wave",
    "calendar": "effect by calendar period",
    "triple_difference": "effect of both schemes together beyond each alone",
    "alone": "effect of this scheme alone",
    "other_alone": "effect of the other scheme alone",
    "level": "step at the start",
    "slope": "change of slope since the start",
    "pooled": "effect over all studies",
    "effect": "effect over all studies",
    "prediction": "where the effect in a new place would lie",
}

_KEYS: Final = {
    "acceptability": "How likely the scheme is worth its cost",
    "autocorrelation": "Autocorrelation of the series",
    "balance": "Balance",
    "band": "Multiplier of the band that holds for all periods at once",
    "because": "Why not known",
    "breakdown": "Multiple of earlier departures at which the effect could be none",
    "cashable": "Saving that is money",
    "clusters": "Groups that decided apart",
    "code_version": "Version of joinedup",
    "covariate": "What is compared",
    "data": "Data",
    "data_sha256": "Hash of the data",
    "detectable": "Smallest effect that would be seen",
    "detectable_percent": "Smallest effect that would be seen, percent",
    "dispersion": "Spread beyond chance counts",
    "evalue": "E-value",
    "excluded_by_protocol": "Left out by the protocol",
    "gross": "Saving in care",
    "high": "High end of the 95% interval",
    "honest_did": "If trends would have parted",
    "how": "How it was found",
    "i2": "Differences between studies beyond chance, percent",
    "icer": "Extra cost for each unit of benefit",
    "leave_one_out": "Each left out in turn",
    "linkage_loss": "Lost because records could not be linked",
    "low": "Low end of the 95% interval",
    "lnincome": "lnincome",
    "mean_controls": "Mean of controls",
    "mean_treated": "Mean in the scheme",
    "net": "Saving after what the scheme cost",
    "overlap": "Share of the scheme within the range of controls",
    "p": "Chance of a result like this if there were no effect (p)",
    "periods_before": "Periods before the start",
    "placebo_count": "Units tried, with the treated",
    "placebo_p": "Placebo p",
    "placebo_rank": "Rank of the treated",
    "post_to_pre_ratio": "Misfit after the start against before, in squares",
    "pre_fit": "Misfit before the start",
    "pre_fit_share_of_sd": "Misfit before the start, share of its standard deviation",
    "pre_trend_p": "Test of parallel trends before the start (p)",
    "protocol_hash": "Hash of the protocol",
    "q": "Cochran's Q",
    "q_p": "Test that all studies have one effect (p)",
    "relative_magnitudes": "Bounds if departures were so many times those before",
    "robustness_value": "Robustness value",
    "rosenbaum": "Rosenbaum bounds",
    "run_at": "Run at",
    "smd_after": "Standardised difference after",
    "smd_before": "Standardised difference before",
    "tau2": "Variance of true effects between studies",
    "units_in_data": "Units in the data",
    "variance_ratio_after": "Ratio of variances after",
    "without": "Left out",
}

#: Words that are no words when their underscores go.
_WORDS: Final = {
    "ae": "A&E", "gp": "GP", "mdt": "MDT", "nhs": "NHS", "id": "ID", "rr": "risk ratio",
    "rd": "risk difference", "smd": "standardised difference", "12m": "in the 12 months before",
}  # fmt: skip


def label(key: str) -> str:
    """A key of a result as a reader sees it.

    >>> label("smd_after"), label("nights_in_hospital")
    ('Standardised difference after', 'Nights in hospital')
    >>> label("ae_attendances")
    'A&E attendances'
    """
    if key in _KEYS:
        return _KEYS[key]
    words = " ".join(_WORDS.get(word, word) for word in str(key).replace("_", " ").split())
    return words[:1].upper() + words[1:]


def plain(name: str) -> str:
    """A name of a column in running text: as it is, underscores as spaces."""
    return str(name).replace("_", " ")


def design_words(design: str) -> str:
    """A design in words."""
    return DESIGNS.get(design, plain(design))


def verdict_meaning(verdict: str) -> str:
    """What a verdict means."""
    return next((meaning for start, meaning in VERDICTS.items() if verdict.startswith(start)), "")


def estimand_words(estimand: str) -> str:
    """An estimand in words."""
    return ESTIMANDS.get(estimand, plain(estimand))


def horizon_words(horizon: str) -> str:
    """When an effect was: over all, so many periods after the start, a wave, or a period as it is.

    >>> [horizon_words(text) for text in ("all", "e=0", "e=1", "e=-2", "g=2004", "1989")]
    ['whole time', 'at the start', '1 period after', '2 periods before', 'wave of 2004', '1989']
    """
    if horizon == "all":
        return "whole time"
    if horizon.startswith("g="):
        return f"wave of {horizon[2:]}"
    if not horizon.startswith("e="):
        return horizon
    try:
        at = int(float(horizon[2:]))
    except ValueError:
        return horizon[2:]
    if at == 0:
        return "at the start"
    return f"{abs(at)} period{'' if abs(at) == 1 else 's'} {'after' if at > 0 else 'before'}"
