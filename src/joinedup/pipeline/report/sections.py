"""The sections after page one, each there only where the result holds what it shows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from joinedup.pipeline.report.charts import ALIKE, love_plot, placebo_ranks, trajectories
from joinedup.pipeline.report.figures import cell, chance, signed
from joinedup.pipeline.report.forest import Mark, forest, over_time
from joinedup.pipeline.report.lasting import after_start
from joinedup.pipeline.report.listing import listing
from joinedup.pipeline.report.markup import figure, paragraph, section, table
from joinedup.pipeline.report.sentences import effect_words, interval_short, interval_words, none_of
from joinedup.pipeline.report.told import told, told_estimates
from joinedup.pipeline.report.wording import category_words, counted, estimand_words, horizon_words, label, named, plain
from joinedup.pipeline.report.worth import acceptability_curve

View = Mapping[str, Any]

#: Diagnostics that a section of their own shows.
_SHOWN = {
    "assumptions", "balance", "flow", "placebo_count", "placebo_p", "placebo_rank", "power", "warning",
}  # fmt: skip


def outcomes(view: View) -> str:
    """Every outcome beside the others: the effect over the whole time on everybody, one picture for each scale."""
    rows = told_estimates(view)
    scales: dict[str, list[View]] = {}
    for row in rows:
        scales.setdefault(row["scale"], []).append(row)
    parts = []
    for scale, own in scales.items():
        if len(own) < 2 or not ("ratio" in scale or "percent" in scale):
            continue
        title = "Every outcome, as ratios" if "ratio" in scale else "Every outcome, in percent"
        says = "Left of the upright line: less with the scheme than without it. Right: more."
        marks = [_mark(row, label(row["outcome"])) for row in own]
        parts.append(figure(forest(title, says, marks, none_of(own[0])), f"{title}, with 95% intervals. {says}"))
    if not parts:
        return ""
    cells = [[label(row["outcome"]), effect_words(row), interval_words(row), cell(row["n"])] for row in rows]
    listed = table("Outcomes", ("Outcome", "Effect", "95% interval", _rest(view)), cells)
    return section("outcomes", "What changed, outcome by outcome", *parts, listed)


def balance(view: View) -> str:
    """Love plot and table of likeness."""
    rows = view["diagnostics"].get("balance") or []
    if not rows:
        return ""
    heads = list(dict.fromkeys(key for row in rows for key in row))
    cells = [[label(cell(row.get(key))) if key == "covariate" else cell(row.get(key)) for key in heads] for row in rows]
    says = (
        f"Hollow: before. Full: after. Between the dotted lines ({ALIKE:g} of a standard deviation) groups are alike."
    )
    return section(
        "balance", "Were they alike before?", figure(love_plot(rows), says),
        table("Likeness before the start", [label(key) for key in heads], cells),
    )  # fmt: skip


def over_the_time(view: View) -> str:
    """What was seen against what would have been."""
    rows = view["series"]
    if not rows:
        return ""
    says = "Full: what was seen. Dashed: what would have been without the scheme. Below: the gap."
    heads = ("Time", "Seen", "Would have been", "Gap")
    cells = [
        [str(row.get("time", "")), *(cell(row.get(key)) for key in ("observed", "counterfactual", "gap"))]
        for row in rows
    ]
    return section(
        "series", "What was seen, and what would have been", figure(trajectories(rows, _start(view)), says),
        table("Seen against expected", heads, cells),
    )  # fmt: skip


def _start(view: View) -> int | None:
    """At which row of the series the scheme began: the first period with an effect, or after the periods before."""
    times = [str(row.get("time")) for row in view["series"]]
    periods = [str(row["horizon"]) for row in after_start(view)]
    if periods and periods[0] in times:
        return times.index(periods[0])
    flow = view["diagnostics"].get("flow") or {}
    return flow.get("periods_before") if flow.get("periods") == len(times) else None


def events(view: View) -> str:
    """Effects by time since the start, by calendar period and by wave."""
    groups: dict[tuple[str, str, str, str], list[View]] = {}
    for row in view["estimates"]:
        if row["horizon"] != "all" and row["subgroup"] == "all":
            kind = str(row["horizon"])[:2] if "=" in str(row["horizon"]) else "period"
            groups.setdefault((row["outcome"], row["estimand"], row["scale"], kind), []).append(row)
    return section(
        "events", "How the effect moved over time", *(_events(view, key, rows) for key, rows in groups.items())
    )


def _events(view: View, key: tuple[str, str, str, str], rows: list[View]) -> str:
    outcome, estimand, _, kind = key
    by = {"e=": "by time since the start", "g=": "by wave"}.get(kind, "by period")
    title = f"{label(outcome)}: {estimand_words(estimand).removesuffix(f' {by}')} {by}"
    is_event = kind == "e="
    marks = [_mark(row, str(row["horizon"])[2:] if is_event else horizon_words(row["horizon"])) for row in rows]
    if kind == "g=":
        drawn = forest(title, "One line for each wave.", marks, none_of(rows[0]))
    else:
        start = (
            next((i for i, row in enumerate(rows) if not str(row["horizon"]).startswith("e=-")), 0)
            if is_event
            else None
        )
        drawn = over_time(
            title, "One mark for each period, with its 95% interval.", marks, none_of(rows[0]), start or None
        )
    axis = " Numbers below count periods from the start." if is_event else ""
    cells = [
        [horizon_words(row["horizon"]), effect_words(row), interval_words(row), chance(row["p"]), cell(row["n"])]
        for row in rows
    ]
    heads = ("When", "Effect", "95% interval", "p", _rest(view))
    return f"{figure(drawn, f'{title}, with 95% intervals.{axis}')}{table(title, heads, cells)}"


def _mark(row: View, name: str) -> Mark:
    return Mark(name, row["value"], row["low"], row["high"], interval_short(row))


def subgroups(view: View) -> str:
    """Effects for each subgroup, beside the effect for all."""
    rows = told(view, [row for row in view["estimates"] if row["horizon"] == "all" and row["subgroup"] != "all"])
    parts = []
    for outcome, scale in dict.fromkeys((row["outcome"], row["scale"]) for row in rows):
        own = [row for row in rows if (row["outcome"], row["scale"]) == (outcome, scale)]
        title = f"{label(outcome)} by subgroup, as {plain(scale)}"
        parts.append(
            figure(
                forest(
                    title,
                    "One line for each subgroup.",
                    [_mark(r, category_words(r["subgroup"])) for r in own],
                    none_of(own[0]),
                ),
                title,
            )
        )
        cells = [
            [category_words(row["subgroup"]), effect_words(row), interval_words(row), cell(row["n"])] for row in own
        ]
        parts.append(table(title, ("Subgroup", "Effect", "95% interval", _rest(view)), cells))
    return section("subgroups", "For whom it differed", *parts)


def placebos(view: View) -> str:
    """Where the treated rank among units that had no scheme."""
    found = view["diagnostics"]
    rank, count = found.get("placebo_rank"), found.get("placebo_count")
    if not isinstance(rank, int) or not isinstance(count, int):
        return ""
    says = "Each mark is a unit for which the same analysis was made as if it had had the scheme; full is the treated."
    return section(
        "placebos", "Could it be chance? Placebo ranks", figure(placebo_ranks(rank, count), says),
        table("Placebo test", ("Rank of the treated", "Units tried, with the treated", "p"),
              [[cell(rank), cell(count), chance(found.get("placebo_p"))]]),
    )  # fmt: skip


def power(view: View) -> str:
    """What could have been seen at all."""
    found = view["diagnostics"].get("power") or {}
    return section("power", "What could this have shown?", listing("Power, found before outcomes were seen", found))


def all_estimates(view: View) -> str:
    """Every estimate with its interval, promised or not."""
    heads = ("Outcome", "What", "When", "For whom", "Effect", "95% interval", "p", _rest(view), "Promised")
    cells = [
        [
            label(row["outcome"]), estimand_words(row["estimand"]), horizon_words(row["horizon"]),
            category_words(row["subgroup"]), effect_words(row), interval_words(row), chance(row["p"]),
            cell(row["n"]), "yes" if row["pre_specified"] else "no",
        ]
        for row in told(view, view["estimates"])
    ]  # fmt: skip
    return section("estimates", "Every estimate", table("Estimates", heads, cells) if cells else "")


def donors(view: View) -> str:
    """Of what the comparison is mixed."""
    rows = [[str(name), signed(weight)] for name, weight in view["weights"].items()]
    return section(
        "weights", "What the comparison is made of", table("Weights", ("Unit", "Weight"), rows) if rows else ""
    )


def cost(view: View) -> str:
    """Every figure of cost, and how likely the scheme is worth it."""
    found = view["cost"]
    if not found:
        return ""
    rows, gain = found.get("acceptability") or [], named(str(found.get("gain") or "the outcome"))
    says = f"The chance that the scheme is worth its cost, by what one unit of {gain} is thought to be worth."
    drawn = figure(acceptability_curve(rows, gain), says) if len(rows) > 1 else ""
    return section("cost", "Cost", drawn, listing("Cost and saving", found, "pence"))


def sensitivity(view: View) -> str:
    """How the answer fares under other assumptions."""
    listed = listing("Sensitivity", view["sensitivity"], _scale(view)) if view["sensitivity"] else ""
    return section("sensitivity", "Would other assumptions change the answer?", listed)


def diagnostics(view: View) -> str:
    """Everything else that was looked at."""
    found = {name: value for name, value in view["diagnostics"].items() if name not in _SHOWN}
    said = "".join(paragraph(f"Assumed: {text}.") for text in view["diagnostics"].get("assumptions") or [])
    return section(
        "diagnostics", "What was checked", said, listing("Diagnostics", found, _scale(view)) if found else ""
    )


def provenance(view: View) -> str:
    """From what, by what and when it was found."""
    found = {
        name: value
        for name, value in view["provenance"].items()
        if name not in {"statements", "question"} and value != ""
    }
    stated = view["provenance"].get("statements") or {}
    return section(
        "provenance", "Where this comes from", listing("Data, protocol and code", found),
        listing("Registration", view["registered"]) if view["registered"] else "",
        listing("What the protocol states", stated) if stated else "",
    )  # fmt: skip


def _rest(view: View) -> str:
    """Of what a number of those compared is, as the head of a column."""
    words = counted(str(view["design"]))
    return words[:1].upper() + words[1:]


def _scale(view: View) -> str:
    return str(view["estimates"][0]["scale"]) if view["estimates"] else "difference"
