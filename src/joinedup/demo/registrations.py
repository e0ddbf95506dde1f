"""Indexes of people as services keep them: a version at the first contact, and another when they learn of a change."""

from __future__ import annotations

from typing import Final

import numpy as np
import pyarrow as pa

from joinedup.demo.cast import HIDDEN_NEED_PRACTICE, HIDDEN_NEED_RECORDED, Cast
from joinedup.demo.extracts import Extracts, days, table, words
from joinedup.demo.local_ids import LocalIds
from joinedup.demo.months import DAYS, NEVER, Ints
from joinedup.demo.parameters import labels
from joinedup.demo.records import Registrar
from joinedup.demo.streams import chance

RECORDED: Final = 0.96
LATE_DEATHS: Final = 0.07


def write_practices(cast: Cast, registrar: Registrar, ids: LocalIds, extracts: Extracts) -> None:
    """GP registrations: everyone at first, then each month those who come, move, change name, leave or die."""
    changes = _changes(cast)
    everyone = np.arange(cast.size)
    person = np.concatenate([everyone, *(np.flatnonzero(column < NEVER) for column in changes)])
    rng = cast.stream("registration")
    before = np.maximum(cast.lives.arrives - rng.integers(30, 6000, cast.size), cast.people.born)
    since = np.where(cast.lives.arrives < 0, before, cast.lives.arrives)
    start = np.concatenate([since, *(column[column < NEVER] for column in changes)])
    order = np.lexsort((start, person))
    person, start = person[order], start[order]
    following = np.append(start[1:], NEVER)
    last = np.append(person[1:] != person[:-1], True)
    until = np.where(last, NEVER, following)
    cards = _practice_cards(cast, registrar, ids, person, start)
    told = np.clip(start, 0, DAYS - 1)
    never = np.full(len(person), NEVER)
    _send(extracts, cards, told, never, never)
    closed = until < NEVER
    _send(extracts, cards.filter(closed), until[closed], until[closed] - 1, never[closed])
    _send_departures(rng, cast, extracts, cards.filter(last))


def _changes(cast: Cast) -> Ints:
    """Days of up to three changes of a person's record, in order; NEVER for none."""
    days_ = np.stack([cast.homes.moved, cast.people.renamed, cast.lives.care_home_from])
    here = (days_ > np.maximum(cast.lives.arrives, 0)) & (days_ < np.minimum(cast.lives.leaves, DAYS))
    ordered = np.sort(np.where(here, days_, NEVER), axis=0)
    ordered[1:][ordered[1:] == ordered[:-1]] = NEVER
    return ordered


def _practice_cards(cast: Cast, registrar: Registrar, ids: LocalIds, person: Ints, start: Ints) -> pa.Table:
    practices = [code for code, _ in cast.ground.practices]
    return (
        registrar.write("gp", person, start)
        .append_column("practice", words(practices, cast.practice_on(person, start)))
        .append_column("valid_from", days(start))
        .add_column(0, "local_patient_id", ids.numbers.take(person))
    )


def _send(extracts: Extracts, cards: pa.Table, told: Ints, until: Ints, died: Ints) -> None:
    rows = cards.append_column("valid_to", days(until)).append_column("date_of_death", days(died))
    extracts.write_months("gp_patients", told, rows)


def _send_departures(rng: np.random.Generator, cast: Cast, extracts: Extracts, latest: pa.Table) -> None:
    """The last version again, closed by a death or a move away; some deaths are told months late."""
    gone = np.flatnonzero(cast.lives.leaves < DAYS)
    died = cast.lives.died[gone] < DAYS
    late = died & chance(rng, LATE_DEATHS, len(gone))
    told = (
        cast.lives.leaves[gone] + rng.integers(0, 12, len(gone)) + np.where(late, rng.integers(90, 200, len(gone)), 0)
    )
    in_time = told < DAYS
    rows = latest.take(gone[in_time])
    death = np.where(died, cast.lives.died[gone], NEVER)[in_time]
    _send(extracts, rows, told[in_time], cast.lives.leaves[gone][in_time] - 1, death)


