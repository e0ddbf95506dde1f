"""Samples for auditors: people drawn at random from those whose records were opened, so nobody picks whom to see."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q


class AuditSample(models.Model):
    """People drawn from those whose identified record was opened in a period.

    Attributes:
        opened_from, opened_to: the first and the last day of the period.
        size: how many were asked for.
        frame: how many there were to draw from.
        seed: drawn at random before; with the frame it gives the same people again.
        people: pseudonyms of those drawn, in the order of the draw.
    """

    opened_from = models.DateField()
    opened_to = models.DateField()
    size = models.PositiveIntegerField()
    frame = models.PositiveIntegerField()
    seed = models.CharField(max_length=32)
    people = models.JSONField()
    why = models.CharField(max_length=300)
    drawn_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    drawn_at = models.DateTimeField()

    class Meta:
        """Table and constraints."""

        db_table = "register_audit_sample"
        ordering = ("-drawn_at",)
        constraints = (
            models.CheckConstraint(condition=Q(opened_to__gte=F("opened_from")), name="sample_ends_after_it_began"),
            models.CheckConstraint(condition=Q(size__gt=0), name="sample_of_somebody"),
        )
