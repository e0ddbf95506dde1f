"""Streams of chance: one for each part and chunk, so that a new part never moves the others."""

from __future__ import annotations

import hashlib

import numpy as np

from joinedup.demo.months import Bools, Floats, Ints


def stream(seed: int, part: str, chunk: int = 0) -> np.random.Generator:
    """A generator that depends only on the seed, the part's name and the chunk of people."""
    name = int.from_bytes(hashlib.blake2b(part.encode(), digest_size=8).digest(), "big")
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, name, chunk])))


def choose(rng: np.random.Generator, weights: Floats, size: int) -> Ints:
    """Positions drawn with replacement in proportion to weights."""
    edges = np.cumsum(weights, dtype=np.float64)
    found: Ints = np.searchsorted(edges, rng.random(size) * edges[-1], side="right").clip(0, len(weights) - 1)
    return found


def choose_by_group(rng: np.random.Generator, weights: Floats, groups: Ints) -> Ints:
    """Positions drawn for each group by its own row of weights."""
    drawn, luck = np.empty(len(groups), dtype=np.int64), rng.random(len(groups))
    for number, row in enumerate(weights):
        edges = np.cumsum(row, dtype=np.float64)
        members = groups == number
        drawn[members] = np.searchsorted(edges, luck[members] * edges[-1], side="right").clip(0, len(row) - 1)
    return drawn


def chance(rng: np.random.Generator, probability: Floats | float, size: int) -> Bools:
    """True with the given probability, once for each."""
    return rng.random(size) < probability


def zipf_weights(size: int, exponent: float) -> Floats:
    """Weights of names by rank: a few are common and most are rare."""
    return np.arange(1, size + 1, dtype=np.float64) ** -exponent
