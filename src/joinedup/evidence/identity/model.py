"""The linkage model: how much each agreement and disagreement says, frozen in a file that the build obeys."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Final

from joinedup.rules.foundation.errors import ConfigError

KINDS: Final = ("number", "forename", "surname", "date", "code", "postcode", "address", "death", "text")


def centibits(ratio: float) -> int:
    """A likelihood ratio as a weight: whole hundredths of a bit, so that every sum is exact.

    >>> centibits(8.0), centibits(0.5)
    (300, -100)
    """
    return round(100 * math.log2(ratio))


@dataclass(frozen=True, slots=True)
class Level:
    """One way two values can compare.

    Attributes:
        m: chance of it among records of one person.
        u: chance of it among records of two strangers.
        kin: chance of it among two members of one family or household; None where a family shares the field.
    """

    id: str
    m: float
    u: float
    kin: float | None = None

    def __post_init__(self) -> None:
        if not (0 < self.m <= 1 and 0 < self.u <= 1 and (self.kin is None or 0 < self.kin <= 1)):
            raise ConfigError(f"linkage model, level {self.id}: m, u and kin are chances above 0 and up to 1")

    @property
    def weight(self) -> int:
        """What the level says for one person against two strangers, in hundredths of a bit."""
        return centibits(self.m / self.u)

    @property
    def kin_weight(self) -> int:
        """What the level says for one person against two relations."""
        return 0 if self.kin is None else centibits(self.m / self.kin)


@dataclass(frozen=True, slots=True)
class Comparison:
    """One field of two records, with the ways it can compare, tried in order.

    Attributes:
        kind: which of the closed set of comparisons it is (`KINDS`).
        column: the normalised column it reads.
        frequencies: whether agreement on a rare value says more than on a common one.
    """

    id: str
    kind: str
    column: str
    levels: tuple[Level, ...]
    frequencies: bool = False

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ConfigError(f"linkage model, comparison {self.id}: {self.kind} is none of {', '.join(KINDS)}")

    def level(self, name: str) -> Level:
        """The level of that id.

        Raises:
            ConfigError: the comparison has none.
        """
        for each in self.levels:
            if each.id == name:
                return each
        raise ConfigError(f"linkage model, comparison {self.id}: no level {name}")


@dataclass(frozen=True, slots=True)
class BlockingRule:
    """Which pairs are looked at: those that agree on every one of these normalised columns."""

    id: str
    equal: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Weights from which a pair counts as one person, in hundredths of a bit of posterior odds.

    `strict` when only sure links count, `loose` when doubtful ones count too; a pair between `loose` and
    `default` goes to review. Two likely relations whose weight is below `apart` are never chained together.
    """

    strict: int
    default: int
    loose: int
    apart: int

    def __post_init__(self) -> None:
        if not self.strict >= self.default >= self.loose >= self.apart:
            raise ConfigError("linkage model, thresholds: strict >= default >= loose >= apart must hold")


@dataclass(frozen=True, slots=True)
class LinkModel:
    """Everything that decides links except the records and people's decisions.

    Attributes:
        random_match: chance that two records picked at random are one person's.
        kin_odds: pairs of one person for each pair of members of one family that share name or home.
        frequencies: column -> value -> share of records, of values common enough to be no clue to anyone.
        unseen: column -> share given to a value that is not in the table.
    """

    id: str
    label: str
    source: str
    random_match: float
    kin_odds: float
    thresholds: Thresholds
    comparisons: tuple[Comparison, ...]
    blocking: tuple[BlockingRule, ...]
    frequencies: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    unseen: Mapping[str, float] = field(default_factory=dict)

    @property
    def prior_weight(self) -> int:
        """The weight every pair starts from, against two strangers."""
        return centibits(self.random_match / (1 - self.random_match))

    @property
    def kin_prior_weight(self) -> int:
        """The weight every pair starts from, against two relations."""
        return centibits(self.kin_odds)

    @property
    def version(self) -> str:
        """A short fingerprint of everything in the model; any change of it is a new model."""
        return sha256(dump_model(self).encode()).hexdigest()[:12]

    def comparison(self, name: str) -> Comparison | None:
        """The comparison of that id, if the model has it."""
        return next((each for each in self.comparisons if each.id == name), None)

    def value_weight(self, column: str, share: float | None) -> int:
        """What a chance agreement on one value says: rarer values say more; unseen ones count as the rarest.

        Args:
            column: a column with frequencies.
            share: the value's share of records; None when it is not in the table.
        """
        return -centibits(share if share else self.unseen.get(column, 1.0))


