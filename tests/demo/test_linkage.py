"""The records of the demonstration place, linked and scored against the truth that was planted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest

from joinedup.demo.place import generate
from joinedup.demo.truth import read_truth
from joinedup.evidence.identity.normalisation import IDENTITY_RECORD
from joinedup.pipeline.landing import land
from joinedup.pipeline.linking import LinkSettings, link
from joinedup.pipeline.linking_model import shipped_model
from joinedup.rules.foundation.identifier import record_key
from joinedup.store.engine import DuckDB
from joinedup.store.place import load_place

PEOPLE = 2_500
DESCRIBING = ("persons", "deaths", "cld", "generic_events")  # kinds of source that say names, numbers and homes
KEY = "0123456789abcdef0123456789abcdef"


@pytest.fixture(scope="module")
def who(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[int, int]]:
    """For every record of a place of `PEOPLE`: the person found, and the person in truth."""
    folder = tmp_path_factory.mktemp("linked")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JOINEDUP_KEY", KEY)
        generate(folder / "place", people=PEOPLE, seed=11)
        place = load_place(folder / "place")
        sources = {name: source for name, source in place.sources.items() if source.kind in DESCRIBING}
        landed = land(replace(place, sources=sources), folder / "landed")
    with DuckDB(folder / "spill") as engine:
        records = engine.read(list(landed.identity), IDENTITY_RECORD)
        found = link(records, engine, LinkSettings(KEY.encode(), True, place.today), shipped_model()).link
    person: dict[Any, Any] = dict(zip(found["record_key"].to_pylist(), found["person_id"].to_pylist(), strict=True))
    truth = read_truth(place.folder).records().to_pylist()
    keys = [record_key(row["id_space"], row["local_patient_id"], KEY.encode()) for row in truth]
    return [(person[key], row["person"]) for key, row in zip(keys, truth, strict=True) if key in person]


def pairs(labels: Iterable[object]) -> int:
    return sum(n * (n - 1) // 2 for n in Counter(labels).values())


def test_records_of_every_source_take_part(who: list[tuple[int, int]]) -> None:
    assert len(who) > 2.4 * PEOPLE


def test_pairs_said_to_be_one_person_are(who: list[tuple[int, int]]) -> None:
    assert pairs(who) / pairs(found for found, _ in who) >= 0.999


def test_pairs_of_one_person_are_found(who: list[tuple[int, int]]) -> None:
    assert pairs(who) / pairs(true for _, true in who) >= 0.985
