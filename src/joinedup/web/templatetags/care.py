"""Template tags for pages about one person: words for codes, days, numbers and amounts."""

from __future__ import annotations

from datetime import date, datetime

from django import template

from joinedup.register.queries.naming import Contact
from joinedup.rules.foundation.identifier import display_person_id
from joinedup.web.care_words import day_text, moment_text, money_text, number_text, service_words, words_of

register = template.Library()


@register.filter
def words(code: str | None, kind: str) -> str:
    """What a code of a kind is called, for example ``{{ row.setting|words:"settings" }}``."""
    return words_of(kind, code)


@register.simple_tag
def service(setting: str, code: str | None) -> str:
    """A service as people call it."""
    return service_words(setting, code)


@register.filter
def day(value: date | None) -> str:
    """A day: 20 April 2025."""
    return day_text(value)


@register.filter
def moment(value: datetime) -> str:
    """A moment: 20 April 2025 at 06:30."""
    return moment_text(value)


@register.filter
def nhs(number: str | None) -> str:
    """An NHS number in groups."""
    return number_text(number)


@register.filter
def money(pence: int | None) -> str:
    """An amount in whole pounds."""
    return money_text(pence)


@register.filter
def pseudonym(person_id: int) -> str:
    """A pseudonym as people write it."""
    return display_person_id(person_id)


@register.filter
def named(code: str | None, organisations: dict[str, Contact]) -> str:
    """An organisation by its name; its code where the register does not know it."""
    found = organisations.get(code or "")
    return found.name if found else code or ""


@register.filter
def contact(code: str | None, organisations: dict[str, Contact]) -> Contact:
    """How to reach an organisation."""
    return organisations.get(code or "") or Contact(code or "", code or "")
