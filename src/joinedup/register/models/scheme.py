"""Schemes of integration: what each is, whom it is for, what it costs, to whom it reports and how it is evaluated."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from joinedup.register.models.organisation import Area, Organisation
from joinedup.register.models.post import Post
from joinedup.rules.programme.initiative import Aim, CareModel, Cohort, Integration, Level, Pathway


class Scheme(models.Model):
    """A scheme; `slug` is its id in the place's records, `ends` its last day.

    Money is pence. The four last fields say what could be shown: people enrolled, events a person-year without the
    scheme, how far the variance of events exceeds their mean, and months of follow-up.
    """

    slug = models.SlugField(max_length=64, unique=True)
    name = models.CharField(max_length=200)
    about = models.TextField(max_length=2000, blank=True)
    integration = models.CharField(max_length=16, choices=[(each.value, each.label) for each in Integration])
    level = models.CharField(max_length=16, blank=True, choices=[(each.value, each.label) for each in Level])
    model = models.CharField(max_length=24, blank=True, choices=[(each.value, each.label) for each in CareModel])
    aim = models.CharField(max_length=24, choices=[(each.value, each.label) for each in Aim])
    cohort = models.CharField(max_length=24, choices=[(each.value, each.label) for each in Cohort])
    pathway = models.CharField(max_length=24, choices=[(each.value, each.label) for each in Pathway])
    areas = models.ManyToManyField(Area, related_name="schemes", blank=True)
    owner = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="schemes_owned")
    lead = models.ForeignKey(Post, null=True, blank=True, on_delete=models.PROTECT, related_name="schemes_led")
    sponsor = models.ForeignKey(
        Organisation, null=True, blank=True, on_delete=models.PROTECT, related_name="schemes_sponsored"
    )
    begins = models.DateField()
    ends = models.DateField(null=True, blank=True)
    funding = models.CharField(max_length=200)
    yearly_cost_pence = models.BigIntegerField(null=True, blank=True)
    planned_spend_pence = models.BigIntegerField(null=True, blank=True)
    horizon_months = models.PositiveIntegerField(null=True, blank=True)
    planned_people = models.PositiveIntegerField(null=True, blank=True)
    event_rate = models.DecimalField(max_digits=8, decimal_places=4, null=True, blank=True)
    dispersion = models.DecimalField(max_digits=6, decimal_places=2, default=1)
    follow_up_months = models.PositiveIntegerField(default=12)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        """Table and constraints."""

        db_table = "register_scheme"
        ordering = ("name", "slug")
        constraints = (
            models.CheckConstraint(
                condition=Q(ends__isnull=True) | Q(ends__gte=F("begins")), name="scheme_ends_after_it_began"
            ),
            models.CheckConstraint(
                condition=(Q(yearly_cost_pence__isnull=True) | Q(yearly_cost_pence__gte=0))
                & (Q(planned_spend_pence__isnull=True) | Q(planned_spend_pence__gte=0)),
                name="scheme_costs_not_negative",
            ),
            models.CheckConstraint(
                condition=(Q(event_rate__isnull=True) | Q(event_rate__gt=0)) & Q(dispersion__gt=0)
                & Q(follow_up_months__gt=0) & (Q(planned_people__isnull=True) | Q(planned_people__gt=0)),
                name="scheme_power_of_numbers_above_zero",
            ),
        )  # fmt: skip

    def __str__(self) -> str:
        return self.name


class SchemeSpend(models.Model):
    """Money spent on a scheme up to a day, never changed: a correction is a further entry, below zero."""

    scheme = models.ForeignKey(Scheme, on_delete=models.PROTECT, related_name="spending")
    on = models.DateField()
    pence = models.BigIntegerField()
    reference = models.CharField(max_length=200)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()

    class Meta:
        """Table and constraints."""

        db_table = "register_scheme_spend"
        ordering = ("on", "id")
        constraints = (models.CheckConstraint(condition=~Q(pence=0), name="scheme_spend_of_something"),)


class LineKind(models.TextChoices):
    """How a scheme reports to a board."""

    LINE = "line", "Answers to it"
    DOTTED = "dotted", "Keeps it informed"


class ReportingLine(models.Model):
    """A board that a scheme reports to, and how often; `valid_to` is its last day."""

    scheme = models.ForeignKey(Scheme, on_delete=models.PROTECT, related_name="lines")
    board = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="reported_to")
    kind = models.CharField(max_length=8, choices=LineKind, default=LineKind.LINE)
    cadence_days = models.PositiveIntegerField()
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        """Table and constraints."""

        db_table = "register_reporting_line"
        ordering = ("kind", "valid_from", "id")
        constraints = (
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from")),
                name="reporting_line_ends_after_it_began",
            ),
            models.CheckConstraint(condition=Q(cadence_days__gt=0), name="reporting_line_has_a_cadence"),
            models.UniqueConstraint(
                fields=("scheme", "board"), condition=Q(valid_to__isnull=True), name="reporting_line_once"
            ),
        )


class SchemeReport(models.Model):
    """A report that a scheme made to a board, never changed."""

    line = models.ForeignKey(ReportingLine, on_delete=models.PROTECT, related_name="reports")
    on = models.DateField()
    said = models.CharField(max_length=500)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()

    class Meta:
        """Table."""

        db_table = "register_scheme_report"
        ordering = ("-on", "-id")


class EvaluationPlan(models.Model):
    """An evaluation planned for a scheme, by the name of its protocol; withdrawn plans stay, with a reason."""

    scheme = models.ForeignKey(Scheme, on_delete=models.PROTECT, related_name="evaluations")
    protocol = models.SlugField(max_length=100)
    question = models.CharField(max_length=500)
    due = models.DateField(null=True, blank=True)
    planned_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    planned_on = models.DateField()
    withdrawn_on = models.DateField(null=True, blank=True)
    reason = models.CharField(max_length=300, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        """Table and constraints."""

        db_table = "register_evaluation_plan"
        ordering = ("planned_on", "id")
        constraints = (
            models.UniqueConstraint(
                fields=("scheme", "protocol"), condition=Q(withdrawn_on__isnull=True), name="evaluation_planned_once"
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_on__isnull=True) | ~Q(reason=""), name="evaluation_withdrawn_with_a_reason"
            ),
        )
