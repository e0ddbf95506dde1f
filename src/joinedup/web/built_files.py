"""Style sheets and scripts as they were built: names that carry the hash of their content."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

from django.templatetags.static import static

FOLDER = Path(__file__).parent / "static" / "joinedup" / "build"


def built_url(name: str) -> str:
    """The address of a built file; the plain name when nothing has been built yet.

    Args:
        name: for example ``joinedup.css``.
    """
    return static(f"joinedup/build/{_names().get(name, name)}")


def is_built() -> bool:
    """Whether `python -m joinedup.web.assets` (or the wheel's build) has made the style sheets."""
    return (FOLDER / "names.json").is_file()


@cache
def _names() -> dict[str, str]:
    if not is_built():
        return {}
    names: dict[str, str] = json.loads((FOLDER / "names.json").read_text(encoding="utf-8"))
    return names
