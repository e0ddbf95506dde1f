"""Every wrong file is named with what is wrong, why it matters and what to do, and never with a value."""

import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rich.console import Console

from joinedup.pipeline import checking
from joinedup.pipeline.checking import CheckReport, check
from joinedup.rules.foundation.errors import Severity
from tests.pipeline.places import ATTENDANCES, PEOPLE, make_place, source_toml

GP = source_toml("gp", "persons")
AE = source_toml("ae", "ecds")
FILE = "gp/2024/2024-05-03.csv"
HEAD = PEOPLE.splitlines()[0]


def found(folder: Path, sources: str, files: Mapping[str, str | bytes]) -> CheckReport:
    return check(make_place(folder, sources, files))


def rules(report: CheckReport, severity: Severity | None = None) -> dict[str, str]:
    chosen = [t.problem for t in report.tallies if severity in {None, t.problem.severity}]
    return {problem.rule: problem.message for problem in chosen}


def test_good_files_have_no_problem(tmp_path: Path) -> None:
    report = found(tmp_path, GP + AE, {FILE: PEOPLE, "ae/2024/2024-05-04.csv": ATTENDANCES})
    assert report.tallies == ()
    assert [(file.rows, file.set_aside) for file in report.files] == [(2, 0), (3, 0)]


@pytest.mark.parametrize(
    ("content", "rule", "says"),
    [
        (b"", "empty_file", "the transfer failed"),
        (b"\n\n\n", "empty_file", "nothing but empty lines"),
        (
            PEOPLE.replace("local_patient_id", "nonsense").encode(),
            "missing_column",
            "no heading holds local_patient_id",
        ),
        (PEOPLE.replace("surname", "forename").encode(), "duplicated_column", "2 headings hold forename"),
        (PEOPLE.replace("local_patient_id", "local_pat_identifier").encode(), "missing_column", "is its new name"),
        (b"L1,9990000018,Ann\nL2,9990000018,Bob\n", "no_headings", "put the headings in the first line"),
        (b"PK\x03\x04" + b"\0" * 99, "wrong_format", "a zip or Excel workbook"),
        (b"PAR1" + b"\0" * 99, "wrong_format", "a Parquet file"),
        (HEAD.encode() + b"\n\x00\x01\x02\x03", "not_text", "save it as CSV"),
        (HEAD.encode() + b"\nL1,\x81\x8d\n", "not_text", "save it as CSV"),
        (
            (HEAD + '\nL1,,"Ann,Testwell,,,,,\nL2,,Bob,,,,,,\n').encode(),
            "unclosed_quote",
            "correct the quotation marks",
        ),
    ],
)
def test_a_file_that_cannot_be_read_is_fatal(tmp_path: Path, content: bytes, rule: str, says: str) -> None:
    report = found(tmp_path, GP, {FILE: content})
    assert report.is_fatal
    assert says in rules(report, Severity.FATAL)[rule]
    assert FILE in rules(report)[rule]


def test_headings_alone_are_a_warning(tmp_path: Path) -> None:
    assert list(rules(found(tmp_path, GP, {FILE: HEAD}))) == ["no_rows"]
    assert list(rules(found(tmp_path, GP, {FILE: HEAD + "\n"}))) == ["no_rows"]


@pytest.mark.parametrize("name", ["utf-8", "utf-8-sig", "utf-16", "cp1252", "utf-16-le"])
def test_the_usual_encodings_are_read(tmp_path: Path, name: str) -> None:
    place = make_place(tmp_path, GP, {FILE: PEOPLE.replace("Testwell", "Zoë-Müller").encode(name)})
    assert check(place).tallies == ()


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_other_delimiters_are_found(tmp_path: Path, delimiter: str) -> None:
    assert found(tmp_path, GP, {FILE: PEOPLE.replace(",", delimiter)}).tallies == ()


def test_windows_line_ends_and_quoted_line_breaks_are_read(tmp_path: Path) -> None:
    lines = PEOPLE.replace("Ann", '"Ann\nMarie, ""Annie"""').replace("\n", "\r\n")
    report = found(tmp_path, GP, {FILE: lines})
    assert report.tallies == ()
    assert report.files[0].rows == 2


def test_names_are_matched_by_alias_case_and_the_places_own_map(tmp_path: Path) -> None:
    source = source_toml("gp", "persons", 'columns = { "Unser Patient" = "local_patient_id" }')
    lines = PEOPLE.replace("local_patient_id", "Unser Patient").replace("nhs_number", "NHS Number")
    assert found(tmp_path, source, {FILE: lines.replace("date_of_birth", "Date Of Birth")}).tallies == ()


