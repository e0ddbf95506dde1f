"""Pages of evaluations: what was found, how it moved, what was promised, and its files; for those who see schemes."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.test import Client
from django.urls import reverse

from joinedup.pipeline.evaluation.versions import keep_version
from joinedup.register.models import AuditEvent
from joinedup.rules.foundation.role import Role
from joinedup.rules.programme.result import Estimate, GradeGiven, Result
from joinedup.store.protocols import load_protocol, register
from joinedup.web import evidence
from tests.register.people import actor
from tests.web.oversight.conftest import Desk

pytestmark = pytest.mark.django_db
PROTOCOL = """
title = "Team <around> the person"
question = "Did it help?"
[data]
unit = "area"
time = "year"
outcome = "rate"
treated = "has_scheme"
[design]
method = "difference_in_differences"
"""
NOW = datetime(2025, 4, 20, 12, tzinfo=UTC)


def found(verdict: str, value: float) -> Result:
    estimate = Estimate("rate", "att", value, low=value - 1, high=value + 1, n=200)
    registered = {"heading": "registered", "time": NOW.isoformat(), "hash": "h"}
    provenance = {"protocol_hash": "h", "run_at": NOW.isoformat(), "question": "Did it help?"}
    return Result(
        "Team <around> the person", "difference_in_differences", verdict, grade=GradeGiven(3, ("areas compared",)),
        estimates=(estimate,), registered=registered, provenance=provenance,
    )  # fmt: skip


@pytest.fixture
def place(built: Path, tmp_path: Path, settings: LazySettings, db: None) -> Iterator[Path]:
    """The micro place with one evaluation, registered and run twice."""
    folder = Path(shutil.copytree(built, tmp_path / "place", ignore=shutil.ignore_patterns("extracts", "register*")))
    path = folder / "evaluations" / "team.toml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(PROTOCOL)
    file = load_protocol(path)
    register(path.parent / "registrations.jsonl", file, NOW)
    keep_version(folder, "team", found("promising", -9.0), file.content)
    keep_version(folder, "team", found("no conclusive evidence", -0.5), file.content)
    settings.JOINEDUP_PLACE = folder
    settings.ALLOWED_HOSTS = ["testserver"]
    evidence.open_reader.cache_clear()
    yield folder
    evidence.open_reader.cache_clear()


def signed_in(role: Role = Role.AUDITOR) -> Client:
    return Desk(0, (), 0).client(actor(role, ""))


def page(client: Client, name: str, *args: object, status: int = 200) -> str:
    answer = client.get(reverse(name, args=args))
    assert answer.status_code == status, (name, answer.status_code)
    return b"".join(answer).decode()


def test_the_list_says_what_was_found_and_when_it_was_promised(place: Path) -> None:
    text = page(signed_in(), "evaluations")
    assert "Team &lt;around&gt; the person" in text
    assert "No conclusive evidence" in text
    assert "20 April 2025" in text


def test_the_newest_version_answers_in_plain_words_without_a_style_of_its_own(place: Path) -> None:
    text = page(signed_in(), "evaluation", "team")
    assert "What changed because of it?" in text
    assert "What moved since the last version, and why" in text
    assert " style=" not in text
    assert "<style" not in text
    assert "<around>" not in text


def test_an_older_version_says_that_it_is_old(place: Path) -> None:
    assert "This is version 1 of 2" in page(signed_in(), "evaluation_version", "team", 1)


def test_versions_tell_how_the_answer_moved(place: Path) -> None:
    text = page(signed_in(), "evaluation_versions", "team")
    assert "Verdict: promising → no conclusive evidence" in text
    assert "The first version." in text


def test_the_promise_is_shown_field_by_field_with_its_hash(place: Path) -> None:
    text = page(signed_in(), "evaluation_protocol", "team")
    assert load_protocol(place / "evaluations/team.toml").hash in text
    assert "has_scheme" in text


@pytest.mark.parametrize("file", ["report.html", "result.json"])
def test_files_are_taken_away_and_that_is_written_down(place: Path, file: str) -> None:
    answer = signed_in().get(reverse("evaluation_file", args=["team", 2, file]))
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer.content == (place / f"evaluations/results/team/0002/{file}").read_bytes()
    row = AuditEvent.objects.order_by("-sequence")[0]
    assert (row.action, row.subject) == ("evaluation.taken", "evaluation/team")


@pytest.mark.parametrize(
    "address", ["nothing/", "nothing/versions/", "nothing/protocol/", "team/9/", "team/1/about.json"]
)
def test_what_is_not_there_is_not_found(place: Path, address: str) -> None:
    assert signed_in().get(f"/schemes/evaluations/{address}").status_code == 404


def test_an_altered_result_is_not_shown(place: Path) -> None:
    file = place / "evaluations/results/team/0002/result.json"
    told = json.loads(file.read_text())
    file.write_text(json.dumps({**told, "verdict": "works"}))
    assert "Why is this result not shown?" in page(signed_in(), "evaluation", "team", status=500)
    assert "was altered" in page(signed_in(), "evaluations")


def test_a_place_without_evaluations_says_so(place: Path) -> None:
    shutil.rmtree(place / "evaluations")
    assert "nothing was evaluated yet" in page(signed_in(), "evaluations")


def test_who_does_not_see_schemes_sees_no_evaluation(place: Path) -> None:
    page(signed_in(Role.CARE_COORDINATOR), "evaluations", status=403)
    page(signed_in(Role.CARE_COORDINATOR), "evaluation", "team", status=403)
