"""Posts and teams: the role a user holds at an organisation, and the teams that care for people."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from joinedup.register.models.organisation import Organisation
from joinedup.rules.foundation.role import ROLES, Role

ROLE_CHOICES = tuple((role.value, sheet.label) for role, sheet in ROLES.items())


class Team(models.Model):
    """A team of an organisation: people are cared for by teams, not by single accounts."""

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="teams")
    name = models.CharField(max_length=120)
    service = models.CharField(max_length=64, blank=True)
    phone = models.CharField(max_length=40, blank=True)
    email = models.EmailField(blank=True)

    class Meta:
        """Table and constraints."""

        db_table = "register_team"
        ordering = ("name",)
        constraints = (models.UniqueConstraint(fields=("organisation", "name"), name="team_name_once"),)

    def __str__(self) -> str:
        return self.name


class Post(models.Model):
    """A role that a user holds at an organisation, in a team where the role gives care; `valid_to` is its last day."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="posts")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="posts")
    role = models.CharField(max_length=32, choices=ROLE_CHOICES)
    team = models.ForeignKey(Team, null=True, blank=True, on_delete=models.PROTECT, related_name="posts")
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)
    granted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="posts_granted"
    )
    version = models.PositiveIntegerField(default=1)

    class Meta:
        """Table and constraints."""

        db_table = "register_post"
        ordering = ("id",)
        constraints = (
            models.CheckConstraint(condition=Q(role__in=[role.value for role in Role]), name="post_role_known"),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from")), name="post_ends_after_it_began"
            ),
            models.CheckConstraint(condition=~Q(granted_by=F("user")), name="post_not_granted_to_oneself"),
            models.UniqueConstraint(
                fields=("user", "organisation", "role", "team"),
                condition=Q(valid_to__isnull=True, team__isnull=False),
                name="post_in_a_team_held_once",
            ),
            models.UniqueConstraint(
                fields=("user", "organisation", "role"),
                condition=Q(valid_to__isnull=True, team__isnull=True),
                name="post_held_once",
            ),
        )
