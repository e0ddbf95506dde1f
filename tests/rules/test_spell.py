"""When episodes are one stay, and when an admission is a readmission."""

from __future__ import annotations

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from joinedup.rules.care.spell import Episode, SpellRule, continuous_spells, is_emergency, is_readmission

RULE = SpellRule(2, ("51", "52", "53"), ("81", "2B"), ("21", "2A"), ("79",), 29)


def episode(name: str, provider: str, first: int, last: int | None, **more: str) -> Episode:
    end = None if last is None else date(2024, 5, last)
    return Episode(name, provider, date(2024, 5, first), end, **more)  # type: ignore[arg-type]


def test_episodes_with_one_spell_number_are_one_stay() -> None:
    found = continuous_spells(
        [episode("a", "RX1", 1, 3, spell_ref="s"), episode("b", "RX1", 9, 12, spell_ref="s")], RULE
    )
    assert [(s.spell_id, s.length_of_stay) for s in found] == [("a", 11)]


def test_a_transfer_two_days_later_continues_the_spell() -> None:
    found = continuous_spells([episode("a", "RX1", 1, 3, destination="51"), episode("b", "RX2", 5, 9)], RULE)
    assert len(found) == 1


def test_a_transfer_three_days_later_is_a_new_spell() -> None:
    found = continuous_spells([episode("a", "RX1", 1, 3, destination="51"), episode("b", "RX2", 6, 9)], RULE)
    assert len(found) == 2


def test_going_home_and_coming_back_next_day_is_a_new_spell() -> None:
    found = continuous_spells([episode("a", "RX1", 1, 3, destination="19"), episode("b", "RX2", 4, 9)], RULE)
    assert len(found) == 2


def test_a_method_of_transfer_is_enough() -> None:
    found = continuous_spells([episode("a", "RX1", 1, 3), episode("b", "RX2", 3, 9, method="81")], RULE)
    assert len(found) == 1


def test_a_spell_whose_last_episode_lasts_has_no_length() -> None:
    (found,) = continuous_spells([episode("a", "RX1", 1, None)], RULE)
    assert found.length_of_stay is None


def test_a_missing_method_is_no_emergency() -> None:
    assert not is_emergency(None, RULE)


def test_readmission_counts_from_day_0_to_day_29() -> None:
    left = date(2024, 6, 1)
    days = {day: is_readmission(left, day, "21", RULE) for day in (left, date(2024, 6, 30), date(2024, 7, 1))}
    assert list(days.values()) == [True, True, False]


EPISODES = st.lists(
    st.builds(
        lambda n, p, first, length, ref, to: Episode(
            f"e{n}", p, date(2024, 1, first), date(2024, 1, first + length), ref, 0, None, None, to
        ),
        st.integers(0, 99),
        st.sampled_from(["A", "B"]),
        st.integers(1, 20),
        st.integers(0, 6),
        st.sampled_from([None, "s1", "s2"]),
        st.sampled_from([None, "51", "19"]),
    ),
    unique_by=lambda e: e.event_id,
    max_size=6,
)


@given(EPISODES)
def test_every_episode_is_in_one_spell_whatever_the_order(episodes: list[Episode]) -> None:
    found = continuous_spells(episodes, RULE)
    assert continuous_spells(sorted(episodes, key=lambda e: e.event_id[::-1]), RULE) == found
    assert sorted(e.event_id for s in found for e in s.episodes) == sorted(e.event_id for e in episodes)
