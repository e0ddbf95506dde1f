"""A scheme, a claim and the people who have to do with them, for tests; everything is invented."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from joinedup.register.actions.claim import ClaimTerms, Said, make_claim
from joinedup.register.actions.scheme import SchemeTerms, add_scheme
from joinedup.register.actor import Actor
from joinedup.register.models import Area, Claim, Scheme
from joinedup.rules.foundation.role import Role
from tests.register.people import actor, organisation

BEGINS, DUE = date(2024, 4, 1), date(2025, 3, 31)


def manager(account: str = "manager", code: str = "TRU1") -> Actor:
    """Somebody who manages schemes of an organisation."""
    return actor(Role.COMMISSIONER, account, code=code)


def scheme_terms(**other: Any) -> SchemeTerms:
    organisation("BRD1", "board")
    Area.objects.get_or_create(code="F", defaults={"name": "Fenwick", "kind": "place"})
    told = SchemeTerms(
        slug="team", name="The team", integration="horizontal", level="patient", aim="fewer_admissions",
        cohort="high_risk", pathway="community", owner="TRU1", sponsor="BRD1", areas=("F",), begins=BEGINS,
        funding="Better Care Fund", yearly_cost_pence=320_000_00,
    )  # fmt: skip
    return replace(told, **other)


def scheme(**other: Any) -> Scheme:
    by = manager()
    return add_scheme(terms=scheme_terms(**other), by=by)


def claim_terms(**other: Any) -> ClaimTerms:
    told = ClaimTerms(
        title="Saving in hospital", kind="saving", unit="pounds", claimant="TRU1", measure="Hospital spending",
        begins=BEGINS, due=DUE, is_cashable=True, budget_line="Acute contract", budget_owner="BRD1",
    )  # fmt: skip
    return replace(told, **other)


def said(planned: int, **other: Any) -> Said:
    return Said(**{"planned": planned, "reason": "Business case", "on": BEGINS, **other})


def claim(slug: str = "team", planned: int = 1_000_000_00, **other: Any) -> Claim:
    return make_claim(slug=slug, terms=claim_terms(**other), said=said(planned), by=manager())


def effect(percent: int, slug: str = "team", **other: Any) -> Claim:
    """A claim of a change in per cent."""
    nothing = {"is_cashable": False, "budget_line": "", "budget_owner": ""}
    told = {"kind": "effect", "unit": "percent", "measure": "Emergency admissions", **nothing, **other}
    return claim(slug, 100 * percent, title=f"{percent}% admissions", **told)
