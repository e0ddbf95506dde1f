"""Words of the pages: the question a measure answers, and names of breakdowns, groups and kinds of area."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

from joinedup.store.published import MeasureInfo


@dataclass(frozen=True, slots=True)
class Wording:
    """What wording.toml says."""

    questions: Mapping[str, str]
    dimensions: Mapping[str, str]
    categories: Mapping[str, Mapping[str, str]]


@cache
def wording() -> Wording:
    """The words, read once."""
    table = tomllib.loads(resources.files("joinedup.web").joinpath("wording.toml").read_text(encoding="utf-8"))
    return Wording(table["questions"], table["dimensions"], table["categories"])


def question(measure: MeasureInfo) -> str:
    """A person's question that a measure answers; its label where nobody has worded one."""
    return wording().questions.get(measure.id, f"{measure.label}: how are we doing?")


def dimension_words(dimension: str) -> str:
    """A way to break a measure down, as a heading.

    >>> dimension_words("age"), dimension_words("payer")
    ('Age', 'Who pays')
    """
    return wording().dimensions.get(dimension, _plain(dimension))


def category_words(dimension: str, category: str) -> str:
    """A group of a breakdown.

    >>> category_words("age", "65-74"), category_words("deprivation", "1"), category_words("sex", "female")
    ('65-74', 'Most deprived fifth', 'Female')
    """
    return wording().categories.get(dimension, {}).get(category, _plain(category))


def group_words(dimension: str, category: str) -> str:
    """A group of people or kind of care as a reader says it.

    >>> group_words("all", "all"), group_words("age", "65-74")
    ('Everyone', 'Age: 65-74')
    """
    if dimension == "all":
        return "Everyone"
    return f"{dimension_words(dimension)}: {category_words(dimension, category)}"


def areas_words(count: int, kind: str) -> str:
    """A number of areas of one kind.

    >>> areas_words(2, "council"), areas_words(1, "neighbourhood")
    ('2 councils', '1 neighbourhood')
    """
    return f"{count:,} {kind}{'' if count == 1 else 's'}"


def _plain(code: str) -> str:
    words = code.replace("_", " ")
    return f"{words[:1].upper()}{words[1:]}"
