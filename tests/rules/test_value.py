"""Cells are read as partners in the UK write them, and never guessed."""

from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from joinedup.rules.foundation.errors import DefinitionError
from joinedup.rules.foundation.value import (
    clean,
    parse_boolean,
    parse_date,
    parse_integer,
    parse_number,
    parse_pence,
    parse_timestamp,
)

LEAP = date(2024, 2, 29)


@pytest.mark.parametrize(
    "text", ["2024-02-29", "29/02/2024", "29-02-2024", "29.02.2024", "20240229", "2024/02/29", "29 Feb 2024"]
)
def test_a_leap_day_is_read_in_every_usual_form(text: str) -> None:
    assert parse_date(text) == LEAP


@pytest.mark.parametrize("text", ["29/02/2023", "2023-02-29", "31/04/2024", "00/01/2024", "2024-13-01"])
def test_a_day_that_does_not_exist_is_refused(text: str) -> None:
    with pytest.raises(DefinitionError):
        parse_date(text)


def test_slashes_mean_day_first() -> None:
    assert parse_date("03/04/2024") == date(2024, 4, 3)
    with pytest.raises(DefinitionError, match="no such day"):
        parse_date("04/13/2024")


@pytest.mark.parametrize("text", ["1/2/24", "Feb 2024", "", "29/02/2024x", "2024-1-5", "٢٠٢٤-٠١-٠١"])
def test_what_is_not_written_as_a_date_is_refused(text: str) -> None:
    with pytest.raises(DefinitionError):
        parse_date(text)


@pytest.mark.parametrize(("text", "order"), [("29/02/2024", "iso"), ("20240229", "dmy"), ("29/02/2024", "ymd")])
def test_the_places_setting_decides_which_forms_count(text: str, order: str) -> None:
    with pytest.raises(DefinitionError):
        parse_date(text, order)


def test_midnight_may_follow_a_date_and_another_time_may_not() -> None:
    assert parse_date("2024-02-29 00:00:00") == parse_date("29/02/2024 00:00") == LEAP
    with pytest.raises(DefinitionError, match="time of day"):
        parse_date("2024-02-29 10:15")


def test_timestamps_take_a_time_or_midnight() -> None:
    assert parse_timestamp("29/02/2024 23:59") == datetime(2024, 2, 29, 23, 59)
    assert parse_timestamp("2024-02-29T07:05:09Z") == datetime(2024, 2, 29, 7, 5, 9)
    assert parse_timestamp("29/02/2024") == datetime(2024, 2, 29)
    with pytest.raises(DefinitionError):
        parse_timestamp("2024-02-29 24:00")


@pytest.mark.parametrize(
    ("text", "number"),
    [("1,234,567.5", "1234567.5"), ("£12.30", "12.30"), ("-£5", "-5"), ("+7", "7"), (".5", ".5"), ("0012", "12")],
)
def test_numbers_lose_their_separators_and_signs_of_money(text: str, number: str) -> None:
    assert parse_number(text) == Decimal(number)


@pytest.mark.parametrize("text", ["c. 300", "*", "1,23", "1.2.3", "12-", "1e5", "1_000", "5%", "", "-", "£", "٣"])
def test_a_guess_or_a_hidden_figure_is_no_number(text: str) -> None:
    with pytest.raises(DefinitionError):
        parse_number(text)


def test_a_whole_number_is_never_rounded() -> None:
    assert parse_integer("12.0") == 12
    with pytest.raises(DefinitionError, match="whole"):
        parse_integer("12.5")


def test_money_is_rounded_once_half_away_from_zero() -> None:
    assert (parse_pence("0.005"), parse_pence("-0.005"), parse_pence("1,000")) == (1, -1, 100_000)


def test_yes_and_no_in_their_usual_words() -> None:
    assert [parse_boolean(word) for word in ("Y", "yes", "TRUE", "1", "N", "no", "f", "0")] == [True] * 4 + [False] * 4
    with pytest.raises(DefinitionError):
        parse_boolean("maybe")


def test_a_cell_of_spaces_is_missing() -> None:
    assert (clean("  "), clean(""), clean(None), clean(" a ")) == (None, None, None, "a")


@given(st.dates(date(1, 1, 1), date(9999, 12, 31)))
def test_every_day_comes_back_from_each_form(day: date) -> None:
    forms = [f"{day:%d/%m/}{day.year:04d}", day.isoformat(), f"{day.year:04d}{day:%m%d}"]
    assert [parse_date(text) for text in forms] == [day] * 3
