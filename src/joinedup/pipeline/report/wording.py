"""Plain words for what a result names: designs, verdicts, estimands, scales, and the keys of its diagnostics."""

from __future__ import annotations

import re
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
    "ae": "A&E", "gp": "GP", "nhs": "NHS", "id": "ID", "rr": "risk ratio",
    "rd": "risk difference", "smd": "standardised difference", "mdt": "MDT",
}  # fmt: skip

#: When something known before the start was counted, as its name ends.
_WINDOW: Final = re.compile(r"(.+?) (?:(12m|13 24m|30d)|q(\d))(?: (?:upto(\d+)|(min)))?")
_WINDOWS: Final = {
    "12m": "in the 12 months before", "13 24m": "13 to 24 months before", "30d": "in the 30 days before",
}  # fmt: skip
_PAYERS: Final = {"nhs": "the NHS", "ics": "the care system"}
_CATEGORIES: Final = {"all": "all", "sex=F": "Women and girls", "sex=M": "Men and boys", "female=1": "Women and girls",
                      "female=0": "Men and boys"}  # fmt: skip
_NAME: Final = re.compile(r"(?<![\w./-])[a-z]+[a-z0-9]*(?:_[a-z0-9]+)+(?![\w./-]*\w)")


def label(key: str) -> str:
    """A key of a result as a reader sees it.

    >>> label("smd_after"), label("nights_in_hospital")
    ('Standardised difference after', 'Nights in hospital')
    >>> label("ae_attendances")
    'A&E attendances'
    >>> label("emergency_admissions_12m_upto3"), label("cost_nhs")
    ('Emergency admissions in the 12 months before (at most 3 counted)', 'Cost to the NHS')
    """
    if key in _KEYS:
        return _KEYS[key]
    text = str(key).replace("_", " ")
    if found := _WINDOW.fullmatch(text):
        base, window, quarter, most, least = found.groups()
        when = _WINDOWS[window] if window else f"{_ordinal(int(quarter))} quarter before"
        return label(base) + f" {when}" + (f" (at most {most} counted)" if most else ", at least" if least else "")
    if text.startswith("cost ") and len(text.split()) == 2:
        payer = text.removeprefix("cost ")
        return f"Cost to {_PAYERS.get(payer, payer)}"
    words = " ".join(_WORDS.get(word, word) for word in str(key).replace("_", " ").split())
    return words[:1].upper() + words[1:]


def _ordinal(number: int) -> str:
    return "in the last" if number == 1 else f"in the {number}{({2: 'nd', 3: 'rd'}).get(number, 'th')} last"


def inside(key: str) -> str:
    """A key of a result within a sentence.

    >>> inside("emergency_admissions"), inside("gp_contacts_12m")
    ('emergency admissions', 'GP contacts in the 12 months before')
    """
    words = label(key)
    return words if words[1:2].isupper() or words[1:2] == "&" else words[:1].lower() + words[1:]


def named(text: str) -> str:
    """A sentence in which names of figures are read as words; names of files stay.

    >>> named("not alike: emergency_admissions_q2, social_care")
    'not alike: emergency admissions in the 2nd last quarter before, social care'
    """
    return _NAME.sub(lambda found: inside(found[0]), text)


def category_words(subgroup: str) -> str:
    """A subgroup as people say it: a column and its category.

    >>> category_words("sex=F"), category_words("age_band=65-79"), category_words("age_band=80+")
    ('Women and girls', 'Aged 65 to 79', 'Aged 80 and over')
    """
    if subgroup in _CATEGORIES:
        return _CATEGORIES[subgroup]
    column, is_pair, category = subgroup.partition("=")
    if column == "age_band":
        return f"Aged {category.replace('-', ' to ').replace('+', ' and over')}"
    return f"{label(column)}: {category}" if is_pair else label(column)


def counted(design: str, number: int | None = None) -> str:
    """What an estimate of a design rests on, as a noun.

    >>> counted("matched_cohort"), counted("synthetic_control", 1), counted("meta_analysis", 3)
    ('people', 'area or group', 'studies')
    """
    one, more = {
        **dict.fromkeys(("matched_cohort", "weighting", "regression", "randomised"), ("person", "people")),
        "meta_analysis": ("study", "studies"),
    }.get(design, ("area or group", "areas or groups"))
    return one if number == 1 else more


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
