"""Police, housing, benefits and the other agencies, each with its own column names; hardship runs in households."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from joinedup.demo.care_rows import pounds
from joinedup.demo.cast import Cast
from joinedup.demo.extracts import Column, Extracts, table, words
from joinedup.demo.local_ids import LocalIds
from joinedup.demo.months import Floats, Ints, dates_of
from joinedup.demo.parameters import rows as data_rows
from joinedup.demo.rates import draw_events
from joinedup.demo.records import Registrar

#: How each agency names the identity columns that the generic extract knows.
PERSON_COLUMNS: Final = {
    "forename": "First name",
    "surname": "Family name",
    "date_of_birth": "DOB",
    "sex": "Gender",
    "postcode": "Post code",
    "address": "Address line",
    "nhs_number": "NHS No",
}
COMMON: Final = {"cost": "Cost (GBP)", "setting": "Kind of agency", "service": "What for"}


@dataclass(frozen=True, slots=True)
class Agency:
    """One agency as agencies.csv describes it."""

    source: str
    label: str
    setting: str
    organisation: str
    service: str
    unit: str
    per_1000: float
    low: int
    high: int
    ages: tuple[int, int]
    hardship: float
    columns: dict[str, str]
    dates: str
    opt_out: str


def agencies() -> list[Agency]:
    """Every other agency of the place."""
    return [_agency(row) for row in data_rows("agencies")]


def _agency(row: dict[str, str]) -> Agency:
    own = {row["column_event"]: "event_id", row["column_person"]: "local_patient_id", row["column_date"]: "start_date"}
    own |= {theirs: ours for ours, theirs in (PERSON_COLUMNS | COMMON).items()}
    return Agency(
        source=row["source"],
        label=row["label"],
        setting=row["setting"],
        organisation=row["organisation"],
        service=row["service"],
        unit=row["unit"],
        per_1000=float(row["per_1000"]),
        low=int(row["low"]),
        high=int(row["high"]),
        ages=(int(row["age_from"]), int(row["age_to"])),
        hardship=float(row["hardship"]),
        columns=own,
        dates=row["dates"],
        opt_out=row["opt_out"],
    )


def hardship(cast: Cast) -> Floats:
    """Hardship of each person: shared by a household, more in deprived areas, with emergencies again and again."""
    shared = cast.stream("hardship").normal(0, 1, cast.people.households)[cast.people.household]
    return shared + 0.35 * cast.deprivation + 0.6 * cast.needs.comes_again


def write_agency(
    cast: Cast, agency: Agency, trouble: Floats, registrar: Registrar, ids: LocalIds, *, extracts: Extracts
) -> Ints:
    """Write an agency's events.

    Returns:
        Positions of the numbers the agency uses for the people it knows.
    """
    rng = cast.stream(f"agency {agency.source}")
    weight = np.exp(np.clip(agency.hardship * trouble, -6, 4))[:, None]
    weight = weight * ((cast.ages >= agency.ages[0]) & (cast.ages <= agency.ages[1]))
    total = (weight * cast.exposure).sum(axis=0)
    rate = weight * (agency.per_1000 / 1000 * cast.exposure.sum(axis=0) / np.maximum(total, 1e-9))
    person, day = draw_events(rng, cast, rate)
    if len(person) == 0:
        return person
    position = ids.position(person, day)
    known, record = np.unique(position, return_inverse=True)
    first = np.full(len(known), day.max())
    np.minimum.at(first, record, day)
    cards = registrar.write(agency.source, known % cast.size, first, second=known >= cast.size)
    extracts.write_months(
        agency.source, day, _rows(rng, cast, agency, cards, record=record, known=known, day=day, ids=ids), 12
    )
    return known


def _rows(
    rng: np.random.Generator,
    cast: Cast,
    agency: Agency,
    cards: pa.Table,
    *,
    record: Ints,
    known: Ints,
    day: Ints,
    ids: LocalIds,
) -> pa.Table:
    count = len(day)
    event, person, when = [theirs for theirs, ours in agency.columns.items() if ours not in PERSON_COLUMNS][:3]
    body = [code for code, _ in cast.ground.voluntary] if agency.source == "voluntary" else [agency.organisation]
    written = cards.take(record)
    birth = written["date_of_birth"]
    columns = {
        event: pa.array([f"{agency.source[:3].upper()}{cast.chunk + 1:03d}{i:08d}" for i in range(count)]),
        person: ids.numbers.take(known[record]),
        when: written_dates(pa.array(dates_of(day)), agency.dates),
        **{PERSON_COLUMNS[name]: written[name] for name in PERSON_COLUMNS},
        COMMON["setting"]: words((agency.setting,), np.zeros(count, dtype=np.int64)),
        COMMON["service"]: words((agency.service,), np.zeros(count, dtype=np.int64)),
        "organisation": words(body, rng.integers(0, len(body), len(cards))[record]),
        "unit": words((agency.unit,), np.zeros(count, dtype=np.int64)),
        COMMON["cost"]: pounds(rng.integers(agency.low, agency.high, count) * 100),
    }
    columns[PERSON_COLUMNS["date_of_birth"]] = written_dates(birth, agency.dates)
    return table(columns)


def written_dates(dates: Column, style: str) -> Column:
    """Dates as an agency writes them: 31/12/2024 or 2024-12-31."""
    return pc.strftime(dates, format="%d/%m/%Y") if style == "dmy" else dates
