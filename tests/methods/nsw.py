"""The National Supported Work experiment beside survey controls (Dehejia and Wahba 1999), read for tests."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

COVARIATES = ("age", "educ", "black", "hisp", "marr", "nodegree", "re74", "re75")


def read(path: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Covariates, treated, earnings in 1978."""
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    x = np.array([[float(row[name]) for name in COVARIATES] for row in rows])
    return x, np.array([row["treat"] in {"1", "1.0"} for row in rows]), np.array([float(row["re78"]) for row in rows])


def against_survey(folder: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The people of the programme, and survey controls in place of the experiment's own."""
    x, treated, outcome = read(folder / "nsw_dw.csv")
    others, _, other_outcome = read(folder / "cps_controls.csv")
    who = np.arange(treated.sum() + len(others)) < treated.sum()
    return np.vstack([x[treated], others]), who, np.r_[outcome[treated], other_outcome]
