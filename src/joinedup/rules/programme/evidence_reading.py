"""Items of the evidence base read from their definitions (TOML), with a message that says what is wrong where."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final, TypeVar

from joinedup.rules.foundation.errors import DefinitionError
from joinedup.rules.programme.evidence_item import ClaimVersion, Effect, EvidenceItem, Reported, Source
from joinedup.rules.programme.evidence_words import Cash, Kind, Outcome, Persistence, Replication, Scale
from joinedup.rules.programme.initiative import CareModel, Cohort, InitiativeType, Integration, Level, Pathway

E = TypeVar("E", bound=StrEnum)

_KEYS: Final = frozenset({
    "id", "label", "question", "kind", "integration", "level", "model", "cohort", "pathway", "sites", "context",
    "findings", "cost", "cash", "persistence", "replication", "published", "sources", "claims", "verify",
})  # fmt: skip
_FINDING_KEYS: Final = frozenset({
    "outcome", "verdict", "grade", "because", "cohort", "note",
    "effect", "scale", "low", "high", "unit", "people",
})  # fmt: skip


def item_from(given: Mapping[str, Any], origin: str = "shipped") -> EvidenceItem:
    """An item from what its file says.

    Args:
        given: the file's keys; [[findings]] and [[sources]] are tables, `verify = true` marks a figure that nobody
            could hold against its source.
        origin: whose definition it is.

    Raises:
        DefinitionError: a key is missing, unknown or not of its closed list, or the item is no evidence.
    """
    name = str(given.get("id", "an item"))
    unknown = sorted(given.keys() - _KEYS)
    if unknown:
        raise DefinitionError(f"{name}: unknown keys {', '.join(unknown)}; use {', '.join(sorted(_KEYS))}")
    try:
        return EvidenceItem(
            id=given["id"], label=given["label"], question=given["question"],
            kind=_one(Kind, given["kind"]), type=type_from(given),
            cohort=_one(Cohort, given["cohort"]), pathway=_one(Pathway, given["pathway"]),
            sites=given.get("sites", ""), context=given.get("context", ""),
            findings=tuple(_finding(each) for each in given["findings"]),
            published=str(given["published"]),
            sources=tuple(Source(each["citation"], each.get("where", ""), each.get("link", ""))
                          for each in given["sources"]),
            cost=given.get("cost", ""), cash=_one(Cash, given.get("cash", "unknown")),
            persistence=_one(Persistence, given.get("persistence", "unknown")),
            replication=_one(Replication, given.get("replication", "unknown")),
            claims=tuple(ClaimVersion(str(each["date"]), each["pounds"], each["by"])
                         for each in given.get("claims", ())),
            is_unchecked=bool(given.get("verify", False)), origin=origin,
        )  # fmt: skip
    except KeyError as exc:
        raise DefinitionError(f"{name}: the key {exc.args[0]} is missing") from exc
    except (TypeError, AttributeError) as exc:
        raise DefinitionError(f"{name}: {exc}") from exc
    except DefinitionError as exc:
        raise DefinitionError(f"{name}: {str(exc).removeprefix(f'{name}: ')}") from exc


def type_from(given: Mapping[str, Any]) -> InitiativeType:
    """What sort of integration something is about, from its three keys (level and model may be absent).

    >>> type_from({"integration": "horizontal", "level": "patient"}).label
    'Horizontal, person level'
    """
    level, model = given.get("level"), given.get("model")
    return InitiativeType(
        _one(Integration, given["integration"]),
        _one(Level, level) if level else None,
        _one(CareModel, model) if model else None,
    )


def _finding(given: Mapping[str, Any]) -> Reported:
    unknown = sorted(given.keys() - _FINDING_KEYS)
    if unknown:
        raise DefinitionError(f"unknown keys {', '.join(unknown)} in a finding")
    effect = None
    if "effect" in given:
        effect = Effect(
            float(given["effect"]), _one(Scale, given["scale"]), _number(given, "low"), _number(given, "high"),
            given.get("unit", ""), given.get("people"),
        )  # fmt: skip
    return Reported(
        outcome=_one(Outcome, given["outcome"]), verdict=given["verdict"], grade=given.get("grade"),
        because=given.get("because", ""), effect=effect,
        cohort=_one(Cohort, given["cohort"]) if "cohort" in given else None, note=given.get("note", ""),
    )  # fmt: skip


def _number(given: Mapping[str, Any], key: str) -> float | None:
    return float(given[key]) if key in given else None


def _one(kind: type[E], value: str) -> E:
    """A member of a closed list.

    Raises:
        DefinitionError: it is none; the message names all.
    """
    try:
        return kind(value)
    except ValueError as exc:
        allowed = ", ".join(each.value for each in kind)
        raise DefinitionError(f"{value!r} is not one of {allowed}") from exc
