"""How often each kind of agreement occurs among records of one person, of two relations, and of two strangers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Fractions = npt.NDArray[np.float64]
Levels = npt.NDArray[np.int64]

TRUST = 20.0  # how many pairs the guess of a level is worth
KIN_TRUST = 200.0  # the same for relations, of whom the pairs that share a blocking value are a biased few


@dataclass(frozen=True, slots=True)
class Patterns:
    """Pairs counted by how they compare.

    Attributes:
        level: one row a pattern, one column a field: the level of the comparison, -1 where missing.
        count: how many pairs show the pattern.
    """

    level: Levels
    count: Fractions


@dataclass(frozen=True, slots=True)
class Chances:
    """Chances of each level of each field, and how many pairs are of each kind.

    Attributes:
        person: for each field, the chance of each level among records of one person.
        stranger: the same among two strangers.
        kin: the same among two relations; None for a field that relations share, where it tells nothing.
        pairs: all pairs there are, compared or not.
        same, related: pairs of one person, and of two relations.
    """

    person: tuple[Fractions, ...]
    stranger: tuple[Fractions, ...]
    kin: tuple[Fractions | None, ...]
    pairs: float
    same: float
    related: float


def posterior(patterns: Patterns, chances: Chances) -> tuple[Fractions, Fractions]:
    """For each pattern the chance that its pairs are one person's, and that they are two relations'."""
    log_same = np.full(len(patterns.count), np.log(chances.same))
    log_kin = np.full(len(patterns.count), np.log(max(chances.related, 1e-9)))
    log_other = np.full(len(patterns.count), np.log(max(chances.pairs - chances.same - chances.related, 1.0)))
    for field, (m, u, kin) in enumerate(zip(chances.person, chances.stranger, chances.kin, strict=True)):
        level = patterns.level[:, field]
        known = level >= 0
        log_same[known] += np.log(m)[level[known]]
        log_other[known] += np.log(u)[level[known]]
        log_kin[known] += np.log(m if kin is None else kin)[level[known]]
    top = np.maximum(np.maximum(log_same, log_kin), log_other)
    parts = [np.exp(each - top) for each in (log_same, log_kin, log_other)]
    whole = parts[0] + parts[1] + parts[2]
    return parts[0] / whole, parts[1] / whole


def fit(
    compared: Patterns,
    at_random: Patterns,
    start: Chances,
    guess: Chances,
    *,
    learn_kin: Sequence[int] = (),
    rounds: int = 25,
) -> Chances:
    """Chances that explain the pairs, by expectation maximisation.

    In each round the pairs compared say how one person's records differ, weighed by the chance that they are one
    person's, and pairs drawn at random say how strangers agree, weighed by the chance that they are strangers.

    Args:
        compared: pairs that share a blocking value: nearly all true ones, and others.
        at_random: pairs drawn from all pairs without looking.
        start: where to start. `related` and the kin chances stay as they are, unless they are learned.
        guess: what to believe of levels that the pairs never show: it weighs like `TRUST` pairs, in the chances of
            persons and of strangers alike, so that a level never seen keeps the weight of the guess.
        learn_kin: fields of which nobody knows whether families share them: their kin chances are estimated from the
            pairs that look like relations in the other fields.
        rounds: at most how many rounds.

    Returns:
        The chances after the last round; `same` is the expected number of pairs of one person among those compared.

    Source: Winkler 1988, using EM for Fellegi-Sunter parameters.
    """
    chances = start
    for _ in range(rounds):
        same, related = posterior(compared, chances)
        weight = same * compared.count
        chance_same, _ = posterior(at_random, chances)
        strange = (1.0 - chance_same) * at_random.count
        total = max(float(weight.sum()), 1.0)
        part = TRUST / (TRUST + total)
        person = tuple(_shares(compared.level[:, i], weight, m, part) for i, m in enumerate(guess.person))
        stranger = tuple(_shares(at_random.level[:, i], strange, u, part) for i, u in enumerate(guess.stranger))
        kin = list(chances.kin)
        for i in learn_kin:
            kin[i] = _learned(compared.level[:, i], related * compared.count, chances.kin[i], start.kin[i])
        found = Chances(person, stranger, tuple(kin), start.pairs, total, start.related)
        if abs(total - chances.same) < 1e-6 * total:
            return found
        chances = found
    return chances


def _learned(level: Levels, weight: Fractions, now: Fractions | None, first: Fractions | None) -> Fractions | None:
    """Kin chances of a field from pairs weighed as relations; the first ones weigh like `KIN_TRUST`."""
    if now is None or first is None:
        return now
    return _shares(level, weight, first, KIN_TRUST / (KIN_TRUST + float(weight.sum())))


def _shares(level: Levels, weight: Fractions, guess: Fractions, part: float) -> Fractions:
    """The share of each level among weighed pairs where the field is known, mixed with a part of the guess."""
    known = level >= 0
    seen = np.bincount(level[known], weights=weight[known], minlength=len(guess))
    if not seen.sum():
        return guess
    shares: Fractions = (1.0 - part) * seen / seen.sum() + part * guess / guess.sum()
    return shares
