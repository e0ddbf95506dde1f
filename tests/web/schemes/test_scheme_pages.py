"""Pages of schemes: what is claimed, how it stands, who may change it, and what a board should hear."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.test import Client
from django.urls import reverse

from joinedup.register.actor import Actor
from joinedup.register.clock import today
from joinedup.register.models import BudgetReduction, Claim, EvaluationPlan, Scheme, User
from joinedup.rules.foundation.role import Role
from joinedup.web import evidence
from tests.register.people import actor
from tests.register.schemes import claim, effect, manager, scheme
from tests.web.api.conftest import token

pytestmark = pytest.mark.django_db
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@pytest.fixture(autouse=True)
def _place(built: Path, settings: LazySettings, db: None) -> Iterator[None]:
    settings.JOINEDUP_PLACE = built
    settings.ALLOWED_HOSTS = ["testserver"]
    yield
    evidence.open_reader.cache_clear()


def browser(by: Actor) -> Client:
    client = Client()
    client.force_login(User.objects.get(pk=by.user_id), backend=BACKEND)
    return client


def page(by: Actor, name: str, *args: object) -> str:
    answer = browser(by).get(reverse(name, args=args))
    assert answer.status_code == 200
    return answer.content.decode()


def day(name: str, value: date) -> dict[str, str]:
    return {f"{name}-day": str(value.day), f"{name}-month": str(value.month), f"{name}-year": str(value.year)}


def scheme_form(**other: object) -> dict[str, object]:
    return {
        "name": "The ward", "slug": "ward", "integration": "vertical", "level": "", "model": "",
        "aim": "fewer_admissions", "cohort": "high_risk", "pathway": "urgent", "owner": "TRU1", "lead_id": "",
        "sponsor": "", **day("begins", date(2024, 4, 1)), "funding": "Own", "yearly_cost": "540000.50",
        "dispersion": "2", "follow_up_months": "12", "planned_people": "500", "event_rate": "1.2",
        "submission": "scheme", **other,
    }  # fmt: skip


def claim_form(**other: object) -> dict[str, object]:
    return {
        "title": "A third fewer", "kind": "effect", "unit": "percent", "measure": "Emergency admissions",
        "outcome": "emergency_admissions", "claimant": "TRU1", **day("begins", date(2024, 4, 1)),
        **day("due", date(2025, 3, 31)), "budget_owner": "", "budget_holder_id": "", "planned": "-35",
        **day("on", date(2024, 4, 1)), "reason": "Before and after", "submission": "claim", **other,
    }  # fmt: skip


def test_a_scheme_is_recorded_and_its_page_says_what_it_could_show() -> None:
    by = manager()
    answer = browser(by).post(reverse("scheme_new"), scheme_form())
    assert (answer.status_code, answer["Location"]) == (303, "/schemes/ward/")
    assert Scheme.objects.get().yearly_cost_pence == 540_000_50
    found = page(by, "scheme", "ward")
    assert "With 500 people it can only show a fall of 20.4% or more" in found
    assert "Nobody has planned to find out." in found


def test_a_form_sent_twice_records_one_scheme_and_a_bad_one_keeps_what_was_typed() -> None:
    client = browser(manager())
    assert [client.post(reverse("scheme_new"), scheme_form()).status_code for _ in range(2)] == [303, 303]
    assert Scheme.objects.count() == 1
    bad = client.post(reverse("scheme_new"), scheme_form(slug="Two words", submission="other"))
    assert bad.status_code == 422
    assert "Two words" in bad.content.decode()


def test_a_claim_stands_untested_wherever_its_scheme_shows() -> None:
    scheme()
    by = manager()
    answer = browser(by).post(reverse("claim_new", args=["team"]), claim_form())
    assert answer.status_code == 303
    made = Claim.objects.get()
    for found in (page(by, "scheme", "team"), page(by, "claim", made.pk), page(by, "claims"), page(by, "schemes")):
        assert "laimed, not tested" in found
    assert "-35%" in page(by, "claim", made.pk)


def test_every_version_of_a_claim_stands_on_its_page_with_its_reason() -> None:
    scheme()
    made = claim(planned=1_000_000_000_00)
    by = manager()
    for number, (amount, reason) in enumerate((("532000000", "November 2014"), ("511000000", "February 2015")), 1):
        sent = {"planned": amount, "forecast": "", "realised": "", **day("on", today()), "reason": reason,
                "version": number, "submission": reason}  # fmt: skip
        assert browser(by).post(reverse("claim_say", args=[made.pk]), sent).status_code == 303
    found = page(by, "claim", made.pk)
    assert all(words in found for words in ("£1bn", "£532m", "£511m", "November 2014", "February 2015"))
    assert "Planned a year: £1bn, then £532m, then £511m." in found
    assert "was £1bn, then £532m" in page(by, "scheme", "team")


def test_who_says_a_claim_anew_is_told_when_somebody_was_faster() -> None:
    scheme()
    made = claim()
    sent = {"planned": "5", **day("on", today()), "reason": "Less", "version": 7, "submission": "late"}
    answer = browser(manager()).post(reverse("claim_say", args=[made.pk]), sent)
    assert answer.status_code == 409
    assert "Less" in answer.content.decode()


def test_a_budget_that_fell_is_said_by_one_and_confirmed_by_its_owner() -> None:
    scheme()
    made = claim(planned=100_000_00)
    sent = {"pounds": "60000", "kind": "posting", "reference": "GL-1", **day("on", today()), "submission": "r"}
    assert browser(manager()).post(reverse("reduction_new", args=[made.pk]), sent).status_code == 303
    row = BudgetReduction.objects.get()
    owner = manager("owner", "BRD1")
    assert "You are asked whether a budget of your organisation fell" in page(owner, "schemes")
    assert "Only somebody of" in page(manager(), "reduction_decide", row.pk)
    decision = {"decision": "yes", "remark": "", "version": 1, "submission": "d"}
    assert browser(manager()).post(reverse("reduction_decide", args=[row.pk]), decision).status_code == 403
    assert browser(owner).post(reverse("reduction_decide", args=[row.pk]), decision).status_code == 303
    assert "Confirmed" in page(owner, "claim", made.pk) or "confirmed" in page(owner, "claim", made.pk)


def test_an_auditor_sees_everything_and_changes_nothing() -> None:
    scheme()
    made = claim()
    by = actor(Role.AUDITOR)
    for name, args in (("schemes", ()), ("scheme", ("team",)), ("claims", ()), ("claim", (made.pk,))):
        found = page(by, name, *args)
        assert "Record a scheme" not in found
        assert "Say it anew" not in found
    assert browser(by).post(reverse("scheme_new"), scheme_form()).status_code == 403
    assert browser(by).get(reverse("claim_edit", args=[made.pk])).status_code == 403


def test_a_manager_of_another_organisation_is_refused_in_words() -> None:
    scheme()
    answer = browser(manager("stranger", "OTH1")).post(reverse("claim_new", args=["team"]), claim_form(claimant="OTH1"))
    assert answer.status_code in {403, 422}
    assert Claim.objects.count() == 0


def test_an_analyst_plans_an_evaluation_of_any_scheme() -> None:
    scheme()
    sent = {"protocol": "team-fenwick", "question": "Does it do what is claimed?", "submission": "p"}
    answer = browser(actor(Role.ANALYST)).post(reverse("evaluation_new", args=["team"]), sent)
    assert (answer.status_code, EvaluationPlan.objects.get().protocol) == (303, "team-fenwick")
    assert "An evaluation is planned and has no result yet" in page(actor(Role.BOARD_MEMBER), "scheme", "team")


def test_a_board_reads_what_is_wrong() -> None:
    scheme()
    scheme(slug="ward", name="The ward")
    found = page(actor(Role.BOARD_MEMBER), "scheme_alerts")
    assert "Money is spent and no evaluation is planned" in found
    assert "The same thing is done twice" in found


def test_what_is_claimed_twice_is_shown_with_its_share() -> None:
    scheme()
    scheme(slug="ward", name="The ward")
    for slug, amount in (("team", -210), ("ward", -450)):
        effect(amount, slug, unit="admissions", measure="Admissions", baseline=600_00)
    found = page(manager(), "claims")
    assert "together claim 660 a year of 600 there are" in found
    assert ": 191</li>" in found


@pytest.mark.parametrize("name", ["schemes", "claims"])
def test_a_list_leaves_as_a_file(name: str) -> None:
    scheme()
    claim()
    answer = browser(manager()).get(reverse(name), {"export": "csv"})
    assert answer.status_code == 200
    assert "The team" in answer.content.decode()


@pytest.mark.parametrize("address", ["/schemes/nothing/", "/schemes/claims/99/", "/schemes/reductions/99/"])
def test_what_is_not_there_is_not_found(address: str) -> None:
    assert browser(manager()).get(address).status_code == 404


def test_a_program_reads_schemes_and_claims_with_a_token_of_its_post() -> None:
    scheme(planned_people=500, event_rate=Decimal("1.2"))
    effect(-5)
    program = Client(headers={"Authorization": f"Bearer {token(actor(Role.BOARD_MEMBER), 'schemes:read')}"})
    found = program.get("/api/v1/schemes").json()["items"][0]
    assert (found["id"], found["power"]["can_show"], found["verdict"]) == ("team", False, "")
    assert program.get("/api/v1/schemes/team").json() == found
    assert program.get("/api/v1/schemes/nothing").status_code == 404
    claimed = program.get("/api/v1/claims").json()["items"][0]
    assert (claimed["standing"], claimed["versions"][0]["planned"]) == ("claimed, not tested", -500)
    assert Client().get("/api/v1/schemes").status_code == 401
