"""Template tags for pages about schemes: amounts and tags of claims."""

from __future__ import annotations

from collections.abc import Mapping

from django import template

from joinedup.pipeline.report.wording import inside, named
from joinedup.register.queries.claim import ClaimShown
from joinedup.rules.programme.benefit import Status
from joinedup.rules.programme.claim import Standing, Unit
from joinedup.web.claim_words import STANDING_TAGS, STATUS_TAGS, amount_text, pounds_text

register = template.Library()


@register.filter
def amount(hundredths: int | None, unit: Unit) -> str:
    """An amount in the unit of its claim, for example ``{{ version.planned|amount:claim.unit }}``."""
    return amount_text(hundredths, unit)


@register.filter
def pounds(pence: int | None) -> str:
    """Money as people say it."""
    return pounds_text(pence)


@register.filter
def named_figures(text: str) -> str:
    """A sentence of a result with the names of figures as words."""
    return named(text)


@register.filter
def figure_name(key: str) -> str:
    """The name of a figure of an evaluation within a sentence."""
    return inside(key)


@register.filter
def standing_tag(standing: Standing) -> str:
    """The class of the tag in which a standing is shown."""
    return STANDING_TAGS[standing]


@register.filter
def status_tag(status: Status) -> str:
    """The class of the tag in which a status is shown."""
    return STATUS_TAGS[status]


@register.filter
def percent(share: float) -> str:
    """A share in per cent, to one decimal."""
    return f"{100 * share:.1f}%"


@register.filter
def named_claim(claims: Mapping[int, ClaimShown], number: int) -> str:
    """A claim and its scheme by the claim's number."""
    return f"{claims[number].title} ({claims[number].scheme})"


@register.filter
def at(names: Mapping[str, str], key: str) -> str:
    """The name that belongs to a key."""
    return names[key]
