"""What figures say in plain words: direction, signals, plans and comparisons, never by colour alone."""

from __future__ import annotations

from dataclasses import dataclass

from joinedup.methods.comparison import Label, Polarity, is_met
from joinedup.methods.spc import Assurance, Chart, Rule, Variation
from joinedup.rules.foundation.disclosure import Released, release_derived
from joinedup.rules.foundation.errors import Severity
from joinedup.rules.foundation.period import period_label
from joinedup.store.published import MeasureInfo
from joinedup.web.figures import number_text, released_value, signed_text
from joinedup.web.plan import Held


@dataclass(frozen=True, slots=True)
class Verdict:
    """A judgement as a short tag and the sentences behind it.

    Attributes:
        tag: two or three words.
        css: class of the tag; the words alone carry the meaning.
        reason: the sentence behind them.
    """

    tag: str
    css: str
    reason: str


#: What happened to a record with a problem.
SEVERITIES = {
    Severity.FATAL.value: "Stopped the build",
    Severity.SET_ASIDE.value: "Row set aside",
    Severity.WARNING.value: "Row kept, with a warning",
}

_VARIATION = {
    Variation.COMMON: ("No clear change", "govuk-tag--grey"),
    Variation.IMPROVEMENT: ("Getting better", "govuk-tag--blue"),
    Variation.CONCERN: ("Getting worse", "govuk-tag--orange"),
    Variation.HIGH: ("Higher than usual", "govuk-tag--purple"),
    Variation.LOW: ("Lower than usual", "govuk-tag--purple"),
}
_RULE = {
    Rule.ABOVE_LIMIT: "above the upper process limit",
    Rule.BELOW_LIMIT: "below the lower process limit",
    Rule.RISING: "one of seven or more rising figures in a row",
    Rule.FALLING: "one of seven or more falling figures in a row",
    Rule.TWO_IN_THREE_ABOVE: "two of three figures close to the upper limit",
    Rule.TWO_IN_THREE_BELOW: "two of three figures close to the lower limit",
    Rule.SHIFT_ABOVE: "one of seven or more figures in a row above the average",
    Rule.SHIFT_BELOW: "one of seven or more figures in a row below the average",
    Rule.COMMON: "within its usual variation",
}
#: What the marks of a chart mean, for its legend.
MARKS = {
    Variation.COMMON: "Ordinary variation",
    Variation.IMPROVEMENT: "Signal for better",
    Variation.CONCERN: "Signal for worse",
    Variation.HIGH: "Signal: higher than usual",
    Variation.LOW: "Signal: lower than usual",
}
_ASSURANCE = {
    Assurance.CONSISTENT_PASS: (
        "Will meet the plan",
        "govuk-tag--blue",
        "The plan lies outside the limits, on the safe side.",
    ),
    Assurance.CONSISTENT_FAIL: (
        "Will miss the plan",
        "govuk-tag--orange",
        "The plan lies outside the limits: it will not be met unless something changes.",
    ),
    Assurance.INCONSISTENT: (
        "May meet or miss the plan",
        "govuk-tag--grey",
        "The plan lies within the limits: chance decides.",
    ),
}
_LABEL = {
    Label.BETTER: ("Better", "govuk-tag--blue"),
    Label.SIMILAR: ("Similar", "govuk-tag--grey"),
    Label.WORSE: ("Worse", "govuk-tag--orange"),
    Label.HIGHER: ("Higher", "govuk-tag--purple"),
    Label.LOWER: ("Lower", "govuk-tag--purple"),
    Label.NOT_COMPARED: ("Not compared", "govuk-tag--grey"),
}
_POSITION = {
    "far_high": ": above the 99.8% limit",
    "far_low": ": below the 99.8% limit",
    "high": ": above the 95% limit only",
    "low": ": below the 95% limit only",
    "inside": ": within the limits",
}


def rule_words(rule: Rule) -> str:
    """Why a point is a signal, as the end of a sentence."""
    return _RULE[rule]


def variation_verdict(chart: Chart) -> Verdict | None:
    """What the newest figure of a chart says; None where no limits can be computed."""
    last = next((point for point in reversed(chart.points) if point.value is not None), None)
    if last is None or last.mean is None:
        return None
    tag, css = _VARIATION[last.variation]
    provisional = " The limits are provisional: they rest on fewer than 13 figures." if chart.is_trial else ""
    return Verdict(tag, css, f"The newest figure is {_RULE[last.rule]}.{provisional}")


