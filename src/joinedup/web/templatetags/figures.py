"""Template tags that write figures: they accept what passed the disclosure gate and nothing else."""

from __future__ import annotations

from django import template
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from joinedup.rules.foundation.disclosure import Released
from joinedup.rules.foundation.period import Period, period_label
from joinedup.web.figures import figure_text, interval_text, released_value

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


@register.filter
def period_words(period: Period) -> str:
    """A period as a reader says it: April 2024, Q1 2024-25, 2024-25."""
    return period_label(period)


@register.filter
def thousands(count: int) -> str:
    """A count of files, rows or problems (never of people) with thousands separators."""
    return f"{count:,}"


@register.filter
def plain(code: str) -> str:
    """A code such as financial_year as words."""
    return code.replace("_", " ")
