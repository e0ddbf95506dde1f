"""All cells: every design in worlds where its assumptions hold, then in worlds where they do not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

from benchmarks.simulation import areas, people
from benchmarks.simulation.cell import Cell

_MATCHED: Final[dict[str, dict[str, Any]]] = {
    "matched on propensity, 1:1": {"ratio": 1},
    "matched on propensity, 1:3": {"ratio": 3},
    "matched on propensity, 1:1, with replacement": {"ratio": 1, "replace": True},
    "matched on propensity, 1:3, with replacement": {"ratio": 3, "replace": True},
    "matched on prognosis, 1:1": {"distance": "prognostic", "ratio": 1},
    "matched on both, 1:1": {"distance": "both", "ratio": 1},
    "matched on both, 1:3": {"distance": "both", "ratio": 3},
    "matched on both, 1:3, with replacement": {"distance": "both", "ratio": 3, "replace": True},
}
PICKED: Final = "people picked for recent use"


def all_cells() -> tuple[Cell, ...]:
    """Every cell, in the order of the table."""
    return (
        *_people_fair(), *_practices(), *_people_unfair(), *_areas_fair(), *_one_area(), *_series(), *_areas_unfair()
    )  # fmt: skip


def _people_fair() -> Iterator[Cell]:
    for label, design in _MATCHED.items():
        given: dict[str, Any] = {"distance": "propensity", "caliper": 0.2, **design}
        yield from _of_people(PICKED, label, people.Setting(), people.protocol("matched_cohort", **given))
    yield from _of_people(PICKED, "weighting", people.Setting(), people.protocol("weighting"))
    yield from _of_people(PICKED, "regression", people.Setting(), people.protocol("regression"))
    lot = people.Setting(picked=0.0)
    yield from _of_people("people chosen by lot", "randomised", lot, people.protocol("randomised"))


def _of_people(world: str, label: str, setting: people.Setting, protocol: Any, *, holds: bool = True) -> Iterator[Cell]:
    for scheme in people.SCHEMES:
        yield Cell(world, label, scheme.label, holds, people.draw_people(setting, scheme), protocol)


def _practices() -> Iterator[Cell]:
    """Whole practices take part; errors must allow for it."""
    for count in (12, 30):
        setting = people.Setting(picked=0.0, practices=count)
        protocol = people.protocol("regression", cluster="practice")
        world = f"{count} practices, half of them in the scheme"
        yield Cell(
            world, "regression, clustered", "none", True, people.draw_people(setting, people.NO_EFFECT), protocol
        )


def _people_unfair() -> Iterator[Cell]:
    """A hidden confounder, with and without outcomes that show it; and an effect that reaches controls."""
    usual: dict[str, Any] = {"distance": "propensity", "ratio": 3, "caliper": 0.2}
    for strength, pull, luck in (("no", 1.0, 1.0), ("weak", 1.3, 0.9), ("strong", 4.0, 0.5)):
        for count, share in ((1_500, 1.0), (6_000, 0.5)):
            setting = people.Setting(people=count, hidden_pull=pull, hidden_help=luck)
            draw = people.draw_people(setting, people.NO_EFFECT)
            for controls in (True, False) if strength == "strong" else (True,):
                words = "with" if controls else "without"
                label = f"matched on propensity, 1:3, {words} outcomes that cannot change"
                protocol = people.protocol("matched_cohort", controls=controls, **usual)
                world = f"{strength} hidden confounder, {count:,} people"
                yield Cell(world, label, "none", strength == "no", draw, protocol, share)
    spilled = people.Setting(spilled=0.5)
    matched = people.protocol("matched_cohort", **usual)
    large = people.draw_people(spilled, people.LARGE)
    yield Cell("half the effect reaches half of the controls", "matched on propensity, 1:3, those near among controls",
               "large", False, large, matched)  # fmt: skip
    apart = people.draw_people(replace(spilled, leaves_near_out=True), people.LARGE)
    yield Cell("half the effect reaches half of the controls", "matched on propensity, 1:3, those near left out",
               "large", True, apart, matched)  # fmt: skip


def _areas_fair() -> Iterator[Cell]:
    differences, staggered = areas.protocol("difference_in_differences"), areas.protocol("staggered_did")
    waves = areas.Region(waves=((5, 10), (6, 8), (7, 7)), controls=35)
    yield from _of_areas("15 of 40 areas, one start", "difference in differences", areas.Region(), differences)
    few = areas.Region(waves=((6, 3),), controls=9)
    yield from _of_areas("3 of 12 areas, one start", "difference in differences", few, differences, share=0.25)
    grouped = areas.Region(waves=((6, 16),), controls=24, by_cluster=4)
    clustered = areas.protocol("difference_in_differences", cluster="region")
    yield from _of_areas(
        "4 of 10 groups of 4 areas", "difference in differences, clustered", grouped, clustered, share=0.25
    )
    yield from _of_areas("25 of 60 areas in three waves", "staggered, never treated", waves, staggered, (0, 2))
    later = areas.protocol("staggered_did", controls="not_yet_treated")
    yield from _of_areas("25 of 60 areas in three waves", "staggered, not yet treated", waves, later, (0, 2))
    fading = replace(waves, kept=0.6)
    yield from _of_areas("three waves, effects that fade", "staggered, never treated", fading, staggered, (0, 2))
    seldom = areas.Region(waves=((5, 3), (7, 3)), controls=10)
    yield from _of_areas("6 of 16 areas in two waves", "staggered, never treated", seldom, staggered, (0,), share=0.05)


def _of_areas(
    world: str, label: str, region: areas.Region, protocol: Any, horizons: tuple[int, ...] = (), *,
    share: float = 1.0, holds: bool = True,
) -> Iterator[Cell]:  # fmt: skip
    for name, effect in areas.EFFECTS.items():
        yield Cell(world, label, name, holds, areas.draw_areas(region, effect, horizons=horizons), protocol, share)


def _one_area() -> Iterator[Cell]:
    """One area, or five, beside a mixture of others; which one it is was decided by lot."""
    one = areas.Region(waves=((15, 1),), controls=29, periods=20, factors=2)
    five = replace(one, waves=((15, 5),))
    for method in (
        "synthetic_control", "augmented_synthetic_control", "demeaned_synthetic_control",
        "generalised_synthetic_control", "synthetic_did",
    ):  # fmt: skip
        label, protocol = method.replace("_", " "), areas.protocol(method)
        yield from _of_areas("1 of 30 areas", label, one, protocol, share=0.25)
        if method in {"demeaned_synthetic_control", "synthetic_did"}:
            yield from _of_areas("5 of 34 areas", label, five, protocol, share=0.1)


def _series() -> Iterator[Cell]:
    for lingering in (0.0, 0.4):
        for name, percent in areas.EFFECTS.items():
            world = f"one series of 72 months, shocks that linger {lingering:g}"
            draw = areas.draw_series(1 + percent / 100, lingering=lingering)
            yield Cell(world, "interrupted series", name, True, draw, areas.series_protocol())


def _areas_unfair() -> Iterator[Cell]:
    """Nothing was done, yet figures fall: picked at their worst, or already improving; and spillover."""
    picked = areas.Region(picked=True, lingering=0.0)
    for method in ("difference_in_differences", "before_after"):
        label = method.replace("_", " ")
        yield Cell("areas picked at their worst", label, "none", False, areas.draw_areas(picked, 0.0),
                   areas.protocol(method))  # fmt: skip
    for words, drift in (("weak", -0.15), ("strong", -1.0)):
        region = areas.Region(drift=drift)
        yield Cell(f"areas already improving: {words} hidden trend", "difference in differences", "none", False,
                   areas.draw_areas(region, 0.0), areas.protocol("difference_in_differences"))  # fmt: skip
    spilled = areas.Region(spilled=0.5, beside=8)
    beside = [f"A{at:03}" for at in range(spilled.treated, spilled.treated + spilled.beside)]
    for words, exclude, holds in (("among controls", [], False), ("left out", beside, True)):
        protocol = areas.protocol("difference_in_differences", data={"exclude": exclude})
        yield Cell("half the effect reaches 8 neighbours", f"difference in differences, neighbours {words}", "large",
                   holds, areas.draw_areas(spilled, areas.EFFECTS["large"]), protocol)  # fmt: skip
