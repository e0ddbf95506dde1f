"""Worked templates of lawful flows: the shipped ones, and a place's own in their stead."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from joinedup.rules.foundation.errors import ConfigError
from joinedup.rules.foundation.flow import Flow, read_flow
from joinedup.store.template import DEFINITIONS


@dataclass(frozen=True, slots=True)
class FlowTemplate:
    """An example of a lawful flow to start from; it is no legal advice.

    Attributes:
        id: name of the template.
        label: what it is for.
        note: what to mind.
        source: the law and guidance it rests on.
        valid_from: since when that law holds.
        applies_to: kinds of extract it is written for.
        is_unchecked: nobody has held it against the law's text yet.
        flow: its terms.
        steps: what must be done before data flow.
    """

    id: str
    label: str
    note: str
    source: str
    valid_from: date
    applies_to: tuple[str, ...]
    is_unchecked: bool
    flow: Flow
    steps: tuple[str, ...]


def load_flow_templates(place: Path | None) -> tuple[FlowTemplate, ...]:
    """Every template, by label; a place's own file replaces the shipped one with its id.

    Raises:
        ConfigError: a template is not complete.
    """
    folders = [DEFINITIONS / "flows", *([place / "flows"] if place else [])]
    found = [_template(path) for folder in folders if folder.is_dir() for path in sorted(folder.glob("*.toml"))]
    return tuple(sorted({each.id: each for each in found}.values(), key=lambda each: each.label))


def _template(path: Path) -> FlowTemplate:
    try:
        told = tomllib.loads(path.read_text(encoding="utf-8"))
        flow = read_flow(told["flow"])
        if not isinstance(flow, Flow):
            raise ConfigError(f"{path}: {'; '.join(flow)}")
        return FlowTemplate(
            id=told["id"],
            label=told["label"],
            note=told.get("note", ""),
            source=told["source"],
            valid_from=told["valid_from"],
            applies_to=tuple(told.get("applies_to", ())),
            is_unchecked=bool(told.get("verify", False)),
            flow=flow,
            steps=tuple(step["step"] for step in told.get("before_you_start", ())),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ConfigError(f"{path} is not a template of a flow: {error}") from error
