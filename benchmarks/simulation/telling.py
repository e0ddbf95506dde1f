"""What the simulation said, as a page for people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from benchmarks.simulation.tally import Tally

_HEAD: Final = """# Trying evaluation on worlds whose truth is known

`make simulate` draws invented worlds many times over and evaluates each by a registered protocol, through the same
functions that evaluate real data: the design that sees no outcome, the estimate, the grade and the verdict. Small
effects are -5% (people) and -2% (areas), large ones -25% and -8%. Where people are picked for recent use they fall back
by themselves; whoever compares them with their own past finds a saving that is not there.

What must hold, where a design's assumptions do: 95% intervals hold the truth in 95% of runs, and without an effect at
most 2.5% of runs say "works" or "promising", both within three Monte Carlo errors of the runs made. *Low* or *high*
marks coverage outside that band, *often* too much praise. High coverage is an interval wider than it need be.

**{kept} of {asked} figures keep their coverage ({high} of the others lie above it, {low} below), and {quiet} of
{silent} keep within 2.5% of false praise.** {total:,} runs of {cells} cells in {minutes:.0f} minutes of CPU;
{fewest:,} to {most:,} runs a cell.

"""
_FAIR: Final = """## {world}

| design | effect | outcome | runs | estimated | coverage | praise | harm | off by (sd) | error said / true |
|---|---|---|---|---|---|---|---|---|---|
"""
_UNFAIR: Final = """## Where assumptions do not hold

What matters here is whether the report says so: *warned* is the part of runs in which a check fired that tells of
unlike groups (outcomes that cannot change, deaths, trends or fit before the start, a confounder of a risk ratio of
1.25 or less, or one as strong as the strongest thing known), each named on page one beside the grade it lowered;
*praise unwarned* is what is left. A hidden confounder and an effect look alike, so no warning tells them apart: a true
large effect is warned of in five runs of six as well (200 runs, 22 November 2026), and keeps its *works* at grade 3.
Page one says in every report on people not chosen by lot that a hidden difference could explain, or hide, an effect,
and how strong it would have to be. Name an outcome that the scheme cannot change: without one a strong hidden
confounder was praised in three runs of four, with one in a third, nearly always beside a warning.

| world | design | outcome | effect | runs | estimated | coverage | warned | grade | praise | praise unwarned | harm |
|---|---|---|---|---|---|---|---|---|---|---|---|
"""


def markdown(tallies: Sequence[Tally]) -> str:
    """The page of all cells run so far."""
    fair = [tally for tally in tallies if tally.holds]
    parts = [_headline(tallies)]
    for world in dict.fromkeys(tally.world for tally in fair):
        rows = "\n".join(_fair_row(tally) for tally in fair if tally.world == world)
        parts.append(_FAIR.format(world=world[0].upper() + world[1:]) + rows + "\n\n")
    unfair = [tally for tally in tallies if not tally.holds]
    if unfair:
        parts.append(_UNFAIR + "\n".join(_unfair_row(tally) for tally in unfair) + "\n")
    return "".join(parts)


def _headline(tallies: Sequence[Tally]) -> str:
    kept = [tally.keeps_coverage for tally in tallies if tally.keeps_coverage is not None]
    missed = [tally for tally in tallies if tally.keeps_coverage is False]
    quiet = [tally.keeps_quiet for tally in tallies if tally.keeps_quiet is not None and tally.horizon == "all"]
    cells = {(tally.world, tally.design, tally.effect): tally for tally in tallies}
    runs = [tally.runs for tally in cells.values()] or [0]
    above = sum((tally.coverage or 0) > 0.95 for tally in missed)
    return _HEAD.format(
        kept=sum(kept), asked=len(kept), high=above, low=len(missed) - above, quiet=sum(quiet), silent=len(quiet),
        total=sum(runs), cells=len(cells), minutes=sum(tally.seconds for tally in cells.values()) / 60,
        fewest=min(runs), most=max(runs),
    )  # fmt: skip


def _fair_row(tally: Tally) -> str:
    mark = "" if tally.keeps_coverage is not False else " *high*" if (tally.coverage or 0) > 0.95 else " *low*"
    praise = _percent(tally.favourable) + ("" if tally.keeps_quiet is not False else " *often*")
    return (
        f"| {tally.design} | {tally.effect} | {_outcome(tally)} | {tally.runs:,} | {tally.estimated:,} "
        f"| {_percent(tally.coverage)}{mark} | {praise} | {_percent(tally.harm)} "
        f"| {_number(tally.off)} | {_number(tally.width)} |"
    )


def _unfair_row(tally: Tally) -> str:
    return (
        f"| {tally.world} | {tally.design} | {_outcome(tally)} | {tally.effect} | {tally.runs:,} | {tally.estimated:,} "
        f"| {_percent(tally.coverage)} | {_percent(tally.warned)} | {_number(tally.grade)} "
        f"| {_percent(tally.favourable)} | {_percent(tally.praised)} | {_percent(tally.harm)} |"
    )


def _outcome(tally: Tally) -> str:
    return tally.outcome if tally.horizon == "all" else f"{tally.outcome}, {tally.horizon[2:]} periods on"


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.1f}%"


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"
