"""Makes the demonstration place: a folder of partners' extracts, and beside it the truth behind them."""

from __future__ import annotations

import shutil
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa

from joinedup.demo import care_rows, stories
from joinedup.demo.agencies import agencies, hardship, write_agency
from joinedup.demo.appointments import general_practice_rows, outpatient_rows
from joinedup.demo.areas import Ground, lay_ground, write_ground
from joinedup.demo.cast import Cast, make_cast
from joinedup.demo.community import community_rows, mental_health_rows
from joinedup.demo.description import place_toml
from joinedup.demo.enrolments import write_enrolments, write_objections
from joinedup.demo.evaluations import write_evaluations
from joinedup.demo.extracts import Extracts, no_faults
from joinedup.demo.faults import Mishaps
from joinedup.demo.initiatives import Effects, Enrolment, enrol
from joinedup.demo.inpatients import inpatient_rows
from joinedup.demo.local_ids import LocalIds, make_local_ids
from joinedup.demo.months import NEVER, Ints
from joinedup.demo.notes import notes
from joinedup.demo.numbers import assign_numbers
from joinedup.demo.parameters import section
from joinedup.demo.rates import WINTER, draw_events, emergency_rate
from joinedup.demo.records import Registrar
from joinedup.demo.registrations import condition_rows, death_rows, write_index, write_practices
from joinedup.demo.series import Totals, write_series
from joinedup.demo.social_care import make_care
from joinedup.demo.spells import Spells, make_spells
from joinedup.demo.surveys import write_surveys
from joinedup.demo.truth import FOLDER, Truth, TruthWriter
from joinedup.demo.urgent_care import attendance_rows
from joinedup.rules.foundation.errors import UsageError

#: People made at a time: bounds memory; a household never crosses a chunk.
CHUNK: Final = 25_000
#: A larger place is written as Parquet.
PARQUET_FROM: Final = 200_001
FEWEST: Final = 2_000


@dataclass(frozen=True, slots=True)
class _Office:
    """What every part needs to write a chunk of people."""

    cast: Cast
    extracts: Extracts
    registrar: Registrar
    truth: TruthWriter
    totals: Totals
    confounder: bool


def generate(folder: Path, people: int = 50_000, seed: int = 1, faults: bool = True, confounder: bool = False) -> Truth:
    """Make a demonstration place.

    Args:
        folder: where the place goes; its extracts and truth are replaced, anything else in it stays.
        people: how many people ever live in the place over the four years.
        seed: the same seed and number of people give the same files, byte for byte.
        faults: False writes records and files without a fault.
        confounder: True lets a helper nobody records both prevent emergencies and sway enrolment.

    Returns:
        What is true of the place.

    Raises:
        UsageError: too few people to fill a place, or a folder that holds something else.
    """
    if people < FEWEST:
        raise UsageError(f"a demonstration place needs at least {FEWEST:,} people, not {people:,}")
    _clear(folder)
    ground = lay_ground(people, seed)
    write_ground(ground, folder)
    (folder / "place.toml").write_text(place_toml(), encoding="utf-8")
    return _fill(folder, ground, people, seed, faults=faults, confounder=confounder)


def _clear(folder: Path) -> None:
    if folder.exists() and any(folder.iterdir()) and not (folder / FOLDER).is_dir():
        raise UsageError(f"{folder} holds something else; give a new folder or one that a demonstration made")
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("extracts", FOLDER):
        shutil.rmtree(folder / name, ignore_errors=True)


def _fill(folder: Path, ground: Ground, people: int, seed: int, *, faults: bool, confounder: bool) -> Truth:
    numbers, spare = assign_numbers(seed, people)
    truth, totals = TruthWriter(folder / FOLDER), Totals(len(ground.homes))
    file_faults = Mishaps(seed, truth.file_faults, Counter()) if faults else no_faults
    sizes = _chunk_sizes(people)
    with Extracts(folder / "extracts", "parquet" if people >= PARQUET_FROM else "csv", file_faults) as extracts:
        for chunk, size in enumerate(sizes):
            cast = make_cast(seed, (chunk, len(sizes)), sum(sizes[:chunk]), size, ground)
            registrar = Registrar(cast, numbers, faults, truth.record_faults)
            _write_chunk(_Office(cast, extracts, registrar, truth, totals, confounder), numbers)
        write_series(seed, ground, totals, extracts)
        known = stories.tell(ground, spare, extracts)
    for space, local_id, one in known:
        truth.add_records(space, pa.array([local_id]), np.array([people + one]))
    (folder / "NOTES.md").write_text(notes(ground), encoding="utf-8")
    write_evaluations(folder)
    told = {name: [people + stories.PEOPLE[key].number for key in keys] for name, keys in stories.BY_STORY.items()}
    return truth.finish(people, seed, extracts.rows, _planted(confounder), told)