def test_a_map_to_a_column_that_does_not_exist_is_fatal(tmp_path: Path) -> None:
    source = source_toml("gp", "persons", 'columns = { "DOB" = "date_of_brith" }')
    assert "did you mean 'date_of_birth'" in rules(found(tmp_path, source, {FILE: PEOPLE}))["unknown_target"]


def test_columns_that_are_not_read_are_named_once(tmp_path: Path) -> None:
    lines = PEOPLE.replace("valid_from", "valid_from,Favourite Colour").replace("2021\n", "2021,red\n")
    report = found(tmp_path, GP, {FILE: lines})
    assert "'Favourite Colour'" in rules(report, Severity.WARNING)["unused_column"]


def test_rows_with_too_many_or_too_few_fields_are_set_aside_by_number(tmp_path: Path) -> None:
    lines = PEOPLE + "L3,too,few\nL4,,Dan,Testwell,,,,,,one,more\nL5,,Eve,Testwell,,,,,\n"
    report = found(tmp_path, GP, {FILE: lines})
    (tally,) = report.tallies
    assert (tally.problem.rule, tally.records, report.files[0].set_aside) == ("wrong_number_of_fields", (3, 4), 2)


def test_a_row_keeps_its_number_behind_ragged_rows(tmp_path: Path) -> None:
    lines = HEAD + "\n" + "L3,too,few\n" * 3 + ",,No,Id,,,,,\n"
    report = found(tmp_path, GP, {FILE: lines})
    assert {t.problem.rule: t.records for t in report.tallies}["missing_value"] == (4,)


def test_a_field_of_ten_thousand_characters_is_set_aside_and_not_repeated(tmp_path: Path) -> None:
    report = found(tmp_path, GP, {FILE: PEOPLE.replace("Bob", "Q" * 10_000)})
    (tally,) = report.tallies
    assert (tally.problem.rule, tally.problem.severity, tally.records) == ("too_long", Severity.SET_ASIDE, (2,))
    assert "QQQ" not in checking.to_json(report)


@pytest.mark.parametrize(
    ("before", "after", "rule", "severity"),
    [
        ("01/04/2024", "31/04/2024", "not_a_date", Severity.SET_ASIDE),
        ("01/04/2024", "01/04/2030", "arrival_date_not_future", Severity.SET_ASIDE),
        ("RXX,120", "RXX,c. 120", "not_an_amount", Severity.WARNING),
        ("RXX,120", "RXX,*", "suppressed_figure", Severity.WARNING),
        ("15/04/2024,1", "15/04/2024,77", "unknown_code", Severity.WARNING),
        ("A2,L2", "A1,L2", "duplicate_key", Severity.SET_ASIDE),
        ("A2,L2", "A2,", "someone_named", Severity.SET_ASIDE),
        ("A2,L2", ",L2", "missing_value", Severity.SET_ASIDE),
    ],
)
def test_a_broken_value_is_counted_by_field_and_rule(
    tmp_path: Path, before: str, after: str, rule: str, severity: Severity
) -> None:
    report = found(tmp_path, AE, {"ae/2024/2024-05-04.csv": ATTENDANCES.replace(before, after)})
    (tally,) = report.tallies
    assert (tally.problem.rule, tally.problem.severity, tally.problem.count) == (rule, severity, 1)
    assert report.files[0].set_aside == (severity is Severity.SET_ASIDE)


def test_a_code_counts_only_on_the_days_it_was_in_use(tmp_path: Path) -> None:
    lines = PEOPLE.replace("date_of_birth,sex", "date_of_birth,sex,date_of_death").replace(",2,", ",3,01/01/2024,")
    lines = lines.replace(",1,AB", ",1,,AB").replace("valid_from\n", "valid_from\n")
    deaths = lines.replace(",valid_from", "").replace(",01/04/2021", "").replace(",practice", "").replace(",P1", "")
    report = found(tmp_path, source_toml("deaths", "deaths"), {"deaths/2024/2024-05-03.csv": deaths})
    assert "not in use on the row's date_of_death" in rules(report)["code_not_in_use"]


