"""Results of evaluations are versions: added whole, never changed, never kept twice."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
from pathlib import Path
from typing import Any

import pytest

from joinedup.rules.foundation.errors import ReleaseError, UsageError
from joinedup.store.evaluation_results import EvaluationResults, Kept, keep

ABOUT = {"release": "20250401-a", "protocol_hash": "p1", "code_version": "1", "run_at": "2025-04-20T12:00:00+00:00"}


def found(value: float = 1.0, run_at: str = "2025-04-20T12:00:00+00:00", heading: str = "registered") -> dict[str, Any]:
    return {
        "verdict": "works", "estimates": [{"value": value}], "provenance": {"run_at": run_at},
        "registered": {"heading": heading, "time": run_at, "hash": "p1"},
    }  # fmt: skip


def test_versions_are_numbered_and_read_back_in_order(tmp_path: Path) -> None:
    keep(tmp_path, "team", found(1.0), ABOUT)
    keep(tmp_path, "team", found(2.0), ABOUT)
    results = EvaluationResults(tmp_path)
    assert results.names() == ("team",)
    assert [(kept.number, kept.result["estimates"][0]["value"]) for kept in results.versions("team")] == [
        (1, 1),
        (2, 2),
    ]
    latest = results.latest("team")
    assert latest is not None
    assert (latest.number, latest.release) == (2, "20250401-a")


def test_a_place_without_results_has_none(tmp_path: Path) -> None:
    results = EvaluationResults(tmp_path)
    assert (results.names(), results.versions("team"), results.latest("team")) == ((), (), None)


def test_the_same_finding_is_not_kept_twice_whenever_it_was_run(tmp_path: Path) -> None:
    for at in ("2025-04-20T12:00:00+00:00", "2025-05-01T09:00:00+00:00"):
        for heading in ("registered at run time",):
            keep(tmp_path, "team", found(run_at=at, heading=heading), {**ABOUT, "run_at": at})
    assert len(EvaluationResults(tmp_path).versions("team")) == 1


@pytest.mark.parametrize("key", ["release", "protocol_hash", "code_version"])
def test_the_same_finding_of_another_release_protocol_or_code_is_kept(tmp_path: Path, key: str) -> None:
    keep(tmp_path, "team", found(), ABOUT)
    assert keep(tmp_path, "team", found(), {**ABOUT, key: "other"}).number == 2


def test_a_report_is_written_beside_with_the_version_before_known(tmp_path: Path) -> None:
    def render(kept: Kept, before: Kept | None) -> str:
        return f"{kept.number} after {before.number if before else 'none'}"

    keep(tmp_path, "team", found(1.0), ABOUT, render)
    kept = keep(tmp_path, "team", found(2.0), ABOUT, render)
    assert kept.report.read_text() == "2 after 1"


@pytest.mark.parametrize("file", ["result.json", "about.json"])
def test_an_altered_version_is_refused(tmp_path: Path, file: str) -> None:
    first = keep(tmp_path, "team", found(1.0), ABOUT)
    keep(tmp_path, "team", found(2.0), ABOUT)
    path = first.folder / file
    path.write_text(path.read_text().replace("2025-04-20", "2024-04-20"))
    with pytest.raises(ReleaseError, match="altered at or before version"):
        EvaluationResults(tmp_path).versions("team")


def test_a_version_taken_out_is_noticed(tmp_path: Path) -> None:
    for value in (1.0, 2.0, 3.0):
        keep(tmp_path, "team", found(value), ABOUT)
    gone = tmp_path / "evaluations/results/team/0002"
    gone.rename(tmp_path / "elsewhere")
    with pytest.raises(ReleaseError, match="altered"):
        EvaluationResults(tmp_path).versions("team")


def test_a_damaged_file_says_to_restore_it(tmp_path: Path) -> None:
    kept = keep(tmp_path, "team", found(), ABOUT)
    (kept.folder / "result.json").write_text("{")
    with pytest.raises(ReleaseError, match="restore it from a backup"):
        EvaluationResults(tmp_path).latest("team")


@pytest.mark.parametrize("name", ["../team", "a/b", "", ".hidden", "a b"])
def test_a_name_that_leads_elsewhere_is_refused_and_never_read(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match="cannot name an evaluation"):
        keep(tmp_path, name, found(), ABOUT)
    assert EvaluationResults(tmp_path).versions(name) == ()


def test_a_result_without_its_release_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="without its release"):
        keep(tmp_path, "team", found(), {key: item for key, item in ABOUT.items() if key != "release"})


def _killed(place: Path) -> None:
    keep(place, "team", found(9.0), ABOUT, lambda kept, before: os.kill(os.getpid(), signal.SIGKILL) or "")  # type: ignore[func-returns-value]


def test_a_process_killed_while_writing_leaves_no_version_and_hinders_nobody(tmp_path: Path) -> None:
    keep(tmp_path, "team", found(1.0), ABOUT)
    process = multiprocessing.get_context("fork").Process(target=_killed, args=(tmp_path,))
    process.start()
    process.join(20)
    assert process.exitcode == -signal.SIGKILL
    assert len(EvaluationResults(tmp_path).versions("team")) == 1
    assert keep(tmp_path, "team", found(2.0), ABOUT).number == 2
    left = [item.name for item in (tmp_path / "evaluations/results/team").iterdir()]
    assert sorted(left) == [".lock", "0001", "0002"]


def _writes(place: Path, values: list[float]) -> None:
    for value in values:
        keep(place, "team", found(value), ABOUT)


def test_two_writers_at_once_lose_nothing(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    batches = [[float(i) for i in range(start, start + 10)] for start in (0, 100)]
    writers = [context.Process(target=_writes, args=(tmp_path, batch)) for batch in batches]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(30)
    values = [kept.result["estimates"][0]["value"] for kept in EvaluationResults(tmp_path).versions("team")]
    assert sorted(values) == sorted(batches[0] + batches[1])


def test_numbers_stay_as_json_wrote_them(tmp_path: Path) -> None:
    result = {**found(), "weights": {"Utah": 0.1 + 0.2}}
    kept = keep(tmp_path, "team", result, ABOUT)
    assert json.loads((kept.folder / "result.json").read_text())["weights"] == {"Utah": 0.1 + 0.2}
