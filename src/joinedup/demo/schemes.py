"""The schemes of the demonstration place, their claims and what became of them, as data/schemes.toml tells them."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from decimal import Decimal
from importlib.resources import files
from typing import Any

from joinedup.register.actions.claim import (
    ClaimTerms,
    Reduction,
    Said,
    decide_reduction,
    make_claim,
    propose_reduction,
    say_version,
)
from joinedup.register.actions.evaluation_plan import plan_evaluation
from joinedup.register.actions.scheme import SchemeTerms, add_line, add_scheme, record_report, record_spend
from joinedup.register.actor import Actor
from joinedup.register.models import Claim
from joinedup.rules.foundation.money import pence

Row = dict[str, Any]

_PARTS = ("by", "lead", "spending", "boards", "evaluations", "claims", "yearly_cost", "planned_spend")


def read_schemes() -> list[Row]:
    """The schemes as the file tells them."""
    text = (files("joinedup.demo") / "data" / "schemes.toml").read_text(encoding="utf-8")
    rows: list[Row] = tomllib.loads(text)["schemes"]
    return rows


def fill_schemes(actors: Mapping[str, Actor]) -> None:
    """Record every scheme with the hands of those who run it."""
    for row in read_schemes():
        _scheme(row, actors)


def _scheme(row: Row, actors: Mapping[str, Actor]) -> None:
    by, slug = actors[row["by"]], str(row["slug"])
    told = {name: value for name, value in row.items() if name not in _PARTS}
    numbers: Row = {name: Decimal(told.pop(name)) for name in ("event_rate", "dispersion") if name in told}
    money: Row = {f"{name}_pence": pence(row[name]) for name in ("yearly_cost", "planned_spend") if name in row}
    told["areas"] = tuple(told["areas"])
    add_scheme(terms=SchemeTerms(**told, **numbers, **money, lead_id=actors[row["lead"]].post_id), by=by)
    for each in row.get("spending", ()):
        record_spend(slug=slug, on=each["on"], pence=pence(each["pounds"]), reference=each["reference"], by=by)
    for each in row.get("boards", ()):
        _board(slug, each, actors[each["by"]])
    for each in row.get("evaluations", ()):
        plan_evaluation(
            slug=slug, protocol=each["protocol"], question=each["question"], due=None, by=actors[each["by"]]
        )
    for each in row.get("claims", ()):
        _claim(slug, each, actors)


def _board(slug: str, row: Row, by: Actor) -> None:
    terms = {name: row[name] for name in ("board", "kind", "cadence_days", "since")}
    line = add_line(slug=slug, **terms, by=by)
    for report in row["reports"]:
        record_report(line_id=line.pk, on=report["on"], said=report["said"], by=by)


def _claim(slug: str, row: Row, actors: Mapping[str, Actor]) -> None:
    by = actors[row["by"]]
    told = {name: value for name, value in row.items() if name not in {"by", "versions", "reductions", "budget_holder"}}
    if "baseline" in told:
        told["baseline"] = pence(told["baseline"])
    if "budget_holder" in row:
        told["budget_holder_id"] = actors[row["budget_holder"]].post_id
    first, *later = [_said(each) for each in row["versions"]]
    claim = make_claim(slug=slug, terms=ClaimTerms(**told), said=first, by=by)
    for number, said in enumerate(later, 1):
        say_version(claim_id=claim.pk, number=number, said=said, by=by)
    for each in row.get("reductions", ()):
        _reduction(claim, each, actors)


def _said(row: Row) -> Said:
    amounts: Row = {name: pence(row[name]) for name in ("planned", "forecast", "realised") if name in row}
    return Said(**amounts, on=row["on"], reason=row["reason"])


def _reduction(claim: Claim, row: Row, actors: Mapping[str, Actor]) -> None:
    said = Reduction(pence(row["pounds"]), row["on"], row["kind"], row["reference"])
    proposed = propose_reduction(claim_id=claim.pk, reduction=said, by=actors[row["by"]])
    decide_reduction(
        reduction_id=proposed.pk, version=1, is_approved=True, remark=row["remark"], by=actors[row["decided_by"]]
    )
