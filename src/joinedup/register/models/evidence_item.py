"""Entries of the evidence base that this place writes: versions that are proposed by one person, decided by another."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from joinedup.rules.programme.evidence_words import Cash, Kind, Outcome, Persistence, Replication, Scale
from joinedup.rules.programme.initiative import CareModel, Cohort, Integration, Level, Pathway


class EvidenceStatus(models.TextChoices):
    """Where a version of an entry stands."""

    PROPOSED = "proposed", "Waits for a second person"
    APPROVED = "approved", "Part of the evidence base"
    REFUSED = "refused", "Refused"
    SUPERSEDED = "superseded", "Replaced by a later version"
    WITHDRAWN = "withdrawn", "Withdrawn"


class EvidenceItem(models.Model):
    """One version of one entry, never changed once it is written but for where it stands.

    `slug` names the entry through all its versions. `evaluation` and `evaluation_version` name the kept result of this
    place that it was made from; both are empty for an entry from elsewhere. `published` is a year, month or day.
    """

    slug = models.SlugField(max_length=80)
    number = models.PositiveIntegerField()
    label = models.CharField(max_length=200)
    question = models.CharField(max_length=300)
    kind = models.CharField(max_length=16, choices=[(each.value, each.label) for each in Kind])
    integration = models.CharField(max_length=16, choices=[(each.value, each.label) for each in Integration])
    level = models.CharField(max_length=16, blank=True, choices=[(each.value, each.label) for each in Level])
    model = models.CharField(max_length=24, blank=True, choices=[(each.value, each.label) for each in CareModel])
    cohort = models.CharField(max_length=24, choices=[(each.value, each.label) for each in Cohort])
    pathway = models.CharField(max_length=24, choices=[(each.value, each.label) for each in Pathway])
    sites = models.CharField(max_length=300)
    context = models.TextField(max_length=2000, blank=True)
    outcome = models.CharField(max_length=24, choices=[(each.value, each.label) for each in Outcome])
    verdict = models.CharField(max_length=80)
    grade = models.PositiveSmallIntegerField(null=True, blank=True)
    because = models.CharField(max_length=500)
    note = models.CharField(max_length=500, blank=True)
    effect = models.FloatField(null=True, blank=True)
    low = models.FloatField(null=True, blank=True)
    high = models.FloatField(null=True, blank=True)
    scale = models.CharField(max_length=16, blank=True, choices=[(each.value, each.label) for each in Scale])
    unit = models.CharField(max_length=80, blank=True)
    people = models.PositiveIntegerField(null=True, blank=True)
    cost = models.CharField(max_length=500, blank=True)
    cash = models.CharField(max_length=16, choices=[(each.value, each.label) for each in Cash], default="unknown")
    persistence = models.CharField(
        max_length=16, choices=[(each.value, each.label) for each in Persistence], default="unknown"
    )
    replication = models.CharField(
        max_length=16, choices=[(each.value, each.label) for each in Replication], default="unknown"
    )
    published = models.CharField(max_length=10)
    citation = models.CharField(max_length=500)
    where = models.CharField(max_length=200, blank=True)
    link = models.CharField(max_length=500, blank=True)
    is_unchecked = models.BooleanField(default=False)
    is_public = models.BooleanField(default=False)
    evaluation = models.CharField(max_length=100, blank=True, db_index=True)
    evaluation_version = models.PositiveIntegerField(null=True, blank=True)
    reason = models.CharField(max_length=300, blank=True)
    status = models.CharField(max_length=16, choices=EvidenceStatus, default=EvidenceStatus.PROPOSED)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    remark = models.CharField(max_length=300, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        """Table and constraints."""

        db_table = "register_evidence_item"
        ordering = ("slug", "-number")
        constraints = (
            models.UniqueConstraint(fields=("slug", "number"), name="evidence_version_once"),
            models.UniqueConstraint(fields=("slug",), condition=Q(status="approved"), name="evidence_stands_once"),
            models.UniqueConstraint(fields=("slug",), condition=Q(status="proposed"), name="evidence_waits_once"),
            models.CheckConstraint(condition=~Q(decided_by=F("proposed_by")), name="evidence_decided_by_another"),
            models.CheckConstraint(
                condition=Q(status="proposed", decided_by__isnull=True, decided_at__isnull=True)
                | (~Q(status="proposed") & Q(decided_by__isnull=False, decided_at__isnull=False)),
                name="evidence_decision_whole_or_absent",
            ),
            models.CheckConstraint(
                condition=Q(grade__isnull=True, verdict="not evaluable")
                | (Q(grade__gte=1, grade__lte=5) & ~Q(verdict="not evaluable")),
                name="evidence_grade_with_a_verdict",
            ),
            models.CheckConstraint(condition=~Q(citation=""), name="evidence_has_a_source"),
            models.CheckConstraint(
                condition=Q(effect__isnull=True, low__isnull=True, high__isnull=True, scale="")
                | (
                    Q(effect__isnull=False, low__isnull=True, high__isnull=True) & ~Q(scale="")
                )
                | (
                    Q(effect__isnull=False, low__lte=F("effect"), high__gte=F("effect")) & ~Q(scale="")
                ),
                name="evidence_effect_inside_its_interval",
            ),
            models.CheckConstraint(
                condition=Q(evaluation="", evaluation_version__isnull=True)
                | (~Q(evaluation="") & Q(evaluation_version__gt=0)),
                name="evidence_of_a_version_of_an_evaluation",
            ),
            models.CheckConstraint(condition=Q(number=1) | ~Q(reason=""), name="evidence_corrected_with_a_reason"),
        )  # fmt: skip

    def __str__(self) -> str:
        return f"{self.slug} {self.number}"
