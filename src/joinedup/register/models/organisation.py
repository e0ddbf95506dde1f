"""Organisations and areas: who exists in the place, since when, inside what, and what became of them."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q


class OrganisationKind(models.TextChoices):
    """Kinds of organisation that the field knows."""

    SYSTEM = "system", "Integrated care system"
    BOARD = "board", "Integrated care board"
    CCG = "ccg", "Clinical commissioning group"
    PCT = "pct", "Primary care trust"
    COUNCIL = "council", "Council"
    DISTRICT = "district", "District council"
    TRUST = "trust", "NHS trust"
    PRACTICE = "practice", "GP practice"
    PCN = "pcn", "Primary care network"
    CARE_PROVIDER = "care_provider", "Care provider"
    VOLUNTARY = "voluntary", "Voluntary organisation"
    LEAD_PROVIDER = "lead_provider", "Lead provider"
    POLICE = "police", "Police"
    HOUSING = "housing", "Housing provider"
    PROBATION = "probation", "Probation service"
    EDUCATION = "education", "School or college"
    WORK_AND_PENSIONS = "work_and_pensions", "Work and pensions office"
    FIRE = "fire", "Fire and rescue service"
    COMBINED_AUTHORITY = "combined_authority", "Combined authority"
    WELLBEING_BOARD = "wellbeing_board", "Health and wellbeing board"
    NATIONAL = "national", "National body"
    AUDIT = "audit", "Audit body"
    OTHER = "other", "Other"


class AreaKind(models.TextChoices):
    """Kinds of area; they nest."""

    NATION = "nation", "Nation"
    SYSTEM = "system", "System"
    PLACE = "place", "Place"
    NEIGHBOURHOOD = "neighbourhood", "Neighbourhood"
    COUNCIL = "council", "Council area"
    BOARD = "board", "Board area"
    PRACTICE = "practice", "Practice list"
    OTHER = "other", "Other"


class Organisation(models.Model):
    """An organisation that takes part in the place; `valid_to` is its last day."""

    code = models.CharField(max_length=32, unique=True)
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=32, choices=OrganisationKind)
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="children")
    valid_from = models.DateField(null=True, blank=True)
    valid_to = models.DateField(null=True, blank=True)
    phone = models.CharField(max_length=40, blank=True)
    email = models.EmailField(blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        """Table and constraints."""

        db_table = "register_organisation"
        ordering = ("name", "code")
        constraints = (
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_from__isnull=True) | Q(valid_to__gte=F("valid_from")),
                name="organisation_ends_after_it_began",
            ),
            models.CheckConstraint(condition=~Q(parent=F("id")), name="organisation_not_its_own_parent"),
        )

    def __str__(self) -> str:
        return self.name


class SuccessionKind(models.TextChoices):
    """What happened to an organisation."""

    MERGER = "merger", "Merger"
    SPLIT = "split", "Split"
    RENAME = "rename", "New name"


class Succession(models.Model):
    """One organisation that became, or became part of, another on a day. A merger or split is several rows."""

    predecessor = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="successors")
    successor = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="predecessors")
    kind = models.CharField(max_length=16, choices=SuccessionKind)
    on = models.DateField()
    reason = models.CharField(max_length=300, blank=True)

    class Meta:
        """Table and constraints."""

        db_table = "register_succession"
        ordering = ("on", "id")
        constraints = (
            models.UniqueConstraint(fields=("predecessor", "successor", "on"), name="succession_once"),
            models.CheckConstraint(condition=~Q(predecessor=F("successor")), name="succession_of_another"),
        )


class Area(models.Model):
    """An area of the place; areas nest and have dates."""

    code = models.CharField(max_length=32, unique=True)
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=32, choices=AreaKind)
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="children")
    valid_from = models.DateField(null=True, blank=True)
    valid_to = models.DateField(null=True, blank=True)
    successor = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="predecessors")
    version = models.PositiveIntegerField(default=1)

    class Meta:
        """Table and constraints."""

        db_table = "register_area"
        ordering = ("kind", "name")
        constraints = (
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_from__isnull=True) | Q(valid_to__gte=F("valid_from")),
                name="area_ends_after_it_began",
            ),
            models.CheckConstraint(condition=~Q(parent=F("id")), name="area_not_its_own_parent"),
        )

    def __str__(self) -> str:
        return self.name
