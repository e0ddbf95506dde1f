"""Finding a person by number, or by a name that may be misspelt with a date of birth or a postcode."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from joinedup.rules.foundation.errors import UsageError
from joinedup.rules.foundation.identifier import clean_number, nhs_number_valid
from joinedup.store.connection import query as run
from joinedup.store.definition_files import Keys, read_csv, read_keys
from joinedup.store.identities import IdentityStore
from joinedup.store.people_grants import PersonQuery, SearchGrant

_TITLES: Final = re.compile(r"^(MR|MRS|MS|MISS|DR|PROF|REV|SIR|LADY|MSTR|MASTER) +")

#: Weights and levels by the names of their settings, as SQL constants.
_SETTINGS: Final = (
    "least_fit", "surname_weight", "forename_weight", "birth_weight", "postcode_weight", "least_likeness",
    "double_surname", "nickname", "initial", "swapped", "birth_swapped", "birth_close", "postcode_close", "unknown",
    "most", "least_postcode_letters",
)  # fmt: skip

_BY_NUMBER: Final = "SELECT person, 1.0 FROM {number} WHERE number = $number GROUP BY person LIMIT $most"

#: What may fit: whoever was born that day, lives there, or has that very name and nearly that birth or home.
_CANDIDATES: Final = {
    "birth": "SELECT person, surname, forename, dob, postcode FROM {born} WHERE dob IN ($dob, $turned)",
    "postcode": "SELECT person, surname, forename, dob, postcode FROM {postcode} WHERE postcode = $postcode",
}
_NAMESAKES: Final = (
    "SELECT person, surname, forename, dob, postcode FROM {surname} WHERE surname IN ($surname, $forename) AND "
)
_NEAR: Final = {"birth": "hamming(dob, $dob) <= 1", "postcode": "damerau_levenshtein(postcode, $postcode) <= 1"}

_LIKE_FORENAME: Final = """CASE
    WHEN forename IS NULL THEN $unknown
    WHEN forename = $forename THEN 100
    WHEN list_contains($short_forms, forename) THEN $nickname
    WHEN (length($forename) = 1 OR length(forename) = 1) AND left(forename, 1) = left($forename, 1) THEN $initial
    ELSE 100 * jaro_winkler_similarity(forename, $forename) END"""
_LIKE_SURNAME: Final = """CASE
    WHEN length($surname) >= 4 AND contains(surname, $surname)
    THEN greatest($double_surname, 100 * jaro_winkler_similarity(surname, $surname))
    ELSE 100 * jaro_winkler_similarity(surname, $surname) END"""
_BIRTH: Final = """CASE
    WHEN dob IS NULL THEN $unknown WHEN dob = $dob THEN 100 WHEN dob = $turned THEN $birth_swapped
    WHEN hamming(dob, $dob) = 1 THEN $birth_close ELSE 0 END"""
_HOME: Final = """CASE
    WHEN postcode IS NULL THEN $unknown WHEN postcode = $postcode THEN 100
    WHEN damerau_levenshtein(postcode, $postcode) = 1 THEN $postcode_close ELSE 0 END"""

_RANKED: Final = """WITH candidate AS ({candidates}),
    alike AS (
        SELECT person, dob, postcode, {surname_likeness} AS surname_fit, {forename_likeness} AS forename_fit,
            CASE WHEN $forename = '' THEN 0 ELSE 100 * jaro_winkler_similarity(forename, $surname) END AS crossed,
            CASE WHEN $forename = '' THEN 0 ELSE 100 * jaro_winkler_similarity(surname, $forename) END AS crossing
        FROM candidate),
    named AS (
        SELECT person, dob, postcode, greatest(
            CASE WHEN surname_fit >= $least_likeness
                THEN ($surname_weight * surname_fit + {f} * coalesce(forename_fit, 0)) / ($surname_weight + {f}) END,
            CASE WHEN least(crossed, crossing) >= $least_likeness
                THEN $swapped / 100 * ($surname_weight * crossed + {f} * crossing) / ($surname_weight + {f}) END) AS fit
        FROM alike),
    scored AS (
        SELECT person, (($surname_weight + {f}) * fit + {b} * {birth} + {h} * {home})
            / ($surname_weight + {f} + {b} + {h}) AS score
        FROM named WHERE fit IS NOT NULL)
    SELECT person, max(score) / 100 AS score FROM scored WHERE score >= $least_fit
    GROUP BY person ORDER BY score DESC, person LIMIT $most"""


@dataclass(frozen=True, slots=True)
class Search:
    """How a search weighs what was typed, in hundredths, and which short forms a forename has.

    Attributes:
        settings: by name, as in linkage/search.toml.
        roots: short form of a forename -> the name it is short for, in capitals.
    """

    settings: Mapping[str, int]
    roots: Mapping[str, str]

    def find(
        self, identities: IdentityStore, release: str, grant: SearchGrant, query: PersonQuery
    ) -> list[tuple[int, float]]:
        """People who fit and how well, best first.

        Raises:
            UsageError: there is too little to search by, or what is given as a number is none.
        """
        if query.nhs_number:
            if not nhs_number_valid(query.nhs_number):
                raise UsageError("that is not an NHS number: it has ten digits and the last checks the others")
            values = {"number": int(clean_number(query.nhs_number)), "most": self.settings["most"]}
            return identities.search(grant, release, _BY_NUMBER, values)
        words = _words(query)
        self._refuse_wide(words, query)
        return identities.search(grant, release, *self._ranked(words))

    def _refuse_wide(self, words: _Words, query: PersonQuery) -> None:
        if len(words.surname) < 2:
            raise UsageError("search by an NHS number alone, or by a surname with a date of birth or a postcode")
        if words.postcode and len(words.postcode) < self.settings["least_postcode_letters"]:
            raise UsageError("give the whole postcode: a part of one fits too many people")
        if not words.postcode and query.date_of_birth is None:
            raise UsageError("give a date of birth or a postcode with the surname: a name alone fits too many people")

    def _ranked(self, words: _Words) -> tuple[str, dict[str, object]]:
        """The query and its values; what was not typed weighs nothing and brings no candidates."""
        typed = [name for name, text in (("birth", words.dob), ("postcode", words.postcode)) if text]
        near = " OR ".join(_NEAR[name] for name in typed)
        candidates = [*(_CANDIDATES[name] for name in typed), f"{_NAMESAKES}({near})"]
        sql = _RANKED.replace("{candidates}", " UNION ALL ".join(candidates))
        for name, text in {
            "{surname_likeness}": _LIKE_SURNAME,
            "{forename_likeness}": _LIKE_FORENAME,
            "{birth}": _BIRTH if words.dob else "0",
            "{home}": _HOME if words.postcode else "0",
            "{f}": "$forename_weight" if words.forename else "0",
            "{b}": "$birth_weight" if words.dob else "0",
            "{h}": "$postcode_weight" if words.postcode else "0",
        }.items():
            sql = sql.replace(name, text)
        root = self.roots.get(words.forename, words.forename)
        values: dict[str, object] = {
            **self.settings,
            "surname": words.surname,
            "forename": words.forename,
            "dob": words.dob,
            "turned": words.dob[:4] + words.dob[6:] + words.dob[4:6],
            "postcode": words.postcode,
            "short_forms": [root, *(short for short, long in self.roots.items() if long == root)],
        }
        return sql, {name: value for name, value in values.items() if f"${name}" in sql}


def load_search(folders: Sequence[Path]) -> Search:
    """Read how a search weighs things, and the short forms of names.

    Raises:
        ConfigError: a setting is missing or no whole number.
    """
    keys: Keys = read_keys(folders, "linkage/search.toml")
    rows = [row for folder in folders for row in read_csv(folder / "linkage" / "nicknames.csv")]
    return Search({name: keys.number(name) for name in _SETTINGS}, {row["name"]: row["root"] for row in rows})


@dataclass(frozen=True, slots=True, repr=False)
class _Words:
    """What was typed, made comparable as records are; "" for what was not."""

    surname: str
    forename: str
    dob: str
    postcode: str


def _words(query: PersonQuery) -> _Words:
    surname, forename = (
        _plain(query.surname).replace(" ", ""),
        _TITLES.sub("", _plain(query.forename)).partition(" ")[0],
    )
    return _Words(surname, forename, _digits(query.date_of_birth), re.sub("[^A-Z0-9]+", "", query.postcode.upper()))


def _plain(text: str) -> str:
    """Capital letters and digits without accents, one space between words, as evidence.identity makes names."""
    bare = str(run("SELECT upper(strip_accents(?))", [text])[0][0])
    return re.sub("[^A-Z0-9]+", " ", re.sub("['\u2019`.]", "", bare)).strip()


def _digits(day: date | None) -> str:
    return f"{day:%Y%m%d}" if day else ""