def test_files_in_the_wrong_place_are_fatal(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "gp/2024-05-03.csv": PEOPLE,
        "gp/2024/latest.csv": PEOPLE,
        "gp/2024/2024-05-03.docx": PEOPLE,
        "gp/2024/2024-05-04.csv/inner.csv": PEOPLE,
        "gp/2024/.DS_Store": b"\0",
    }
    report = found(tmp_path, GP, files)
    assert set(rules(report, Severity.FATAL)) == {"no_period", "no_received_date", "unknown_format", "not_a_file"}


def test_a_damaged_parquet_file_is_fatal(tmp_path: Path) -> None:
    report = found(tmp_path, GP, {"gp/2024/2024-05-03.parquet": b"PAR1 and nothing else PAR1"})
    assert "not a readable Parquet file" in rules(report, Severity.FATAL)["broken_file"]


def test_a_source_that_sent_nothing_and_a_kind_that_is_none_are_told(tmp_path: Path) -> None:
    report = found(tmp_path, GP + source_toml("odd", "persuns"), {})
    assert "put its files in extracts/gp/" in rules(report, Severity.WARNING)["no_files"]
    assert "is no extract schema" in rules(report, Severity.FATAL)["unknown_kind"]


def test_a_source_without_a_lawful_flow_is_fatal_and_named(tmp_path: Path) -> None:
    expired = GP.replace("2026-03-31", "2025-03-31")
    message = rules(found(tmp_path, expired, {FILE: PEOPLE}), Severity.FATAL)["no_lawful_flow"]
    assert "'gp'" in message
    assert "ended on 2025-03-31" in message


def test_files_received_after_the_day_asked_for_are_not_looked_at(tmp_path: Path) -> None:
    place = make_place(tmp_path, GP, {FILE: PEOPLE, "gp/2024/2024-06-03.csv": b""})
    assert check(place).is_fatal
    assert check(place, as_of=date(2024, 6, 2)).tallies == ()


def test_a_problem_in_many_rows_is_one_line_with_an_exact_count(tmp_path: Path) -> None:
    rows = "".join(f"B{i},L1,99/99/2024,1,RXX,\n" for i in range(1500))
    report = found(tmp_path, AE, {"ae/2024/2024-05-04.csv": ATTENDANCES.splitlines()[0] + "\n" + rows})
    (tally,) = report.tallies
    assert (tally.problem.count, len(tally.records), tally.records[:2]) == (1500, 1000, (1, 2))


def test_the_report_can_be_read_as_table_json_and_csv(tmp_path: Path) -> None:
    report = found(tmp_path, AE, {"ae/2024/2024-05-04.csv": ATTENDANCES.replace("01/04/2024", "soon")})
    console = Console(record=True, width=200, file=(tmp_path / "table").open("w"))
    checking.render_table(report, console)
    assert "not_a_date" in console.export_text()
    assert json.loads(checking.to_json(report))["problems"][0]["records"] == [1]
    assert (
        checking.to_csv(report)
        .splitlines()[1]
        .startswith("ae,extracts/ae/2024/2024-05-04.csv,1,arrival_date,not_a_date,set_aside,1,")
    )


def test_checking_writes_nothing_into_the_place(tmp_path: Path) -> None:
    place = make_place(tmp_path, GP, {FILE: PEOPLE})
    before = sorted(tmp_path.rglob("*"))
    check(place)
    assert sorted(tmp_path.rglob("*")) == before


MARKER = "Zqxjmarker"
COLUMNS = HEAD.split(",")


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    cells=st.lists(
        st.tuples(st.sampled_from(COLUMNS), st.sampled_from(["", "9", '"', ",", "\n", "/2024", " " * 300, "é"])),
        min_size=1,
        max_size=6,
    )
)
def test_no_message_ever_holds_a_value(tmp_path: Path, cells: list[tuple[str, str]]) -> None:
    rows = [dict.fromkeys(COLUMNS, "") | {column: MARKER + noise} for column, noise in cells]
    lines = [",".join(row[column] for column in COLUMNS) for row in rows]
    report = found(tmp_path, GP, {FILE: HEAD + "\n" + "\n".join(lines) + "\n"})
    assert MARKER not in checking.to_json(report) + checking.to_csv(report)


def test_a_file_without_headings_does_not_show_its_first_row(tmp_path: Path) -> None:
    report = found(tmp_path, GP, {FILE: f"{MARKER},9990000018,{MARKER}\n{MARKER},,\n"})
    assert report.is_fatal
    assert MARKER not in checking.to_json(report)
