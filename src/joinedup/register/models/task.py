"""Work for people: tasks with due dates, team meetings with notes and actions."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from joinedup.register.models.post import Team


class TaskStatus(models.TextChoices):
    """Where a task stands."""

    OPEN = "open", "Open"
    DONE = "done", "Done"
    CANCELLED = "cancelled", "Cancelled"


class Meeting(models.Model):
    """A meeting of a multi-disciplinary team (MDT) on a day."""

    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="meetings")
    on = models.DateField()
    title = models.CharField(max_length=120)
    closed_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        """Table and constraints."""

        db_table = "register_meeting"
        ordering = ("-on", "-id")
        constraints = (models.UniqueConstraint(fields=("team", "on", "title"), name="meeting_once"),)


class MeetingItem(models.Model):
    """One person on a meeting's list, with the notes of the discussion."""

    meeting = models.ForeignKey(Meeting, on_delete=models.PROTECT, related_name="items")
    person_id = models.BigIntegerField(db_index=True)
    why = models.CharField(max_length=300)
    notes = models.TextField(blank=True, max_length=4000)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        """Table and constraints."""

        db_table = "register_meeting_item"
        ordering = ("id",)
        constraints = (models.UniqueConstraint(fields=("meeting", "person_id"), name="meeting_person_once"),)


class Task(models.Model):
    """Something a team must do for a person by a day."""

    person_id = models.BigIntegerField(db_index=True)
    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="tasks")
    assigned_to = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="tasks"
    )
    item = models.ForeignKey(MeetingItem, null=True, blank=True, on_delete=models.PROTECT, related_name="tasks")
    title = models.CharField(max_length=200)
    detail = models.TextField(blank=True, max_length=4000)
    due = models.DateField()
    status = models.CharField(max_length=16, choices=TaskStatus, default=TaskStatus.OPEN)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    closed_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        """Table and constraints."""

        db_table = "register_task"
        ordering = ("due", "id")
        constraints = (
            models.CheckConstraint(
                condition=(Q(status="open") & Q(closed_by__isnull=True) & Q(closed_at__isnull=True))
                | (~Q(status="open") & Q(closed_by__isnull=False) & Q(closed_at__isnull=False)),
                name="task_closed_whole_or_open",
            ),
        )
