"""The reference page names every key that a protocol may hold, and no other; its defaults and sets are those read."""

from __future__ import annotations

import re
import runpy
from collections import defaultdict
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from joinedup.rules.foundation.errors import ConfigError
from joinedup.rules.programme import protocol_fields
from joinedup.rules.programme.protocol_reading import read_protocol

ROOT = Path(__file__).resolve().parents[2]
SECTIONS = runpy.run_path(str(ROOT / "docs" / "protocol_keys.py"))["SECTIONS"]

_WAVES = {"waves": [{"start": 2000, "units": ["x"]}]}
_EXPOSURE = {
    **_WAVES, "partly": [{"start": 2000, "units": ["y"]}], "aside": [{"units": ["z"], "why": "earlier"}],
    "others": [{"name": "n", "start": 2001}],
}  # fmt: skip
_PANEL = {"unit": "a", "time": "t", "outcome": "o"}
_DESIGN = {"method": "staggered_did", "accept": {}, "special_predictors": [{"column": "o", "at": [1]}]}
_PEOPLE = {"data": {"treated": "d", "covariates": ["a"]}, "outcomes": [{"name": "o"}]}
#: One protocol of each family that opens every table of it.
FAMILIES: Mapping[str, Mapping[str, Any]] = {
    "areas": {
        "data": _PANEL, "design": _DESIGN, "exposure": _EXPOSURE, "costs": {"capacity": {}},
        "sensitivity": {"probes": [{"name": "p"}]}, "outcomes": [{"name": "o"}],
    },
    "people": {**_PEOPLE, "design": {"method": "matched_cohort", "accept": {}}, "costs": {}},
    "studies": {"data": {"study": "s", "estimate": "e", "variance": "v"}, "design": {"method": "meta_analysis"}},
    "counts": {
        "data": {"study": "s", "ai": "a", "n1": "b", "ci": "c", "n2": "d"}, "design": {"method": "meta_analysis"}
    },
    "results": {"data": {"results": ["a", "b"], "outcome": "o"}, "design": {"method": "meta_analysis"}},
    "place people": {
        **_PEOPLE, "design": {"method": "matched_cohort"},
        "population": {"enrolments": {"method": "m"}, "eligible": {"any_of": [{"age_min": 1}]}},
    },
    "place scheme": {**_PEOPLE, "design": {"method": "matched_cohort"}, "population": {"scheme": "m"}},
    "place areas": {
        "data": {}, "design": _DESIGN, "exposure": _WAVES,
        "population": {"measure": "m", "groups": {}, "sites": {}, "from": None},
    },
}  # fmt: skip
_KIND = {"counts": "studies", "results": "studies", "place people": "people", "place scheme": "people",
         "place areas": "areas"}  # fmt: skip
_BY_KIND = ("data", "design", "design.accept", "population")


def keys_read(monkeypatch: pytest.MonkeyPatch) -> dict[str, set[str]]:
    """Every key that reading a protocol asks for, by table."""
    made: list[protocol_fields.Fields] = []
    start = protocol_fields.Fields.__init__

    def watched(self: protocol_fields.Fields, *args: Any) -> None:
        start(self, *args)
        made.append(self)

    monkeypatch.setattr(protocol_fields.Fields, "__init__", watched)
    found: dict[str, set[str]] = defaultdict(set)
    for family, content in FAMILIES.items():
        made.clear()
        with suppress(ConfigError):  # something that must be given; which keys there are is known all the same
            read_protocol({"title": "T", **content})
        for fields in made:
            table = re.sub(r"\[\d+\]", "[]", fields.name)
            kind = _KIND.get(family, family)
            found[f"{table} ({kind})" if table in _BY_KIND else table] |= fields.read
    return {table: keys for table, keys in found.items() if keys}


def test_every_key_that_is_read_is_on_the_page_and_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    documented = {section.table: {key.name for key in section.keys} for section in SECTIONS}
    read = keys_read(monkeypatch)
    missing = {table: sorted(keys - documented.get(table, set())) for table, keys in read.items()}
    assert not {table: keys for table, keys in missing.items() if keys}, "add them to docs/protocol_keys.py"
    known = {table: keys | {"scheme", "alike_areas"} if "population" in table else keys for table, keys in read.items()}
    stale = {table: sorted(keys - known.get(table, set())) for table, keys in documented.items()}
    assert not {table: keys for table, keys in stale.items() if keys}, "take them out of docs/protocol_keys.py"


def test_every_key_says_what_it_means_and_its_example_names_it() -> None:
    for section in SECTIONS:
        assert len({key.name for key in section.keys}) == len(section.keys), section.table
        for key in section.keys:
            assert key.meaning.endswith(".")
            assert key.default
            assert key.name in key.example or section.table == "" or key.example.startswith("[")
