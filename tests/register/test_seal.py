"""Tampering with the trace is found, by whoever holds a signed head even when all of it was made anew."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.core.management import CommandError, call_command
from django.db import connection

from joinedup.register import triggers
from joinedup.register.audit import Entry, audit, digest_of, first_fault
from joinedup.register.models import AuditEvent
from joinedup.register.seal import Head, fault_against, read_head, sign_head
from joinedup.rules.foundation.errors import ConfigError, UsageError
from joinedup.rules.foundation.role import Role
from tests.place_on_disk import make_place
from tests.register.people import PERSON, actor

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def place(tmp_path: Path, settings: LazySettings) -> Path:
    settings.JOINEDUP_PLACE = make_place(tmp_path / "place", files={})
    return tmp_path / "place"


def write(rows: int = 3) -> None:
    for number in range(rows):
        audit(Entry("thing.done", f"thing/{number}", people=(PERSON,)), by=actor(Role.AUDITOR))


def run_raw(*statements: str) -> None:
    """What an administrator with raw access could do."""
    triggers.remove(connection)
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
    triggers.install(connection)


def make_anew() -> None:
    """Change the second row and make every hash after it anew, as if it had always been so."""
    triggers.remove(connection)
    previous = ""
    for row in AuditEvent.objects.order_by("sequence"):
        row.previous = previous or row.previous
        row.ground = "nothing to see" if row.sequence == 2 else row.ground
        row.digest = previous = digest_of(row)
        row.save()
    triggers.install(connection)


def verify(*options: str) -> str:
    out = StringIO()
    call_command("verify_audit", *options, stdout=out)
    return out.getvalue()


def test_a_whole_trace_is_said_to_be_whole() -> None:
    write()
    assert "3 rows" in verify()


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("UPDATE register_audit_event SET actor = 'nobody' WHERE sequence = 2", "row 2 was altered"),
        ("UPDATE register_audit_event SET sequence = 9 WHERE sequence = 3", "row 3 is missing"),
        ("UPDATE register_audit_person SET person_id = 1", "the people of row 1 were altered"),
    ],
)
def test_the_command_names_the_first_row_that_was_tampered_with(statement: str, named: str) -> None:
    write()
    run_raw(statement)
    with pytest.raises(CommandError, match=named):
        verify()


def test_a_chain_made_anew_is_found_by_who_holds_a_signed_head(tmp_path: Path) -> None:
    write()
    head = tmp_path / "head.json"
    call_command("export_audit_head", "--out", str(head), stdout=StringIO())
    assert "row 3" in verify("--head", str(head))
    make_anew()
    assert first_fault() is None
    with pytest.raises(CommandError, match="row 3 is not the row that was signed"):
        verify("--head", str(head))


def test_a_trace_whose_end_was_cut_off_is_found() -> None:
    write()
    head = sign_head(by=None)
    run_raw(
        "DELETE FROM register_audit_person WHERE event_id IN (SELECT id FROM register_audit_event WHERE sequence > 2)",
        "DELETE FROM register_audit_event WHERE sequence > 2",
    )
    assert first_fault() is None
    fault = fault_against(head)
    assert fault is not None
    assert "row 3 is missing" in fault.what


def test_the_trace_may_go_on_after_a_head() -> None:
    write()
    head = sign_head(by=None)
    write(2)
    assert fault_against(head) is None


def test_a_head_that_was_altered_is_refused() -> None:
    write()
    head = sign_head(by=None)
    false = Head(head.place, 2, head.digest, head.at, head.public_key, head.signature)
    fault = fault_against(false)
    assert fault is not None
    assert "signature" in fault.what


def test_a_head_signed_by_somebody_else_is_refused(place: Path) -> None:
    write()
    head = sign_head(by=None)
    (place / "audit_key").unlink()
    sign_head(by=None)
    fault = fault_against(head)
    assert fault is not None
    assert "another key" in fault.what


def test_the_key_is_made_once_and_only_its_owner_can_read_it(place: Path) -> None:
    first, second = sign_head(by=None), sign_head(by=None)
    assert first.public_key == second.public_key
    assert (place / "audit_key").stat().st_mode & 0o777 == 0o600
    (place / "audit_key").chmod(0o644)
    with pytest.raises(ConfigError, match="chmod 600"):
        sign_head(by=None)


def test_the_key_may_lie_outside_the_place(place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JOINEDUP_AUDIT_KEY", str(tmp_path / "elsewhere"))
    sign_head(by=None)
    assert (tmp_path / "elsewhere").exists()
    assert not (place / "audit_key").exists()


def test_signing_a_head_is_written_down() -> None:
    write()
    head = sign_head(by=actor(Role.AUDITOR))
    row = AuditEvent.objects.get(sequence=4)
    assert (row.action, row.subject, row.detail) == ("audit.head_signed", "audit_event/3", {"digest": head.digest})


def test_a_file_that_is_no_head_is_said_to_be_none(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text(json.dumps({"sequence": 1}))
    with pytest.raises(UsageError):
        read_head(tmp_path / "x.json")
