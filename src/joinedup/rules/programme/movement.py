"""What moved between two versions of an evaluation's result, and why, in plain words."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from joinedup.rules.programme.deviation import deviations

View = Mapping[str, Any]

#: Two figures closer than this part of the larger one are the same figure: machines round in other places.
SAME: Final = 1e-9
#: Figures of a cohort whose change a reader wants to know, by their names in a flow.
_COHORT: Final = ("matched_treated", "matched_controls", "treated", "controls")
_FEW: Final = 6


@dataclass(frozen=True, slots=True)
class Moved:
    """One thing that is another now.

    Attributes:
        what: verdict, reason, grade, estimate, or the name of a count of the cohort.
        outcome: of an estimate; "" otherwise.
        before, after: as the results hold them; None where there was or is none.
    """

    what: str
    before: Any
    after: Any
    outcome: str = ""


@dataclass(frozen=True, slots=True)
class Movement:
    """What moved, and everything that was new and may be the reason.

    Attributes:
        moved: empty where the answer stands as it was.
        because: new data, definitions, identities, code and protocol, each in a sentence; empty where nothing was new.
    """

    moved: tuple[Moved, ...]
    because: tuple[str, ...]


def movement(before: View, after: View, about_before: View, about_after: View) -> Movement:
    """Compare a version with the one before it.

    Args:
        before, after: the two results, as result.json holds them.
        about_before, about_after: what each run noted of itself: `code_version`, `protocol`, and `basis` with
            `inputs` (source -> file's hash -> rows), `definitions`, `link_model`, `people`, `records`, `links`.
    """
    moved = (*_answers(before, after), *_estimates(before, after), *_cohort(before, after))
    return Movement(tuple(moved), tuple(_reasons(about_before, about_after)))


def main_estimates(view: View) -> list[View]:
    """For each outcome the estimates over the whole time and everybody that come first: on each scale one."""
    kept: dict[tuple[str, str], View] = {}
    estimands: dict[str, str] = {}
    for row in view.get("estimates", ()):
        if row["horizon"] != "all" or row["subgroup"] != "all":
            continue
        if estimands.setdefault(row["outcome"], row["estimand"]) == row["estimand"]:
            kept.setdefault((row["outcome"], row["scale"]), row)
    return list(kept.values()) or list(view.get("estimates", ())[:1])


def _answers(before: View, after: View) -> Iterator[Moved]:
    for what in ("verdict", "reason"):
        if before.get(what) != after.get(what):
            yield Moved(what, before.get(what), after.get(what))
    then, now = ((view.get("grade") or {}).get("level") for view in (before, after))
    if then != now:
        yield Moved("grade", then, now)


def _estimates(before: View, after: View) -> Iterator[Moved]:
    """The main estimate of each outcome on each scale, where value or interval is another."""
    rows = [{(row["outcome"], row["scale"]): row for row in main_estimates(view)} for view in (before, after)]
    for key in dict.fromkeys([*rows[1], *rows[0]]):
        if key[1] == "percent" and (key[0], "ratio") in {**rows[0], **rows[1]}:
            continue  # the ratio says the same
        then, now = (found.get(key) for found in rows)
        if then is None or now is None or any(_differ(then[end], now[end]) for end in ("value", "low", "high")):
            yield Moved("estimate", then, now, key[0])


def _cohort(before: View, after: View) -> Iterator[Moved]:
    flows = [(view.get("diagnostics") or {}).get("flow") or {} for view in (before, after)]
    for name in _COHORT:
        then, now = (flow.get(name) for flow in flows)
        if then != now and not isinstance(then, list | dict) and not isinstance(now, list | dict):
            yield Moved(name, then, now)


def _differ(then: float | None, now: float | None) -> bool:
    if then is None or now is None:
        return then is not now
    return not math.isclose(then, now, rel_tol=SAME, abs_tol=1e-12)


def _reasons(before: View, after: View) -> Iterator[str]:
    yield from (f"the protocol was altered: {change}" for change in _protocol(before, after))
    own, other = before.get("basis") or {}, after.get("basis") or {}
    yield from _new_files(own.get("inputs") or {}, other.get("inputs") or {})
    yield from _measures(own.get("definitions") or {}, other.get("definitions") or {})
    yield from _identities(own, other)
    if before.get("code_version") != after.get("code_version"):
        yield f"joinedup itself is another version: {before.get('code_version')} then, {after.get('code_version')} now"


def _protocol(before: View, after: View) -> tuple[str, ...]:
    then, now = before.get("protocol"), after.get("protocol")
    if isinstance(then, Mapping) and isinstance(now, Mapping):
        return deviations(then, now)
    return ("its content is another",) if before.get("protocol_hash") != after.get("protocol_hash") else ()


def _new_files(before: View, after: View) -> Iterator[str]:
    """What was received anew or is gone, by source."""
    for source in sorted({*before, *after}):
        then, now = before.get(source) or {}, after.get(source) or {}
        fresh, gone = [name for name in now if name not in then], [name for name in then if name not in now]
        if fresh:
            rows = sum(now[name] for name in fresh)
            yield f"{_counted(len(fresh), 'new file')} of {source}, with {_counted(rows, 'row')}"
        if gone:
            yield f"{_counted(len(gone), 'file')} of {source} no longer {'counts' if len(gone) == 1 else 'count'}"


def _measures(before: View, after: View) -> Iterator[str]:
    if not before or not after:
        return
    changed = sorted(name for name in {*before, *after} if before.get(name) != after.get(name))
    if changed:
        yield f"{_counted(len(changed), 'definition')} of measures {_are(changed)} another version: {_listed(changed)}"


def _identities(before: View, after: View) -> Iterator[str]:
    if before.get("link_model") != after.get("link_model"):
        yield "records were linked by another model"
    then, now = before.get("people"), after.get("people")
    if then is not None and now is not None and then != now:
        yield f"linking found {now:,.0f} people where it had found {then:,.0f}"
    elif before.get("links") != after.get("links") and before.get("links") and after.get("links"):
        yield "whose record is whose changed for some people"


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def _are(items: Sequence[str]) -> str:
    return "has" if len(items) == 1 else "have"


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(name.replace("_", " ") for name in names[:_FEW])
    return shown if len(names) <= _FEW else f"{shown} and {len(names) - _FEW} more"
