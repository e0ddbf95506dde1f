"""The published panels that methods are proved with."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from joinedup.methods.panel import NEVER, Panel


def mpdta(folder: Path, predictors: Sequence[str] = ()) -> Panel:
    """County teen employment, 2003-2007: states that raised the minimum wage in waves."""
    table = pd.read_csv(folder / "evaluation" / "mpdta.csv")
    return _panel(table, "countyreal", "year", "lemp", predictors, starts="first.treat")


def proposition_99(folder: Path) -> Panel:
    """Cigarette packs a head by state, 1970-2000: California's tobacco law began in 1989."""
    table = pd.read_csv(folder / "evaluation" / "prop99_adh.csv")
    table["start"] = np.where(table["state"] == "California", 1989, 0)
    return _panel(table, "state", "year", "cigsale", ("lnincome", "beer", "age15to24", "retprice"), starts="start")


def germany(folder: Path) -> Panel:
    """Income a head by country, 1960-2003: West Germany was reunited in 1990."""
    table = pd.read_csv(folder / "evaluation" / "germany.csv")
    table["start"] = np.where(table["country"] == "West Germany", 1990, 0)
    return _panel(table, "country", "year", "gdp", ("trade", "infrate"), starts="start")


def kansas(folder: Path) -> Panel:
    """Logarithm of output a head by state and quarter: Kansas cut its taxes in the second quarter of 2012."""
    table = pd.read_csv(folder / "evaluation" / "kansas.csv")
    table["start"] = np.where(table["fips"] == 20, 2012.25, 0)
    return _panel(table, "fips", "year_qtr", "lngdpcapita", (), starts="start")


def factor_simulation(folder: Path) -> Panel:
    """The simulated panel of the R package gsynth: effects of 1, 2, ... 10 from period 21 in five units of fifty."""
    table = pd.read_csv(folder / "evaluation" / "gsynth_simdata.csv")
    ever = table.groupby("id")["D"].transform("max")
    table["start"] = np.where(ever > 0, 21, 0)
    return _panel(table, "id", "time", "Y", ("X1", "X2"), starts="start")


def _panel(table: pd.DataFrame, unit: str, time: str, outcome: str, predictors: Sequence[str], *, starts: str) -> Panel:
    wide = table.pivot_table(index=unit, columns=time, values=outcome)
    start = table.groupby(unit)[starts].first().reindex(wide.index).to_numpy(float)
    columns = {
        name: table.pivot_table(index=unit, columns=time, values=name, dropna=False)
        .reindex(index=wide.index, columns=wide.columns)
        .to_numpy(float)
        for name in predictors
    }
    return Panel(
        tuple(str(name) for name in wide.index), wide.columns.to_numpy(float), wide.to_numpy(float),
        np.where(start > 0, start, NEVER), predictors=columns,
    )  # fmt: skip
