"""What ties a team to a person, what stays restricted, and access in an emergency."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from joinedup.register.models.post import Post, Team
from joinedup.rules.care.access import Sensitivity

SENSITIVITIES = tuple((kind.value, kind.value.replace("_", " ").capitalize()) for kind in Sensitivity)


class RelationshipKind(models.TextChoices):
    """What a team does for a person."""

    CARE = "care", "Gives care"
    REFERRED = "referred", "Referred to the service"


class CareRelationship(models.Model):
    """A team that cares for a person, from a day, until one; `cleared` lists sensitive parts that this care needs.

    People are the pseudonyms of the evidence side (`person_id`): the register holds no name.
    """

    person_id = models.BigIntegerField(db_index=True)
    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="relationships")
    kind = models.CharField(max_length=16, choices=RelationshipKind, default=RelationshipKind.CARE)
    lead = models.ForeignKey(Post, null=True, blank=True, on_delete=models.PROTECT, related_name="leads")
    cleared = models.JSONField(default=list, blank=True)
    reason = models.CharField(max_length=300, blank=True)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    version = models.PositiveIntegerField(default=1)

    class Meta:
        """Table and constraints."""

        db_table = "register_care_relationship"
        ordering = ("id",)
        constraints = (
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from")),
                name="relationship_ends_after_it_began",
            ),
            models.UniqueConstraint(
                fields=("person_id", "team", "kind"), condition=Q(valid_to__isnull=True), name="relationship_once"
            ),
        )


class Restriction(models.Model):
    """A part of a person's record that opens only to those whose work requires it (PDS S-flag, sexual health ...)."""

    person_id = models.BigIntegerField(db_index=True)
    kind = models.CharField(max_length=32, choices=SENSITIVITIES)
    reason = models.CharField(max_length=300)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        """Table and constraints."""

        db_table = "register_restriction"
        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(
                fields=("person_id", "kind"), condition=Q(valid_to__isnull=True), name="restriction_once"
            ),
        )


class ReviewOutcome(models.TextChoices):
    """What a review of emergency access found."""

    JUSTIFIED = "justified", "Justified"
    NOT_JUSTIFIED = "not_justified", "Not justified"


class EmergencyAccess(models.Model):
    """Access to one person without a relationship, for a reason, for a short time, reviewed by somebody else."""

    person_id = models.BigIntegerField(db_index=True)
    post = models.ForeignKey(Post, on_delete=models.PROTECT, related_name="emergencies")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="emergencies")
    reason = models.CharField(max_length=500)
    scope = models.CharField(max_length=32, default="record")
    granted_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="emergencies_reviewed"
    )
    reviewed_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=16, choices=ReviewOutcome, blank=True)
    remark = models.CharField(max_length=500, blank=True)

    class Meta:
        """Table and constraints."""

        db_table = "register_emergency_access"
        ordering = ("-granted_at",)
        constraints = (
            models.CheckConstraint(condition=Q(expires_at__gt=F("granted_at")), name="emergency_ends_after_it_began"),
            models.CheckConstraint(condition=~Q(reason=""), name="emergency_has_a_reason"),
            models.CheckConstraint(condition=~Q(reviewed_by=F("user")), name="emergency_reviewed_by_another"),
            models.CheckConstraint(
                condition=(Q(reviewed_by__isnull=True) & Q(reviewed_at__isnull=True) & Q(outcome=""))
                | (Q(reviewed_by__isnull=False) & Q(reviewed_at__isnull=False) & ~Q(outcome="")),
                name="emergency_review_whole_or_absent",
            ),
        )


class Notice(models.Model):
    """Something a team must be told about a person they care for: emergency access, a merge, a restriction."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="notices")
    person_id = models.BigIntegerField()
    text = models.CharField(max_length=500)
    at = models.DateTimeField()
    seen_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    seen_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        """Table and constraints."""

        db_table = "register_notice"
        ordering = ("-at",)
        constraints = (
            models.CheckConstraint(
                condition=Q(seen_by__isnull=True, seen_at__isnull=True)
                | Q(seen_by__isnull=False, seen_at__isnull=False),
                name="notice_seen_whole_or_not",
            ),
        )
