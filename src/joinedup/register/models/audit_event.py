"""The trace: one row for every read of an identifiable record and for every write; rows are never changed."""

from __future__ import annotations

from django.db import models


class AuditEvent(models.Model):
    """Who did what, to what, why and on which ground; each row holds the hash of the row before.

    Attributes:
        sequence: 1, 2, 3 ... without a gap.
        ref: a random id, known before the row is written, that what is shown carries with it.
        user_id, post_id: who; plain numbers, so that a row outlives what it names.
        actor: the account name, role and organisation as they were.
        action: noun.verb.
        subject: what it was done to, as kind/id.
        purpose: why a record was opened.
        ground: what allowed it (relationship, emergency ...), or what refused it.
        detail: before and after, or what was searched for (never a name or number).
        people: pseudonyms of everybody whose record was shown or changed.
        previous, digest: the chain.
    """

    sequence = models.PositiveBigIntegerField(unique=True)
    ref = models.CharField(max_length=32, unique=True)
    at = models.DateTimeField(db_index=True)
    user_id = models.BigIntegerField(null=True, db_index=True)
    post_id = models.BigIntegerField(null=True)
    actor = models.CharField(max_length=300)
    organisation = models.CharField(max_length=32, blank=True)
    action = models.CharField(max_length=64, db_index=True)
    subject = models.CharField(max_length=120, blank=True, db_index=True)
    purpose = models.CharField(max_length=32, blank=True)
    ground = models.CharField(max_length=300, blank=True)
    detail = models.JSONField(default=dict)
    people = models.JSONField(default=list)
    previous = models.CharField(max_length=64)
    digest = models.CharField(max_length=64, unique=True)

    class Meta:
        """Table."""

        db_table = "register_audit_event"
        ordering = ("-sequence",)


class AuditPerson(models.Model):
    """Index of the trace by person: which rows show or change whom. Append-only as the trace is."""

    event = models.ForeignKey(AuditEvent, on_delete=models.PROTECT, related_name="about")
    person_id = models.BigIntegerField(db_index=True)

    class Meta:
        """Table and constraints."""

        db_table = "register_audit_person"
        constraints = (models.UniqueConstraint(fields=("event", "person_id"), name="audit_person_once"),)