def write_index(
    cast: Cast, ids: LocalIds, contact: tuple[Ints, Ints], registrar: Registrar, extracts: Extracts
) -> Ints:
    """A service's index of the people it met: as they were at the first contact, and after a change if it notices.

    Returns:
        The first day of contact by number of the service, NEVER where it never met the person.
    """
    person, day = contact
    position = ids.position(person, day)
    first = np.full(2 * cast.size, NEVER)
    np.minimum.at(first, position, day)
    noticed = _noticed(cast, ids.space, position, day, first)
    met = np.flatnonzero(first < NEVER)
    again = np.flatnonzero(noticed < NEVER)
    record = np.concatenate([met, again])
    start = np.concatenate([first[met], noticed[again]])
    who = record % cast.size
    cards = registrar.write(ids.space, who, start, second=record >= cast.size)
    rows = (
        cards.add_column(0, "local_patient_id", ids.numbers.take(record))
        .append_column("practice", words([code for code, _ in cast.ground.practices], cast.practice_on(who, start)))
        .append_column("valid_from", days(start))
        .append_column("date_of_death", days(np.where(cast.lives.died[who] <= start, cast.lives.died[who], NEVER)))
    )
    extracts.write_months(f"{ids.space}_patients", start, rows, months_a_file=3)
    return first


def _noticed(cast: Cast, space: str, position: Ints, day: Ints, first: Ints) -> Ints:
    """The first contact after a person's last change; a quarter of the changes go unnoticed."""
    changes = np.where(_changes(cast) < NEVER, _changes(cast), -1).max(axis=0)
    change = np.tile(changes, 2)
    after = np.full(2 * cast.size, NEVER)
    later = day >= change[position]
    np.minimum.at(after, position[later], day[later])
    alert = chance(cast.stream(f"noticing {space}"), 0.75, 2 * cast.size)
    return np.where(alert & (change > first) & (after > first), after, NEVER)


def condition_rows(cast: Cast, ids: LocalIds) -> tuple[Ints, pa.Table]:
    """Long-term conditions on practices' registers: the day each is reported by, and the rows.

    Nearly all are recorded; at one practice little more than half, which hides how ill its people are.
    """
    rng = cast.stream("registers")
    hidden = cast.homes.practice[:, 0] == HIDDEN_NEED_PRACTICE
    recorded = np.where(hidden, HIDDEN_NEED_RECORDED, RECORDED)[:, None]
    here = cast.needs.since < np.minimum(cast.lives.leaves, DAYS)[:, None]
    person, condition = np.nonzero(here & (rng.random(here.shape) < recorded))
    since = np.maximum(cast.needs.since[person, condition], cast.people.born[person])
    reported = np.clip(np.maximum(since, cast.lives.arrives[person]), 0, DAYS - 1)
    rows = table(
        {
            "local_patient_id": ids.numbers.take(person),
            "condition": words(labels("conditions", "condition"), condition),
            "recorded_date": days(since),
        }
    )
    return reported, rows


def death_rows(cast: Cast, registrar: Registrar) -> tuple[Ints, Ints, pa.Table]:
    """Registered deaths: who, the day of registration, and the rows; some wait months for a coroner."""
    rng = cast.stream("death registration")
    person = np.flatnonzero((cast.lives.died < DAYS) & (cast.homes.leaves > cast.lives.died))
    died = cast.lives.died[person]
    coroner = chance(rng, 0.09, len(person))
    registered = died + np.where(coroner, rng.integers(60, 240, len(person)), rng.geometric(0.15, len(person)))
    in_time = registered < DAYS
    person, died, registered = person[in_time], died[in_time], registered[in_time]
    number = cast.people.first + person
    causes = ("I259", "F03", "C349", "J449", "I64", "J189", "C189", "I509", "K746", "U071")
    rows = (
        registrar.write("deaths", person, died)
        .add_column(0, "local_patient_id", pa.array([f"DR{value:09d}" for value in number.tolist()]))
        .append_column("date_of_death", days(died))
        .append_column("date_of_registration", days(registered))
        .append_column("underlying_cause", words(causes, rng.integers(0, len(causes), len(person))))
    )
    return person, registered, rows