def probability_of(weight: int) -> float:
    """The chance that two records are one person's, from their weight.

    >>> probability_of(0), round(probability_of(425), 3)
    (0.5, 0.95)
    """
    return 1.0 / (1.0 + 2.0 ** (-max(min(weight, 10_000), -10_000) / 100.0))


def parse_model(text: str) -> LinkModel:
    """Read a model from its TOML.

    Raises:
        ConfigError: something is missing or impossible, said by name.
    """
    try:
        data = tomllib.loads(text)
        return LinkModel(
            id=data["id"],
            label=data["label"],
            source=data["source"],
            random_match=data["random_match"],
            kin_odds=data["kin_odds"],
            thresholds=Thresholds(**data["thresholds"]),
            comparisons=tuple(_comparison(row) for row in data["comparisons"]),
            blocking=tuple(BlockingRule(row["id"], tuple(row["equal"])) for row in data["blocking"]),
            frequencies=data.get("frequencies", {}),
            unseen=data.get("unseen", {}),
        )
    except tomllib.TOMLDecodeError as exc:
        raise ConfigError(f"the linkage model is not valid TOML: {exc}; restore it or refit it with --retrain") from exc
    except (KeyError, TypeError) as exc:
        raise ConfigError(f"the linkage model lacks or misnames {exc}; restore it or refit it with --retrain") from exc


def _comparison(row: Mapping[str, Any]) -> Comparison:
    levels = tuple(Level(**level) for level in row["levels"])
    return Comparison(row["id"], row["kind"], row["column"], levels, bool(row.get("frequencies", False)))


def dump_model(model: LinkModel) -> str:
    """The model as TOML, always in the same order and digits, so that equal models are equal files."""
    lines = [f"{name} = {_text(getattr(model, name))}" for name in ("id", "label", "source")]
    lines += [f"random_match = {_number(model.random_match)}", f"kin_odds = {_number(model.kin_odds)}", ""]
    limits = model.thresholds
    lines += ["[thresholds]", f"strict = {limits.strict}", f"default = {limits.default}", f"loose = {limits.loose}"]
    lines += [f"apart = {limits.apart}", ""]
    for rule in model.blocking:
        lines += ["[[blocking]]", f"id = {_text(rule.id)}", f"equal = [{', '.join(map(_text, rule.equal))}]", ""]
    for comparison in model.comparisons:
        lines += _comparison_lines(comparison)
    if model.unseen:
        lines += ["[unseen]", *(f"{_text(k)} = {_number(v)}" for k, v in sorted(model.unseen.items())), ""]
    for column, shares in sorted(model.frequencies.items()):
        lines += [f"[frequencies.{_text(column)}]"]
        lines += [*(f"{_text(value)} = {_number(share)}" for value, share in sorted(shares.items())), ""]
    return "\n".join(lines)


def _comparison_lines(comparison: Comparison) -> list[str]:
    lines = ["[[comparisons]]", f"id = {_text(comparison.id)}", f"kind = {_text(comparison.kind)}"]
    lines += [f"column = {_text(comparison.column)}", f"frequencies = {str(comparison.frequencies).lower()}"]
    lines += ["levels = ["]
    for level in comparison.levels:
        kin = "" if level.kin is None else f", kin = {_number(level.kin)}"
        lines += [f"    {{ id = {_text(level.id)}, m = {_number(level.m)}, u = {_number(level.u)}{kin} }},"]
    return [*lines, "]", ""]


def _text(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    printable = "".join(c if c >= " " and c != "\x7f" else f"\\u{ord(c):04x}" for c in escaped)
    return f'"{printable}"'


def _number(value: float) -> str:
    return f"{value:.6e}"
