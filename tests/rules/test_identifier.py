from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from joinedup.rules.foundation.errors import DefinitionError
from joinedup.rules.foundation.identifier import (
    Agreement,
    IdSystem,
    display_person_id,
    id_system,
    is_acceptable,
    may_number_match_stand,
    nhs_number_valid,
    parse_person_id,
    person_id,
    record_key,
)

KEY = b"a test key that is long enough!!"
KEYS = st.integers(-(2**63), 2**63 - 1)


@pytest.mark.parametrize(
    ("number", "valid"),
    [
        ("943 476 5919", True),
        ("943 476 5918", False),
        ("0000000000", False),
        ("9990000018", True),
        ("4000000080", False),
    ],
)
def test_the_published_vectors_of_the_check_digit_hold(number: str, valid: bool) -> None:
    assert nhs_number_valid(number) is valid


@pytest.mark.parametrize("digit", "0123456789")
def test_a_repeated_digit_is_refused_though_its_arithmetic_is_right(digit: str) -> None:
    assert not nhs_number_valid(digit * 10)


@pytest.mark.parametrize("text", ["", "434765919", "94347659190", "943476591X", "٩٤٣٤٧٦٥٩١٩", "943.476.5919"])
def test_anything_but_ten_digits_is_refused(text: str) -> None:
    assert not nhs_number_valid(text)


def _with_check_digit(first_nine: str) -> str | None:
    return next((first_nine + d for d in "0123456789" if nhs_number_valid(first_nine + d)), None)


@given(st.integers(100_000_000, 999_999_998))
def test_one_wrong_digit_never_passes(first_nine: int) -> None:
    number = _with_check_digit(str(first_nine))
    if number is None:
        return
    for place in range(10):
        changed = number[:place] + str((int(number[place]) + 1) % 10) + number[place + 1 :]
        assert not nhs_number_valid(changed)


def test_each_range_belongs_to_its_system_and_the_rest_to_none() -> None:
    found = {prefix: id_system(_with_check_digit(prefix) or "") for prefix in ("401023210", "701023214", "123456788")}
    assert found == {"401023210": IdSystem.NHS, "701023214": IdSystem.NHS, "123456788": IdSystem.CHI}
    assert id_system(_with_check_digit("350000001") or "") is IdSystem.HSC
    assert id_system(_with_check_digit("512345671") or "") is None
    assert id_system(_with_check_digit("812345674") or "") is None


def test_test_numbers_count_only_in_demonstration_places() -> None:
    assert is_acceptable("9990000018", test_numbers=True)
    assert not is_acceptable("9990000018", test_numbers=False)
    assert is_acceptable("4010232137", test_numbers=False)


def test_a_mothers_number_on_her_babys_record_goes_to_review() -> None:
    agree, missing = Agreement.AGREE, Agreement.MISSING
    assert not may_number_match_stand(Agreement.DIFFER, (missing, agree, agree), is_generation_apart=True)
    assert may_number_match_stand(Agreement.MISSING, (agree, agree, missing))


@given(KEYS)
def test_a_person_id_survives_its_display(number: int) -> None:
    assert parse_person_id(display_person_id(number)) == number


@pytest.mark.parametrize("text", ["", "P1", "Q0000000000001", "P000000000000U", "PZZZZZZZZZZZZZ"])
def test_a_mistyped_person_id_is_refused(text: str) -> None:
    with pytest.raises(DefinitionError):
        parse_person_id(text)


def test_pseudonyms_depend_on_key_space_and_id() -> None:
    made = {record_key("gp", "1", KEY), record_key("gp", "2", KEY), record_key("cld", "1", KEY)}
    made |= {record_key("gp", "1", b"another key"), person_id(1, KEY)}
    assert len(made) == 5


def test_a_pseudonym_without_a_key_is_refused() -> None:
    with pytest.raises(DefinitionError):
        record_key("gp", "1", b"")
