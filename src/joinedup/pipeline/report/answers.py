"""Page one: what changed, for whom, how sure, what it cost, would it last, would it travel, and what was not kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from joinedup.pipeline.report.figures import cell, chance, moment, percent, pounds
from joinedup.pipeline.report.lasting import lasting, travelling
from joinedup.pipeline.report.markup import bullets, paragraph
from joinedup.pipeline.report.sentences import effect_words, excludes_none, interval_words, money_words
from joinedup.pipeline.report.told import told_estimates
from joinedup.pipeline.report.unseen import unseen
from joinedup.pipeline.report.wording import counted, design_words, horizon_words, label, named, plain, verdict_meaning

View = Mapping[str, Any]


def answers(view: View) -> str:
    """The questions a decision needs, each with its answer."""
    asked = (
        ("What changed because of it?", _changed(view)),
        ("For whom?", _for_whom(view)),
        ("How sure are we?", _how_sure(view)),
        ("How strong is the evidence?", _grade(view)),
        ("What did it cost?", _cost(view)),
        ("Would it last?", "".join(map(paragraph, lasting(view)))),
        ("Would it travel?", "".join(map(paragraph, travelling(view)))),
        ("Was the promise kept?", _promise(view)),
    )
    return "<dl>" + "".join(f"<div><dt>{question}</dt><dd>{answer}</dd></div>" for question, answer in asked) + "</dl>"


def headline(view: View) -> str:
    """The verdict, what it means, how it was registered, every departure from the promise, and the design's warning."""
    verdict = str(view["verdict"])
    said = [paragraph(f"Verdict: {verdict}", "said"), paragraph(verdict_meaning(verdict))]
    if view.get("reason"):
        said.append(paragraph(f"Why: {named(str(view['reason']).rstrip('.'))}."))
    if withheld := (view["diagnostics"].get("verdict") or {}).get("withheld"):
        said.append(paragraph(f"Why: {named(str(withheld))}."))
    warning = view["diagnostics"].get("warning")
    box = f'<div class="verdict">{"".join(said)}</div>'
    return box + _departures(view) + (paragraph(str(warning), "warning") if warning else "")


def _departures(view: View) -> str:
    """What a reader must know before believing anything: no promise, or one that was not kept."""
    if view["registered"].get("heading") != "registered":
        said = "Registered at run time: nothing shows that the protocol was fixed before outcomes were seen."
        return f'<div class="alarm">{paragraph(said, "said")}</div>'
    changes = [str(text) for text in view["deviations"]]
    if not changes:
        return ""
    count = f"{len(changes)} deviation{'' if len(changes) == 1 else 's'} from the registered protocol"
    return f'<div class="alarm">{paragraph(count, "said")}{bullets(changes)}</div>'


def _changed(view: View) -> str:
    rows = told_estimates(view)
    if not rows:
        return paragraph("Not known: no effect could be estimated.")
    than = "before" if view["design"] == "before_after" else "without the scheme"
    first, *others = dict.fromkeys(row["outcome"] for row in rows if _role(view, row["outcome"]) != "negative_control")
    said = [_change(outcome, rows) for outcome in others if _role(view, outcome) != "safety"]
    safety = [_change(outcome, rows) for outcome in others if _role(view, outcome) == "safety"]
    return (
        paragraph(f"{_change(first, rows)} than {than}, by the best estimate.", "first")
        + (paragraph("Beside it:") + bullets(f"{text}." for text in said) if said else "")
        + "".join(paragraph(f"Safety: {text}.") for text in safety)
    )


def _change(outcome: str, rows: Sequence[View]) -> str:
    """An outcome with its effect on each scale and the interval of the first."""
    first, *others = [row for row in rows if row["outcome"] == outcome]
    when = "" if first["horizon"] == "all" else f", {horizon_words(first['horizon'])}"
    also = "".join(f"; {effect_words(row)}" for row in others)
    interval = (
        "" if first["low"] is None or first["high"] is None else f" (95% interval: {interval_words(first)}{also})"
    )
    return f"{label(outcome)}: {effect_words(first)}{interval or also.replace('; ', ' or ')}{when}"


def _role(view: View, outcome: str) -> str:
    """What an outcome is for, where the result says so."""
    groups = view["diagnostics"].get("groups") or []
    return next((str(row.get("role", "")) for row in groups if row.get("outcome") == outcome), "")


def _for_whom(view: View) -> str:
    statements, flow = view["provenance"].get("statements") or {}, view["diagnostics"].get("flow") or {}
    said = [f"{label(key)}: {_stated(statements[key])}." for key in ("population", "estimand") if key in statements]
    own, others = (
        _count(flow, names) for names in (("treated", "matched_treated", "scheme"), ("controls", "matched_controls"))
    )
    noun = "areas" if "areas" in str(statements.get("population.level", "")) else counted(str(view["design"]))
    if own == 1 and not others and noun != "people":
        said.append("One series of figures, before and after the start; nobody else is compared.")
    elif own is not None:
        beside = f", compared with {cell(others)} {noun} not in it" if others is not None else ""
        said.append(f"{cell(own)} {_one(noun) if own == 1 else noun} in the scheme{beside}.")
    elif view["estimates"] and view["estimates"][0]["n"] is not None:
        said.append(f"The estimate rests on {cell(view['estimates'][0]['n'])} {noun}.")
    return "".join(map(paragraph, said)) or paragraph("Not known.")


