"""Who has a part in a scheme, and what that lets them do with it, its claims and its budgets."""

from __future__ import annotations

from joinedup.register.actor import Actor
from joinedup.register.models import BudgetReduction, Claim, Scheme
from joinedup.rules.foundation.role import Ability


def organisations_of(scheme: Scheme) -> set[str]:
    """Codes of the organisations that own and sponsor a scheme: they may change what is recorded of it."""
    return {scheme.owner.code} | ({scheme.sponsor.code} if scheme.sponsor else set())


def parts_of(claim: Claim) -> set[str]:
    """Codes of the organisations that may change a claim: who claims, and those of the scheme."""
    return {claim.claimant.code} | organisations_of(claim.scheme)


def may_manage(scheme: Scheme, by: Actor) -> bool:
    """Whether somebody may change a scheme and claim something for it."""
    return by.may(Ability.MANAGE_SCHEMES) and by.organisation in organisations_of(scheme)


def may_plan(scheme: Scheme, by: Actor) -> bool:
    """Whether somebody may plan and withdraw evaluations of a scheme: its managers, and analysts of every scheme."""
    return by.may(Ability.MANAGE_EVIDENCE) or may_manage(scheme, by)


def may_decide(row: BudgetReduction, by: Actor) -> bool:
    """Whether somebody may confirm that a budget fell: of the organisation whose it is, and not who said so."""
    owner = row.claim.budget_owner
    is_owner = owner is not None and owner.code == by.organisation
    return by.may(Ability.MANAGE_SCHEMES) and is_owner and row.proposed_by_id != by.user_id