def _chunk_sizes(people: int) -> list[int]:
    count = max(1, round(people / CHUNK))
    return [people // count + (chunk < people % count) for chunk in range(count)]


def _write_chunk(office: _Office, numbers: Ints) -> None:
    cast = office.cast
    rate = emergency_rate(cast, office.confounder)
    needed = draw_events(cast.stream("emergencies"), cast, rate, WINTER)
    enrolment = enrol(cast, *needed, confounder=office.confounder)
    effects = Effects(cast, enrolment)
    spells = make_spells(cast, needed, effects)
    office.truth.add_people(cast, rate, enrolment, spells)
    _write_practices(office, enrolment)
    _write_hospital(office, spells, effects)
    _write_services(office)
    _write_councils(office, spells, enrolment)
    _write_agencies(office)
    write_objections(cast, numbers, office.extracts)


def _write_practices(office: _Office, enrolment: Enrolment) -> None:
    cast, extracts = office.cast, office.extracts
    ids = make_local_ids(cast, "gp")
    write_practices(cast, office.registrar, ids, extracts)
    extracts.write_months("gp_conditions", *condition_rows(cast, ids), months_a_file=3)
    _, day, rows = general_practice_rows(cast, ids)
    extracts.write_months("gp_contacts", day, rows)
    write_enrolments(cast, enrolment, ids, extracts)
    _know(office, "gp", ids, np.arange(cast.size))
    person, registered, rows = death_rows(cast, office.registrar)
    extracts.write_months("deaths", registered, rows, months_a_file=3)
    office.truth.add_records("deaths", rows["local_patient_id"], cast.people.first + person)


def _write_hospital(office: _Office, spells: Spells, effects: Effects) -> None:
    cast, extracts = office.cast, office.extracts
    ids = make_local_ids(cast, "acute")
    reported, rows = inpatient_rows(cast, spells, ids)
    extracts.write_months("apc", reported, rows)
    attended = attendance_rows(cast, spells, effects, ids)
    extracts.write_months("ecds", attended[1], attended[2])
    clinics = outpatient_rows(cast, ids)
    extracts.write_months("outpatient", clinics[1], clinics[2])
    stayed = spells.keep(~spells.prevented)
    person = np.concatenate([stayed.person, attended[0], clinics[0]])
    day = np.concatenate([stayed.start, attended[1], clinics[1]])
    first = write_index(cast, ids, (person, day), office.registrar, extracts)
    _know(office, "acute", ids, np.flatnonzero(first < NEVER))
    office.totals.add(cast, spells, attended[:2])


def _write_services(office: _Office) -> None:
    for space, source, make in (
        ("community", "csds", community_rows),
        ("mental_health", "mhsds", mental_health_rows),
    ):
        ids = make_local_ids(office.cast, space)
        person, day, rows = make(office.cast, ids)
        office.extracts.write_months(source, day, rows)
        first = write_index(office.cast, ids, (person, day), office.registrar, office.extracts)
        _know(office, space, ids, np.flatnonzero(first < NEVER))


def _write_councils(office: _Office, spells: Spells, enrolment: Enrolment) -> None:
    cast = office.cast
    events = make_care(cast, spells)
    both = [make_local_ids(cast, space).numbers.slice(0, cast.size) for space in care_rows.SOURCES]
    numbers = pa.concat_arrays([part.combine_chunks() if isinstance(part, pa.ChunkedArray) else part for part in both])
    known = care_rows.write_care(cast, events, office.registrar, numbers, office.extracts)
    for council, space in enumerate(care_rows.SOURCES):
        own = known[known // cast.size == council]
        office.truth.add_records(space, numbers.take(own), cast.people.first + own % cast.size)
    write_surveys(cast, events, enrolment, office.extracts)


def _write_agencies(office: _Office) -> None:
    trouble = hardship(office.cast)
    for agency in agencies():
        ids = make_local_ids(office.cast, agency.source)
        known = write_agency(office.cast, agency, trouble, office.registrar, ids, extracts=office.extracts)
        _know(office, agency.source, ids, known)


def _know(office: _Office, space: str, ids: LocalIds, position: Ints) -> None:
    cast = office.cast
    office.truth.add_records(space, ids.numbers.take(position), cast.people.first + position % cast.size)


def _planted(confounder: bool) -> dict[str, Any]:
    """The planted effects in the words of the parameters."""
    return {**section("initiatives"), "confounder": confounder}