def plan_verdict(measure: MeasureInfo, held: Held, chart: Chart | None) -> Verdict:
    """Whether a plan is met, and will be if nothing changes.

    Args:
        measure: gives unit and polarity.
        held: the plan and the figure held against it.
        chart: the series of that figure, where it is long enough to say what will happen.
    """
    wanted = plan_words(held.plan, measure.unit, measure.polarity)
    actual = released_value(held.point.value)
    reason = f"The plan is {wanted}."
    if chart is not None and not chart.is_trial and chart.assurance in _ASSURANCE:
        tag, css, why = _ASSURANCE[chart.assurance]
        return Verdict(tag, css, f"{reason} {why}")
    met = None if actual is None else is_met(actual, held.plan, Polarity(measure.polarity))
    if actual is None or met is None:
        return Verdict("Plan", "govuk-tag--grey", reason)
    tag, css = ("Plan met", "govuk-tag--blue") if met else ("Plan missed", "govuk-tag--orange")
    return Verdict(
        tag, css, f"{reason} The figure for {period_label(held.point.period)} is {number_text(actual, measure.unit)}."
    )


def comparison_verdict(label: Label, comparator: str) -> Verdict | None:
    """How an area compares with another one; None where they cannot be compared."""
    if label is Label.NOT_COMPARED:
        return None
    tag, css = _LABEL[label]
    ending = {"Similar": f"to {comparator}"}.get(tag, f"than {comparator}")
    certain = "its 95% interval includes that figure" if label is Label.SIMILAR else "its 95% interval lies clear of it"
    return Verdict(f"{tag} {ending}", css, f"{tag} {ending}: {certain}.")


def label_words(label: Label) -> str:
    """A label as it stands after a number of areas: 3 better."""
    return _LABEL[label][0].lower()


@dataclass(frozen=True, slots=True)
class Change:
    """How far a figure moved between two periods; computed from published figures only."""

    difference: Released[float]
    percent: Released[float]
    direction: str  # more | fewer or lower | no change
    since: str


def change_between(now: Released[float], before: Released[float], since: str) -> Change | None:
    """The change from an earlier figure; None where either is hidden or missing."""
    new, old = released_value(now), released_value(before)
    if new is None or old is None:
        return None
    percent = release_derived((new - old) / abs(old) * 100 if old else None, now, before)
    return Change(release_derived(new - old, now, before), percent, _direction(new - old), since)


def _direction(difference: float) -> str:
    if difference == 0:
        return "no change"
    return "higher" if difference > 0 else "lower"


def polarity_words(polarity: str) -> str:
    """Which way is better."""
    return {
        Polarity.LOWER: "Lower is better",
        Polarity.HIGHER: "Higher is better",
        Polarity.NEUTRAL: "Neither direction is better in itself",
    }[Polarity(polarity)]


def plan_words(value: float, unit: str, polarity: str) -> str:
    """A plan as people say it: at most or at least so much.

    >>> plan_words(659, "per 100,000 people", "lower")
    'at most 659'
    """
    bound = {Polarity.LOWER: "at most ", Polarity.HIGHER: "at least "}.get(Polarity(polarity), "")
    return f"{bound}{number_text(value, unit)}"


def change_words(change: Change, unit: str) -> str:
    """A change as a sentence, direction by word and by sign."""
    difference, percent = released_value(change.difference), released_value(change.percent)
    if not difference:
        return f"That is the same as in {change.since}."
    size = number_text(abs(difference), "" if unit.startswith("%") else unit)
    size = f"{size} percentage points" if unit.startswith("%") else size
    share = "" if percent is None or unit.startswith("%") else f" ({signed_text(percent, '%')})"
    return f"That is {size} {change.direction}{share} than in {change.since}."


def compared_words(label: Label, position: str) -> str:
    """How an area in a list compares with the whole, with its place on the funnel where there is one.

    >>> compared_words(Label.WORSE, "far_high")
    'Worse: above the 99.8% limit'
    """
    if label is Label.NOT_COMPARED:
        return "Not compared"
    return f"{_LABEL[label][0]}{_POSITION.get(position, '')}"
