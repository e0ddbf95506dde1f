"""What the address of a measure's page asks for, and what can be chosen there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from joinedup.store.published import MeasureInfo
from joinedup.store.reader import Reader
from joinedup.web.catalogue import Holdings, series
from joinedup.web.forms import Choice, chosen
from joinedup.web.series import EVERYONE, main_series, newest_groups
from joinedup.web.wording import group_words

CADENCES = {"month": "Months", "quarter": "Quarters", "financial_year": "Financial years"}


@dataclass(frozen=True, slots=True)
class Choices:
    """What the form offers."""

    areas: tuple[Choice, ...]
    cadences: tuple[Choice, ...]
    groups: tuple[Choice, ...]
    kinds: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class Selection:
    """What is shown.

    Attributes:
        who: dimension and category of a group; ("all", "all") for everyone.
        beside: the kind of areas that are compared; "" where a measure has no kind with several areas.
    """

    area_code: str
    area_name: str
    cadence: str
    who: tuple[str, str]
    beside: str
    choices: Choices

    @property
    def is_everyone(self) -> bool:
        """Whether no group was chosen."""
        return self.who == EVERYONE


def selection(published: Reader, held: Holdings, asked: Mapping[str, str]) -> Selection:
    """Read the choices of an address; what it leaves open is chosen for the reader.

    Args:
        published: what the place has published.
        held: what it holds of the measure; the area that holds all others is shown when none is asked for.
        asked: the address's parameters area, cadence, who, beside.

    Raises:
        Http404: it asks for something that is not there; the message says what is.
    """
    info, areas = held.info, held.areas
    area = chosen(asked.get("area"), areas, "area", held.top[0])
    main_cadence, _ = main_series(published, info, area)
    cadence = chosen(asked.get("cadence"), info.cadences, "length of period", main_cadence)
    groups = _groups(published, held, area)
    who = chosen(asked.get("who"), groups, "group", ":".join(EVERYONE))
    dimension, _, category = who.partition(":")
    cadence = _cadence_with_figures(published, info, area, cadence, (dimension, category))
    kinds = [kind for kind in held.kinds if sum(k == kind for k, _ in areas.values()) > 1]
    beside = chosen(asked.get("beside"), kinds, "kind of area", _first_kind(kinds, areas[area][0]))
    choices = Choices(
        areas=tuple(Choice(code, f"{name} ({kind})", code == area) for code, (kind, name) in areas.items()),
        cadences=tuple(Choice(name, CADENCES.get(name, name), name == cadence) for name in info.cadences),
        groups=tuple(Choice(key, text, key == who) for key, text in groups.items()),
        kinds=tuple(Choice(name, name.capitalize(), name == beside) for name in kinds),
    )
    return Selection(area, areas[area][1], cadence, (dimension, category), beside, choices)


def _first_kind(kinds: Sequence[str], own: str) -> str:
    """The kind of areas to show first: the chosen area's own where it has neighbours."""
    if own in kinds:
        return own
    return kinds[0] if kinds else ""


def _cadence_with_figures(
    published: Reader, info: MeasureInfo, area: str, cadence: str, who: tuple[str, str]
) -> str:  # fmt: skip
    """The cadence asked for, or the next one that has figures: groups are often published for whole years only."""
    others = (other for other in info.cadences if other != cadence)
    wanted = (c for c in (cadence, *others) if series(published, info.id, area, c, who))
    return next(wanted, cadence)


def _groups(published: Reader, held: Holdings, area: str) -> dict[str, str]:
    points = (point for points in newest_groups(published, held, area).values() for point in points)
    return {":".join(EVERYONE): "Everyone"} | {
        f"{point.dimension}:{point.category}": group_words(point.dimension, point.category) for point in points
    }
