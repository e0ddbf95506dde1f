"""Words of a person's record: what codes of services, contacts, purposes and the trace are called on pages."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import date, datetime
from functools import cache
from importlib import resources
from typing import Final

from django.utils import timezone


@cache
def _words() -> Mapping[str, Mapping[str, str]]:
    text = resources.files("joinedup.web").joinpath("care_words.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def words_of(kind: str, code: str | None) -> str:
    """What a code of a kind is called; in plain letters where nobody has worded it.

    >>> words_of("services", "home_care"), words_of("services", "podiatry"), words_of("settings", None)
    ('Home care', 'Podiatry', '')
    """
    if not code:
        return ""
    return _words().get(kind, {}).get(code) or _plain(code)


def service_words(setting: str, service: str | None) -> str:
    """A service as people call it; its setting where the source does not say which."""
    return words_of("services", service) if service else words_of("settings", setting)


def method_words(method: str | None, setting: str) -> str:
    """How somebody was seen or came in; "" for a code of another list.

    >>> method_words("home_visit", "community"), method_words("21", "inpatient"), method_words("1", "urgent_care")
    ('at home', 'through A&E', '')
    """
    if not method or method[0].isdigit():
        return _words()["admission_methods"].get(method or "", "") if setting in _STAYS else ""
    return _in_a_sentence(words_of("methods", method))


def outcome_words(outcome: str | None) -> str:
    """What came of it; "" for a code of another list.

    >>> outcome_words("did_not_attend"), outcome_words("2"), outcome_words("97")
    ('did not attend', 'next appointment given', '')
    """
    if not outcome or outcome[0].isdigit():
        return _words()["clinic_outcomes"].get(outcome or "", "")
    return _in_a_sentence(words_of("outcomes", outcome))


def day_text(day: date | None) -> str:
    """A day as people write it; "" for none.

    >>> day_text(date(2025, 4, 20))
    '20 April 2025'
    """
    return f"{day.day} {day:%B %Y}" if day else ""


def moment_text(moment: datetime) -> str:
    """A moment as people write it, in the place's time."""
    here = timezone.localtime(moment)
    return f"{day_text(here)} at {here:%H:%M}"


def number_text(number: str | None) -> str:
    """An NHS number in its groups of three, three and four.

    >>> number_text("9990000018")
    '999 000 0018'
    """
    return f"{number[:3]} {number[3:6]} {number[6:]}" if number and len(number) == 10 else number or ""


def money_text(pence: int | None) -> str:
    """An amount in whole pounds with thousands separators; a dash where it is not known.

    >>> money_text(7_512_350), money_text(None)
    ('£75,124', '–')
    """
    if pence is None:
        return "–"
    pounds = (abs(pence) + 50) // 100
    return f"{'-' if pence < 0 else ''}£{pounds:,}"


#: Settings whose ways of contact are methods of admission.
_STAYS: Final = frozenset({"inpatient", "mental_health"})


def _in_a_sentence(words: str) -> str:
    return words if words[1:2].isupper() else words[:1].lower() + words[1:]


def _plain(code: str) -> str:
    words = code.replace("_", " ")
    return f"{words[:1].upper()}{words[1:]}"
