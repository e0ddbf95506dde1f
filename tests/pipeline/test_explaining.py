"""Every number explains itself, and an id that is none is answered with what exists."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from joinedup.pipeline.explaining import explain, to_json, to_text
from joinedup.rules.foundation.errors import UsageError
from joinedup.store.release import current_release
from tests import place_on_disk as micro

CELL = "ae_attendances/SYS1/2024-05-01/2024-05-31/all/all"


def test_an_explanation_names_the_files_with_their_whole_row_counts(built: Path) -> None:
    inputs = {item.path: item.rows for item in explain(built, CELL).explanation.inputs}
    name = "ecds/2024-05/2024-06-05.csv"
    assert inputs[f"extracts/{name}"] == len(micro.EVERYTHING[name].splitlines()) - 1
    assert any(path.startswith("extracts/gp/") for path in inputs)  # the people it is divided by


def test_the_text_says_value_definition_release_steps_and_files(built: Path) -> None:
    text = to_text(explain(built, CELL))
    for part in ("A&E attendances: Fenwick and Aldmoor", "numerator", "definition   ae_attendances@", "How it was made",
                 current_release(built), "extracts/ecds/2024-05/2024-06-05.csv", "with sure links only"):  # fmt: skip
        assert part in text


def test_the_query_is_shown_when_asked_for(built: Path) -> None:
    answer = explain(built, CELL)
    assert "SELECT" in to_text(answer, with_sql=True)
    assert "SELECT" not in to_text(answer)


def test_raw_figures_are_given_only_inside_and_say_so(built: Path) -> None:
    raw = explain(built, CELL, internal=True)
    attended = sum(row.startswith("a-05-") for row in micro.EVERYTHING["ecds/2024-05/2024-06-05.csv"].splitlines())
    assert raw.raw is not None
    assert raw.raw["numerator"] == attended
    assert "not for publication" in to_text(raw)
    assert explain(built, CELL).raw is None


def test_json_holds_the_same(built: Path) -> None:
    found = json.loads(to_json(explain(built, CELL, internal=True)))
    assert found["explanation"]["point"]["measure"] == "ae_attendances"
    assert set(found["explanation"]["point"]["value"]) == {"value", "status"}
    assert found["raw"]["numerator"] is not None


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        ("nonsense", "is not an id: write measure/area/start"),
        (CELL.replace("ae_attendances", "happiness"), "there is no measure 'happiness'; there are: .*ae_attendances"),
        (CELL.replace("SYS1", "SYS9"), "not published for area 'SYS9'"),
        (CELL.replace("2024-05-01", "2023-05-01"), "no cell for that period"),
        (CELL.replace("05-01/2024-05-31", "13-01/2024-13-31"), "no cell for that period"),
        (CELL + "@20200101-0000000000", "release"),
    ],
)
def test_an_unknown_id_says_what_is_wrong_with_it(built: Path, cell: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        explain(built, cell)
