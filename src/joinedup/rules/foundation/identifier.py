"""Numbers that identify people: what makes an NHS number acceptable, and when a match on one may stand."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from hashlib import blake2b
from typing import Final

from joinedup.rules.foundation.errors import DefinitionError

CROCKFORD: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
SEPARATOR: Final = "\x1f"


class IdSystem(StrEnum):
    """Who issued a ten-digit number of the NHS format; the ranges never overlap."""

    NHS = "nhs"  # England, Wales and the Isle of Man
    CHI = "chi"  # Scotland, Community Health Index
    HSC = "hsc"  # Northern Ireland, Health and Care number
    TEST = "test"  # kept for tests and demonstrations, issued to nobody


@dataclass(frozen=True, slots=True)
class IssuedRange:
    """An inclusive range of ten-digit numbers that one system issues."""

    system: IdSystem
    first: int
    last: int


#: Source: NHS Data Model and Dictionary, NHS NUMBER; NHS England, test NHS numbers (999...). The whole block from
#: 900 is issued to nobody and kept for tests.
ISSUED_RANGES: Final = (
    IssuedRange(IdSystem.CHI, 101010000, 3112999999),
    IssuedRange(IdSystem.HSC, 3200000010, 3999999999),
    IssuedRange(IdSystem.NHS, 4000000000, 4999999999),
    IssuedRange(IdSystem.NHS, 6000000000, 7999999999),
    IssuedRange(IdSystem.TEST, 9000000000, 9999999999),
)


class NumberStatus(StrEnum):
    """NHS number status indicator code: what the holder did to make sure of the number.

    Source: NHS Data Model and Dictionary, NHS NUMBER STATUS INDICATOR CODE.
    """

    VERIFIED = "01"  # number present and verified
    NOT_TRACED = "02"  # number present but not traced
    TRACE_REQUIRED = "03"
    TRACE_FAILED = "04"  # trace attempted, no match or several
    TRACE_NEEDED = "05"  # trace needs to be resolved
    IN_PROGRESS = "06"
    NOT_PRESENT = "07"  # number not present, trace not required
    POSTPONED = "08"  # trace postponed, baby under six weeks old


class Agreement(StrEnum):
    """How one field of two records compares."""

    AGREE = "agree"
    DIFFER = "differ"
    MISSING = "missing"  # not known on at least one side


def clean_number(text: str) -> str:
    """A number as typed, without spaces and hyphens.

    >>> clean_number(" 943-476 5919 ")
    '9434765919'
    """
    return text.replace(" ", "").replace("-", "")


def nhs_number_valid(text: str) -> bool:
    """Whether a text is a ten-digit number whose check digit is right, and not one digit ten times over.

    The first nine digits are weighted 10 to 2 and summed; the check digit is 11 less the remainder of the sum
    by 11, where 11 becomes 0 and 10 means that no such number exists. All ten repeated-digit numbers pass that
    arithmetic and are refused. Nine digits (a lost leading zero) are not repaired. The range is not looked at:
    see `id_system`.

    Source: NHS Data Model and Dictionary, NHS NUMBER (modulus 11).

    >>> nhs_number_valid("943 476 5919"), nhs_number_valid("943 476 5918"), nhs_number_valid("0000000000")
    (True, False, False)
    """
    digits = clean_number(text)
    if len(digits) != 10 or not (digits.isascii() and digits.isdigit()) or len(set(digits)) == 1:
        return False
    total = sum(weight * int(digit) for weight, digit in zip(range(10, 1, -1), digits, strict=False))
    return (11 - total % 11) % 11 == int(digits[9])


def id_system(text: str) -> IdSystem | None:
    """Which system issues a number; None when its check digit is wrong or it lies in no issued range.

    >>> id_system("999 000 0018"), id_system("943 476 5918")
    (<IdSystem.TEST: 'test'>, None)
    """
    if not nhs_number_valid(text):
        return None
    number = int(clean_number(text))
    return next((each.system for each in ISSUED_RANGES if each.first <= number <= each.last), None)


def is_acceptable(text: str, *, test_numbers: bool) -> bool:
    """Whether a number may be used to link people in this place.

    Args:
        text: the number as the source gives it.
        test_numbers: whether test numbers (900... to 999...) count: only in demonstration and test places.

    >>> is_acceptable("9990000018", test_numbers=True), is_acceptable("9990000018", test_numbers=False)
    (True, False)
    """
    system = id_system(text)
    return system is not None and (test_numbers or system is not IdSystem.TEST)


def may_number_match_stand(
    date_of_birth: Agreement, others: tuple[Agreement, ...], *, is_generation_apart: bool = False
) -> bool:
    """Whether two records with one NHS number are one person without anyone looking.

    The date of birth or two other fields must agree, else the pair goes to review: a number may be mistyped, be
    another person's, or a mother's on her newborn's record. Choice: birth dates a generation apart send the pair
    to review even where name and address agree, because that is how a parent's number on a child's record looks.

    Args:
        date_of_birth: how the two dates of birth compare.
        others: forename, surname, and place of residence (postcode or address). Sex is not evidence enough.
        is_generation_apart: the two dates of birth are twelve years or more apart.

    >>> may_number_match_stand(Agreement.AGREE, ())
    True
    >>> may_number_match_stand(Agreement.DIFFER, (Agreement.AGREE, Agreement.AGREE, Agreement.DIFFER))
    True
    >>> may_number_match_stand(Agreement.MISSING, (Agreement.AGREE, Agreement.MISSING, Agreement.MISSING))
    False
    """
    if date_of_birth is Agreement.AGREE:
        return True
    return not is_generation_apart and others.count(Agreement.AGREE) >= 2


def record_key(id_space: str, local_id: str, key: bytes) -> int:
    """The pseudonym of one record: a keyed hash that nobody can turn back or recompute without the place's key.

    Args:
        id_space: sources that share local ids share an id space.
        local_id: the holder's own id of the person.
        key: the place's key, up to 64 bytes.

    Returns:
        A signed 64-bit whole number.

    Raises:
        DefinitionError: the key is empty.

    >>> record_key("gp", "17", b"k" * 32) == record_key("gp", "17", b"k" * 32) != record_key("gp", "18", b"k" * 32)
    True
    """
    if not key:
        raise DefinitionError("a pseudonym was asked for without a key; give the place a key file")
    digest = blake2b(f"{id_space}{SEPARATOR}{local_id}".encode(), key=key, digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


def person_id(anchor: int, key: bytes) -> int:
    """The pseudonym of a person, from the record key of the earliest record that is theirs.

    Args:
        anchor: record key of the earliest record (received, source order, key).
        key: the place's key.

    >>> person_id(5, b"k" * 32) == record_key("person", "5", b"k" * 32)
    True
    """
    return record_key("person", str(anchor), key)


def display_person_id(number: int) -> str:
    """A person id as pages and files show it: P and thirteen characters that cannot be misread (Crockford base 32).

    >>> display_person_id(-1), display_person_id(1)
    ('PFZZZZZZZZZZZZ', 'P0000000000001')
    """
    return "P" + _displayed(number)


def parse_person_id(text: str) -> int:
    """The person id behind its display; small letters, I, L and O are read as a person would mean them.

    Raises:
        DefinitionError: the text is not P and thirteen characters of the alphabet.

    >>> parse_person_id("p000000000000l")
    1
    """
    return _parsed(text, "P", "a person id")


def display_record_key(number: int) -> str:
    """A record key as pages show it: R and thirteen characters.

    >>> display_record_key(1)
    'R0000000000001'
    """
    return "R" + _displayed(number)


def parse_record_key(text: str) -> int:
    """The record key behind its display.

    Raises:
        DefinitionError: the text is not R and thirteen characters of the alphabet.

    >>> parse_record_key("R000000000000l")
    1
    """
    return _parsed(text, "R", "a record key")


def _displayed(number: int) -> str:
    value = number % (1 << 64)
    return "".join(CROCKFORD[(value >> shift) & 31] for shift in range(60, -1, -5))


def _parsed(text: str, letter: str, what: str) -> int:
    body = text.strip().upper().replace("I", "1").replace("L", "1").replace("O", "0")
    if len(body) != 14 or body[0] != letter or any(character not in CROCKFORD for character in body[1:]):
        raise DefinitionError(f"{what} is {letter} and 13 letters or digits (no I, L, O or U); check what was typed")
    value = 0
    for character in body[1:]:
        value = value * 32 + CROCKFORD.index(character)
    if value >= 1 << 64:
        raise DefinitionError(f"{what} lies beyond the largest there is; check what was typed")
    return value - (1 << 64) if value >= 1 << 63 else value
