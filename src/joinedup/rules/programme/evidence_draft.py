"""What an evaluation of this place becomes in the evidence base: the draft that a person completes and proposes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from joinedup.rules.foundation.errors import DefinitionError
from joinedup.rules.programme.evidence_item import Effect
from joinedup.rules.programme.evidence_words import Cash, Outcome, Persistence, Replication, Scale

#: The words of results for whether an effect lasted, and for whether it travels.
_LASTED: Final = {"sustained": Persistence.LASTED, "faded": Persistence.FADED}
_TRAVELLED: Final = {
    "replicable": Replication.SEEN,
    "mixed": Replication.MIXED,
    "not_shown": Replication.NOT_SEEN,
}
_ALIKE: Final = {
    "emergency_admission_rate": Outcome.EMERGENCY_ADMISSIONS,
    "ed_attendances": Outcome.AE_ATTENDANCES,
    "ae": Outcome.AE_ATTENDANCES,
    "elective_admissions": Outcome.PLANNED_ADMISSIONS,
    "outpatient_attendances": Outcome.OUTPATIENT,
    "outpatients": Outcome.OUTPATIENT,
    "reablement_at_home": Outcome.AT_HOME,
    "residential_admissions_65": Outcome.CARE_HOME_ADMISSIONS,
    "died": Outcome.DEATHS,
    "mortality": Outcome.DEATHS,
    "total_cost": Outcome.COST,
}


@dataclass(frozen=True, slots=True)
class Draft:
    """What result.json says of the primary outcome, in the words of the evidence base.

    Attributes:
        question: the protocol's; "" where the result does not hold it.
        because: why the grade, or why it is not evaluable.
        note: that a protocol was registered at run time, or changed since.
        cost: what it cost and saved, where the evaluation counted it.
    """

    label: str
    question: str
    outcome: Outcome
    verdict: str
    grade: int | None
    because: str
    note: str
    effect: float | None
    low: float | None
    high: float | None
    scale: Scale | None
    people: int | None
    cost: str
    cash: Cash
    persistence: Persistence
    replication: Replication


def draft_from(result: Mapping[str, Any]) -> Draft:
    """The draft of an entry from a result.

    The effect is that of the primary outcome for everybody and the whole time, as the verdict rests on it. An outcome
    whose name is not of the closed list becomes "something else"; whoever proposes the entry chooses better.

    Args:
        result: what result.json holds.

    >>> made = draft_from({"title": "Team", "verdict": "no conclusive evidence", "reason": "",
    ...     "grade": {"level": 4, "because": ["4: people alike before"]},
    ...     "estimates": [{"outcome": "emergency_admissions", "scale": "ratio", "value": 0.95, "low": 0.8, "high": 1.1,
    ...                    "horizon": "all", "subgroup": "all", "n": 620}]})
    >>> made.outcome.value, made.grade, made.effect, made.people
    ('emergency_admissions', 4, 0.95, 620)
    """
    main = _main(result)
    grade = result.get("grade") or {}
    effect = _effect(main)
    return Draft(
        label=str(result.get("title", "")),
        question=_question(result),
        outcome=outcome_named(str(main.get("outcome", ""))),
        verdict=str(result.get("verdict", "")),
        grade=grade.get("level"),
        because=_because(grade.get("because", ())) or str(result.get("reason", "")),
        note=_note(result),
        effect=effect.value if effect else None,
        low=effect.low if effect else None,
        high=effect.high if effect else None,
        scale=effect.scale if effect else None,
        people=main.get("n"),
        cost=_cost(result.get("cost") or {}),
        cash=_cash(result.get("cost") or {}),
        persistence=next(_said(result, _LASTED, ("persistence", "sustained")), Persistence.UNKNOWN),
        replication=next(_said(result, _TRAVELLED, ("replication",)), Replication.UNKNOWN),
    )


def outcome_named(name: str) -> Outcome:
    """The outcome of the closed list that a protocol or a measure means by a name.

    >>> outcome_named("ae_attendances").value, outcome_named("hip fractures").value
    ('ae_attendances', 'other')
    """
    try:
        return Outcome(name)
    except ValueError:
        return _ALIKE.get(name, Outcome.OTHER)


def _main(result: Mapping[str, Any]) -> Mapping[str, Any]:
    rows = [row for row in result.get("estimates", ()) if row.get("subgroup", "all") == "all"]
    whole = [row for row in rows if row.get("horizon", "all") == "all"]
    return next(iter(whole or rows), {})


def _effect(row: Mapping[str, Any]) -> Effect | None:
    """The figure of a row; None where there is none, or none that the evidence base could hold.

    An interval that does not hold its effect (as intervals from placebos may not) is left out: the report has it.
    """
    known = {each.value: each for each in Scale}
    scale, value = known.get(str(row.get("scale", ""))), row.get("value")
    if scale is None or value is None:
        return None
    low, high = row.get("low"), row.get("high")
    if low is None or high is None or not low <= value <= high:
        low = high = None
    try:
        return Effect(value, scale, low, high)
    except DefinitionError:
        return None


def _because(sentences: Sequence[str]) -> str:
    """Why the grade, in one line; the grade itself, which begins the first sentence, is told beside it."""
    return "; ".join(re.sub(r"^[1-5]: ", "", each) if at == 0 else each for at, each in enumerate(sentences))


def _question(result: Mapping[str, Any]) -> str:
    told = str((result.get("provenance") or {}).get("question", "")).strip()
    return told if not told or told.endswith("?") else f"{told.rstrip('.')}?"


def _note(result: Mapping[str, Any]) -> str:
    parts = []
    heading = str((result.get("registered") or {}).get("heading", ""))
    if heading and heading != "registered":
        parts.append(f"The protocol was {heading}.")
    changes = result.get("deviations") or ()
    if changes:
        parts.append(f"{len(changes)} departure{'' if len(changes) == 1 else 's'} from the protocol.")
    return " ".join(parts)


def _cost(cost: Mapping[str, Any]) -> str:
    if "not_made" in cost:
        return f"Not counted: {cost['not_made']}"[:500]
    told = [_pounds(name, _value(cost[name])) for name in ("gross", "programme", "net", "cashable") if name in cost]
    return "; ".join(each for each in told if each)


def _value(held: Any) -> float | None:
    found = held.get("value") if isinstance(held, Mapping) else held
    return float(found) if isinstance(found, int | float) and not isinstance(found, bool) else None


def _pounds(name: str, pounds: float | None) -> str:
    """A part of result.json's costs in words; savings are above zero there, the programme's cost is what it cost."""
    if pounds is None:
        return ""
    way = "" if name == "programme" else " saved" if pounds >= 0 else " more spent"
    return f"{name} £{abs(pounds):,.0f}{way} a person"


def _cash(cost: Mapping[str, Any]) -> Cash:
    gross, cashable = _value(cost.get("gross")), _value(cost.get("cashable"))
    if gross is None or cashable is None:
        return Cash.UNKNOWN
    if gross <= 0:
        return Cash.NONE
    return Cash.NOT_CASHABLE if cashable <= 0 else Cash.PARTLY if cashable < gross else Cash.CASHABLE


def _said(result: Mapping[str, Any], words: Mapping[str, Any], names: tuple[str, ...]) -> Iterator[Any]:
    """What diagnostics or sensitivity say under a name, where it is a word that the evidence base has too."""
    for part in ("sensitivity", "diagnostics"):
        for name in names:
            held = (result.get(part) or {}).get(name)
            word = held.get("verdict") if isinstance(held, Mapping) else held
            if isinstance(word, str) and word in words:
                yield words[word]
