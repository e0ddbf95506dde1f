"""Flows of data, objections and how long things are kept: what the law asks the place to record."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from joinedup.rules.foundation.flow import OptOut

OPT_OUTS = tuple((kind.value, kind.value) for kind in OptOut)


class FlowStatus(models.TextChoices):
    """Where a flow stands."""

    PROPOSED = "proposed", "Proposed"
    APPROVED = "approved", "Approved"
    REFUSED = "refused", "Refused"
    ENDED = "ended", "Ended"


class DataFlow(models.Model):
    """One source of data: on what legal basis it arrives, for which purposes, who answers for it, until when."""

    source = models.CharField(max_length=64, db_index=True)
    label = models.CharField(max_length=200)
    legal_basis = models.CharField(max_length=300)
    purposes = models.JSONField()
    controller = models.CharField(max_length=200)
    processor = models.CharField(max_length=200, blank=True)
    opt_out = models.CharField(max_length=16, choices=OPT_OUTS, default="national")
    template = models.CharField(max_length=64, blank=True)
    agreement = models.CharField(max_length=300, blank=True)
    valid_from = models.DateField()
    expires = models.DateField()
    status = models.CharField(max_length=16, choices=FlowStatus, default=FlowStatus.PROPOSED)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    remark = models.CharField(max_length=300, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        """Table and constraints."""

        db_table = "register_data_flow"
        ordering = ("source", "-valid_from")
        constraints = (
            models.CheckConstraint(condition=Q(expires__gte=F("valid_from")), name="flow_ends_after_it_began"),
            models.CheckConstraint(condition=~Q(decided_by=F("proposed_by")), name="flow_decided_by_another"),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True, decided_at__isnull=True)
                | Q(decided_by__isnull=False, decided_at__isnull=False),
                name="flow_decision_whole_or_absent",
            ),
        )


class ObjectionKind(models.TextChoices):
    """Which sharing a person objects to."""

    NATIONAL = "national", "National data opt-out"
    TYPE1 = "type1", "Type 1 (data leaving the GP practice)"
    RECORD = "record", "Sharing of the joined-up record for care"


class Objection(models.Model):
    """A person's objection, from a day; `valid_to` is the last day it held.

    `records` are the keys of the person's records on the day it was recorded: whoever these belong to later objects.
    """

    person_id = models.BigIntegerField(db_index=True)
    records = models.JSONField(default=list, blank=True)
    kind = models.CharField(max_length=16, choices=ObjectionKind)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    remark = models.CharField(max_length=300, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        """Table and constraints."""

        db_table = "register_objection"
        ordering = ("id",)
        constraints = (
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from")),
                name="objection_ends_after_it_began",
            ),
            models.UniqueConstraint(
                fields=("person_id", "kind"), condition=Q(valid_to__isnull=True), name="objection_once"
            ),
        )


class RetentionRule(models.Model):
    """How long something is kept, and by what right."""

    subject = models.CharField(max_length=64, unique=True)
    label = models.CharField(max_length=200)
    keep_days = models.PositiveIntegerField(null=True, blank=True)
    keep_releases = models.PositiveIntegerField(null=True, blank=True)
    basis = models.CharField(max_length=300)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        """Table and constraints."""

        db_table = "register_retention_rule"
        ordering = ("subject",)
        constraints = (
            models.CheckConstraint(
                condition=Q(keep_days__isnull=False, keep_releases__isnull=True)
                | Q(keep_days__isnull=True, keep_releases__isnull=False),
                name="retention_by_days_or_releases",
            ),
        )
