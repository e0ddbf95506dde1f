"""Schemas, code lists, rules and adapters name each other rightly."""

from __future__ import annotations

import tomllib
from collections.abc import Collection
from pathlib import Path

import pytest

import joinedup
from joinedup.evidence.sources.hospital import EMERGENCY
from joinedup.evidence.sources.registry import ADAPTERS, NEEDS_EVERY_FILE, adapter
from joinedup.rules.care import client_level
from joinedup.rules.foundation.extract import ExtractSchema, Supersede, parse_schema
from joinedup.store.codes import load_codes

DEFINITIONS = Path(joinedup.__file__).parent / "definitions"
SCHEMAS = {path.stem: parse_schema(path.read_text()) for path in sorted((DEFINITIONS / "extracts").glob("*.toml"))}
CODES = load_codes([DEFINITIONS])


def codes_of(name: str) -> list[str]:
    return [item.code for item in CODES[name].codes]


@pytest.mark.parametrize("schema", SCHEMAS.values(), ids=SCHEMAS)
def test_a_schema_names_code_lists_that_exist(schema: ExtractSchema) -> None:
    named = {column.codes for column in schema.columns if column.codes}
    assert named <= set(CODES)


@pytest.mark.parametrize("schema", SCHEMAS.values(), ids=SCHEMAS)
def test_two_columns_of_a_schema_never_share_a_heading(schema: ExtractSchema) -> None:
    headings = [heading for column in schema.columns for heading in {column.name, *column.aliases}]
    assert len(set(headings)) == len(headings)


def test_every_code_list_that_a_schema_names_says_where_it_comes_from() -> None:
    index = tomllib.loads((DEFINITIONS / "codes" / "index.toml").read_text())
    named = {column.codes for schema in SCHEMAS.values() for column in schema.columns if column.codes}
    assert named <= set(index)
    assert all(entry["source"] and entry["label"] for entry in index.values())


@pytest.mark.parametrize("name", sorted(CODES))
def test_a_code_stands_once_in_its_list_at_any_time(name: str) -> None:
    dated = [(item.code, item.valid_from) for item in CODES[name].codes]
    assert len(set(dated)) == len(dated)


def test_every_adapter_has_its_schema() -> None:
    assert set(ADAPTERS) <= set(SCHEMAS)


def test_an_adapter_that_needs_every_file_says_so_in_its_schema() -> None:
    assert {name for name, schema in SCHEMAS.items() if schema.supersede is Supersede.SUBMISSION} == NEEDS_EVERY_FILE


def test_an_unknown_kind_has_no_adapter() -> None:
    assert adapter("objections") is None


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("cld_client_type", client_level.CLIENTS),
        ("cld_service_type", client_level.TERMS),
        ("cld_service_component", client_level.COMPONENTS),
        ("cld_event_outcome", client_level.OUTCOMES),
        ("cld_assessment_type", client_level.DOMAINS),
        ("cld_cost_frequency", {*client_level.FREQUENCIES, *client_level.UNITS, "no charge to client"}),
    ],
)
def test_every_word_of_client_level_data_has_a_meaning(name: str, words: Collection[str]) -> None:
    assert [code for code in codes_of(name) if code.lower() not in words] == []


def test_emergency_methods_of_admission_are_in_the_list() -> None:
    emergencies = {item.code for item in CODES["admission_method"].codes if item.label.startswith("Emergency")}
    assert emergencies == set(EMERGENCY)
