"""An empty place to start from: commented settings, empty look-ups, worked templates of lawful flows."""

from __future__ import annotations

import shutil
from pathlib import Path

import joinedup
from joinedup.rules.foundation.errors import UsageError

DEFINITIONS = Path(joinedup.__file__).parent / "definitions"


def make_place(folder: Path) -> None:
    """Make an empty place.

    Args:
        folder: where; it may exist but must be empty.

    Raises:
        UsageError: there is something in the folder already.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"{folder} is not empty; name a folder that does not exist yet")
    folder.mkdir(parents=True, exist_ok=True)
    for source in sorted((DEFINITIONS / "place").iterdir()):
        shutil.copyfile(source, folder / source.name)
    shutil.copytree(DEFINITIONS / "flows", folder / "flows")
    for name in ("extracts", "definitions", "evaluations"):
        (folder / name).mkdir()
    (folder / ".gitignore").write_text("key\nidentity/\nextracts/\nobjects/\nreleases/\ncurrent\n")
