"""The protocols of the demonstration place, registered a month before any of its schemes begins."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from importlib.resources import as_file, files
from pathlib import Path
from typing import Final

from joinedup.store.protocols import FILE, load_protocol, register

FOLDER: Final = "evaluations"
#: On the place's own clock: the first scheme begins in April 2023.
REGISTERED: Final = datetime(2023, 3, 1, 9, 0, tzinfo=UTC)


def write_evaluations(folder: Path) -> tuple[Path, ...]:
    """Put every protocol into a place and register it; what stands there already is not registered twice.

    Args:
        folder: the place.

    Returns:
        The protocols, by name.
    """
    target = folder / FOLDER
    target.mkdir(parents=True, exist_ok=True)
    made = []
    with as_file(files("joinedup.demo") / "data" / FOLDER) as source:
        for path in sorted(source.glob("*.toml")):
            copy = target / path.name
            shutil.copyfile(path, copy)
            register(target / FILE, load_protocol(copy), REGISTERED)
            made.append(copy)
    return tuple(made)
