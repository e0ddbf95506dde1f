"""The register of the demonstration place: everybody who works there, through the same actions that they would use."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from joinedup.demo.staff import Staff, read_staff


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a visitor needs to look around.

    Attributes:
        password: the one password of every account.
        accounts: account and role of each user, in the order of the file.
        events: rows in the trace.
    """

    password: str
    accounts: tuple[tuple[str, str], ...]
    events: int


def load_register(folder: Path) -> Loaded:
    """Make the register of a demonstration place anew and fill it.

    Args:
        folder: the place, built.
    """
    for name in ("register.sqlite3", "register.sqlite3-wal", "register.sqlite3-shm"):
        (folder / name).unlink(missing_ok=True)
    _start(folder)
    from joinedup.demo.working_day import fill

    staff = read_staff()
    return Loaded(staff.password, _accounts(staff), fill(folder, staff))


def _start(folder: Path) -> None:
    """Turn this process to the place's register, its tables made."""
    os.environ["JOINEDUP_PLACE"] = str(folder.resolve())
    os.environ["DJANGO_SETTINGS_MODULE"] = "joinedup.web.settings"
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0, interactive=False)


def _accounts(staff: Staff) -> tuple[tuple[str, str], ...]:
    from joinedup.rules.foundation.role import ROLES

    return tuple((user.account, ROLES[user.role].label) for user in staff.users)
