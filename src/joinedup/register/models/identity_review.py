"""Decisions on which records are one person: pairs to compare, second opinions, merges and splits with reasons."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q


class IdentityDecision(models.TextChoices):
    """What a linkage officer finds."""

    SAME = "same", "One person"
    DIFFERENT = "different", "Different people"
    NOT_SURE = "not_sure", "Not sure"


class IdentityReview(models.Model):
    """One pair of records and what was decided; the earlier record key comes first.

    `decision` is the first officer's; where a second opinion was asked for, `final` is the second officer's and only it
    counts. What is final and not "not sure" is written out for the next build.
    """

    record_l = models.BigIntegerField()
    record_r = models.BigIntegerField()
    decision = models.CharField(max_length=16, choices=IdentityDecision)
    reason = models.CharField(max_length=255)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField()
    needs_second = models.BooleanField(default=False)
    final = models.CharField(max_length=16, choices=IdentityDecision, blank=True)
    second_reason = models.CharField(max_length=255, blank=True)
    second_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    second_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    withdrawn_reason = models.CharField(max_length=255, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        """Table and constraints."""

        db_table = "register_identity_review"
        ordering = ("-decided_at",)
        constraints = (
            models.CheckConstraint(condition=Q(record_l__lt=F("record_r")), name="identity_pair_in_order"),
            models.CheckConstraint(condition=~Q(second_by=F("decided_by")), name="identity_second_by_another"),
            models.CheckConstraint(
                condition=Q(second_by__isnull=True, second_at__isnull=True, final="")
                | (Q(second_by__isnull=False, second_at__isnull=False) & ~Q(final="")),
                name="identity_second_whole_or_absent",
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_by__isnull=True, withdrawn_at__isnull=True, withdrawn_reason="")
                | (Q(withdrawn_by__isnull=False, withdrawn_at__isnull=False) & ~Q(withdrawn_reason="")),
                name="identity_withdrawal_whole_or_absent",
            ),
            models.UniqueConstraint(
                fields=("record_l", "record_r"), condition=Q(withdrawn_at__isnull=True), name="identity_pair_once"
            ),
        )
