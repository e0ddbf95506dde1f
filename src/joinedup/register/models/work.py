"""Background work, forms that were sent once, keys for the interface and for launches from other record systems."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from joinedup.register.models.post import Post


class JobStatus(models.TextChoices):
    """Where a piece of background work stands."""

    WAITING = "waiting", "Waiting"
    RUNNING = "running", "Running"
    DONE = "done", "Done"
    FAILED = "failed", "Failed"
    CANCELLED = "cancelled", "Cancelled"
    LOST = "lost", "Stopped without a result"


class JobKind(models.TextChoices):
    """What can be run in the background."""

    BUILD = "build", "Build a release"
    CHECK = "check", "Check the extracts"


class Job(models.Model):
    """A command of joinedup run in the background for somebody, with its progress.

    Attributes:
        arguments: options of the command, from a closed list.
        process: the group of processes that runs it, on the machine of the place's folder.
        progress: its newest lines.
        result: what came of it, or why nothing did.
    """

    kind = models.CharField(max_length=32, choices=JobKind)
    arguments = models.JSONField(default=list, blank=True)
    status = models.CharField(max_length=16, choices=JobStatus, default=JobStatus.WAITING)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    process = models.PositiveIntegerField(null=True, blank=True)
    progress = models.TextField(blank=True)
    result = models.TextField(blank=True)
    cancel_asked = models.BooleanField(default=False)
    retry_of = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="retries")

    class Meta:
        """Table and constraints."""

        db_table = "register_job"
        ordering = ("-asked_at",)
        constraints = (
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | ~Q(status__in=("waiting", "running")),
                name="job_ended_when_it_has_an_end",
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=False) | Q(status__in=("waiting", "running")),
                name="job_has_an_end_when_it_ended",
            ),
            models.CheckConstraint(condition=Q(kind__in=JobKind.values), name="job_kind_known"),
            models.UniqueConstraint(fields=("status",), condition=Q(status="running"), name="job_one_runs"),
            models.UniqueConstraint(fields=("kind",), condition=Q(status="waiting"), name="job_kind_waits_once"),
        )


class Submission(models.Model):
    """A form or a call that was sent with a key of its own: sent again, it answers as it did and writes nothing."""

    key = models.CharField(max_length=64)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    action = models.CharField(max_length=64)
    fingerprint = models.CharField(max_length=64)
    answer = models.JSONField(default=dict)
    at = models.DateTimeField()

    class Meta:
        """Table and constraints."""

        db_table = "register_submission"
        constraints = (models.UniqueConstraint(fields=("user", "key"), name="submission_once"),)


class ApiToken(models.Model):
    """A token that lets a program act in one post; only its hash is kept."""

    post = models.ForeignKey(Post, on_delete=models.PROTECT, related_name="tokens")
    label = models.CharField(max_length=120)
    prefix = models.CharField(max_length=12)
    digest = models.CharField(max_length=64, unique=True)
    scopes = models.JSONField(default=list)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        """Table."""

        db_table = "register_api_token"
        ordering = ("-created_at",)


class LaunchKey(models.Model):
    """The public key of another record system whose users may open a person here by a signed link."""

    issuer = models.CharField(max_length=120, unique=True)
    label = models.CharField(max_length=200)
    public_key = models.TextField()
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)

    class Meta:
        """Table."""

        db_table = "register_launch_key"
        ordering = ("issuer",)


class LaunchUse(models.Model):
    """A signed link that was used; it opens once."""

    issuer = models.CharField(max_length=120)
    nonce = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        """Table and constraints."""

        db_table = "register_launch_use"
        constraints = (models.UniqueConstraint(fields=("issuer", "nonce"), name="launch_used_once"),)
