"""Evaluating people of a place: cohorts from a release's facts, a design blind to what followed, and its checks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import ibis
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from joinedup.evidence import tables
from joinedup.pipeline.evaluation.place_people import Cohort, cohort
from joinedup.rules.foundation.errors import UsageError
from joinedup.rules.foundation.flow import OptOut
from joinedup.rules.programme.protocol_reading import read_protocol
from joinedup.store.engine import DuckDB

START, END = date(2021, 4, 1), date(2024, 4, 1)
JOIN = date(2023, 4, 5)


def protocol(**population: Any) -> Any:
    asked = {
        "level": "people", "scheme": "team", "comparison": "anybody", "follow_up_days": 182,
        "eligible": {"emergency_admissions_12m_min": 1, "in_care_home": False}, **population,
    }  # fmt: skip
    return read_protocol(
        {
            "title": "T", "disclosure": "exact", "population": asked,
            "data": {"covariates": ["age", "emergency_admissions_q1", "emergency_admissions_13_24m", "bed_days_12m"]},
            "design": {"method": "matched_cohort", "accept": {"max_smd": 9.0, "min_matched": 0.0}},
            "outcomes": [
                {"name": "emergency_admissions", "kind": "count", "role": "primary"},
                {"name": "died", "kind": "binary", "role": "safety"},
                {"name": "bed_days", "kind": "count", "role": "secondary"},
            ],
        }
    )  # fmt: skip


@dataclass
class Release:
    """What a cohort asks of a release, from rows in memory written as files."""

    folder: Path
    rows: Mapping[str, list[dict[str, Any]]]
    release: str = "r1"

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.place = _Place()
        self.manifest = _Manifest()

    def has(self, table: str) -> bool:
        return True

    def paths(self, table: str) -> list[Path]:
        columns = tables.columns_of(table)
        data = pa.Table.from_pylist(
            [{name: row.get(name) for name in columns} for row in self.rows.get(table, [])],
            schema=ibis.schema(columns).to_pyarrow(),
        )
        path = self.folder / f"{table}.parquet"
        pq.write_table(data, path)
        return [path]

    def sha256(self, names: Any) -> str:
        return "0"


@dataclass
class _Manifest:
    code_version: str = "1"


class _Source:
    id, kind = "gp", "persons"
    flow: Mapping[str, Any] = {
        "legal_basis": "invented", "purposes": ["evaluation"], "controller": "board", "expires": date(2030, 1, 1),
        "opt_out": "national",
    }  # fmt: skip


class _Span:
    start, end = START, END


class _Place:
    id, today, span = "p", date(2024, 4, 2), _Span
    sources = {"gp": _Source}
    definitions = Path("/nowhere")

    def areas(self) -> tuple[Any, ...]:
        return ()


def people(count: int, **changes: Mapping[int, Any]) -> list[dict[str, Any]]:
    """A person a number, there from the first day on; `changes` name what is different of whom."""
    rows = [
        {
            "person_id": number, "valid_from": START, "valid_to": date(2200, 1, 1), "sex": "F",
            "birth_month": date(1950, 1, 1), "imd_quintile": 1, "practice": "A" if number % 2 else "B",
            "council": "C", "source": "gp",
        }
        for number in range(1, count + 1)
    ]  # fmt: skip
    for name, by_person in changes.items():
        for number, value in by_person.items():
            rows[number - 1][name] = value
    return rows


def spell(person: int, start: date, nights: int = 1, **more: Any) -> dict[str, Any]:
    return {
        "spell_id": f"apc/{person}/{start}", "person_id": person, "start": start, "end": start + timedelta(nights),
        "is_emergency": True, "diagnosis": "J440", **more,
    }  # fmt: skip


def joins(person: int, start: date, scheme: str = "team") -> dict[str, Any]:
    return {
        "event_id": f"i/{person}/{scheme}", "record_key": person, "source": "gp", "setting": "community",
        "method": scheme, "start": start, "source_cost_pence": 64_000,
    }  # fmt: skip


def links(count: int) -> list[dict[str, Any]]:
    return [
        {"record_key": n, "person_id": n, "person_id_strict": n if n % 5 else -n, "person_id_loose": n}
        for n in range(1, count + 1)
    ]


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DuckDB]:
    with DuckDB(tmp_path_factory.mktemp("scratch"), memory_mb=500, threads=1) as made:
        yield made


def small(seed: int = 1, count: int = 60) -> dict[str, list[dict[str, Any]]]:
    """A few people with stays over three years, ten of whom join in two months."""
    draw = np.random.default_rng(seed)
    spells = [
        spell(person, START + timedelta(int(day)), int(draw.integers(0, 9)))
        for person in range(1, count + 1)
        for day in np.unique(draw.integers(0, 1090, 6))
    ]
    enrolments = [joins(n, JOIN + timedelta(int(draw.integers(0, 50)))) for n in range(1, 11)]
    return {"population": people(count), "spell": spells, "activity": enrolments, "link": links(count)}


def made(engine: DuckDB, folder: Path, rows: Mapping[str, list[dict[str, Any]]], **population: Any) -> Cohort:
    return cohort(protocol(**population), Release(folder, rows), engine)  # type: ignore[arg-type]


def test_design_does_not_change_whatever_happens_from_the_index_dates_on(engine: DuckDB, tmp_path: Path) -> None:
    rows = small()
    last = max(row["start"] for row in rows["activity"])
    first = min(row["start"] for row in rows["activity"])
    before = [row for row in rows["spell"] if row["start"] < first]
    between = [row for row in rows["spell"] if first <= row["start"] < last]
    later = [spell(n, last + timedelta(n % 90), 30) for n in range(1, 61)]
    open_ended = [{**row, "end": None} if row["end"] > last else row for row in before + between]
    one = made(engine, tmp_path / "a", {**rows, "spell": [*before, *between]}).design
    other = made(engine, tmp_path / "b", {**rows, "spell": [*later, *reversed(open_ended)]}).design
    assert one.equals(other)


def test_no_figure_of_before_holds_anything_of_a_candidates_own_index_date_or_later(
    engine: DuckDB, tmp_path: Path
) -> None:
    rows = small()
    found = made(engine, tmp_path / "a", rows).design.to_pylist()
    for row in found:
        own = [s for s in rows["spell"] if s["person_id"] == row["person_id"] and s["start"] < row["index_date"]]
        ago = [(row["index_date"] - s["start"]).days for s in own]
        assert row["emergency_admissions_q1"] == sum(1 <= days <= 91 for days in ago)
        assert row["emergency_admissions_13_24m"] == sum(366 <= days <= 730 for days in ago)
        nights = {
            s["start"] + timedelta(night)
            for s in own
            for night in range((min(s["end"], row["index_date"]) - s["start"]).days)
        }
        assert row["bed_days_12m"] >= len([n for n in nights if (row["index_date"] - n).days <= 365])


def test_outcomes_are_counted_from_the_index_date_to_the_end_of_follow_up(engine: DuckDB, tmp_path: Path) -> None:
    rows = small()
    rows["population"] = people(60, death_date={3: date(2023, 6, 1)}, valid_to={3: date(2023, 6, 1)})
    found = made(engine, tmp_path / "a", rows)
    table = found.read(["person", "treated", "emergency_admissions", "died", "follow_up"]).to_pylist()
    index: list[Any] = found.design["index_date"].to_pylist()
    for row, day in zip(table, index, strict=True):
        end = min(day + timedelta(182), END, date(2023, 6, 1) if row["person"] == 3 else END)
        own = [s for s in rows["spell"] if s["person_id"] == row["person"] and day <= s["start"] < end]
        assert row["emergency_admissions"] == len(own)
        assert row["follow_up"] == pytest.approx((end - day).days / 365.25)
        assert row["died"] == (row["person"] == 3 and day <= date(2023, 6, 1) < day + timedelta(182))
    assert any(row["died"] for row in table)


def test_whoever_joins_later_is_a_control_until_the_month_before(engine: DuckDB, tmp_path: Path) -> None:
    rows = small()
    rows["activity"] = [joins(1, date(2023, 4, 5)), joins(2, date(2023, 4, 20)), joins(3, date(2023, 6, 7))]
    rows["spell"] = [spell(n, date(2023, 1, 1)) for n in range(1, 61)]
    rows["population"] = people(60, practice=dict.fromkeys(range(1, 61), "A"))
    found = made(engine, tmp_path / "a", rows).design.to_pylist()
    as_control = [(row["person_id"], row["index_date"].month) for row in found if not row["treated"]]
    assert (3, 4) in as_control
    assert (2, 4) not in as_control
    assert not [pair for pair in as_control if pair[0] in (1, 2, 3) and pair[1] == 6]


def test_controls_get_the_days_of_those_who_joined(engine: DuckDB, tmp_path: Path) -> None:
    rows = small()
    days = {row["start"] for row in rows["activity"]}
    assert {row["index_date"] for row in made(engine, tmp_path / "a", rows).design.to_pylist()} <= days


def test_flow_counts_enrolments_lost_in_linkage_objections_and_each_reason(engine: DuckDB, tmp_path: Path) -> None:
    rows = small()
    rows["spell"] = [spell(n, date(2023, 2, 1)) for n in range(1, 61) if n != 4]
    rows["population"] = people(60, objection={2: "national", 3: "type1"}, valid_from={5: date(2023, 3, 1)})
    rows["activity"] = [*(joins(n, JOIN) for n in range(1, 8)), {**joins(99, JOIN), "record_key": 999}]
    flow = made(engine, tmp_path / "a", rows).flow
    assert (flow["enrolments"], flow["enrolments_lost_in_linkage"], flow["people_enrolled"]) == (8, 1, 7)
    assert (flow["left_out_objection"], flow["left_out_history_too_short"], flow["left_out_not_eligible"]) == (2, 1, 1)
    assert flow["eligible_treated"] == 3


def test_objection_that_does_not_reach_a_source_leaves_nobody_out(engine: DuckDB, tmp_path: Path) -> None:
    rows = small()
    rows["population"] = people(60, objection={1: "type1"})
    found = made(engine, tmp_path / "a", rows)
    assert found.facts.respected is OptOut.NATIONAL


def test_who_joined_another_scheme_before_is_left_out_and_who_joins_it_later_stays(
    engine: DuckDB, tmp_path: Path
) -> None:
    rows = small()
    rows["spell"] = [spell(n, date(2023, 2, 1)) for n in range(1, 61)]
    rows["activity"] = [joins(1, JOIN), joins(20, date(2023, 1, 1), "other"), joins(21, date(2023, 9, 1), "other")]
    found = made(engine, tmp_path / "a", rows, exclude_schemes=["other"]).design["person_id"].to_pylist()
    assert 20 not in found
    assert 21 in found


def test_only_sure_links_count_at_the_strict_threshold(engine: DuckDB, tmp_path: Path) -> None:
    rows = small()
    rows["spell"] = [spell(n, date(2023, 2, 1)) for n in range(1, 61)]
    rows["activity"] = [
        *rows["activity"],
        *({"event_id": s["spell_id"], "record_key": s["person_id"], "setting": "inpatient", "source": "gp"}
          for s in rows["spell"]),
    ]  # fmt: skip
    strict = made(engine, tmp_path / "a", rows).varied(threshold="strict")
    people_left: list[Any] = strict.design["person_id"].to_pylist()
    assert not {person for person in people_left if person % 5 == 0}


def test_people_at_an_address_with_twenty_others_live_in_a_care_home(engine: DuckDB, tmp_path: Path) -> None:
    rows = small()
    rows["household"] = [
        {"household_id": 7, "person_id": n, "valid_from": START, "valid_to": None} for n in range(1, 31)
    ]
    found = made(engine, tmp_path / "a", rows, eligible={"in_care_home": True}, area_type="care_home")
    assert set(found.design["person_id"].to_pylist()) <= set(range(1, 31))


@pytest.mark.parametrize(
    ("change", "words"),
    [({"covariates": ["shoe_size"]}, "no covariate shoe_size"), ({}, "no outcome happiness")],
)
def test_unknown_covariates_and_outcomes_are_refused_by_name(
    engine: DuckDB, tmp_path: Path, change: Mapping[str, Any], words: str
) -> None:
    written = {
        "title": "T", "population": {"scheme": "team"}, "data": {"covariates": ["age"], **change},
        "design": {"method": "matched_cohort"},
        "outcomes": [{"name": "happiness" if not change else "died", "kind": "binary"}],
    }  # fmt: skip
    with pytest.raises(UsageError, match=words):
        cohort(read_protocol(written), Release(tmp_path / "a", small()), engine)  # type: ignore[arg-type]


def test_scheme_that_nobody_joined_is_refused_by_name(engine: DuckDB, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no enrolment with method 'nothing'"):
        _ = made(engine, tmp_path / "a", small(), scheme="nothing").design
