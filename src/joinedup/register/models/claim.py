"""Claims: what somebody says a scheme saves or changes, every version of it, and the budgets that fell."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from joinedup.register.models.organisation import Organisation
from joinedup.register.models.post import Post
from joinedup.register.models.scheme import Scheme
from joinedup.rules.programme.claim import ClaimKind, Unit


class Claim(models.Model):
    """What one organisation claims for one scheme.

    `outcome` is the outcome's name in protocols and `measure` what people call it; `baseline` is what it stood at, in
    hundredths of the unit. The budget that would fall has a line and an owner; `due` is the day by which the whole
    amount is to be there.
    """

    scheme = models.ForeignKey(Scheme, on_delete=models.PROTECT, related_name="claims")
    title = models.CharField(max_length=200)
    kind = models.CharField(max_length=8, choices=[(each.value, each.label) for each in ClaimKind])
    claimant = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="claims_made")
    outcome = models.CharField(max_length=64, blank=True)
    measure = models.CharField(max_length=200)
    unit = models.CharField(max_length=16, choices=[(each.value, each.label) for each in Unit])
    baseline = models.BigIntegerField(null=True, blank=True)
    source = models.CharField(max_length=300, blank=True)
    is_cashable = models.BooleanField(default=False)
    budget_line = models.CharField(max_length=120, blank=True)
    budget_owner = models.ForeignKey(
        Organisation, null=True, blank=True, on_delete=models.PROTECT, related_name="budgets_claimed"
    )
    budget_holder = models.ForeignKey(Post, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    begins = models.DateField()
    due = models.DateField()
    version = models.PositiveIntegerField(default=1)

    class Meta:
        """Table and constraints."""

        db_table = "register_claim"
        ordering = ("scheme__name", "title", "id")
        constraints = (
            models.CheckConstraint(condition=Q(due__gte=F("begins")), name="claim_due_after_it_began"),
            models.CheckConstraint(
                condition=Q(is_cashable=False) | (Q(budget_owner__isnull=False, kind="saving") & ~Q(budget_line="")),
                name="claim_cashable_of_a_budget_with_an_owner",
            ),
            models.CheckConstraint(
                condition=(Q(kind="saving", unit="pounds")) | (Q(kind="effect") & ~Q(unit="pounds")),
                name="claim_of_a_saving_in_pounds",
            ),
        )

    def __str__(self) -> str:
        return self.title


class ClaimVersion(models.Model):
    """What a claim said from a day on, never changed: amounts are whole hundredths of the claim's unit (pence)."""

    claim = models.ForeignKey(Claim, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    on = models.DateField()
    planned = models.BigIntegerField()
    forecast = models.BigIntegerField(null=True, blank=True)
    realised = models.BigIntegerField(null=True, blank=True)
    is_cancelled = models.BooleanField(default=False)
    reason = models.CharField(max_length=300)
    said_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    said_at = models.DateTimeField()

    class Meta:
        """Table and constraints."""

        db_table = "register_claim_version"
        ordering = ("claim_id", "number")
        constraints = (
            models.UniqueConstraint(fields=("claim", "number"), name="claim_version_once"),
            models.CheckConstraint(condition=~Q(reason=""), name="claim_version_with_a_reason"),
        )


class ReductionKind(models.TextChoices):
    """What shows that a budget fell."""

    POSTING = "posting", "A posting in the ledger reduced the budget line"
    REALLOCATION = "reallocation", "A dated decision moved the money elsewhere"


class ReductionStatus(models.TextChoices):
    """Where a reduction stands."""

    PROPOSED = "proposed", "Waits for the budget's owner"
    APPROVED = "approved", "Confirmed"
    REFUSED = "refused", "Refused"


class BudgetReduction(models.Model):
    """A budget line that fell because of a claim, confirmed by somebody else than who said so."""

    claim = models.ForeignKey(Claim, on_delete=models.PROTECT, related_name="reductions")
    budget_line = models.CharField(max_length=120)
    pence = models.BigIntegerField()
    on = models.DateField()
    kind = models.CharField(max_length=16, choices=ReductionKind)
    reference = models.CharField(max_length=120)
    status = models.CharField(max_length=16, choices=ReductionStatus, default=ReductionStatus.PROPOSED)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    remark = models.CharField(max_length=300, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        """Table and constraints."""

        db_table = "register_budget_reduction"
        ordering = ("-on", "-id")
        constraints = (
            models.CheckConstraint(condition=Q(pence__gt=0), name="budget_reduction_of_something"),
            models.CheckConstraint(condition=~Q(reference=""), name="budget_reduction_has_a_reference"),
            models.CheckConstraint(
                condition=~Q(decided_by=F("proposed_by")), name="budget_reduction_decided_by_another"
            ),
            models.CheckConstraint(
                condition=Q(status="proposed", decided_by__isnull=True, decided_at__isnull=True)
                | (~Q(status="proposed") & Q(decided_by__isnull=False, decided_at__isnull=False)),
                name="budget_reduction_decision_whole",
            ),
            models.UniqueConstraint(
                fields=("budget_line", "reference"),
                condition=~Q(status="refused"),
                name="budget_reduction_counted_once",
            ),
        )
