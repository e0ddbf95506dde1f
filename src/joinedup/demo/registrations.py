"""Indexes of people as services keep them: a version at the first contact, and another when they learn of a change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa

from joinedup.demo.cast import HIDDEN_NEED_PRACTICE, HIDDEN_NEED_RECORDED, Cast
from joinedup.demo.extracts import Extracts, days, file_of, table, words
from joinedup.demo.local_ids import LocalIds
from joinedup.demo.months import DAYS, NEVER, Bools, Ints
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
    _send(extracts, _practice_cards(cast, registrar, ids, person, start), _news(rng, cast, person, start, until))


@dataclass(frozen=True, slots=True)
class _News:
    """What a practice tells of a version of a record: on which day, and until when and with which death it holds."""

    version: Ints
    told: Ints
    until: Ints
    died: Ints

    def keep(self, which: Bools | Ints) -> _News:
        """The same for some of it, or in another order."""
        return _News(self.version[which], self.told[which], self.until[which], self.died[which])


def _news(rng: np.random.Generator, cast: Cast, person: Ints, start: Ints, until: Ints) -> _News:
    """News of versions: that one begins, that another follows it, that the person left or died; some deaths late.

    A file holds only what is known at its end, so news that newer news of the same file overtakes is left out.
    """
    version = np.arange(len(person))
    closed, last = until < NEVER, until >= NEVER
    leaves, died = cast.lives.leaves[person], cast.lives.died[person]
    gone = last & (leaves < DAYS)
    late = (died < DAYS) & chance(rng, LATE_DEATHS, len(person))
    hears = leaves + rng.integers(0, 12, len(person)) + np.where(late, rng.integers(90, 200, len(person)), 0)
    gone &= hears < DAYS
    never = np.full(len(person), NEVER)
    news = _News(
        version=np.concatenate([version, version[closed], version[gone]]),
        told=np.concatenate([np.clip(start, 0, DAYS - 1), until[closed], hears[gone]]),
        until=np.concatenate([never, until[closed] - 1, leaves[gone] - 1]),
        died=np.concatenate([never, never[closed], np.where(died < DAYS, died, NEVER)[gone]]),
    )
    news = news.keep(np.lexsort((news.told, news.version)))
    file = file_of(news.told, 1)
    overtaken = np.append((news.version[1:] == news.version[:-1]) & (file[1:] == file[:-1]), False)
    return news.keep(~overtaken)


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


def _send(extracts: Extracts, cards: pa.Table, news: _News) -> None:
    rows = cards.take(news.version)
    rows = rows.append_column("valid_to", days(news.until)).append_column("date_of_death", days(news.died))
    extracts.write_months("gp_patients", news.told, rows)


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
