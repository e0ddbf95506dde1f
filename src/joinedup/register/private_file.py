"""An embedded register is a file that only its owner reads, whichever program made it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper


def keep_private(connection: BaseDatabaseWrapper, **_: Any) -> None:
    """Signal handler: take a register's file away from everybody else on this machine when it is opened."""
    path = Path(str(connection.settings_dict["NAME"]))
    if connection.vendor == "sqlite" and path.is_file() and path.stat().st_mode & 0o077:
        os.chmod(path, 0o600)
