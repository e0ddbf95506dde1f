from __future__ import annotations

import csv
import json
import random
from pathlib import Path

import pytest

from joinedup.pipeline.linking_files import link_files
from joinedup.pipeline.linking_rows import read_rows
from joinedup.pipeline.linking_scores import read_truth, score
from joinedup.rules.foundation.errors import PlaceError, UsageError

FORENAMES = [
    "Anna",
    "Oswin",
    "Bertha",
    "Cuthbert",
    "Delia",
    "Edwyn",
    "Flora",
    "Garth",
    "Hilda",
    "Ivor",
    "Joyce",
    "Keld",
]
SURNAMES = ["Fen" + a + b for a in ("wright", "dale", "combe", "ster") for b in ("", "son", "ley", "by")]


def write(path: Path, rows: list[list[str]]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)
    return path


def people(n: int, seed: int = 1) -> list[list[str]]:
    """Invented people twice over: id, name, surname, birth date, postcode, card; the copy with a slip in each."""
    rng = random.Random(seed)
    rows = []
    for i in range(n):
        name, surname = rng.choice(FORENAMES), rng.choice(SURNAMES)
        born = f"{rng.randint(1930, 2015)}-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}"
        postcode, card = f"ZZ{rng.randint(1, 60)} {rng.randint(1, 9)}AA", f"C{rng.randint(10**6, 10**7)}"
        rows.append([f"r{i}-a", name, surname, born, postcode, card])
        slips = (
            [name[:-1], surname, born, postcode, card], [name, surname[:-1] + "x", born, postcode, card],
            [name, surname, born[:-2] + "05", postcode, card], [name, surname, born, "", card],
            [surname, name, born, postcode, card],
        )  # fmt: skip
        rows.append([f"r{i}-b", *slips[i % len(slips)]])
    return rows


HEAD = ["rec_id", "given_name", "surname", "date_of_birth", "pc", "card"]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("files")
    rows = people(120)
    write(folder / "a.csv", [HEAD, *rows[0::2]])
    write(folder / "b.csv", [HEAD, *rows[1::2]])
    write(folder / "truth.csv", [["record_id", "person_id"], *([row[0], row[0].split("-")[0]] for row in rows)])
    link_files(
        [folder / "a.csv", folder / "b.csv"], folder / "out", {"pc": "postcode"}, ("card",), folder / "truth.csv"
    )
    return folder


def test_links_are_written_as_the_format_says(made: Path) -> None:
    rows = list(csv.DictReader((made / "out" / "links.csv").open(encoding="utf-8")))
    assert list(rows[0]) == ["record_id", "source", "person_id", "probability"]
    assert len(rows) == 240
    assert {row["source"] for row in rows} == {"a", "b"}
    assert all(0 <= float(row["probability"]) <= 1 for row in rows if row["probability"])


def test_scores_reach_what_the_slips_allow(made: Path) -> None:
    said = json.loads((made / "out" / "scores.json").read_text())
    assert said["pairs"]["f1"] > 0.98
    assert said["clusters"]["recall"] > 0.97
    assert set(said["compared"]) == {"forename", "surname", "dob", "postcode", "card"}


def test_the_order_of_files_never_matters(made: Path) -> None:
    again = link_files([made / "b.csv", made / "a.csv"], made / "again", {"pc": "postcode"}, ("card",))
    assert again.links.read_bytes() == (made / "out" / "links.csv").read_bytes()


def test_a_truth_may_be_labelled_pairs(tmp_path: Path) -> None:
    truth = write(tmp_path / "pairs.csv", [["record_id_l", "record_id_r", "match"], ["1", "2", "1"], ["1", "3", "0"]])
    known = read_truth(truth, [("f", "1"), ("f", "2"), ("f", "3")])
    import numpy as np

    all_one = score(np.array([1, 1, 1]), known).pairs
    assert (all_one.precision, all_one.recall) == (0.5, 1.0)