def _one(noun: str) -> str:
    return {"areas": "area", "people": "person", "studies": "study"}.get(noun, "area or group")


def _count(flow: View, names: Sequence[str]) -> Any:
    return next((flow[name] for name in names if name in flow and not isinstance(flow[name], list | dict)), None)


def _stated(value: Any) -> str:
    if isinstance(value, Mapping):
        return "; ".join(f"{plain(key)} {_stated(item)}" for key, item in value.items())
    return cell(value).rstrip(".")


def _how_sure(view: View) -> str:
    rows = told_estimates(view)
    if not rows:
        return paragraph("No interval: nothing was estimated.")
    said = [_sure(row) for row in rows if row["outcome"] == rows[0]["outcome"]]
    clear = excludes_none(rows[0])
    if clear is not None:
        said.append("No change at all lies outside this range." if clear else "The range includes no change at all.")
    return "".join(map(paragraph, [*said, *unseen(view, clear=bool(clear)), *_power(view)]))


def _power(view: View) -> list[str]:
    """What could have been seen at all, for the primary outcome, as it was found before outcomes were."""
    rows = (view["diagnostics"].get("power") or {}).get("by_outcome") or []
    first = next((row for row in rows if view["estimates"] and row["outcome"] == view["estimates"][0]["outcome"]), None)
    detectable = first.get("detectable") if first else None
    if first is None or not isinstance(detectable, int | float) or first.get("unit") != "rate ratio":
        return []
    return [
        f"Known before outcomes were seen: a change smaller than {percent(100 * (1 - detectable))} would be missed."
    ]


def _sure(row: View) -> str:
    name = label(row["outcome"])
    if row["low"] is None or row["high"] is None:
        return f"{name}: too little to give an interval."
    p = "" if row["p"] is None else f"; p {'' if row['p'] < 0.001 else '= '}{chance(row['p'])}"
    return f"{name}: {interval_words(row)} (95% interval{p})."


def _grade(view: View) -> str:
    given = view["grade"]
    design = f"Design: {design_words(view['design'])}."
    if not given:
        return paragraph(f"No grade: nothing was estimated. {design}")
    fired = bullets(named(str(text)) for text in given["because"])
    return paragraph(f"Grade {given['level']} of 5 on the Maryland scale. {design}") + fired


def _cost(view: View) -> str:
    cost = view["cost"]
    if not cost:
        return paragraph("Not asked: the protocol holds no costs.")
    if cost.get("not_made"):
        return paragraph(f"Not known: {str(cost['not_made']).rstrip('.')}.")
    share, unit = (100.0, " for each person in the scheme") if "pounds" in str(cost.get("unit", "")) else (1.0, "")
    said = []
    if isinstance(cost.get("programme"), int | float):
        said.append(f"The scheme itself cost {pounds(share * cost['programme'])}{unit}.")
    for key, name in (
        ("gross", "Care"),
        ("net", "After what the scheme cost"),
        ("cashable", "Counting only savings that can be spent"),
    ):
        found = cost.get(key, cost.get(f"{key}_pence"))
        value = found.get("value") if isinstance(found, Mapping) else found
        if isinstance(value, int | float):
            said.append(f"{name}: {money_words(share * value)}{unit}{_between(found, share)}.")
    if cost.get("because"):
        said.append(f"{str(cost['because'])[:1].upper()}{str(cost['because'])[1:].rstrip('.')}.")
    return "".join(map(paragraph, said)) or paragraph("See the section on cost.")


def _between(found: Any, share: float) -> str:
    if not isinstance(found, Mapping) or found.get("low") is None or found.get("high") is None:
        return ""
    return f" (95% interval: from {money_words(share * found['low'])} to {money_words(share * found['high'])})"


def _promise(view: View) -> str:
    registered = view["registered"]
    heading, when = registered.get("heading", ""), registered.get("time", "")
    if heading == "registered":
        first = f"The protocol was registered on {moment(when)}."
    else:
        first = "Registered at run time: nothing shows that the protocol was fixed before outcomes were seen."
    changes = [str(text) for text in view["deviations"]]
    if changes:
        count = f"{len(changes)} deviation{'' if len(changes) == 1 else 's'}"
        return paragraph(first) + paragraph(f"No: {count}, named at the top of this page.")
    kept = "No deviation from it." if heading == "registered" else ""
    extra = [row for row in view["estimates"] if not row["pre_specified"]]
    also = f"{len(extra)} estimate(s) were not promised; the table marks them." if extra else ""
    return paragraph(first) + "".join(paragraph(text) for text in (kept, also) if text)
