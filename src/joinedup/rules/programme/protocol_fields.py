"""Reading a protocol's tables field by field: every mistake is kept, with its place and what to do about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from enum import StrEnum
from typing import Any, TypeVar

#: A period or the start of a scheme: a number such as a year, or a date.
Moment = float | date

Choice = TypeVar("Choice", bound=StrEnum)


class Fields:
    """One table of a protocol and what is wrong with it.

    Args:
        values: the table as parsed.
        name: where it stands, for messages, for example "design".
        mistakes: shared by all tables of one protocol.
    """

    def __init__(self, values: object, name: str, mistakes: list[str]) -> None:
        self.name, self.mistakes, self.read = name, mistakes, set[str]()
        self.values: Mapping[str, Any] = values if isinstance(values, Mapping) else {}
        if not isinstance(values, Mapping):
            self.wrong("", "must be a table of keys and values")

    def wrong(self, key: str, words: str) -> None:
        """Keep a mistake."""
        place = ".".join(part for part in (self.name, key) if part) or "protocol"
        self.mistakes.append(f"{place}: {words}")

    def has(self, key: str) -> bool:
        """Whether a key is given."""
        return key in self.values

    def raw(self, key: str) -> Any:
        """A value as parsed; None when it is not given."""
        self.read.add(key)
        return self.values.get(key)

    def text(self, key: str, *, required: bool = False, default: str = "") -> str:
        """A text that is not empty."""
        value = self.raw(key)
        if value is None:
            if required:
                self.wrong(key, f'is missing; write {key} = "..."')
            return default
        if not isinstance(value, str) or not value.strip():
            self.wrong(key, f"is {value!r}; write a text in quotes")
            return default
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts, none twice."""
        value = self.raw(key)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(item, str) and item for item in value):
            self.wrong(key, f'is {value!r}; write a list of texts, for example {key} = ["..."]')
            return ()
        if len(set(value)) < len(value):
            self.wrong(key, "names something twice; name each once")
        return tuple(value)

    def number(self, key: str, default: float, *, least: float = float("-inf"), most: float = float("inf")) -> float:
        """A number between bounds."""
        value = self.raw(key)
        if value is None:
            return default
        if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
            self.wrong(key, f"is {value!r}; write a number from {least:g} to {most:g}")
            return default
        return float(value)

    def optional_number(self, key: str, *, least: float, most: float) -> float | None:
        """A number between bounds, or None when it is not given."""
        return self.number(key, 0.0, least=least, most=most) if self.has(key) else self.raw(key)

    def whole(self, key: str, default: int, *, least: int, most: int) -> int:
        """A whole number between bounds."""
        value = self.raw(key)
        if value is None:
            return default
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            self.wrong(key, f"is {value!r}; write a whole number from {least} to {most}")
            return default
        return value

    def flag(self, key: str, default: bool) -> bool:
        """True or false."""
        value = self.raw(key)
        if value is None or isinstance(value, bool):
            return default if value is None else value
        self.wrong(key, f"is {value!r}; write true or false")
        return default

    def choice(self, key: str, options: type[Choice], default: Choice) -> Choice:
        """One of a closed set."""
        value = self.raw(key)
        if value is None:
            return default
        if value not in {str(option) for option in options}:
            self.wrong(key, f"is {value!r}; write one of {', '.join(str(option) for option in options)}")
            return default
        return options(value)

    def optional_choice(self, key: str, options: type[Choice]) -> Choice | None:
        """One of a closed set, or None when it is not given."""
        return self.choice(key, options, next(iter(options))) if self.has(key) else self.raw(key)

    def moments(self, key: str) -> tuple[Moment, ...]:
        """A list of periods: all numbers or all dates."""
        value = self.raw(key)
        if value is None:
            return ()
        if not isinstance(value, list) or not value or not _are_moments(value):
            self.wrong(key, f"is {value!r}; write a list of periods, for example [1970, 1988]")
            return ()
        return tuple(value)

    def tables(self, key: str) -> list[Fields]:
        """A list of tables."""
        value = self.raw(key)
        if value is None:
            return []
        if not isinstance(value, list):
            self.wrong(key, f"must be a list of tables; write [[{key}]] once for each")
            return []
        return [Fields(item, f"{self._below(key)}[{i}]", self.mistakes) for i, item in enumerate(value, 1)]

    def table(self, key: str) -> Fields:
        """A table; empty when it is not given."""
        value = self.raw(key)
        return Fields({} if value is None else value, self._below(key), self.mistakes)

    def _below(self, key: str) -> str:
        return f"{self.name}.{key}" if self.name else key

    def done(self) -> None:
        """Complain of keys that nobody reads: a mistyped key must not pass for a setting."""
        for key in sorted(set(self.values) - self.read):
            self.wrong(key, f"is not known here; known are {', '.join(sorted(self.read))}")


def _are_moments(values: Sequence[object]) -> bool:
    numbers = all(isinstance(value, int | float) and not isinstance(value, bool) for value in values)
    return numbers or all(isinstance(value, date) for value in values)