def refused(tmp_path: Path, rows: list[list[str]], **options: object) -> str:
    path = write(tmp_path / "people.csv", rows)
    mapping: dict[str, str] = options.get("mapping", {})  # type: ignore[assignment]
    with pytest.raises((UsageError, PlaceError)) as caught:
        link_files([path], tmp_path / "out", mapping, options.get("extra", ()))  # type: ignore[arg-type]
    assert not (tmp_path / "out").exists()
    return str(caught.value)


def test_a_file_without_record_id_says_which_columns_it_has(tmp_path: Path) -> None:
    message = refused(tmp_path, [["key", "surname"], ["1", "Fenley"]])
    assert "people.csv has no column record_id; its columns are key, surname" in message
    assert "--map" in message


def test_two_records_with_one_id_are_refused_without_naming_it(tmp_path: Path) -> None:
    message = refused(tmp_path, [["record_id", "surname"], ["x77", "Fenley"], ["x77", "Fendale"]])
    assert "occur more than once" in message
    assert "x77" not in message


@pytest.mark.parametrize("rows", [[], [[]], [["record_id", "surname"]]])
def test_an_empty_file_is_refused(tmp_path: Path, rows: list[list[str]]) -> None:
    assert "people.csv" in refused(tmp_path, rows)


def test_columns_that_are_not_there_or_unknown_are_refused(tmp_path: Path) -> None:
    rows = [["record_id", "surname"], ["1", "Fenley"]]
    assert "--extra card" in refused(tmp_path, rows, extra=("card",))
    assert "--map nickname" in refused(tmp_path, rows, mapping={"nickname": "forename"})
    assert "columns that can be named" in refused(tmp_path, rows, mapping={"surname": "family"})


def test_a_file_with_nothing_to_compare_is_refused(tmp_path: Path) -> None:
    assert "no column to link on" in refused(tmp_path, [["record_id", "colour"], ["1", "red"], ["2", "blue"]])


def test_a_missing_id_is_refused_by_its_place(tmp_path: Path) -> None:
    assert "the first is record 2" in refused(tmp_path, [["record_id", "surname"], ["1", "a"], ["", "b"]])


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="not a file"):
        link_files([tmp_path / "none.csv"], tmp_path / "out", {}, ())
    with pytest.raises(UsageError, match="not a file"):
        link_files([tmp_path], tmp_path / "out", {}, ())


def test_two_different_numbers_are_never_one_person(tmp_path: Path) -> None:
    rows = people(60, seed=3)
    head = ["record_id", "forename", "surname", "dob", "postcode", "nhs_number"]
    plain = [[*row[:5], ""] for row in rows]
    twin = ["Anna", "Fenwright", "1960-03-07", "ZZ1 1AA"]
    path = write(tmp_path / "n.csv", [head, *plain, ["t1", *twin, "9990000018"], ["t2", *twin, "9990000026"]])
    link_files([path], tmp_path / "out", {}, ())
    found = {row["record_id"]: row["person_id"] for row in csv.DictReader((tmp_path / "out" / "links.csv").open())}
    assert found["t1"] != found["t2"]


def test_windows_text_and_spaces_after_commas_are_read(tmp_path: Path) -> None:
    lines = [
        "record_id, forename, surname, dob",
        *(", ".join(row[:4]) for row in people(30)),
        "z, Zoë, Fenîle, 1990-01-01",
    ]
    (tmp_path / "w.csv").write_bytes("\r\n".join(lines).encode("windows-1252"))
    assert link_files([tmp_path / "w.csv"], tmp_path / "out", {}, ()).records == 61


def test_an_address_told_in_several_columns_is_one_address_and_may_be_missing_whole(tmp_path: Path) -> None:
    head = ["record_id", "surname", "street_number", "address_1", "suburb"]
    path = write(tmp_path / "a.csv", [head, ["1", "Fenley", "12", "Alder Road", ""], ["2", "Fenby", "", "", ""]])
    assert read_rows([path], {}, ()).table["address"].to_pylist() == ["12 Alder Road", None]
    mapped = read_rows([path], {"suburb": "address", "street_number": "address"}, ())
    assert mapped.table["address"].to_pylist() == ["12", None]
