"""A micro place for tests of the whole build: some sixty invented people, five sources, one quarter, no randomness."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

import pyarrow.parquet as pq

from joinedup.pipeline.exporting import export_csv

KEY = "micro-place-key-0123456789abcdef"
PEOPLE = 64
MONTHS = (date(2024, 4, 1), date(2024, 5, 1), date(2024, 6, 1))
MIDDLE = date(2024, 6, 15)
TODAY = date(2024, 7, 20)
FULL_MONTH_DAYS = 28

#: Of these nothing may be found outside the identity store.
SURNAME, FORENAME, STREET, POSTCODE = "Zorkmarker", "Quillmarker", "Velvetmarker", "ZQ1"

AREAS = """code,name,kind,parent,valid_from,valid_to,successor
SYS1,Fenwick and Aldmoor,system,,,,
PLA1,Fenwick,place,SYS1,,,
PLA2,Aldmoor,place,SYS1,,,
NBH1,Fenwick Mill,neighbourhood,PLA1,,,
NBH2,Aldmoor Green,neighbourhood,PLA2,,,
COU1,Fenwick Council,council,SYS1,,,
PRA001,Mill Surgery,practice,NBH1,,,
PRA002,Green Surgery,practice,NBH2,,,
"""
ORGANISATIONS = """code,name,kind,parent,valid_from,valid_to,successor
TRU1,Fenwick General,trust,SYS1,,,
BRD1,Fenwick Integrated Care Board,board,SYS1,,,
"""
GEOGRAPHY = """lsoa,neighbourhood,council,place,system,imd_decile
E01000001,NBH1,COU1,PLA1,SYS1,2
E01000002,NBH2,COU1,PLA2,SYS1,8
"""


@dataclass(frozen=True, slots=True)
class Source:
    """A source of the micro place; `space` shares local ids, `expires` ends its flow."""

    id: str
    kind: str
    space: str
    opt_out: str = "national"
    expires: date = date(2026, 3, 31)
    purposes: tuple[str, ...] = ("direct_care", "planning")

    def toml(self) -> str:
        """Its tables in place.toml."""
        return (
            f'[sources.{self.id}]\nkind = "{self.kind}"\nlabel = "{self.id}"\nid_space = "{self.space}"\n'
            f'organisation = "BRD1"\n[sources.{self.id}.flow]\nlegal_basis = "invented"\n'
            f'purposes = {json.dumps(list(self.purposes))}\ncontroller = "BRD1"\n'
            f'expires = {self.expires}\nopt_out = "{self.opt_out}"\n'
        )


SOURCES: Mapping[str, Source] = {
    source.id: source
    for source in (
        Source("gp", "persons", "gp", "type1"),
        Source("ecds", "ecds", "acute"),
        Source("apc", "apc", "acute"),
        Source("council", "cld", "council"),
        Source("objections", "objections", "objections", "none"),
    )
}

Files = dict[str, str]
Row = Mapping[str, object]


def make_place(
    folder: Path, *, files: Files | None = None, today: date = TODAY, sources: Mapping[str, Source] = SOURCES
) -> Path:
    """Write the place; files are all of its extracts unless given."""
    folder.mkdir(parents=True)
    head = (
        '[place]\nid = "micro"\nname = "Fenwick and Aldmoor"\nkind = "demonstration"\nareas = "areas.csv"\n'
        'organisations = "organisations.csv"\ngeography = "geography.csv"\n'
        f"[clock]\ntoday = {today}\n[period]\nstart = 2024-04-01\nend = 2024-06-30\n"
    )
    (folder / "place.toml").write_text(head + "".join(source.toml() for source in sources.values()))
    for name, text in (("areas", AREAS), ("organisations", ORGANISATIONS), ("geography", GEOGRAPHY)):
        (folder / f"{name}.csv").write_text(text)
    (folder / "key").write_text(KEY)
    (folder / "key").chmod(0o600)
    deliver(folder, extracts() if files is None else files)
    return folder


def deliver(folder: Path, files: Files) -> None:
    """Put extracts into a place."""
    for name, text in files.items():
        path = folder / "extracts" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def deliver_the_rest(folder: Path) -> None:
    """Bring a place of the middle of June to the end: the other files, and today's date."""
    deliver(folder, {name: text for name, text in EVERYTHING.items() if name not in received_by(EVERYTHING, MIDDLE)})
    settings = (folder / "place.toml").read_text()
    (folder / "place.toml").write_text(settings.replace(f"today = {MIDDLE}", f"today = {TODAY}"))


