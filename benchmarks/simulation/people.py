"""Invented people: frail people use more and are picked for it, so that those picked fall back by themselves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from benchmarks.simulation.cell import World

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

COVARIATES: Final = ("age", "conditions", "deprivation", "female", "recent_use")


@dataclass(frozen=True, slots=True)
class Scheme:
    """What a scheme does to those in it: ratios of counts and chances, differences of wellbeing and cost."""

    label: str
    ratio: float
    points: float
    pounds: float


NO_EFFECT: Final = Scheme("none", 1.0, 0.0, 0.0)
SMALL: Final = Scheme("small", 0.95, 0.75, -100.0)
LARGE: Final = Scheme("large", 0.75, 4.0, -600.0)
SCHEMES: Final = (NO_EFFECT, SMALL, LARGE)


@dataclass(frozen=True, slots=True)
class Setting:
    """How people come into a scheme.

    Attributes:
        people: how many there are.
        joined: about this part of them is in the scheme.
        picked: how strongly recent use, age and conditions pull people in; 0 where chance decides.
        hidden_pull, hidden_help: odds of being in the scheme, and ratio of every bad outcome, of those 4 in 10 who
            have something nobody recorded (willing, on the mend, helped at home).
        practices: so many practices take part or not as a whole; 0 where each person is picked alone.
        spread: standard deviation of the logarithm of practices' rates.
        spilled: the part of the effect that reaches controls of the practices that take part, who are half of all
            controls.
        leaves_near_out: controls whom the effect may reach are not in the table.
    """

    people: int = 1_500
    joined: float = 0.2
    picked: float = 1.0
    hidden_pull: float = 1.0
    hidden_help: float = 1.0
    practices: int = 0
    spread: float = 0.15
    spilled: float = 0.0
    leaves_near_out: bool = False


def draw_people(setting: Setting, scheme: Scheme) -> Callable[[np.random.Generator], World]:
    """A maker of worlds of one setting and scheme."""

    def draw(rng: np.random.Generator) -> World:
        return _world(setting, scheme, rng)

    return draw


def _world(setting: Setting, scheme: Scheme, rng: np.random.Generator) -> World:
    n = setting.people
    age, conditions = rng.normal(0, 1, n), rng.poisson(2, n).astype(float)
    deprivation, female = rng.integers(1, 6, n).astype(float), rng.integers(0, 2, n).astype(float)
    hidden = rng.random(n) < 0.4
    practice = rng.integers(0, setting.practices, n) if setting.practices else np.zeros(n, np.int64)
    shift = rng.normal(0, setting.spread, setting.practices)[practice] if setting.practices else np.zeros(n)
    need = np.exp(0.15 * age + 0.15 * (conditions - 2) + 0.05 * (deprivation - 3))
    frailty = rng.gamma(1.5, 1 / 1.5, n)
    before = rng.poisson(1.2 * need * frailty)
    recent = np.log1p(before)
    score = setting.picked * (0.3 * age + 0.15 * (conditions - 2) + 0.8 * (recent - recent.mean()))
    treated = _joined(setting, score + np.log(setting.hidden_pull) * (hidden - 0.4), practice, rng)
    here = rng.random(n) < 0.5
    reach = np.where(treated, 1.0, np.where(here, setting.spilled, 0.0))
    ratio, luck = scheme.ratio**reach, np.where(hidden, setting.hidden_help, 1.0) * np.exp(shift)
    time = np.where(rng.random(n) < 0.15, rng.uniform(0.1, 1, n), 1.0)
    chance = np.minimum(0.2 * need * (0.6 + 0.4 * frailty) * luck, 1.0) * ratio
    columns: dict[str, Any] = {
        "unit": np.arange(n), "treated": treated.astype(np.int64), "age": age, "conditions": conditions,
        "deprivation": deprivation, "female": female, "recent_use": recent, "earlier": before.astype(float),
        "practice": practice, "near": here.astype(np.int64), "follow_up": time,
        "admissions": rng.poisson(1.2 * need * frailty * luck * ratio * time).astype(float),
        "readmitted": (rng.random(n) < np.minimum(chance, 1.0)).astype(float),
        "wellbeing": 50 - 3 * age - 2 * (conditions - 2) - 10 * np.log(luck) + rng.normal(0, 9, n)
        - 3 * np.log(frailty + 0.1) + scheme.points * reach,
        "cost": 1_000 + 2_500 * need * frailty * luck * rng.lognormal(-0.32, 0.8, n) + scheme.pounds * reach,
        "cataracts": rng.poisson(0.5 * np.exp(0.15 * age + 0.1 * (conditions - 2)) * luck).astype(float),
        "died": (rng.random(n) < np.minimum(0.08 * need * luck, 1.0)).astype(float),
    }  # fmt: skip
    if setting.leaves_near_out:
        columns = {name: values[treated | ~here] for name, values in columns.items()}
    return World(pa.table(columns), {
        ("admissions", "all"): scheme.ratio, ("readmitted", "all"): scheme.ratio,
        ("wellbeing", "all"): scheme.points, ("cost", "all"): scheme.pounds,
    })  # fmt: skip


def _joined(setting: Setting, score: Floats, practice: Ints, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Who is in the scheme; whole practices by lot where practices decide."""
    if setting.practices:
        those = np.zeros(setting.practices, bool)
        those[rng.permutation(setting.practices)[: setting.practices // 2]] = True
        taken: NDArray[np.bool_] = those[practice]
        return taken
    constant = np.log(setting.joined / (1 - setting.joined)) - 0.25 * setting.picked
    joined: NDArray[np.bool_] = rng.random(len(score)) < 1 / (1 + np.exp(-(constant + score)))
    return joined


def protocol(method: str, *, controls: bool = False, cluster: str = "", **design: Any) -> Mapping[str, Any]:
    """The protocol of an evaluation of invented people, as its file would hold it.

    Args:
        controls: whether it names outcomes that the scheme cannot change, and deaths.
        cluster: column of people who were decided upon together.
    """
    outcomes = [
        {"name": "admissions", "kind": "count", "role": "primary", "polarity": "lower"},
        {"name": "readmitted", "kind": "binary", "role": "primary", "polarity": "lower"},
        {"name": "wellbeing", "kind": "continuous", "role": "primary", "polarity": "higher"},
        {"name": "cost", "kind": "cost", "role": "primary", "polarity": "lower"},
    ]
    if controls:
        outcomes += [
            {"name": "cataracts", "kind": "count", "role": "negative_control"},
            {"name": "died", "kind": "binary", "role": "secondary", "polarity": "lower"},
        ]
    data = {"unit": "unit", "treated": "treated", "covariates": list(COVARIATES), "follow_up": "follow_up"}
    if cluster:
        data["cluster"] = cluster
    if design.get("distance") in {"prognostic", "both"}:
        data["earlier_outcome"] = "earlier"
    accept = {"max_smd": 0.25, "min_matched": 0.8}
    return {
        "title": "Invented", "question": "Did it work?", "data": data, "outcomes": outcomes,
        "design": {"method": method, "accept": accept, **design},
    }  # fmt: skip
