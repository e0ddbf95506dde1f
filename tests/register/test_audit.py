"""The trace: one chain of rows that nobody can change unseen."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, connection, transaction

from joinedup.register import triggers
from joinedup.register.audit import BEGINNING, Entry, audit, digest_of, first_fault
from joinedup.register.models import AuditEvent, AuditPerson
from joinedup.rules.foundation.role import Role
from tests.register.people import OTHER_PERSON, PERSON, actor

pytestmark = pytest.mark.django_db


def write_three() -> list[AuditEvent]:
    by = actor(Role.AUDITOR)
    return [audit(Entry("thing.done", f"thing/{n}", people=(PERSON, OTHER_PERSON)), by=by) for n in range(3)]


def test_rows_follow_one_another_without_a_gap() -> None:
    rows = write_three()
    assert [row.sequence for row in rows] == [1, 2, 3]
    assert [row.previous for row in rows] == [BEGINNING, rows[0].digest, rows[1].digest]
    assert first_fault() is None


def test_a_row_says_who_acted_in_which_role_and_whom_it_is_about() -> None:
    row = write_three()[0]
    assert row.actor == "test-auditor (auditor at TRU1)"
    assert set(AuditPerson.objects.filter(event=row).values_list("person_id", flat=True)) == {PERSON, OTHER_PERSON}


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE register_audit_event SET ground = 'x'",
        "DELETE FROM register_audit_event",
        "UPDATE register_audit_person SET person_id = 1",
        "DELETE FROM register_audit_person",
    ],
)
def test_the_database_refuses_to_change_a_row(statement: str) -> None:
    write_three()
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def tamper(statement: str) -> None:
    """What an administrator with raw access could do: put the triggers aside and change a row."""
    triggers.remove(connection)
    with connection.cursor() as cursor:
        cursor.execute(statement)
    triggers.install(connection)


@pytest.mark.parametrize(
    ("statement", "sequence", "what"),
    [
        ("UPDATE register_audit_event SET ground = 'x' WHERE sequence = 2", 2, "altered"),
        ("DELETE FROM register_audit_person WHERE person_id = 7002 AND event_id = "
         "(SELECT id FROM register_audit_event WHERE sequence = 2)", 2, "people"),
        ("UPDATE register_audit_event SET digest = 'f' WHERE sequence = 1", 1, "altered"),
    ],
)  # fmt: skip
def test_the_first_row_that_was_tampered_with_is_named(statement: str, sequence: int, what: str) -> None:
    write_three()
    tamper(statement)
    fault = first_fault()
    assert fault is not None
    assert (fault.sequence, what in fault.what) == (sequence, True)


def test_a_row_that_was_removed_is_named() -> None:
    rows = write_three()
    tamper(f"DELETE FROM register_audit_person WHERE event_id = {rows[1].pk}")
    tamper("DELETE FROM register_audit_event WHERE sequence = 2")
    fault = first_fault()
    assert fault is not None
    assert fault.what == "row 2 is missing"


def test_the_hash_covers_every_word_of_a_row() -> None:
    row = write_three()[2]
    for field in ("actor", "action", "subject", "purpose", "ground", "organisation", "previous", "ref"):
        kept = getattr(row, field)
        setattr(row, field, kept + "x")
        assert digest_of(row) != row.digest, field
        setattr(row, field, kept)


def test_a_database_without_its_triggers_is_found() -> None:
    triggers.remove(connection)
    assert triggers.missing(connection)
    triggers.install(connection)
    assert triggers.missing(connection) == []
