"""Roles: what a person who works at an organisation may do there, in plain English and in code.

A role is held at one organisation. What it allows is a closed set of abilities; which people it may be used on is
decided case by case in `rules.care.access`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Ability(StrEnum):
    """One thing that a role may let somebody do."""

    FIND_PEOPLE = "find people by name or number"
    OPEN_RECORD = "open the record of a person they care for"
    EMERGENCY = "open a record in an emergency"
    SEE_COSTS = "see what a person's care cost, and who paid"
    SEE_HOUSEHOLD = "see the household and the agencies around it"
    PRINT_COPY = "hand a person their own copy"
    WORK_TASKS = "hold tasks and team meetings about people"
    SEE_PSEUDONYMS = "see records under pseudonyms"
    SEE_DEMOGRAPHICS = "compare names and numbers of two records to decide whether they are one person"
    DECIDE_IDENTITY = "decide whether records belong to one person"
    RECORD_OBJECTION = "record objections and opt-outs"
    RESTRICT = "mark a person or an address as restricted"
    REVIEW_EMERGENCY = "review emergency access"
    MANAGE_FLOWS = "propose and approve flows of data"
    RUN_BUILDS = "build a release"
    SEE_AUDIT = "see who did what"
    SAMPLE_RECORD = "open an identified record as a logged audit sample"
    MANAGE_USERS = "manage organisations, users and their roles"
    SEE_OVERSIGHT = "see what the board sees"
    MANAGE_FUNDS = "manage pooled funds"
    COMMISSION = "commission services and approve payments"
    LEAD_NETWORK = "run a network of providers"
    CLAIM_OUTCOMES = "claim outcomes for their own cases"
    SEE_SCHEMES = "see schemes, their claims and what evaluations found"
    MANAGE_SCHEMES = "manage schemes and what is claimed for them"
    MANAGE_EVIDENCE = "write entries of the evidence base"


class Role(StrEnum):
    """A role that somebody holds at an organisation."""

    CARE_PROFESSIONAL = "care_professional"
    CARE_COORDINATOR = "care_coordinator"
    LINKAGE_OFFICER = "linkage_officer"
    ANALYST = "analyst"
    POOL_MANAGER = "pool_manager"
    COMMISSIONER = "commissioner"
    LEAD_PROVIDER = "lead_provider"
    PROVIDER_USER = "provider_user"
    BOARD_MEMBER = "board_member"
    GUARDIAN = "guardian"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"


@dataclass(frozen=True, slots=True)
class RoleSheet:
    """What a role is called, what it is for, and what it allows.

    Attributes:
        label: its name on pages.
        sentence: what its holder may do and may not, in plain English.
        abilities: what it allows.
    """

    label: str
    sentence: str
    abilities: frozenset[Ability]


_CARE: Final = frozenset(
    {
        Ability.FIND_PEOPLE,
        Ability.OPEN_RECORD,
        Ability.EMERGENCY,
        Ability.SEE_HOUSEHOLD,
        Ability.PRINT_COPY,
        Ability.WORK_TASKS,
        Ability.RECORD_OBJECTION,
    }
)

ROLES: Final = {
    Role.CARE_PROFESSIONAL: RoleSheet(
        "Care professional",
        "Sees the joined-up record of people their team cares for, and in an emergency of others, which is reviewed.",
        _CARE,
    ),
    Role.CARE_COORDINATOR: RoleSheet(
        "Care coordinator",
        "Sees and organises the care of people their team cares for, with its costs, and marks restricted records.",
        _CARE | {Ability.SEE_COSTS, Ability.RESTRICT},
    ),
    Role.LINKAGE_OFFICER: RoleSheet(
        "Linkage officer",
        "Compares names, numbers and addresses to decide which records are one person; sees nothing about their care.",
        frozenset({Ability.DECIDE_IDENTITY, Ability.SEE_DEMOGRAPHICS}),
    ),
    Role.ANALYST: RoleSheet(
        "Analyst",
        "Works with records under pseudonyms, builds releases and evaluates schemes; never sees who a person is.",
        frozenset(
            {
                Ability.SEE_PSEUDONYMS,
                Ability.RUN_BUILDS,
                Ability.SEE_OVERSIGHT,
                Ability.SEE_SCHEMES,
                Ability.MANAGE_EVIDENCE,
            }
        ),
    ),
    Role.POOL_MANAGER: RoleSheet(
        "Pool manager",
        "Manages pooled funds and their statements; sees no person.",
        frozenset({Ability.MANAGE_FUNDS, Ability.SEE_OVERSIGHT, Ability.SEE_SCHEMES, Ability.MANAGE_SCHEMES}),
    ),
    Role.COMMISSIONER: RoleSheet(
        "Commissioner",
        "Commissions services, approves payments and agrees flows of data; sees people only as counts.",
        frozenset(
            {
                Ability.COMMISSION,
                Ability.SEE_OVERSIGHT,
                Ability.MANAGE_FLOWS,
                Ability.SEE_SCHEMES,
                Ability.MANAGE_SCHEMES,
            }
        ),
    ),
    Role.LEAD_PROVIDER: RoleSheet(
        "Lead provider",
        "Runs a network of providers for a commissioner; sees cases under pseudonyms.",
        frozenset(
            {
                Ability.LEAD_NETWORK,
                Ability.SEE_PSEUDONYMS,
                Ability.SEE_OVERSIGHT,
                Ability.SEE_SCHEMES,
                Ability.MANAGE_SCHEMES,
            }
        ),
    ),
    Role.PROVIDER_USER: RoleSheet(
        "Provider user",
        "Sees the people referred to their own service, and nobody else, not even in an emergency.",
        frozenset({Ability.OPEN_RECORD, Ability.WORK_TASKS, Ability.CLAIM_OUTCOMES}),
    ),
    Role.BOARD_MEMBER: RoleSheet(
        "Board member",
        "Sees what the board oversees: plans, money, benefits and results; sees no person.",
        frozenset({Ability.SEE_OVERSIGHT, Ability.SEE_SCHEMES}),
    ),
    Role.GUARDIAN: RoleSheet(
        "Information guardian",
        "Approves flows of data, reviews emergency access and who has looked at what; opens no record.",
        frozenset(
            {
                Ability.MANAGE_FLOWS,
                Ability.REVIEW_EMERGENCY,
                Ability.SEE_AUDIT,
                Ability.RECORD_OBJECTION,
                Ability.RESTRICT,
                Ability.SEE_OVERSIGHT,
            }
        ),
    ),
    Role.AUDITOR: RoleSheet(
        "Auditor",
        "Sees every decision, payment and access, people as pseudonyms; an identified record only as a logged sample.",
        frozenset(
            {
                Ability.SEE_AUDIT,
                Ability.SEE_PSEUDONYMS,
                Ability.SAMPLE_RECORD,
                Ability.SEE_OVERSIGHT,
                Ability.SEE_SCHEMES,
            }
        ),
    ),
    Role.ADMINISTRATOR: RoleSheet(
        "Administrator",
        "Manages organisations, users and their roles; sees no person.",
        frozenset({Ability.MANAGE_USERS}),
    ),
}


def allows(role: Role, ability: Ability) -> bool:
    """Whether a role lets its holder do something, the right person given.

    >>> allows(Role.ADMINISTRATOR, Ability.OPEN_RECORD), allows(Role.CARE_PROFESSIONAL, Ability.OPEN_RECORD)
    (False, True)
    """
    return ability in ROLES[role].abilities
