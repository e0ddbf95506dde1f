"""Who may open a person's record: role x relationship x purpose x objection, decided for one case.

Nobody sees a person because they can find them. An identified record opens to a role that gives care, to somebody
with a relationship to that person, for a purpose that this relationship serves, unless the person objects to sharing
that record. An emergency replaces the relationship for a short time and is reviewed by somebody else.

Source: Caldicott principles 2020; rules.md 12.4 of the seeds' specification (M6, N12).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from joinedup.rules.foundation.role import Ability, Role, allows


class Purpose(StrEnum):
    """Why a record is opened: the closed list on the form that asks."""

    DIRECT_CARE = "direct_care"
    SAFEGUARDING = "safeguarding"
    HOUSEHOLD_SUPPORT = "household_support"
    SUBJECT_ACCESS = "subject_access"
    AUDIT_SAMPLE = "audit_sample"


class Relationship(StrEnum):
    """What ties somebody's team to a person today."""

    NONE = "none"
    CARE = "care"  # their team gives the person care
    REFERRED = "referred"  # the person was referred to their service
    EMERGENCY = "emergency"  # open emergency access
    SAMPLED = "sampled"  # drawn at random for this auditor


class Sensitivity(StrEnum):
    """Parts of a record that open only to those whose work requires them."""

    RESTRICTED_ADDRESS = "restricted_address"
    SEXUAL_HEALTH = "sexual_health"
    DOMESTIC_ABUSE = "domestic_abuse"
    ADOPTION = "adoption"


@dataclass(frozen=True, slots=True)
class Case:
    """What is known when somebody asks to open a record.

    Attributes:
        role: the role they act in.
        relationship: what ties them to the person today.
        purpose: why they ask.
        objects: the person objects to sharing their record even for care.
        cleared: sensitive parts that the relationship was recorded to need.
    """

    role: Role
    relationship: Relationship
    purpose: Purpose
    objects: bool = False
    cleared: frozenset[Sensitivity] = frozenset()


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether a record opens, why, and which sensitive parts stay closed.

    Attributes:
        is_open: whether it opens.
        because: one sentence for the person who asked and for the log.
        hidden: sensitive parts that stay closed.
        may_ask: it would open as an emergency.
        as_emergency: it opens only because of emergency access.
    """

    is_open: bool
    because: str
    hidden: frozenset[Sensitivity] = frozenset(Sensitivity)
    may_ask: bool = False
    as_emergency: bool = False


#: Purposes that each relationship serves.
_SERVES: Final = {
    Relationship.NONE: frozenset[Purpose](),
    Relationship.CARE: frozenset(
        {Purpose.DIRECT_CARE, Purpose.SAFEGUARDING, Purpose.HOUSEHOLD_SUPPORT, Purpose.SUBJECT_ACCESS}
    ),
    Relationship.REFERRED: frozenset({Purpose.DIRECT_CARE}),
    Relationship.EMERGENCY: frozenset({Purpose.DIRECT_CARE, Purpose.SAFEGUARDING}),
    Relationship.SAMPLED: frozenset({Purpose.AUDIT_SAMPLE}),
}

#: The law overrides an objection for these.
_DESPITE_OBJECTION: Final = frozenset({Purpose.SAFEGUARDING, Purpose.SUBJECT_ACCESS, Purpose.AUDIT_SAMPLE})


def decide(case: Case) -> Decision:
    """Decide whether a record opens.

    >>> decide(Case(Role.CARE_PROFESSIONAL, Relationship.CARE, Purpose.DIRECT_CARE)).is_open
    True
    >>> alone = decide(Case(Role.CARE_PROFESSIONAL, Relationship.NONE, Purpose.DIRECT_CARE))
    >>> alone.because, alone.may_ask
    ('your team has no recorded relationship with this person', True)
    >>> decide(Case(Role.ADMINISTRATOR, Relationship.CARE, Purpose.DIRECT_CARE)).because
    'the role administrator does not open records'
    """
    if case.purpose is Purpose.AUDIT_SAMPLE:
        return _sample(case)
    never = _never(case)
    if never:
        return Decision(False, never)
    today = _not_today(case)
    if today:
        may_ask = allows(case.role, Ability.EMERGENCY) and case.relationship is not Relationship.EMERGENCY
        return Decision(False, today, may_ask=may_ask)
    as_emergency = case.relationship is Relationship.EMERGENCY
    return Decision(True, _REASONS[case.relationship], hidden=_hidden(case), as_emergency=as_emergency)


def _never(case: Case) -> str:
    """Why this role cannot open it, whoever the person is; "" when it can."""
    if not allows(case.role, Ability.OPEN_RECORD):
        return f"the role {case.role.value.replace('_', ' ')} does not open records"
    if case.purpose is Purpose.HOUSEHOLD_SUPPORT and not allows(case.role, Ability.SEE_HOUSEHOLD):
        return "your role does not see households"
    if case.relationship is Relationship.EMERGENCY and not allows(case.role, Ability.EMERGENCY):
        return "your role has no emergency access"
    return ""


def _not_today(case: Case) -> str:
    """Why the tie to this person, or the person's own wish, does not open it; "" when it does."""
    if case.relationship is Relationship.NONE:
        return "your team has no recorded relationship with this person"
    if case.purpose not in _SERVES[case.relationship]:
        return "your relationship with this person does not serve that purpose"
    if case.objects and case.purpose not in _DESPITE_OBJECTION and case.relationship is not Relationship.EMERGENCY:
        return "this person objects to sharing their joined-up record"
    return ""


def _sample(case: Case) -> Decision:
    if not allows(case.role, Ability.SAMPLE_RECORD):
        return Decision(False, "only an auditor opens a record as a sample")
    if case.relationship is not Relationship.SAMPLED:
        return Decision(False, "this person was not drawn in a sample of yours")
    return Decision(True, "opened as an audit sample", hidden=frozenset(Sensitivity))


def _hidden(case: Case) -> frozenset[Sensitivity]:
    """Everything sensitive stays closed unless the relationship was recorded to need it; an emergency needs none."""
    if case.relationship is not Relationship.CARE:
        return frozenset(Sensitivity)
    return frozenset(Sensitivity) - case.cleared


_REASONS: Final = {
    Relationship.CARE: "your team cares for this person",
    Relationship.REFERRED: "this person was referred to your service",
    Relationship.EMERGENCY: "emergency access, which will be reviewed",
}
