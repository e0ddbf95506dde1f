from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from joinedup.evidence.identity.model import LinkModel
from joinedup.pipeline.linking_model import load_model, save_model, shipped_model
from joinedup.pipeline.training import refit
from joinedup.store.engine import DuckDB
from tests.pipeline.linked_records import SETTINGS, groups, record, run, table

FORENAMES = ("Anna", "Oswin", "Bertha", "Cuthbert", "Delia", "Edwyn", "Flora", "Garth", "Hilda", "Ivor", "Joyce")
SURNAMES = [a + b for a in ("Fen", "Alder", "Quil", "Mar", "Tarn", "Hol") for b in ("wright", "dale", "combe", "ster")]


def rows(people: int) -> list[dict[str, Any]]:
    """Invented people in three sources without NHS numbers, some with a slip."""
    rng = random.Random(5)
    made = []
    for who in range(people):
        fields = {
            "forename": rng.choice(FORENAMES), "surname": rng.choice(SURNAMES), "sex": rng.choice("FM"),
            "date_of_birth": date(rng.randint(1930, 2015), rng.randint(1, 12), rng.randint(1, 28)),
            "postcode": f"ZZ{rng.randint(1, 40)} {rng.randint(1, 9)}AA", "address": f"{rng.randint(1, 99)} Elm Way",
            "nhs_number": None,
        }  # fmt: skip
        for order, source in enumerate(("gp", "hospital", "social")):
            slip = {"postcode": None} if rng.random() < 0.1 else {"forename": "A"} if rng.random() < 0.1 else {}
            made.append(record(who * 10 + order, source=source, source_order=order, **{**fields, **slip}))
    return made


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DuckDB]:
    with DuckDB(tmp_path_factory.mktemp("duckdb"), threads=2) as made:
        yield made


@pytest.fixture(scope="module")
def fitted(engine: DuckDB) -> LinkModel:
    return refit(engine, engine.table(table(rows(300))), SETTINGS, shipped_model(), label="test")


def test_the_prior_counts_pairs_over_all_sources(fitted: LinkModel) -> None:
    pairs, true = 900 * 899 / 2, 300 * 3
    assert fitted.random_match == pytest.approx(true / pairs, rel=0.05)


def test_fields_that_no_record_fills_are_left_out(fitted: LinkModel) -> None:
    assert {each.id for each in fitted.comparisons} == {"forename", "surname", "dob", "sex", "postcode", "address"}
    assert all(name not in rule.equal for rule in fitted.blocking for name in ("number", "token"))


def test_fitted_chances_are_those_of_the_records(fitted: LinkModel) -> None:
    sex = fitted.comparison("sex")
    postcode = fitted.comparison("postcode")
    assert sex is not None
    assert postcode is not None
    assert sex.level("same").u == pytest.approx(0.5, abs=0.05)
    assert postcode.level("exact").m > 0.95
    assert postcode.level("exact").u < 0.02


def test_a_fitted_model_links_and_every_change_it_makes_is_an_event(engine: DuckDB, fitted: LinkModel) -> None:
    people = rows(300)[:90]
    before = run(engine, people)
    after = run(engine, people, previous=before.state, model=fitted)
    assert sum(len(each) == 3 for each in groups(after)) >= 28
    changed = [row for row in after.events.to_pylist() if row["kind"] != "created"]
    assert bool(changed) == (groups(before) != groups(after))
    assert all("link model changed" in row["reason"] for row in changed)


def test_a_place_keeps_its_own_model(tmp_path: Path, fitted: LinkModel) -> None:
    assert load_model(tmp_path) == shipped_model()
    save_model(tmp_path, fitted)
    assert load_model(tmp_path).version == fitted.version
