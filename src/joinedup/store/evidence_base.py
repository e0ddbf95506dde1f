"""Items of the evidence base that ship with joinedup, and a place's own in their stead or beside them."""

from __future__ import annotations

import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Final

from joinedup.rules.foundation.errors import ConfigError, DefinitionError
from joinedup.rules.programme.evidence_item import EvidenceItem
from joinedup.rules.programme.evidence_reading import item_from
from joinedup.store.template import DEFINITIONS

#: Folder of items inside a definitions folder.
FOLDER: Final = "evidence_base"
SHIPPED, LOCAL = "shipped", "definition"


def load_evidence_base(place: Path | None) -> tuple[EvidenceItem, ...]:
    """Every item, by id; a place's own file (definitions/evidence_base/*.toml) replaces the shipped one with its id.

    Raises:
        ConfigError: a file is not TOML or no item of evidence, or two files of one folder define one item.
    """
    found = {each.id: each for each in _shipped()}
    if place is not None:
        found |= {each.id: each for each in _items(place / "definitions" / FOLDER, LOCAL)}
    return tuple(found[name] for name in sorted(found))


@lru_cache(maxsize=1)
def _shipped() -> tuple[EvidenceItem, ...]:
    """They change only with the program."""
    return _items(DEFINITIONS / FOLDER, SHIPPED)


def _items(folder: Path, origin: str) -> tuple[EvidenceItem, ...]:
    seen: dict[str, EvidenceItem] = {}
    for path in sorted(folder.glob("*.toml")):
        item = _item(path, origin)
        if item.id in seen:
            raise ConfigError(f"{path} defines the item {item.id!r} that another file of its folder defines too")
        seen[item.id] = item
    return tuple(seen.values())


def _item(path: Path, origin: str) -> EvidenceItem:
    try:
        return item_from(tomllib.loads(path.read_text(encoding="utf-8")), origin)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, DefinitionError) as exc:
        raise ConfigError(f"{path}: {exc}; correct the item") from exc