def received_by(files: Files, day: date) -> Files:
    """The files that had been received by a day: their names say when."""
    return {name: text for name, text in files.items() if date.fromisoformat(Path(name).stem) <= day}


def extracts(people: int = PEOPLE) -> Files:
    """Every extract of the place: path below extracts/ -> text."""
    files = {"gp/2024/2024-04-02.csv": _csv([_registration(number) for number in range(people)])}
    files["objections/2024/2024-04-02.csv"] = "nhs_number,kind,from,to\n"
    for month in MONTHS:
        received = f"{month:%Y-%m}/{_next_month(month) + timedelta(days=4)}.csv"
        files[f"ecds/{received}"] = _csv(_attendances(month, people))
        files[f"apc/{received}"] = _csv(_episodes(month, people))
        if month != MONTHS[-1]:  # a submission replaces all before it, so a new one touches every month
            files[f"council/{received}"] = _csv(_care(month, people))
    return files


def correction() -> Files:
    """A late correction of April: a person's attendance falls away to another day, and others come in."""
    rows = [_attendance(number, MONTHS[0], 20, "late") for number in range(0, PEOPLE, 2)]
    return {"ecds/2024-04/2024-07-12.csv": _csv([*_attendances(MONTHS[0], PEOPLE)[:4], *rows])}


def objection(
    numbers: Iterable[int], *, kind: str = "national", since: str = "2020-01-01", received: str = "2024-04-03"
) -> Files:
    """People who object, from the beginning unless said otherwise."""
    rows = "".join(f"{nhs_number(number)},{kind},{since},\n" for number in numbers)
    return {f"objections/2024/{received}.csv": "nhs_number,kind,from,to\n" + rows}


def with_opt_outs(**opt_outs: str) -> Mapping[str, Source]:
    """The sources, some of which are reached by other objections."""
    return {name: replace(source, opt_out=opt_outs.get(name, source.opt_out)) for name, source in SOURCES.items()}


def nhs_number(person: int) -> str:
    """A valid number of the test range."""
    nine = [int(digit) for digit in f"{999_100_000 + person * 11:09d}"]
    while True:
        check = (11 - sum(digit * weight for digit, weight in zip(nine, range(10, 1, -1), strict=True)) % 11) % 11
        if check < 10:
            return "".join(map(str, [*nine, check]))
        nine[-1] = (nine[-1] + 1) % 10


def markers(people: int = PEOPLE) -> list[str]:
    """Values that point to a person and may stand in the identity store only."""
    numbers = [nhs_number(person) for person in range(people)]
    return [SURNAME, FORENAME, STREET, POSTCODE, *numbers, "gp-0001", "acute-0001", "council-0001"]


def with_tokens(files: Files) -> Files:
    """The same extracts as a place gets them that may receive pseudonyms only."""
    return {name: _pseudonymous(text) for name, text in files.items() if not name.startswith("objections")}


def _pseudonymous(text: str) -> str:
    private = {"forename", "surname", "address", "postcode", "nhs_number"}
    rows = [
        {k: v for k, v in row.items() if k not in private} | {"token": f"tok-{row['nhs_number'][::-1]}"}
        for row in csv.DictReader(text.splitlines())
    ]
    return _csv(rows)


def _registration(person: int) -> Row:
    return {
        "local_patient_id": f"gp-{person:04d}",
        **_identity(person),
        "forename": f"{FORENAME}{_letters(person)}",
        "surname": f"{SURNAME}{_letters(person // 3)}",
        "address": f"{person + 1} {STREET} Road",
        "postcode": f"{POSTCODE} {person % 9}{_letters(person)[:2].upper()}",
        "practice": f"PRA00{1 + person % 2}",
        "valid_from": "2015-01-01",
    }


def _identity(person: int) -> dict[str, object]:
    return {
        "nhs_number": nhs_number(person),
        "date_of_birth": date(1930 + person % 70, 1 + person % 12, 1 + person % 28),
        "sex": 1 + person // 2 % 2,
        "lsoa": f"E0100000{1 + person % 2}",
    }


