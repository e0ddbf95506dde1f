"""The canonical tables keep their columns whatever they are given."""

import pytest

from joinedup.evidence.tables import LINK, conform
from joinedup.store.engine import Engine
from tests.spec.cases import Case, check

CASES = [
    Case(
        title="A column that a source lacks becomes null, in the canonical order and type",
        call=lambda t: conform(t["rows"], LINK),
        given={"rows": "record_key:int64 | person_id:int64\n1 | 10\n2 | -"},
        expect="record_key | person_id | weight\n1 | 10 | -\n2 | - | -",
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.title)
def test_spec(engine: Engine, case: Case) -> None:
    check(engine, case)
