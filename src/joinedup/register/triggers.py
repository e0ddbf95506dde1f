"""Triggers that keep the trace, and the history of claims, append-only in the database, whatever program writes to it.

They are put back after every migration, because SQLite drops a table's triggers when a migration rebuilds it; a system
check finds a database that lacks them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from django.core.checks import CheckMessage, Error
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

#: Tables whose rows are never changed and never removed.
APPEND_ONLY: Final = (
    "register_audit_event",
    "register_audit_person",
    "register_claim_version",
    "register_scheme_spend",
    "register_scheme_report",
)
MESSAGE: Final = "this table is append-only"


def install(connection: BaseDatabaseWrapper) -> None:
    """Create the triggers that are missing, on the tables that are there."""
    with connection.cursor() as cursor:
        for statement in _statements(connection.vendor, _present(connection)):
            cursor.execute(statement)


def remove(connection: BaseDatabaseWrapper) -> None:
    """Drop the triggers: only for tests, which must empty their tables."""
    with connection.cursor() as cursor:
        for table in APPEND_ONLY:
            for event in _events(connection.vendor):
                on = f" ON {table}" if connection.vendor == "postgresql" else ""
                cursor.execute(f"DROP TRIGGER IF EXISTS {_name(table, event)}{on}")


def missing(connection: BaseDatabaseWrapper) -> list[str]:
    """Names of the triggers that the database lacks; none where the tables are not there yet."""
    wanted = {_name(table, event) for table in _present(connection) for event in _events(connection.vendor)}
    asked = {
        "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
        "postgresql": "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal",
    }[connection.vendor]
    with connection.cursor() as cursor:
        cursor.execute(asked)
        return sorted(wanted - {row[0] for row in cursor.fetchall()})


def after_migrate(using: str, **_: Any) -> None:
    """Signal handler: the triggers are there after every migration."""
    connection = connections[using]
    if _present(connection):
        install(connection)


def check_triggers(databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """System check: no database of the register lacks a trigger."""
    lacking = [name for alias in databases or () for name in missing(connections[alias])]
    if not lacking:
        return []
    hint = "Run: joinedup manage DIR migrate"
    return [Error(f"the trace is not protected: triggers {', '.join(lacking)} are missing", hint, id="register.E001")]


def _present(connection: BaseDatabaseWrapper) -> tuple[str, ...]:
    tables = set(connection.introspection.table_names())
    return tuple(table for table in APPEND_ONLY if table in tables)


def _events(vendor: str) -> tuple[str, ...]:
    return ("update", "delete", "truncate") if vendor == "postgresql" else ("update", "delete")


def _name(table: str, event: str) -> str:
    return f"{table}_no_{event}"


def _statements(vendor: str, tables: Sequence[str]) -> list[str]:
    pairs = [(table, event) for table in tables for event in _events(vendor)]
    if vendor == "sqlite":
        return [
            f"CREATE TRIGGER IF NOT EXISTS {_name(table, event)} BEFORE {event.upper()} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END"
            for table, event in pairs
        ]
    function = (
        "CREATE OR REPLACE FUNCTION register_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{MESSAGE}'; END $$"
    )
    return [function] + [
        f"CREATE OR REPLACE TRIGGER {_name(table, event)} BEFORE {event.upper()} ON {table} "
        f"FOR EACH {'STATEMENT' if event == 'truncate' else 'ROW'} EXECUTE FUNCTION register_append_only()"
        for table, event in pairs
    ]
