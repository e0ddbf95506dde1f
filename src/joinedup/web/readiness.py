"""Make a place's register ready before it is served: tables as this version needs them, and the trace protected."""

from __future__ import annotations

from collections.abc import Callable

from joinedup.rules.foundation.errors import ConfigError


def make_ready(say: Callable[[str], None]) -> None:
    """Bring an embedded register up to date; a database of one's own is only looked at.

    Django must have its settings, but need not be set up.

    Args:
        say: told what is done, in one line each.

    Raises:
        ConfigError: the database needs migrations that its owner must run, cannot be reached, or lacks a trigger.
    """
    import django

    django.setup()
    from django.db import DatabaseError, connections

    try:
        _migrate(say)
        _check()
    except DatabaseError as error:
        raise ConfigError(
            f"the register's database cannot be used: {error}; check DATABASE_URL and its server"
        ) from error
    finally:
        connections.close_all()


def _migrate(say: Callable[[str], None]) -> None:
    from django.core.management import call_command
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    waiting = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    if not waiting:
        return
    if connection.vendor != "sqlite":
        raise ConfigError(
            f"the register's database lacks {waiting} migration(s) of this version; back it up, then run: "
            "joinedup manage DIR migrate"
        )
    is_new = not executor.loader.applied_migrations
    say("Making the register" if is_new else f"Bringing the register up to date ({waiting} migrations)")
    call_command("migrate", interactive=False, verbosity=0)


def _check() -> None:
    from django.core.checks import Tags, run_checks

    faults = run_checks(tags=[Tags.database], databases=["default"])
    if faults:
        raise ConfigError("; ".join(f"{fault.msg} {fault.hint or ''}".strip() for fault in faults))
