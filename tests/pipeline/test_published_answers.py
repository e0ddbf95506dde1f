"""Published answers are reproduced through the product, and the page that says so is the one the product gives."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.pipeline.published_answers import ANSWERS, PAGE, RUNS, agrees, found, page, results, stated


def test_the_page_lists_every_case_and_no_other() -> None:
    rows = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if re.match(r"\| (?!data|---)", line)]
    assert [line.rsplit(" | ", 3)[0] for line in rows] == [stated(answer).removesuffix(" |") for answer in ANSWERS]


def test_every_case_names_a_run_and_every_run_serves_a_case() -> None:
    assert {answer.run for answer in ANSWERS} - {""} == {run.id for run in RUNS}


@pytest.mark.slow
def test_published_answers_are_reproduced_and_the_page_is_up_to_date(published_data: Path, tmp_path: Path) -> None:
    made = results(published_data, tmp_path)
    ours = {answer: found(answer, made) for answer in ANSWERS}
    assert not [f"{stated(answer)} {value}" for answer, value in ours.items() if not agrees(answer, value)]
    assert page(ours) == PAGE.read_text(encoding="utf-8"), "run python -m tests.pipeline.published_answers"
