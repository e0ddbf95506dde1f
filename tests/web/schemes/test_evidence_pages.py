"""Pages of the evidence base: open to everybody, local entries by two people, pictures and gaps."""

from __future__ import annotations

import csv
import io
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.test import Client
from django.urls import reverse

from joinedup.register.models import EvidenceItem
from joinedup.rules.foundation.role import Role
from joinedup.web import evidence
from tests.register.people import actor
from tests.register.test_evidence_item import approved, kept, scheme
from tests.web.oversight.conftest import Desk

pytestmark = pytest.mark.django_db
CELL = ["care_home", "residential", "emergency_admissions"]


@pytest.fixture
def place(built: Path, tmp_path: Path, settings: LazySettings, db: None) -> Iterator[Path]:
    """The micro place, with room for definitions and results of its own."""
    folder = Path(shutil.copytree(built, tmp_path / "place", ignore=shutil.ignore_patterns("extracts", "register*")))
    settings.JOINEDUP_PLACE = folder
    settings.ALLOWED_HOSTS = ["testserver"]
    evidence.open_reader.cache_clear()
    yield folder
    evidence.open_reader.cache_clear()


def signed_in(role: Role, account: str = "") -> Client:
    return Desk(0, (), 0).client(actor(role, account))


def page(client: Client, name: str, *args: object, **asked: str) -> str:
    answer = client.get(reverse(name, args=args), asked)
    assert answer.status_code == 200, (name, answer.status_code)
    return answer.content.decode()


def entry_form(**other: str) -> dict[str, str]:
    return {
        "label": "Team", "question": "Did it work?", "kind": "evaluation", "integration": "horizontal",
        "cohort": "high_risk", "pathway": "community", "sites": "1 place", "outcome": "emergency_admissions",
        "verdict": "no effect larger than", "ruled_out": "5%", "grade": "4", "because": "People alike",
        "cash": "unknown", "persistence": "unknown", "replication": "unknown", "published": "2025-03",
        "citation": "Own", **other,
    }  # fmt: skip


def test_everybody_reads_the_literature_and_takes_it_away(place: Path) -> None:
    public = Client()
    assert "57 items" in page(public, "evidence", size="100")
    answer = public.get(reverse("evidence"), {"export": "csv", "verdict": "harm"})
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [row["Verdict"] for row in rows] == ["Harm"]
    item = page(public, "evidence_item", "better_care_fund_savings")
    assert "£532,000,000" in item
    assert "Claimed, not tested" in item


def test_what_works_says_that_findings_differ_and_leads_to_all_of_them(place: Path) -> None:
    text = page(Client(), "evidence_what_works", cohort="care_home")
    assert "Findings differ" in text
    cell = page(Client(), "evidence_cell", *CELL)
    assert "3 show that it works, 2 leave it open" in cell
    assert "Only one evaluation has a published interval" in cell
    assert Client().get(reverse("evidence_cell", args=["x", "y", "z"])).status_code == 404


def test_three_evaluations_with_intervals_are_brought_together_with_a_prediction(place: Path) -> None:
    folder = place / "definitions" / "evidence_base"
    folder.mkdir(parents=True)
    for number, (value, low, high) in enumerate([(-20.0, -34.0, -3.0), (-5.0, -25.0, 20.0)]):
        (folder / f"site{number}.toml").write_text(SITE.format(number=number, value=value, low=low, high=high))
    text = page(Client(), "evidence_cell", *CELL)
    assert "over 3 evaluations" in text
    assert "95% prediction interval" in text
    assert "<polygon" in text


def test_the_public_does_not_see_what_was_not_approved_for_it(place: Path) -> None:
    row = approved()
    assert Client().get(reverse("evidence_item", args=[row.slug])).status_code == 404
    assert "Team around the practice" in page(signed_in(Role.BOARD_MEMBER), "evidence_item", row.slug)


def test_an_entry_is_proposed_by_one_approved_by_another_and_corrected(place: Path) -> None:
    first, second = signed_in(Role.ANALYST, "analyst"), signed_in(Role.ANALYST, "analyst.second")
    answer = first.post(reverse("evidence_new"), entry_form(submission="a"))
    assert answer.status_code == 303
    entry = EvidenceItem.objects.get()
    assert entry.verdict == "no effect larger than 5%"
    assert "somebody else must decide" in first.get(answer["Location"]).content.decode()
    decision = {"decision": "approve", "version": "1", "submission": "b"}
    assert first.post(reverse("evidence_decide", args=[entry.pk]), decision).status_code == 403
    assert second.post(reverse("evidence_decide", args=[entry.pk]), decision).status_code == 303
    again = page(first, "evidence_correct", entry.pk)
    assert 'value="5%"' in again
    correction = entry_form(reason="A fault", version="2", submission="c", because="Better")
    assert first.post(reverse("evidence_correct", args=[entry.pk]), correction).status_code == 303
    assert EvidenceItem.objects.get(number=2).status == "proposed"


def test_a_wrong_entry_keeps_what_was_typed_and_says_what_is_wrong(place: Path) -> None:
    answer = signed_in(Role.ANALYST).post(reverse("evidence_new"), entry_form(verdict="works", grade="1"))
    assert answer.status_code == 422
    text = answer.content.decode()
    assert "needs grade 3 or better" in text
    assert 'value="Did it work?"' in text


def test_programs_read_the_evidence_base_in_pages_and_without_a_token(place: Path) -> None:
    hidden, public = approved(), Client()
    first = public.get("/api/v1/evidence", {"limit": "40"}).json()
    second = public.get("/api/v1/evidence", {"limit": "40", "cursor": first["next"]}).json()
    told = [item["id"] for item in first["items"] + second["items"]]
    assert (len(told), second["next"]) == (57, None)
    assert hidden.slug not in told
    asked = public.get("/api/v1/evidence", {"outcome": "reoffending"}).json()
    assert [item["id"] for item in asked["items"]] == ["doncaster_reoffending_2015"]
    one = public.get("/api/v1/evidence/care_homes_rushcliffe_2017").json()
    assert (one["findings"][0]["effect"], one["findings"][0]["high"]) == (-23.0, -3.0)
    assert public.get(f"/api/v1/evidence/{hidden.slug}").status_code == 404
    assert public.get("/api/v1/evidence", {"cohort": "martians"}).status_code == 422


def test_gaps_show_blind_schemes_and_evaluations_that_were_not_told(place: Path) -> None:
    scheme("blind", cohort="homeless", pathway="urgent")
    kept(place, "team-fenwick", "2020-01-01T00:00:00+00:00")
    analyst = signed_in(Role.ANALYST)
    text = page(analyst, "evidence_gaps")
    assert "1 scheme spends with no evaluation planned" in text
    assert "£1,000,000" in text
    assert "Late" in text
    made = page(analyst, "evidence_from", "team-fenwick")
    assert 'value="0.95"' in made
    assert analyst.get(reverse("evidence_from", args=["nothing"])).status_code == 404
    assert Client().get(reverse("evidence_gaps")).status_code == 302


SITE = """
id = "site{number}"
label = "Site {number}"
question = "Did it work?"
kind = "evaluation"
integration = "horizontal"
cohort = "care_home"
pathway = "residential"
published = "2024"
[[findings]]
outcome = "emergency_admissions"
verdict = "no conclusive evidence"
grade = 4
because = "Alike"
effect = {value}
low = {low}
high = {high}
scale = "percent"
[[sources]]
citation = "Somebody"
"""
