"""One noun a file; Django finds every model through this list."""

from __future__ import annotations

from joinedup.register.models.audit_event import AuditEvent, AuditPerson
from joinedup.register.models.audit_sample import AuditSample
from joinedup.register.models.claim import BudgetReduction, Claim, ClaimVersion
from joinedup.register.models.evidence_item import EvidenceItem
from joinedup.register.models.flow import DataFlow, Objection, RetentionRule
from joinedup.register.models.identity_review import IdentityReview
from joinedup.register.models.organisation import Area, Organisation, Succession
from joinedup.register.models.post import Post, Team
from joinedup.register.models.relationship import CareRelationship, EmergencyAccess, Notice, Restriction
from joinedup.register.models.scheme import EvaluationPlan, ReportingLine, Scheme, SchemeReport, SchemeSpend
from joinedup.register.models.task import Meeting, MeetingItem, Task
from joinedup.register.models.user import User
from joinedup.register.models.work import ApiToken, Job, LaunchKey, LaunchUse, Submission

__all__ = [
    "ApiToken",
    "Area",
    "AuditEvent",
    "AuditPerson",
    "AuditSample",
    "BudgetReduction",
    "CareRelationship",
    "Claim",
    "ClaimVersion",
    "DataFlow",
    "EmergencyAccess",
    "EvaluationPlan",
    "EvidenceItem",
    "IdentityReview",
    "Job",
    "LaunchKey",
    "LaunchUse",
    "Meeting",
    "MeetingItem",
    "Notice",
    "Objection",
    "Organisation",
    "Post",
    "ReportingLine",
    "Restriction",
    "RetentionRule",
    "Scheme",
    "SchemeReport",
    "SchemeSpend",
    "Submission",
    "Succession",
    "Task",
    "Team",
    "User",
]
