"""The schemes of the demonstration place are recorded by those who run them, and one of them goes wrong everywhere."""

from __future__ import annotations

import pytest

from joinedup.demo.schemes import fill_schemes
from joinedup.register.models import Area
from joinedup.register.queries.claim import all_claims, counted_once, totals
from joinedup.register.queries.scheme_alert import alerts
from joinedup.rules.foundation.role import Role
from joinedup.rules.programme.oversight import AlertKind
from tests.register.people import actor, organisation

pytestmark = pytest.mark.django_db


@pytest.fixture
def _schemes() -> None:
    for code in ("FWA-P1", "FWA-P2"):
        Area.objects.create(code=code, name=code, kind="place")
    for code, kind in (("QFA", "board"), ("E06990001", "council"), ("INT1", "lead_provider")):
        organisation(code, kind)
    fill_schemes(
        {
            "commissioner": actor(Role.COMMISSIONER, code="QFA"),
            "pool.manager": actor(Role.POOL_MANAGER, code="E06990001"),
            "lead.provider": actor(Role.LEAD_PROVIDER, code="INT1"),
            "analyst": actor(Role.ANALYST, code="QFA"),
        }
    )


@pytest.mark.usefixtures("_schemes")
def test_one_scheme_spends_with_no_evaluation_and_reports_to_nobody() -> None:
    found = alerts(by=actor(Role.BOARD_MEMBER)).alerts
    named = {each.kind: each.slugs for each in found}
    assert named[AlertKind.UNEVALUATED] == named[AlertKind.NO_LINE] == ("virtual_ward_aldmoor",)
    assert named[AlertKind.DUPLICATE] == ("virtual_ward_aldmoor", "mdt_aldmoor")


@pytest.mark.usefixtures("_schemes")
def test_claims_have_a_history_and_count_only_what_budgets_fell_by() -> None:
    found = all_claims(by=actor(Role.AUDITOR))
    saving = next(each for each in found if each.title == "Saving in hospital spending")
    assert [each.planned // 100 for each in saving.versions] == [1_000_000, 532_000, 511_000]
    assert (saving.counted, saving.unbacked_pence) == (60_000_00, 90_000_00)
    assert totals(found, is_cashable=True).realised == 240_000_00
    assert [each.claimed for each in counted_once(by=actor(Role.AUDITOR))] == [660]
