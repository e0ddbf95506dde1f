"""What a board should hear of its schemes: money spent unevaluated, late reports, the same thing done twice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from itertools import combinations
from typing import Final

#: A report is late so many days after it was due. Source: joinedup specification 12.1 (G5).
LATE_DAYS: Final = 30

#: Targets of two plans for one measure and time differ if they lie further apart, in percentage points.
#: Source: joinedup specification 12.1.
CONFLICT_POINTS: Final = 2.0


class AlertKind(StrEnum):
    """What is wrong."""

    UNEVALUATED = "unevaluated"
    NO_LINE = "no_line"
    LATE_REPORT = "late_report"
    ONE_SIDED_BOARD = "one_sided_board"
    DUPLICATE = "duplicate"
    UNBACKED = "unbacked"
    CONFLICT = "conflict"

    @property
    def label(self) -> str:
        """What pages call it."""
        return {
            AlertKind.UNEVALUATED: "Money is spent and no evaluation is planned",
            AlertKind.NO_LINE: "Nobody is reported to",
            AlertKind.LATE_REPORT: "A report is late",
            AlertKind.ONE_SIDED_BOARD: "A board hears of one kind of scheme only",
            AlertKind.DUPLICATE: "The same thing is done twice",
            AlertKind.UNBACKED: "Money is called realised, and no budget fell",
            AlertKind.CONFLICT: "Two plans promise different things",
        }[self]


@dataclass(frozen=True, slots=True)
class LineFacts:
    """A board that a scheme reports to.

    Attributes:
        reported: the last report; None where there is none.
        began: first day of the line.
    """

    board: str
    cadence_days: int
    began: date
    reported: date | None = None

    def days_late(self, day: date) -> int:
        """Days since the next report was due; below zero where it is not due yet.

        >>> LineFacts("Board", 90, date(2024, 1, 1)).days_late(date(2024, 5, 1))
        31
        """
        return (day - (self.reported or self.began) - timedelta(days=self.cadence_days)).days


@dataclass(frozen=True, slots=True)
class TargetFacts:
    """What one claim promises for a measure by a year, in per cent or points."""

    measure: str
    unit: str
    due: date
    points: float


@dataclass(frozen=True, slots=True)
class SchemeFacts:
    """What is known of a scheme on a day.

    Attributes:
        slug, name: of the scheme.
        kind: of its integration; boards should hear of several.
        is_running: the day lies between its first and last.
        spends: money was spent on it, or its running costs are known.
        is_evaluated: an evaluation is planned or has a result.
        key: cohort, aim; two running schemes with the same key in one area duplicate each other.
        areas: codes.
        unbacked_pence: money said to be realised for which no budget fell.
    """

    slug: str
    name: str
    kind: str
    is_running: bool
    spends: bool
    is_evaluated: bool
    key: tuple[str, str]
    areas: frozenset[str]
    lines: tuple[LineFacts, ...] = ()
    targets: tuple[TargetFacts, ...] = ()
    unbacked_pence: int = 0


@dataclass(frozen=True, slots=True)
class Alert:
    """One thing that somebody should look at.

    Attributes:
        slugs: the schemes it is about.
        text: what is wrong and what to do.
    """

    kind: AlertKind
    slugs: tuple[str, ...]
    text: str


def alerts_of(schemes: Sequence[SchemeFacts], day: date) -> tuple[Alert, ...]:
    """Everything wrong with the schemes of a place on a day, kind by kind.

    Schemes that have ended are only asked for money called realised.

    Source: NAO 2017 para 19-20 and figure 14 (G5); joinedup specification 12.1 and 12.2.
    """
    running = [each for each in schemes if each.is_running]
    found = [alert for each in running for alert in _alone(each, day)]
    found += [alert for pair in combinations(running, 2) for alert in _together(*pair)]
    found += list(_one_sided(running))
    found += [_unbacked(each) for each in schemes if each.unbacked_pence > 0]
    order = list(AlertKind)
    return tuple(sorted(found, key=lambda alert: (order.index(alert.kind), alert.slugs, alert.text)))


def coverage(schemes: Sequence[SchemeFacts], day: date) -> tuple[int, int]:
    """How many running schemes have a report that is not late, of how many; the target is all.

    Source: joinedup specification 12.1.
    """
    running = [each for each in schemes if each.is_running]
    current = [each for each in running if any(line.days_late(day) <= LATE_DAYS for line in each.lines)]
    return len(current), len(running)


def _alone(scheme: SchemeFacts, day: date) -> Iterator[Alert]:
    if scheme.spends and not scheme.is_evaluated:
        yield Alert(
            AlertKind.UNEVALUATED, (scheme.slug,),
            f"{scheme.name} spends money, and nobody has planned to find out whether it works. Plan an evaluation.",
        )  # fmt: skip
    if not scheme.lines:
        yield Alert(
            AlertKind.NO_LINE, (scheme.slug,), f"{scheme.name} reports to no board. Say which board it answers to."
        )
    for line in scheme.lines:
        late = line.days_late(day)
        if late > LATE_DAYS:
            last = (
                f"its last was on {line.reported.day} {line.reported:%B %Y}" if line.reported else "it never sent one"
            )
            yield Alert(
                AlertKind.LATE_REPORT, (scheme.slug,),
                f"{scheme.name} owes {line.board} a report for {late} days: {last}.",
            )  # fmt: skip


def _together(one: SchemeFacts, other: SchemeFacts) -> Iterator[Alert]:
    shared = one.areas & other.areas
    if one.key == other.key and shared:
        yield Alert(
            AlertKind.DUPLICATE, (one.slug, other.slug),
            f"{one.name} and {other.name} are for the same people, in the same place, with the same aim. Each"
            " may claim what the other did.",
        )  # fmt: skip
    for mine in one.targets:
        for theirs in other.targets:
            same = (mine.measure, mine.unit, mine.due.year) == (theirs.measure, theirs.unit, theirs.due.year)
            if shared and same and abs(mine.points - theirs.points) > CONFLICT_POINTS:
                yield Alert(
                    AlertKind.CONFLICT, (one.slug, other.slug),
                    f"For {mine.measure} by {mine.due.year}, {one.name} promises {mine.points:+g} and {other.name}"
                    f" {theirs.points:+g} in the same place.",
                )  # fmt: skip


def _one_sided(schemes: Sequence[SchemeFacts]) -> Iterator[Alert]:
    """A board that hears of one kind of integration does not see the whole, though others run."""
    if len({each.kind for each in schemes}) < 2:
        return
    for board in sorted({line.board for each in schemes for line in each.lines}):
        heard = [each for each in schemes if any(line.board == board and line.reported for line in each.lines)]
        if len({each.kind for each in heard}) == 1:
            yield Alert(
                AlertKind.ONE_SIDED_BOARD, tuple(each.slug for each in heard),
                f"{board} has reports of one kind of scheme only ({heard[0].kind.replace('_', '-')}), though"
                " others run.",
            )  # fmt: skip


def _unbacked(scheme: SchemeFacts) -> Alert:
    return Alert(
        AlertKind.UNBACKED, (scheme.slug,),
        f"{scheme.name}: £{scheme.unbacked_pence / 100:,.0f} is called realised without a budget that fell. Propose the"
        " reduction with its posting, or say the claim anew.",
    )  # fmt: skip
