"""A registration cannot be given another day: the last line of the list is sealed, and older lists are read."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from joinedup.rules.foundation.errors import ConfigError
from joinedup.store.protocols import FILE, protocol_of, register, registrations

NOW = datetime(2025, 4, 20, 12, tzinfo=UTC)


def registered(folder: Path, count: int = 2) -> Path:
    path = folder / FILE
    for at in range(count):
        parsed = {
            "title": f"Protocol {at}", "data": {"unit": "a", "time": "y", "outcome": "o", "treated": "d"},
            "design": {"method": "synthetic_did"},
        }  # fmt: skip
        register(path, protocol_of(parsed, folder / "home.toml"), NOW + timedelta(days=at))
    return path


@pytest.mark.parametrize("count", [1, 2])
def test_the_last_registration_cannot_be_given_an_earlier_day(tmp_path: Path, count: int) -> None:
    path = registered(tmp_path, count)
    assert len(registrations(path)) == count
    lines = path.read_text().splitlines()
    lines[-1] = lines[-1].replace("2025-04", "2020-04")
    path.write_text("\n".join(lines) + "\n")
    with pytest.raises(ConfigError, match=f"before line {count}"):
        registrations(path)


def test_a_seal_is_not_taken_off_after_a_sealed_line_and_older_lists_are_read(tmp_path: Path) -> None:
    path = registered(tmp_path)
    first, last = (json.loads(line) for line in path.read_text().splitlines())
    del last["seal"]
    path.write_text(json.dumps(first) + "\n" + json.dumps(last) + "\n")
    with pytest.raises(ConfigError, match="was altered"):
        registrations(path)
    del first["seal"]
    path.write_text(json.dumps(first) + "\n")
    assert [each.title for each in registrations(path)] == ["Protocol 0"]
