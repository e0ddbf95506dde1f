"""Which events and sources are sensitive, and so stay closed to those whose work does not require them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Final

from joinedup.rules.care.access import Sensitivity
from joinedup.rules.foundation.errors import ConfigError
from joinedup.store.definition_files import day_after, first_day, read_rows
from joinedup.store.timelines import TimelineEvent

_FILE: Final = "services/sensitive.csv"


class Field(StrEnum):
    """What marks a sensitive part of a record."""

    SETTING = "setting"
    SERVICE = "service"
    DIAGNOSIS = "diagnosis"  # the beginning of a code
    SOURCE = "source"


@dataclass(frozen=True, slots=True)
class SensitiveCode:
    """One code that marks something as sensitive on the days it holds (None is open on that side)."""

    sensitivity: Sensitivity
    field: Field
    code: str
    valid_from: date | None
    valid_to: date | None

    def holds_on(self, day: date) -> bool:
        """Whether the code marks anything on a day."""
        return (self.valid_from is None or self.valid_from <= day) and (self.valid_to is None or day < self.valid_to)


@dataclass(frozen=True, slots=True)
class Told:
    """How something in a record is coded; None where it is not."""

    setting: str | None = None
    service: str | None = None
    diagnosis: str | None = None
    source: str | None = None

    def fits(self, code: SensitiveCode) -> bool:
        """Whether a code is about it."""
        value = {
            Field.SETTING: self.setting,
            Field.SERVICE: self.service,
            Field.DIAGNOSIS: self.diagnosis,
            Field.SOURCE: self.source,
        }[code.field]
        if value is None:
            return False
        if code.field is Field.DIAGNOSIS:
            return value.upper().startswith(code.code)
        return value.casefold() == code.code.casefold()


@dataclass(frozen=True, slots=True)
class SensitiveParts:
    """Every code that marks something as sensitive."""

    codes: tuple[SensitiveCode, ...]

    def sources(self, hidden: frozenset[Sensitivity]) -> frozenset[str]:
        """Sources that are sensitive as a whole: not even that they know somebody may be shown."""
        return frozenset(c.code for c in self.codes if c.field is Field.SOURCE and c.sensitivity in hidden)

    def marks(self, hidden: frozenset[Sensitivity], told: Told, day: date | None = None) -> bool:
        """Whether something is sensitive in a way that stays closed.

        Args:
            hidden: what stays closed.
            told: how it is coded.
            day: the day it is about; None takes the codes of every day.
        """
        return any(day is None or code.holds_on(day) for code in self._codes_of(told) if code.sensitivity in hidden)

    def split(
        self, events: Iterable[TimelineEvent], hidden: frozenset[Sensitivity]
    ) -> tuple[tuple[TimelineEvent, ...], tuple[TimelineEvent, ...]]:
        """Events that may be shown, and those that may not."""
        shown: list[TimelineEvent] = []
        closed: list[TimelineEvent] = []
        seen: dict[Told, tuple[SensitiveCode, ...]] = {}
        for event in events:
            told = Told(event.setting, event.service, event.diagnosis, source_of(event.event_id))
            if told not in seen:
                seen[told] = tuple(code for code in self._codes_of(told) if code.sensitivity in hidden)
            (closed if any(code.holds_on(event.start) for code in seen[told]) else shown).append(event)
        return tuple(shown), tuple(closed)

    def _codes_of(self, told: Told) -> Iterable[SensitiveCode]:
        return (code for code in self.codes if told.fits(code))


def source_of(event_id: str) -> str:
    """The source that tells of an event."""
    return event_id.partition("/")[0]


def load_sensitive(folders: Sequence[Path]) -> SensitiveParts:
    """Read the codes of sensitive services.

    Args:
        folders: definitions folders, the shipped one first; a later one replaces rows by id.

    Raises:
        ConfigError: a row names a sensitivity or field there is none of, or a date that is none.
    """
    return SensitiveParts(tuple(_code(row) for row in read_rows(folders, _FILE, "id")))


def _code(row: dict[str, str]) -> SensitiveCode:
    try:
        sensitivity, field = Sensitivity(row["sensitivity"]), Field(row["field"])
    except (KeyError, ValueError) as exc:
        raise ConfigError(f"{_FILE}, {row.get('id')}: {exc}; compare with the shipped rows") from exc
    return SensitiveCode(
        sensitivity,
        field,
        row["code"].strip().upper() if field is Field.DIAGNOSIS else row["code"].strip(),
        first_day(row, "valid_from", _FILE),
        day_after(row, "valid_to", _FILE),
    )
