"""Answers of people who use care, of carers and of GP patients; and of people whom the team took on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa

from joinedup.demo import social_care as care
from joinedup.demo.areas import COUNCILS
from joinedup.demo.cast import Cast
from joinedup.demo.extracts import Column, Extracts, days, missing_where, table, words
from joinedup.demo.initiatives import Enrolment
from joinedup.demo.months import DAYS, NEVER, YEAR_STARTS, YEARS, Bools, Floats, Ints
from joinedup.demo.social_care import CareEvents
from joinedup.demo.streams import choose_by_group


@dataclass(frozen=True, slots=True)
class Question:
    """One question: its answers and how often each is given; or a score with its mean, spread and most."""

    id: str
    answers: tuple[str, ...]
    weights: tuple[float, ...]
    score: tuple[float, float, float] | None = None


_SATISFIED: Final = (
    "extremely_satisfied", "very_satisfied", "quite_satisfied", "neither", "quite_dissatisfied", "very_dissatisfied",
    "extremely_dissatisfied",
)  # fmt: skip
_EXPERIENCE: Final = ("very_good", "fairly_good", "neither", "fairly_poor", "very_poor")
_OFTEN: Final = ("always", "mostly", "sometimes", "never")
SURVEYS: Final = {
    "asc_users": (
        Question("satisfaction", _SATISFIED, (28, 36, 24, 6, 3, 2, 1)),
        Question("control", ("as_much_as_i_want", "adequate", "some", "none"), (34, 43, 18, 5)),
        Question("social_contact", ("as_much_as_i_want", "adequate", "some", "none"), (44, 32, 18, 6)),
        Question("quality_of_life", ("scored",), (1,), (19.0, 3.4, 24)),
    ),
    "carers": (
        Question("satisfaction", _SATISFIED, (13, 23, 29, 18, 9, 5, 3)),
        Question("consulted", ("always", "usually", "sometimes", "never"), (32, 33, 26, 9)),
        Question("quality_of_life", ("scored",), (1,), (7.3, 2.4, 12)),
    ),
    "gp_patients": (
        Question("overall_experience", _EXPERIENCE, (37, 36, 14, 8, 5)),
        Question("support", ("yes_definitely", "yes_to_some_extent", "no"), (33, 36, 31)),
    ),
    "i_statements": (Question("joined_up", _OFTEN, (14, 30, 36, 20)),),
}
#: What the team changes: people on its list say this more often of how their care is joined up.
TEAM_WEIGHTS: Final = (31.0, 37.0, 24.0, 8.0)
RESPONSE: Final = {"asc_users": 0.30, "carers": 0.45, "gp_patients": 0.012, "i_statements": 0.35}


def write_surveys(cast: Cast, events: CareEvents, enrolment: Enrolment, extracts: Extracts) -> None:
    """Write every year's answers of the people of a chunk."""
    users = _served(cast, events, events.kind < care.REABLEMENT)
    carers = _served(cast, events, events.kind == care.CARER_SUPPORT)
    adults = np.stack([cast.ages[:, year] >= 16 for year in range(YEARS)], axis=1) & (cast.exposure > 0.5)
    middle = YEAR_STARTS[:YEARS] + 182
    asked = (enrolment.team_from < NEVER)[:, None] & (enrolment.team_from[:, None] <= middle) & (cast.exposure > 0.5)
    others = (cast.conditions >= 3) & ~asked & (cast.exposure > 0.5) & (cast.ages >= 18)
    others &= cast.stream("survey others").random(others.shape) < 0.12
    people = {"asc_users": users, "carers": carers, "gp_patients": adults, "i_statements": asked | others}
    for survey, whom in people.items():
        _write(cast, survey, whom, asked, extracts)


def _served(cast: Cast, events: CareEvents, which: Bools) -> Bools:
    served = np.zeros((cast.size, YEARS), dtype=np.bool_)
    for year in range(YEARS):
        first, last = YEAR_STARTS[year], YEAR_STARTS[year + 1]
        served[events.person[which & (events.start < last) & (events.end >= first)], year] = True
    return served & (cast.exposure > 0.5)


def _write(cast: Cast, survey: str, people: Bools, asked: Bools, extracts: Extracts) -> None:
    rng = cast.stream(f"survey {survey}")
    person, year = np.nonzero(people & (rng.random(people.shape) < RESPONSE[survey]))
    if len(person) == 0:
        return
    common = _common(cast, survey, person, year)
    asked = asked[person, year] & (survey == "i_statements")
    rows = pa.concat_tables([_answers(rng, question, asked, common) for question in SURVEYS[survey]])
    when = np.tile(YEAR_STARTS[year + 1] - 1, len(SURVEYS[survey]))
    extracts.write_months(f"survey_{survey}", np.minimum(when, DAYS - 1), rows, 12)


def _common(cast: Cast, survey: str, person: Ints, year: Ints) -> dict[str, Column]:
    """What every answer of a response says: who answers for which area and year."""
    middle = YEAR_STARTS[year] + 182
    same = np.zeros(len(person), dtype=np.int64)
    of_practice = survey == "gp_patients"
    areas = cast.ground.practices if of_practice else COUNCILS
    area = cast.practice_on(person, middle) if of_practice else cast.council_on(person, middle)
    return {
        "survey": words((survey,), same),
        "response": pa.array((cast.chunk + 1) * 10_000_000 + np.arange(len(person))),
        "area_code": words([code for code, _ in areas], area),
        "period_start": days(YEAR_STARTS[year]),
        "period_end": days(YEAR_STARTS[year + 1] - 1),
        "sex": words(("2", "1"), cast.people.male[person] * 1),
        "age": pa.array(np.maximum(cast.age_on(person, middle), 0)),
        "weight": pa.array(np.ones(len(person))),
    }


def _answers(rng: np.random.Generator, question: Question, asked: Bools, common: dict[str, Column]) -> pa.Table:
    count = len(asked)
    weights: Floats = np.array([question.weights, TEAM_WEIGHTS if asked.any() else question.weights])
    answer = choose_by_group(rng, weights, asked * 1)
    mean, spread, most = question.score or (0.0, 1.0, 0.0)
    score = np.round(np.clip(rng.normal(mean, spread, count), 0, most))
    same = np.zeros(count, dtype=np.int64)
    return table(
        {
            **common,
            "question": words((question.id,), same),
            "answer": words(question.answers, answer),
            "score": missing_where(pa.array(score), np.full(count, question.score is None)),
        }
    )
