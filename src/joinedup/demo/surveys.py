"""Answers of people who use care, of carers and of GP patients; and of people whom the team took on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa

from joinedup.demo import social_care as care
from joinedup.demo.areas import COUNCILS
from joinedup.demo.cast import Cast
from joinedup.demo.extracts import Column, Extracts, days, table, words
from joinedup.demo.initiatives import Enrolment
from joinedup.demo.months import DAYS, NEVER, YEAR_STARTS, YEARS, Bools, Floats, Ints
from joinedup.demo.social_care import CareEvents
from joinedup.demo.streams import choose_by_group


@dataclass(frozen=True, slots=True)
class Question:
    """One question: its answers from best to worst with their scores, and how often each is given."""

    id: str
    answers: tuple[str, ...]
    scores: tuple[float, ...]
    weights: tuple[float, ...]


_AGREE: Final = ("Yes, definitely", "Yes, to some extent", "No")
_SATISFIED: Final = (
    "Extremely satisfied", "Very satisfied", "Quite satisfied", "Neither satisfied nor dissatisfied",
    "Quite dissatisfied", "Very dissatisfied", "Extremely dissatisfied",
)  # fmt: skip
_LIFE: Final = ("As much as wanted", "Adequate", "Some but not enough", "None")
ASC_USERS: Final = (
    Question("overall_satisfaction", _SATISFIED, (100, 83, 67, 50, 33, 17, 0), (28, 36, 24, 6, 3, 2, 1)),
    Question("control_over_daily_life", _LIFE, (100, 67, 33, 0), (34, 43, 18, 5)),
    Question("social_contact", _LIFE, (100, 67, 33, 0), (44, 32, 18, 6)),
    Question("quality_of_life", ("Good or better", "Alright", "Bad or worse"), (100, 50, 0), (58, 30, 12)),
)
CARERS: Final = (
    Question("overall_satisfaction", _SATISFIED, (100, 83, 67, 50, 33, 17, 0), (13, 23, 29, 18, 9, 5, 3)),
    Question("included_in_discussions", ("Always", "Usually", "Sometimes", "Never"), (100, 67, 33, 0), (32, 33, 26, 9)),
    Question("social_contact", _LIFE, (100, 67, 33, 0), (28, 35, 27, 10)),
)
GP_PATIENTS: Final = (
    Question("overall_experience", ("Very good", "Fairly good", "Neither", "Fairly poor", "Very poor"),
             (100, 75, 50, 25, 0), (37, 36, 14, 8, 5)),
    Question("enough_local_support", _AGREE, (100, 50, 0), (33, 36, 31)),
)  # fmt: skip
TEAM: Final = (
    Question("care_is_coordinated", _AGREE, (100, 50, 0), (30, 42, 28)),
    Question("one_person_to_contact", _AGREE, (100, 50, 0), (35, 33, 32)),
)
#: What the team changes: answers of people on its list, better than of people like them.
TEAM_WEIGHTS: Final = (58.0, 32.0, 10.0)
RESPONSE: Final = {"asc_users": 0.30, "carers": 0.45, "gp_patients": 0.012, "coordinated_care": 0.35}


def write_surveys(cast: Cast, events: CareEvents, enrolment: Enrolment, extracts: Extracts) -> None:
    """Write every year's answers of the people of a chunk."""
    users = _served(cast, events, events.kind < care.REABLEMENT)
    carers = _served(cast, events, events.kind == care.CARER_SUPPORT)
    adults = np.stack([cast.ages[:, year] >= 16 for year in range(YEARS)], axis=1) & (cast.exposure > 0.5)
    middle = YEAR_STARTS[:YEARS] + 182
    asked = (enrolment.team_from < NEVER)[:, None] & (enrolment.team_from[:, None] <= middle) & (cast.exposure > 0.5)
    others = (cast.conditions >= 3) & ~asked & (cast.exposure > 0.5) & (cast.ages >= 18)
    for survey, people, questions in (
        ("asc_users", users, ASC_USERS),
        ("carers", carers, CARERS),
        ("gp_patients", adults, GP_PATIENTS),
        ("coordinated_care", asked | (others & (cast.stream("survey others").random(others.shape) < 0.12)), TEAM),
    ):
        _write(cast, survey, people, questions, asked, extracts=extracts)


def _served(cast: Cast, events: CareEvents, which: Bools) -> Bools:
    served = np.zeros((cast.size, YEARS), dtype=np.bool_)
    for year in range(YEARS):
        first, last = YEAR_STARTS[year], YEAR_STARTS[year + 1]
        served[events.person[which & (events.start < last) & (events.end >= first)], year] = True
    return served & (cast.exposure > 0.5)


def _write(
    cast: Cast, survey: str, people: Bools, questions: tuple[Question, ...], asked: Bools, *, extracts: Extracts
) -> None:
    rng = cast.stream(f"survey {survey}")
    person, year = np.nonzero(people & (rng.random(people.shape) < RESPONSE[survey]))
    if len(person) == 0:
        return
    response = (cast.chunk + 1) * 10_000_000 + np.arange(len(person))
    parts = [
        _answers(rng, cast, survey, question, person, year=year, asked=asked, response=response)
        for question in questions
    ]
    rows = pa.concat_tables(parts)
    when = np.tile(YEAR_STARTS[year + 1] - 1, len(questions))
    extracts.write_months(f"survey_{survey}", np.minimum(when, DAYS - 1), rows, 12)


def _answers(
    rng: np.random.Generator,
    cast: Cast,
    survey: str,
    question: Question,
    person: Ints,
    *,
    year: Ints,
    asked: Bools,
    response: Ints,
) -> pa.Table:
    weights: Floats = np.array([question.weights, question.weights])
    if survey == "coordinated_care":
        weights[1] = TEAM_WEIGHTS
    answer = choose_by_group(rng, weights, asked[person, year] * 1)
    middle = YEAR_STARTS[year] + 182
    council = cast.council_on(person, middle)
    same = np.zeros(len(person), dtype=np.int64)
    columns: dict[str, Column] = {
        "survey": words((survey,), same),
        "question": words((question.id,), same),
        "answer": words(question.answers, answer),
        "response": pa.array(response),
        "score": pa.array(np.array(question.scores, dtype=np.float64)[answer]),
        "area_code": words([code for code, _ in COUNCILS], council),
        "period_start": days(YEAR_STARTS[year]),
        "period_end": days(YEAR_STARTS[year + 1] - 1),
        "sex": words(("2", "1"), cast.people.male[person] * 1),
        "age": pa.array(np.maximum(cast.age_on(person, middle), 0)),
        "weight": pa.array(np.ones(len(person))),
    }
    return table(columns)
