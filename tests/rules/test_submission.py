"""Which submission of a council counts, and which of its rows is the event."""

from __future__ import annotations

from datetime import date

from joinedup.rules.care.submission import Event, Reference, Submission, is_in, references, unique_events

APRIL, JUNE, SEPTEMBER = date(2024, 4, 1), date(2024, 6, 30), date(2024, 9, 30)
FIRST = Submission("E1", "q1.csv", date(2024, 7, 10), APRIL, JUNE)
SECOND = Submission("E1", "q2.csv", date(2024, 10, 9), date(2024, 7, 1), SEPTEMBER)
AGAIN = Submission("E1", "q1b.csv", date(2024, 11, 2), APRIL, JUNE)
DAYS = references([FIRST, SECOND], date(2024, 12, 31))


def service(file: str, record: int, *, start: date = APRIL, end: date | None = None, detail: str = "") -> Event:
    return Event(("E1", 7, start), detail, "E1", file, record, True, start, end)


def test_a_resubmission_replaces_the_months_it_covers() -> None:
    found = references([FIRST, SECOND, AGAIN], date(2024, 12, 31))
    assert [(item.file, item.first, item.last) for item in found] == [
        ("q1b.csv", APRIL, JUNE),
        ("q2.csv", date(2024, 7, 1), SEPTEMBER),
    ]


def test_what_was_received_after_the_day_is_not_known() -> None:
    assert [item.file for item in references([FIRST, SECOND, AGAIN], date(2024, 8, 1))] == ["q1.csv"]


def test_a_rolling_year_replaces_every_earlier_quarter() -> None:
    year = Submission("E1", "year.csv", date(2024, 10, 12), date(2023, 10, 1), SEPTEMBER)
    assert [item.file for item in references([FIRST, SECOND, year], date(2024, 12, 31))] == ["year.csv"]


def test_a_part_of_a_month_does_not_replace_a_whole_one() -> None:
    part = Submission("E1", "part.csv", date(2024, 11, 2), date(2024, 6, 10), date(2024, 6, 20))
    assert [item.file for item in references([FIRST, part], date(2024, 12, 31))] == ["q1.csv"]


def test_councils_do_not_replace_each_other() -> None:
    other = Submission("E2", "x.csv", date(2024, 11, 2), APRIL, JUNE)
    assert [item.file for item in references([FIRST, other], date(2024, 12, 31))] == ["q1.csv", "x.csv"]


def test_an_assessment_belongs_to_the_day_it_ended() -> None:
    days = Reference("E1", "q2.csv", date(2024, 7, 1), SEPTEMBER, True)
    ended_before = Event("a", "", "E1", "q2.csv", 1, False, date(2024, 5, 1), date(2024, 6, 30))
    ended_in = Event("b", "", "E1", "q2.csv", 2, False, date(2024, 5, 1), date(2024, 7, 1))
    assert not is_in(ended_before, days)
    assert is_in(ended_in, days)


def test_a_service_found_again_later_is_counted_once_with_its_later_end() -> None:
    rows = [service("q1.csv", 1), service("q2.csv", 1, end=date(2024, 8, 15))]
    (kept,) = unique_events(rows, DAYS)
    assert (kept.file, kept.end, kept.is_clipped) == ("q2.csv", date(2024, 8, 15), False)


def test_an_open_service_that_later_submissions_do_not_hold_ends_with_its_own() -> None:
    (kept,) = unique_events([service("q1.csv", 1)], DAYS)
    assert (kept.end, kept.is_clipped) == (JUNE, True)


def test_a_closed_row_wins_over_an_open_one_of_the_same_submission() -> None:
    rows = [service("q2.csv", 1), service("q2.csv", 2, end=date(2024, 8, 1))]
    (kept,) = unique_events(rows, DAYS)
    assert kept.record == 2


def test_two_carers_at_once_stay_two_rows() -> None:
    rows = [service("q2.csv", 1, detail="one"), service("q2.csv", 2, detail="two"), service("q2.csv", 3, detail="two")]
    assert [event.record for event in unique_events(rows, DAYS)] == [1, 3]


def test_the_outcome_first_in_the_national_order_is_kept() -> None:
    rows = [
        Event("a", "", "E1", "q1.csv", 1, False, APRIL, APRIL, outcome_rank=9),
        Event("a", "", "E1", "q1.csv", 2, False, APRIL, APRIL, outcome_rank=2),
        Event("a", "", "E1", "q1.csv", 3, False, APRIL, APRIL),
    ]
    assert [event.record for event in unique_events(rows, DAYS)] == [2]
