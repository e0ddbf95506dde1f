"""People as each source writes them down: the truth on a day, with the faults that records have."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from joinedup.demo import names
from joinedup.demo.cast import Cast
from joinedup.demo.extracts import Column, days, missing_where, table, texts, words
from joinedup.demo.months import NEVER, Bools, Floats, Ints, dates_of, day_of
from joinedup.demo.numbers import NO_NUMBER, wrong_numbers
from joinedup.demo.people import ETHNIC_CODES

Words = npt.NDArray[np.object_]
SEX_CODES = ("2", "1")


@cache
def fault_rates(space: str) -> dict[str, float]:
    """How often the records of a source go wrong, by fault."""
    text = resources.files("joinedup.demo").joinpath("data/record_faults.toml").read_text("utf-8")
    tables: dict[str, Any] = tomllib.loads(text)
    return {**tables["usual"], **tables.get(space, {})}


@dataclass(frozen=True, slots=True)
class Registrar:
    """Writes records of one chunk of people.

    Attributes:
        numbers: NHS number of every person in the place.
        faults: False writes every record without a fault.
        counts: how often each fault was made, by source and fault.
    """

    cast: Cast
    numbers: Ints
    faults: bool
    counts: Counter[tuple[str, str]]

    def write(self, space: str, person: Ints, day: Ints, second: Bools | None = None) -> pa.Table:
        """Identity columns of records as a source holds them on days; one row a version of a record.

        A fault belongs to a record, so all its versions have it.

        Args:
            second: which rows belong to a person's second number at the source.
        """
        rng = self.cast.stream(f"records {space}")
        key = person if second is None else person + np.where(second, self.cast.size, 0)
        desk = _Desk(self, space, rng, person, day, key)
        forename, surname = desk.names()
        address = desk.address()
        columns = {
            "nhs_number": desk.number(),
            "forename": pa.array(forename, pa.string()),
            "surname": pa.array(surname, pa.string()),
            "date_of_birth": desk.birth(),
            "sex": missing_where(words(SEX_CODES, self.cast.people.male[person] * 1), desk.fault("missing_sex")),
            "ethnicity": words(ETHNIC_CODES, np.where(desk.luck() < 0.06, -1, self.cast.people.ethnic[person])),
            "postcode": missing_where(words(self.cast.homes.postcodes, address[0]), desk.fault("missing_postcode")),
            "address": words(self.cast.homes.texts, address[0]),
            "lsoa": words(self.cast.ground.lsoa, address[1]),
        }
        return table(columns)


@dataclass(frozen=True, slots=True)
class _Desk:
    """One source writing down some records."""

    registrar: Registrar
    space: str
    rng: np.random.Generator
    person: Ints
    day: Ints
    key: Ints

    def luck(self) -> Floats:
        """A number between 0 and 1 for each row, the same for every version of a record."""
        return self.rng.random(2 * self.registrar.cast.size)[self.key]

    def fault(self, kind: str, may: Bools | None = None) -> Bools:
        """Which records have a fault; counted."""
        made = self.luck() < fault_rates(self.space)[kind]
        if may is not None:
            made &= may
        if not self.registrar.faults:
            made[:] = False
        self.registrar.counts[self.space, kind] += len(np.unique(self.key[made]))
        return made

    def number(self) -> Column:
        cast, numbers = self.registrar.cast, self.registrar.numbers
        own = numbers[cast.people.first + self.person]
        has = own != NO_NUMBER
        missing = self.fault("missing_number", has)
        wrong = self.fault("wrong_number", has & ~missing)
        another = self.fault("other_number", has & ~missing & ~wrong)
        someone = numbers[cast.people.first + (self.luck() * cast.size).astype(np.int64)]
        written = wrong_numbers(own, wrong, (self.luck() * 1e9).astype(np.int64))
        written = np.where(another & (someone != NO_NUMBER), someone, written)
        return missing_where(texts("", np.maximum(written, 0), 10), missing | ~has)

    def names(self) -> tuple[Words, Words]:
        people = self.registrar.cast.people
        forename = np.array(names.forenames(), dtype=object)[people.forename[self.person]]
        changed = self.day >= people.renamed[self.person]
        late = self.fault("old_surname", changed)
        number = np.where(changed & ~late, people.surname_later[self.person], people.surname[self.person])
        surname = np.array(names.surnames(), dtype=object)[number]
        short = self.fault("nickname")
        forename[short] = np.array(names.nicknames(), dtype=object)[people.forename[self.person[short]]]
        self._alter(forename, self.fault("initial"), lambda word, _: word[:1])
        self._alter(forename, self.fault("forename_typo"), _mistyped)
        self._alter(surname, self.fault("surname_typo"), _mistyped)
        swapped = self.fault("swapped_names")
        forename[swapped], surname[swapped] = surname[swapped], forename[swapped]
        return forename, surname

    def birth(self) -> Column:
        born = self.registrar.cast.people.born[self.person]
        day_of_month = dates_of(born).astype("datetime64[D]") - dates_of(born).astype("datetime64[M]")
        early = day_of_month.astype(np.int64) < 12
        written = _swap_day_and_month(born, self.fault("swapped_date", early & (born < -400)))
        written = written + np.where(self.fault("year_off", born < -800), 365, 0)
        return days(np.where(self.fault("missing_date"), NEVER, written))

    def address(self) -> tuple[Ints, Ints]:
        cast = self.registrar.cast
        column = cast.column_on(self.person, self.day)
        late = self.fault("old_address", column == 1)
        column = np.where(late, 0, column)
        return cast.homes.address[self.person, column], cast.homes.area[self.person, column]

    def _alter(self, column: Words, which: Bools, change: Callable[[str, int], str]) -> None:
        luck = (self.luck() * 1e9).astype(np.int64)
        for position in np.flatnonzero(which):
            column[position] = change(column[position], int(luck[position]))


def _mistyped(word: str, luck: int) -> str:
    """One letter left out, doubled, swapped with the next or taken for another."""
    place, kind = 1 + luck % max(len(word) - 2, 1), luck // 100 % 4
    other = "aeioulmnrst"[luck // 1000 % 11]
    before, letter, after = word[:place], word[place : place + 1], word[place + 1 :]
    return before + ("", letter * 2, after[:1] + letter, other)[kind] + (after[1:] if kind == 2 else after)


def _swap_day_and_month(born: Ints, which: Bools) -> Ints:
    """The day of birth with day and month exchanged, where both can be either."""
    swapped = born.copy()
    for position in np.flatnonzero(which):
        when = dates_of(born[position : position + 1])[0].astype(object)
        swapped[position] = day_of(when.replace(month=when.day, day=when.month))
    return swapped
