"""Template tags that write figures: they accept what passed the disclosure gate and nothing else."""

from __future__ import annotations

from datetime import date, datetime

from django import template
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.timezone import localtime

from joinedup.methods.spc import Variation
from joinedup.rules.foundation.disclosure import Released
from joinedup.rules.foundation.period import Period, period_label
from joinedup.store.published import Finding, MeasurePoint
from joinedup.web.charts import svg
from joinedup.web.charts.control import symbol
from joinedup.web.figures import figure_text, interval_text, number_text, released_value, unit_words
from joinedup.web.neighbours import Neighbour
from joinedup.web.wording import category_words, dimension_words
from joinedup.web.words import MARKS, SEVERITIES, Change, change_words, compared_words

register = template.Library()


@register.simple_tag
def figure(value: Released[float], unit: str = "", disclosure: str = "exact", cell: str = "") -> SafeString:
    """A released figure, as a link to its explanation when its cell is named.

    Raises:
        DisclosureError: the value did not pass the gate.
    """
    text = figure_text(value, unit, disclosure)
    css = "app-figure" if released_value(value) is not None else "app-figure app-figure--absent"
    if not cell:
        return format_html('<span class="{}">{}</span>', css, text)
    address = reverse("explanation", args=[cell])
    return format_html('<a class="govuk-link {}" href="{}">{}</a>', css, address, text)


@register.simple_tag
def interval(lower: Released[float], upper: Released[float], unit: str = "") -> str:
    """A confidence interval in words; nothing where there is none."""
    return interval_text(lower, upper, unit)


@register.simple_tag
def share(value: Released[float]) -> SafeString:
    """A share between 0 and 1 as a percentage; a dash where the question does not arise."""
    found = released_value(value)
    return format_html("{}", "–" if found is None else number_text(found * 100, "%"))


@register.simple_tag
def change(moved: Change, unit: str) -> str:
    """A change since a year before, as a sentence."""
    return change_words(moved, unit)


@register.simple_tag
def compared(row: Neighbour) -> str:
    """How an area in a list compares with the whole."""
    return compared_words(row.label, row.position)


@register.simple_tag
def found(finding: Finding) -> str:
    """What the published data give for a headline, in words; the reason where they give nothing."""
    return finding.found_text if released_value(finding.found) is not None else figure_text(finding.found)


@register.simple_tag
def mark(variation: Variation) -> SafeString:
    """The mark that a chart draws for a kind of point, for its legend."""
    drawn = svg.element("svg", symbol(variation, 8, 8), viewBox="0 0 16 16", class_="app-mark", aria_hidden="true")
    return mark_safe(drawn)  # noqa: S308 - drawn from a closed set


@register.filter
def mark_words(variation: Variation) -> str:
    """What a kind of point means."""
    return MARKS[variation]


@register.filter
def severity_words(severity: str) -> str:
    """What happened to a record with a problem."""
    return SEVERITIES.get(severity, severity)


@register.filter
def heading(code: str) -> str:
    """A code such as match_rate as a column heading."""
    words = code.replace("_", " ")
    return f"{words[:1].upper()}{words[1:]}".replace("Nhs", "NHS").replace(" nhs", " NHS")


@register.filter
def period_words(period: Period) -> str:
    """A period as a reader says it: April 2024, Q1 2024-25, 2024-25."""
    return period_label(period)


@register.filter
def day_words(when: str | date) -> str:
    """A day or a time as people write it: 20 April 2025, or 20 April 2025 at 06:30; given as such or as ISO text."""
    if isinstance(when, datetime):
        when = localtime(when)
    text = when if isinstance(when, str) else when.isoformat()
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    day = f"{moment.day} {moment:%B %Y}"
    return day if len(text) == len("2025-04-20") else f"{day} at {moment:%H:%M}"


@register.filter
def beside(unit: str) -> str:
    """What stands beside a figure of a unit: nothing for "%" and "£"."""
    return unit_words(unit)


@register.filter
def thousands(count: int) -> str:
    """A count of files, rows or problems (never of people) with thousands separators."""
    return f"{count:,}"


@register.filter
def dimension(code: str) -> str:
    """A way to break a measure down, as a heading."""
    return dimension_words(code)


@register.filter
def category(point: MeasurePoint) -> str:
    """The group that a figure is about."""
    return category_words(point.dimension, point.category)
