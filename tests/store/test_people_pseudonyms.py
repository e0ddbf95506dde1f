from __future__ import annotations

from collections.abc import Collection
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from joinedup.store.people_pseudonyms import Pseudonyms

ANN, BEN, CAT, DEE, NOBODY = 1, 2, 3, 4, 99
MAY, JUNE, JULY = date(2024, 5, 1), date(2024, 6, 1), date(2024, 7, 1)


def moved(*moves: tuple[date, int, int], today: Collection[int]) -> Pseudonyms:
    """Merges and splits among people, some of whom have records today."""
    return Pseudonyms(moves, lambda ids: set(ids) & set(today))


def test_a_merged_pseudonym_stands_for_who_took_it_over() -> None:
    known = moved((MAY, ANN, BEN), (JUNE, BEN, CAT), today=[CAT])
    assert known.current(ANN) == known.current(BEN) == (CAT,)
    assert known.aliases(CAT) == known.formers(CAT) == frozenset({ANN, BEN, CAT})
    assert known.aliases(ANN) == frozenset({ANN, BEN, CAT})


def test_a_pseudonym_that_fell_apart_stands_for_several_and_is_nobodys_alias() -> None:
    known = moved((MAY, ANN, BEN), (MAY, ANN, CAT), today=[BEN, CAT])
    assert known.current(ANN) == (BEN, CAT)
    assert known.aliases(BEN) == frozenset({BEN})
    assert known.formers(BEN) == frozenset({ANN, BEN})


def test_who_keeps_their_earliest_record_keeps_their_pseudonym_when_others_split_off() -> None:
    known = moved((MAY, ANN, BEN), today=[ANN, BEN])
    assert known.current(ANN) == (ANN,)
    assert known.aliases(BEN) == frozenset({BEN})
    assert known.formers(BEN) == frozenset({ANN, BEN})


def test_a_split_before_a_merge_moves_nothing_of_what_was_merged() -> None:
    known = moved((MAY, BEN, CAT), (JUNE, ANN, BEN), today=[BEN, CAT])
    assert known.current(ANN) == (BEN,)
    after = moved((JULY, BEN, CAT), (JUNE, ANN, BEN), today=[BEN, CAT])
    assert after.current(ANN) == (BEN, CAT)


def test_a_merge_that_was_undone_ends_where_it_began() -> None:
    known = moved((MAY, ANN, BEN), (JUNE, BEN, ANN), today=[ANN, BEN])
    assert known.current(ANN) == (ANN,)
    assert known.current(BEN) == (BEN,)


def test_an_unknown_or_withdrawn_pseudonym_stands_for_nobody() -> None:
    known = moved((MAY, ANN, BEN), today=[])
    assert known.current(ANN) == known.current(NOBODY) == ()
    assert known.aliases(NOBODY) == frozenset({NOBODY})


moves = st.lists(st.tuples(st.sampled_from([MAY, JUNE, JULY]), st.integers(1, 6), st.integers(1, 6)), max_size=8)


@given(moves, st.sets(st.integers(1, 6)))
def test_nobody_is_the_alias_of_two_people(steps: list[tuple[date, int, int]], today: set[int]) -> None:
    known = moved(*steps, today=today)
    claimed = [alias for one in today for alias in known.aliases(one)]
    assert len(claimed) == len(set(claimed))
    for one in today:
        assert known.aliases(one) <= known.formers(one)
        assert known.current(one) == (one,)
