"""Raw measure values of a small place are those a person can work out by hand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

import joinedup
from joinedup.evidence import tables
from joinedup.pipeline.measuring import compute
from joinedup.rules.foundation.definition import MeasureLibrary, measure_from
from joinedup.rules.foundation.errors import ConfigError
from joinedup.rules.foundation.period import Period, add_months
from joinedup.store.engine import DuckDB
from joinedup.store.library import load_library
from joinedup.store.place import Area

SHIPPED = Path(joinedup.__file__).parent / "definitions"
YEAR = Period(date(2023, 4, 1), date(2024, 4, 1))
AREAS = (
    Area("S", "The system", "system", None, None, None, None),
    Area("P", "The place", "place", "S", None, None, None),
    Area("C1", "Riverside", "council", "P", None, None, None),
    Area("C2", "Hillside", "council", "P", None, None, None),
)
Rows = list[dict[str, Any]]


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DuckDB]:
    scratch: Path = tmp_path_factory.mktemp("duckdb")
    with DuckDB(scratch, memory_mb=500, threads=1) as made:
        yield made


@pytest.fixture(scope="module")
def shipped() -> MeasureLibrary:
    return load_library([SHIPPED])[0]


def _people(number: int, **traits: Any) -> Rows:
    """People 0, 1, 2 ... the first half in C1; born 1950."""
    given = {"valid_from": date(2000, 1, 1), "valid_to": date(2200, 1, 1), "birth_month": date(1950, 1, 1),
             "sex": "F", "system": "S", "place": "P", "imd_quintile": 1} | traits  # fmt: skip
    return [
        given | {"person_id": n, "council": "C1" if n < number / 2 else "C2", "practice": f"G{n % 2}"}
        for n in range(number)
    ]


def _links(number: int) -> Rows:
    return [{"record_key": n, "person_id": n, "person_id_strict": n, "person_id_loose": n} for n in range(number)]


def _stays(*days: tuple[int, date], nights: int = 2, **more: Any) -> Rows:
    return [
        {"spell_id": f"{n}", "person_id": person, "start": day, "end": day + timedelta(days=nights),
         "length_of_stay_days": nights, "is_emergency": True, "died": False, "diagnosis": "J459",
         "diagnoses": "J459", "discharge_destination": "19"} | more
        for n, (person, day) in enumerate(days)
    ]  # fmt: skip


def _values(engine: DuckDB, library: MeasureLibrary, given: Mapping[str, Rows], *ids: str, span: Period = YEAR) -> Rows:
    schemas = {name: tables.schema(getattr(tables, name.upper())).to_pyarrow() for name in given}
    made = {
        name: engine.table(
            pa.Table.from_pylist([{key: row.get(key) for key in schemas[name].names} for row in rows], schemas[name])
        )
        for name, rows in given.items()
    }
    return compute(engine, made, library.select(ids), AREAS, span).to_pylist()


def _one(rows: Rows, **where: Any) -> dict[str, Any]:
    wanted = {"dimension": "all", "area_code": "S"} | where
    found = [row for row in rows if all(row[key] == value for key, value in wanted.items())]
    assert len(found) == 1, f"{len(found)} cells fit {wanted}"
    return found[0]


def _month(number: int) -> date:
    """The first day of a month of the year, counted round and round from April."""
    return add_months(YEAR.start, number % 12)


def _whole_year(person: int) -> list[tuple[int, date]]:
    return [(person, _month(n).replace(day=5)) for n in range(12)]


def test_every_measure_of_the_foundation_ships(shipped: MeasureLibrary) -> None:
    wanted = {
        "emergency_admissions", "ae_attendances", "acsc_chronic", "acsc_acute", "emergency_readmissions", "falls_65",
        "delayed_transfer_days", "delayed_transfer_beds", "discharge_delay_days", "discharged_on_ready_day",
        "discharge_delay_mean", "discharge_delay_mean_late", "discharge_delay_week", "residential_admissions_65",
        "reablement_at_home", "reablement_offered", "usual_place_of_residence", "bed_days", "cost_per_head",
        "users_satisfied", "carers_satisfied", "patients_good_experience",
    }  # fmt: skip
    assert wanted <= {measure.id for measure in shipped.measures}
    interface = {measure.id for measure in shipped.measures if "interface_2017" in measure.sets}
    assert interface == {
        "emergency_admissions_65", "length_of_stay_65", "delayed_transfer_days_daily", "discharge_delay_daily",
        "reablement_at_home", "reablement_offered", "weekend_discharges_65",
    }  # fmt: skip


def test_the_eras_of_delay_never_share_a_measure(shipped: MeasureLibrary) -> None:
    eras = {m.id: m.numerator.values("era") for m in shipped.measures if m.numerator.function == "delayed_days"}
    assert all(len(found) == 1 for found in eras.values())
    assert all(m.break_dates for m in shipped.measures if m.id in eras)


def test_a_crude_rate_is_events_over_average_people(engine: DuckDB, shipped: MeasureLibrary) -> None:
    given = {"population": _people(100), "link": _links(100), "spell": _stays(*_whole_year(0), *_whole_year(60))}
    rows = _values(engine, shipped, given, "emergency_admissions_65")
    april = _one(rows, period_start=date(2023, 4, 1), period_end=date(2023, 5, 1))
    assert (april["numerator"], april["denominator"], april["value"]) == (2, 100, 2000)
    year = _one(rows, period_end=YEAR.end, period_start=YEAR.start)
    assert (year["numerator"], year["value"], year["persons"]) == (24, 24_000, 2)
    assert (year["strict"], year["loose"]) == (24_000, 24_000)
    riverside = _one(rows, area_code="C1", period_start=YEAR.start, period_end=YEAR.end)
    assert (riverside["area_name"], riverside["numerator"], riverside["denominator"]) == ("Riverside", 12, 50)
    practice = _one(rows, area_type="practice", area_code="G0")
    assert (practice["numerator"], practice["denominator"]) == (24, 50)


def test_an_area_without_events_has_nought_and_breakdowns_have_every_group(
    engine: DuckDB, shipped: MeasureLibrary
) -> None:
    given = {"population": _people(100), "link": _links(100), "spell": _stays(*_whole_year(0))}
    rows = _values(engine, shipped, given, "emergency_admissions_65")
    hillside = _one(rows, area_code="C2", period_start=YEAR.start, period_end=YEAR.end)
    assert (hillside["numerator"], hillside["value"], hillside["lower"], hillside["status"]) == (0, 0, 0, "ok")
    groups = {(row["dimension"], row["category"]) for row in rows if row["dimension"] != "all"}
    assert groups == {("sex", "F"), ("age", "65-74"), ("deprivation", "1")}


def test_people_who_object_are_in_neither_numerator_nor_denominator(engine: DuckDB, shipped: MeasureLibrary) -> None:
    people = _people(100)
    people[0]["objection"] = "type1"
    given = {"population": people, "link": _links(100), "spell": _stays(*_whole_year(0), *_whole_year(1))}
    year = _one(
        _values(engine, shipped, given, "emergency_admissions_65"), period_start=YEAR.start, period_end=YEAR.end
    )
    assert (year["numerator"], year["denominator"]) == (12, 99)


def _symptoms(*shown: tuple[int, date], months: range, symptom: str = "uncoordinated_visits") -> dict[str, Rows]:
    """Symptoms of people, and months of a year in which visits could show one."""
    return {
        "population": _people(100),
        "link": _links(100),
        "fragmentation": [{"person_id": person, "symptom": symptom, "at": day} for person, day in shown],
        "symptom_month": [
            {"symptom": symptom, "month": date(2023 + (month > 12), (month - 1) % 12 + 1, 1), "events": 50}
            for month in months
        ],
    }


def test_symptoms_of_fragmented_care_are_a_rate_per_1000_people(engine: DuckDB, shipped: MeasureLibrary) -> None:
    given = _symptoms((1, date(2023, 5, 1)), (1, date(2023, 6, 1)), (70, date(2023, 6, 2)), months=range(4, 16))
    rows = _values(engine, shipped, given, "uncoordinated_visits")
    year = _one(rows, area_code="S", period_start=YEAR.start, period_end=YEAR.end)
    assert (year["numerator"], year["denominator"], year["persons"], year["value"]) == (3, 100, 2, 30)
    assert year["lower"] < 30 < year["upper"]


def test_a_symptom_that_nothing_could_show_is_not_reported_and_one_that_did_not_show_is_nought(
    engine: DuckDB, shipped: MeasureLibrary
) -> None:
    given = _symptoms(months=range(4, 13))
    rows = _values(engine, shipped, given, "uncoordinated_visits", "duplicate_assessments")
    assert {row["measure"] for row in rows} == {"uncoordinated_visits"}
    assert _one(rows, area_code="C1", period_start=date(2023, 12, 1))["value"] == 0
    assert _one(rows, area_code="C1", period_start=date(2024, 1, 1), period_end=date(2024, 2, 1))["value"] is None
    assert _one(rows, area_code="C1", period_start=YEAR.start, period_end=YEAR.end)["status"] == "incomplete"


def test_months_without_any_record_are_not_reported_and_their_year_is_incomplete(
    engine: DuckDB, shipped: MeasureLibrary
) -> None:
    some = [(n % 50, date(2023, month, 5)) for month in (4, 5, 7) for n in range(40)]
    given = {"population": _people(100), "link": _links(100), "spell": _stays(*some)}
    rows = _values(engine, shipped, given, "emergency_admissions_65")
    june = _one(rows, period_start=date(2023, 6, 1))
    assert (june["status"], june["numerator"], june["value"]) == ("not_reported", None, None)
    assert _one(rows, period_start=date(2023, 8, 1))["status"] == "not_reported"
    assert _one(rows, period_start=YEAR.start, period_end=date(2023, 7, 1))["status"] == "incomplete"
    assert _one(rows, period_start=YEAR.start, period_end=YEAR.end)["value"] is None


def test_a_standardised_rate_of_one_rate_everywhere_is_that_rate(engine: DuckDB, shipped: MeasureLibrary) -> None:
    ages = [1998, *range(2003, 1933, -5)]
    births = [{"birth_month": date(year, 3, 1)} for year in (2005, *ages[1:], 1933, 1928, 1925, 1920)]
    people = [row | births[n % len(births)] for n, row in enumerate(_people(20 * len(births)))]
    everybody = [(row["person_id"], date(2023, 6, 5)) for row in people]
    given = {"population": people, "link": _links(len(people)), "spell": _stays(*everybody)}
    rows = _values(engine, shipped, given, "emergency_admissions", span=YEAR)
    june = _one(rows, period_start=date(2023, 6, 1))
    assert june["status"] in {"ok", "not_evaluable"}
    assert june["value"] == pytest.approx(100_000)


def test_readmissions_are_given_against_the_rate_of_the_whole_place(engine: DuckDB, shipped: MeasureLibrary) -> None:
    often = [(n, date(2023, 5, 1)) for n in range(40)] + [(n, date(2023, 5, 10)) for n in range(10)]
    later = [(n, date(2024, 3, 1)) for n in range(40, 70)]
    given = {"population": _people(100), "link": _links(100), "spell": _stays(*often, *later)}
    rows = _values(engine, shipped, given, "emergency_readmissions")
    may = _one(rows, period_start=date(2023, 5, 1), period_end=date(2023, 6, 1))
    assert (may["numerator"], may["denominator"]) == (10, 50)
    assert may["expected"] == pytest.approx(50 * 10 / 80)
    assert may["value"] == pytest.approx(10 / (50 * 10 / 80) * 100 * 10 / 80)
    assert _one(rows, period_start=date(2024, 3, 1))["status"] == "not_reported"


def test_costs_add_up_by_setting_and_payer_and_one_dear_person_is_marked(
    engine: DuckDB, shipped: MeasureLibrary
) -> None:
    facts = [
        {"month": _month(n), "record_key": n, "setting": "inpatient", "payer": "ICB", "pence": 10_000}
        for n in range(20)
    ]
    facts += [{"month": date(2023, 6, 1), "record_key": 0, "setting": "social_care", "payer": "C1", "pence": 999_900}]
    given = {"population": _people(100), "link": _links(100), "month_fact": facts}
    rows = _values(engine, shipped, given, "cost_per_head")
    total = _one(rows)
    assert (total["numerator"], total["value"], total["persons"]) == (11_999, 119.99, 2)
    inpatient = _one(rows, dimension="setting", category="inpatient")
    assert (inpatient["numerator"], inpatient["value"], inpatient["persons"]) == (2000, 20, 20)
    settings = [row["numerator"] for row in rows if row["area_code"] == "S" and row["dimension"] == "setting"]
    payers = [row["numerator"] for row in rows if row["area_code"] == "S" and row["dimension"] == "payer"]
    assert sum(settings) == sum(payers) == total["numerator"]


def test_reablement_looks_at_october_to_december_only(engine: DuckDB, shipped: MeasureLibrary) -> None:
    cases = [
        {"event_id": f"{n}", "person_id": n, "discharge": day, "is_at_home": n % 4 > 0}
        for n, day in enumerate([*[date(2023, m, 3) for m in (10, 11, 12, 10)], date(2023, 6, 1)])
    ]
    given = {"population": _people(100), "link": _links(100), "reablement": cases}
    year = _one(_values(engine, shipped, given, "reablement_at_home"))
    assert (year["numerator"], year["denominator"], year["value"]) == (3, 4, 75)


def test_a_percentile_of_stays_comes_from_all_of_them(engine: DuckDB, shipped: MeasureLibrary) -> None:
    stays = _stays(*_whole_year(0), *_whole_year(1)) + [
        row | {"spell_id": f"long{n}", "length_of_stay_days": 30} for n, row in enumerate(_stays(*_whole_year(2)))
    ]
    given = {"population": _people(100), "link": _links(100), "spell": stays}
    year = _one(_values(engine, shipped, given, "length_of_stay_65"), period_start=YEAR.start, period_end=YEAR.end)
    assert (year["value"], year["numerator"]) == (30, 36)


def test_survey_answers_roll_up_to_the_areas_above(engine: DuckDB, shipped: MeasureLibrary) -> None:
    answers = [
        {"survey": "asc_users", "question": "satisfaction", "answer": answer, "area_code": area, "sex": "F", "age": 70,
         "period_start": YEAR.start, "period_end": YEAR.end, "weight": weight}
        for area, answer, weight in [("C1", "very_satisfied", 1), ("C1", "no", 1), ("C2", "extremely_satisfied", 2)]
    ]  # fmt: skip
    rows = _values(engine, shipped, {"survey_answer": answers}, "users_satisfied")
    assert _one(rows)["value"] == 75
    assert _one(rows, area_code="C1")["value"] == 50
    assert _one(rows, dimension="sex", category="F")["denominator"] == 4


def test_a_mean_score_is_of_those_who_have_one(engine: DuckDB, shipped: MeasureLibrary) -> None:
    answers = [
        {"survey": "carers", "question": "quality_of_life", "answer": "scored", "area_code": "C1", "score": score,
         "period_start": YEAR.start, "period_end": YEAR.end}
        for score in (6, 8, 10, None)
    ]  # fmt: skip
    mean = _one(_values(engine, shipped, {"survey_answer": answers}, "carers_quality_of_life"))
    assert (mean["denominator"], mean["value"]) == (3, 8)
    assert (mean["lower"] + mean["upper"]) / 2 == pytest.approx(8)


def _series_measure(**change: Any) -> MeasureLibrary:
    given: dict[str, Any] = {
        "id": "delays", "label": "", "unit": "days", "polarity": "lower", "valid_from": date(2011, 4, 1),
        "statistic": "count", "numerator": {"function": "series", "filters": {"series": "days", "total": "E92000001"}},
        "disclosure": "exact", "source": "s", "areas": ["nation", "council"], "dimensions": ["reason"],
    }  # fmt: skip
    return MeasureLibrary((measure_from(given | change),), {}, {})


def _figures(months: int, reason: str = "all", value: int = 10) -> Rows:
    return [
        {"series": "days", "area_type": kind, "area_code": code, "area_name": code, "value": value, "file": "f",
         "dimension": "all" if reason == "all" else "reason", "category": reason, "received": date(2024, 4, 1),
         "period_start": _month(n), "period_end": _month(n + 1), "record_number": 1}
        for n in range(months) for kind, code in [("council", "C1"), ("other", "X")]
    ]  # fmt: skip


def test_a_series_adds_up_to_quarters_and_to_its_total(engine: DuckDB) -> None:
    rows = _values(engine, _series_measure(), {"series_value": _figures(4) + _figures(1, "A", 4)}, "delays")
    nation = {"area_code": "E92000001", "period_start": date(2023, 4, 1)}
    assert _one(rows, **nation, period_end=date(2023, 7, 1))["value"] == 60
    assert (
        _one(rows, area_code="C1", period_start=date(2023, 7, 1), period_end=date(2023, 10, 1))["status"]
        == "incomplete"
    )
    assert _one(rows, **nation, period_end=date(2023, 5, 1), dimension="reason", category="A")["value"] == 8
    assert {row["area_type"] for row in rows} == {"nation", "council"}


def test_a_series_may_be_a_rate_of_published_populations(engine: DuckDB) -> None:
    library = _series_measure(
        statistic="rate", denominator={"function": "area_population", "filters": {"age_min": 18}}, areas=["council"]
    )
    people = [
        {"area_type": "council", "area_code": "C1", "basis": "resident", "period_start": date(2020, 4, 1),
         "period_end": date(2021, 4, 1), "sex": sex, "age_from": low, "age_to": high, "people": n}
        for sex, low, high, n in [("F", 0, 17, 7), ("F", 18, 64, 600), ("M", 18, 64, 300), ("F", 65, None, 100)]
    ]  # fmt: skip
    rows = _values(engine, library, {"series_value": _figures(1), "area_population": people}, "delays")
    april = _one(rows, area_code="C1", period_end=date(2023, 5, 1))
    assert (april["denominator"], april["value"]) == (1000, 1000)


def test_a_measure_whose_tables_are_absent_is_left_out(engine: DuckDB, shipped: MeasureLibrary) -> None:
    assert _values(engine, shipped, {"population": _people(3), "link": _links(3)}, "emergency_admissions") == []


def test_two_files_that_define_one_measure_are_refused(tmp_path: Path) -> None:
    folder = tmp_path / "measures"
    folder.mkdir()
    text = (SHIPPED / "measures" / "ae_attendances.toml").read_text(encoding="utf-8")
    for name in ("a.toml", "b.toml"):
        (folder / name).write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match="ae_attendances"):
        load_library([tmp_path])


def test_a_local_definition_replaces_the_shipped_one(tmp_path: Path) -> None:
    folder = tmp_path / "measures"
    folder.mkdir()
    text = (SHIPPED / "measures" / "ae_attendances.toml").read_text(encoding="utf-8")
    (folder / "local.toml").write_text(text.replace("per = 1000", "per = 10"), encoding="utf-8")
    library, texts = load_library([SHIPPED, tmp_path])
    assert next(m.per for m in library.measures if m.id == "ae_attendances") == 10
    assert next(t.toml for t in texts if t.measure == "ae_attendances").count("per = 10\n") == 1
