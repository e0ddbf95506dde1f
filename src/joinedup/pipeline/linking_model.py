"""The linkage model and name lists read from files: what a place has fitted, else what ships."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from pathlib import Path

from joinedup.evidence.identity.model import LinkModel, dump_model, parse_model
from joinedup.evidence.identity.normalisation import NameLists

MODEL_FILE = Path("models") / "link.toml"


def shipped_model() -> LinkModel:
    """The model that ships, so that a place links from its first day."""
    return parse_model(_shipped("model.toml"))


def load_model(place: Path) -> LinkModel:
    """The place's own frozen model where it has fitted one, else the one that ships.

    Raises:
        ConfigError: the place's model file cannot be read as a model.
    """
    path = place / MODEL_FILE
    return parse_model(path.read_text("utf-8")) if path.exists() else shipped_model()


def save_model(place: Path, model: LinkModel) -> Path:
    """Freeze a model as the place's own, replacing the former file whole."""
    path = place / MODEL_FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    fresh.touch(mode=0o600)
    fresh.write_text(dump_model(model), "utf-8")
    return fresh.replace(path)


@cache
def name_lists() -> NameLists:
    """Nicknames, placeholders and street words that ship."""
    placeholders: dict[str, list[str]] = {}
    for row in _rows("placeholders.csv"):
        value = row["value"] + ("*" if row["match"] == "starts" else "")
        placeholders.setdefault(row["field"], []).append(value)
    return NameLists(
        nicknames={row["name"]: row["root"] for row in _rows("nicknames.csv")},
        placeholders=placeholders,
        street_words=[row["word"] for row in _rows("street_words.csv")],
    )


def column_aliases() -> dict[str, str]:
    """Names that other people's files use for the columns of `joinedup link`."""
    return {row["theirs"]: row["ours"] for row in _rows("columns.csv")}


def _rows(name: str) -> Iterator[dict[str, str]]:
    yield from csv.DictReader(_shipped(name).splitlines())


def _shipped(name: str) -> str:
    return (files("joinedup") / "definitions" / "linkage" / name).read_text("utf-8")
