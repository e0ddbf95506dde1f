"""What the place is made from: numbers with their sources, kept as data."""

from __future__ import annotations

import csv
import tomllib
from functools import cache
from importlib import resources
from typing import Any

import numpy as np

from joinedup.demo.months import Floats


@cache
def _tables() -> dict[str, Any]:
    return tomllib.loads(resources.files("joinedup.demo").joinpath("data/parameters.toml").read_text("utf-8"))


def number(name: str) -> float:
    """One number of the parameters, named as section.key."""
    section, key = name.split(".")
    return float(_tables()[section][key])


def curve(name: str) -> Floats:
    """A list of numbers of the parameters, named as section.key."""
    section, key = name.split(".")
    return np.asarray(_tables()[section][key], dtype=np.float64)


def log_by_age(section: str, ages: Floats) -> Floats:
    """The log of a relative rate at each age, between the stated ages by straight lines."""
    return np.interp(ages, curve(f"{section}.age_at"), curve(f"{section}.age_log"))


@cache
def rows(name: str) -> tuple[dict[str, str], ...]:
    """The rows of one of the data files."""
    text = resources.files("joinedup.demo").joinpath(f"data/{name}.csv").read_text("utf-8")
    return tuple(csv.DictReader(text.splitlines()))


def column(name: str, key: str) -> Floats:
    """A column of numbers of one of the data files."""
    return np.asarray([float(row[key]) for row in rows(name)], dtype=np.float64)


def labels(name: str, key: str) -> list[str]:
    """A column of words of one of the data files."""
    return [row[key] for row in rows(name)]


def section(name: str) -> dict[str, Any]:
    """One section of the parameters, without its source."""
    return {key: value for key, value in _tables()[name].items() if key != "source"}