def _attendances(month: date, people: int) -> list[Row]:
    """Three quarters of people attend, a different three quarters each month."""
    return [
        _attendance(number, month, number % FULL_MONTH_DAYS, "a") for number in range(people) if _is_in(number, month)
    ]


def _attendance(person: int, month: date, day: int, kind: str) -> Row:
    return {
        "attendance_identifier": f"{kind}-{month:%m}-{person}",
        "local_patient_id": f"acute-{person:04d}",
        **_identity(person),
        "arrival_date": month + timedelta(days=day),
        "attendance_category": 1,
        "provider_code": "TRU1",
        "commissioner_code": "BRD1",
        "cost": 150 + person,
    }


def _episodes(month: date, people: int) -> list[Row]:
    """Emergency stays; every fourth ends late, every eighth goes on into the next month."""
    return [_episode(number, month) for number in range(people) if _is_in(number + 1, month)]


def _episode(person: int, month: date) -> Row:
    start = month + timedelta(days=person % 20)
    ready = start + timedelta(days=2)
    end = ready + timedelta(days=5 if person % 4 == 0 else 0) + timedelta(days=20 if person % 8 == 0 else 0)
    return {
        "local_patient_id": f"acute-{person:04d}",
        **_identity(person),
        "hospital_provider_spell_number": f"s-{month:%m}-{person}",
        "episode_number": 1,
        "admission_date": start,
        "admission_method": 21,
        "patient_classification": 1,
        "episode_start_date": start,
        "episode_end_date": end,
        "discharge_date": end,
        "discharge_method": 1,
        "discharge_destination": 19,
        "discharge_ready_date": ready,
        "diag_01": "I500" if person % 3 else "S720",
        "provider_code": "TRU1",
        "commissioner_code": "BRD1",
        "cost": 2000 + 10 * person,
    }


def _care(month: date, people: int) -> list[Row]:
    """The council's submission for a month: who has long-term support, open or ended."""
    last = _next_month(month) - timedelta(days=1)
    return [
        {
            "la_code": "COU1",
            "reporting_period_start_date": MONTHS[0],
            "reporting_period_end_date": last,
            "local_patient_id": f"council-{person:04d}",
            **_identity(person),
            "forename": f"{FORENAME}{_letters(person)}",
            "surname": f"{SURNAME}{_letters(person // 3)}",
            "client_type": "Service User",
            "event_type": "Service",
            "event_reference": f"c-{person}",
            "event_start_date": MONTHS[0] + timedelta(days=person % 40),
            "event_end_date": "",
            "service_type": "Long Term Support: Community",
            "service_component": "Home support or domiciliary care",
            "delivery_mechanism": "Direct Payment",
            "unit_cost": 20 + person,
            "cost_frequency": "Weekly",
            "planned_units_per_week": 1,
        }
        for person in range(0, people, 2)
        if MONTHS[0] + timedelta(days=person % 40) <= last
    ]


def _is_in(number: int, month: date) -> bool:
    return number % 4 != month.month % 4


def _letters(number: int) -> str:
    return "".join(chr(97 + number // 26**power % 26) for power in range(3))


def _next_month(month: date) -> date:
    return (month + timedelta(days=32)).replace(day=1)


def _csv(rows: Sequence[Row]) -> str:
    lines = [",".join(rows[0])]
    lines += [",".join(str(value) for value in row.values()) for row in rows]
    return "\n".join(lines) + "\n"


def with_expiry(source: str, expires: date) -> Mapping[str, Source]:
    """The sources, one of which has a flow that ends on a day."""
    return {**SOURCES, source: replace(SOURCES[source], expires=expires)}


def everything_written(folder: Path) -> Iterable[tuple[Path, str]]:
    """Every file below a folder as text: Parquet decoded, all else as it is."""
    for path in sorted(folder.rglob("*")):
        if path.suffix == ".parquet":
            yield path, repr(pq.read_table(path).to_pylist())
        elif path.is_file():
            yield path, path.read_bytes().decode("utf-8", errors="replace")


def figures(place: Path, out: Path) -> list[dict[str, str]]:
    """The published cells of a place as its export has them, without the id of the release."""
    export_csv(place, out)
    with (out / "measures.csv").open(newline="") as stream:
        return [{name: value for name, value in row.items() if name != "release"} for row in csv.DictReader(stream)]


#: All that is delivered in the end.
EVERYTHING: Files = {**extracts(), **correction()}
