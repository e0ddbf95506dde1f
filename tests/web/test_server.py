"""A place is served by one command, with a key of its own, and only to names it knows."""

from __future__ import annotations

import os
import signal
import socket
import stat
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from joinedup.rules.foundation.errors import ConfigError, UsageError
from joinedup.web.secret import FILE_NAME, NO_PLACE_KEY, VARIABLE, secret_key
from joinedup.web.server import prepare
from tests.web.place import TOML, make_place

LONG = "x" * 40


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    for name in ("JOINEDUP_PLACE", "JOINEDUP_HOSTS", "DJANGO_SETTINGS_MODULE"):
        monkeypatch.setenv(name, "set by the test")
        monkeypatch.delenv(name)


def test_each_place_gets_a_key_of_its_own_that_only_its_owner_reads(tmp_path: Path) -> None:
    first, second = tmp_path / "a", tmp_path / "b"
    first.mkdir()
    second.mkdir()
    assert secret_key(first) == secret_key(first) != secret_key(second)
    assert stat.S_IMODE((first / FILE_NAME).stat().st_mode) == 0o600


def test_a_key_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    secret_key(tmp_path)
    (tmp_path / FILE_NAME).chmod(0o644)
    with pytest.raises(ConfigError, match="chmod 600"):
        secret_key(tmp_path)


@pytest.mark.parametrize("key", ["short", NO_PLACE_KEY])
def test_a_short_or_known_key_is_refused(key: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(VARIABLE, key)
    with pytest.raises(ConfigError, match="too short or not secret"):
        secret_key(tmp_path)


def test_a_key_from_the_environment_leaves_no_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(VARIABLE, LONG)
    assert secret_key(tmp_path) == LONG
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("port", [0, -1, 65_536])
def test_an_impossible_port_is_a_wrong_use(port: int, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no port"):
        prepare(make_place(tmp_path / "p"), "127.0.0.1", port)


def test_a_folder_that_is_no_place_is_refused_before_anything_starts(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"place\.toml"):
        prepare(tmp_path, "127.0.0.1", 8000)


def test_a_live_place_open_to_a_network_must_say_its_names(tmp_path: Path) -> None:
    live = TOML.replace('"demonstration"', '"live"').replace("[clock]\ntoday = 2025-04-20\n", "")
    (tmp_path / "place.toml").write_text(live, encoding="utf-8")
    with pytest.raises(ConfigError, match="JOINEDUP_HOSTS"):
        prepare(tmp_path, "0.0.0.0", 8000)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_for(address: str, process: subprocess.Popen[str], seconds: float = 60) -> bytes:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(address, timeout=5) as answer:
                found: bytes = answer.read()
                return found
        except urllib.error.URLError:
            time.sleep(0.2)
    raise AssertionError(f"the server did not answer: {process.stdout.read() if process.stdout else ''}")


def test_the_server_answers_and_stops_when_told(tmp_path: Path) -> None:
    place, port = make_place(tmp_path / "p"), free_port()
    code = f"from pathlib import Path; from joinedup.web.server import serve; serve(Path({str(place)!r}), port={port})"
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2] / "src")}
    environment.pop("DATABASE_URL", None)  # a place's own embedded register
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment
    )
    try:
        assert b"How are we doing in" in wait_for(f"http://127.0.0.1:{port}/", process)
        styles = next((Path(__file__).parents[2] / "src/joinedup/web/static/joinedup/build").glob("joinedup.*.css"))
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/static/joinedup/build/{styles.name}") as answer:
            assert "immutable" in answer.headers["Cache-Control"]
        assert b"Account name" in wait_for(f"http://127.0.0.1:{port}/account/sign-in/", process)
        assert stat.S_IMODE((place / "register.sqlite3").stat().st_mode) == 0o600
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=90) in (0, -signal.SIGTERM)
        assert process.stdout is not None
        process.stdout.close()
