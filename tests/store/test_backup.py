"""Backups: taken while people work, without keys, without names unless asked for, restored whole or not at all."""

from __future__ import annotations

import io
import shutil
import sqlite3
import subprocess
import tarfile
import tempfile
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from joinedup.rules.foundation.errors import ConfigError, PlaceError, UsageError
from joinedup.store.backup import back_up
from joinedup.store.objects import Objects
from joinedup.store.place import load_place
from joinedup.store.reader import Reader
from joinedup.store.register_dump import Database
from joinedup.store.release import current_release, read_manifest
from joinedup.store.restoration import restore
from tests.on_postgres import programs, server
from tests.place_on_disk import KEY, markers

WEB_KEY, AUDIT_KEY = "w" * 64, "a" * 64


def register(place: Path) -> sqlite3.Connection:
    """A register in which each write makes two rows at once, so that half a write can be seen."""
    connection = sqlite3.connect(place / "register.sqlite3", isolation_level=None, timeout=20, check_same_thread=False)
    connection.execute("PRAGMA journal_mode = WAL")
    for table in ("debit", "credit", "django_session"):
        connection.execute(f"CREATE TABLE IF NOT EXISTS {table} (n INTEGER)")
    return connection


def write(connection: sqlite3.Connection, number: int) -> None:
    connection.execute("BEGIN IMMEDIATE")
    connection.execute("INSERT INTO debit VALUES (?)", [number])
    connection.execute("INSERT INTO credit VALUES (?)", [number])
    connection.execute("COMMIT")


@pytest.fixture
def place(built: Path, tmp_path: Path) -> Path:
    """A copy of the built place with a register and all keys."""
    copy = Path(shutil.copytree(built, tmp_path / "place"))
    for name, text in (("web_key", WEB_KEY), ("audit_key", AUDIT_KEY)):
        (copy / name).write_text(text)
        (copy / name).chmod(0o600)
    with closing(register(copy)) as connection:
        write(connection, 1)
        connection.execute("INSERT INTO django_session VALUES (1)")
    return copy


def contents(file: Path) -> dict[str, bytes]:
    with tarfile.open(file) as tar:
        return {member.name: (tar.extractfile(member) or io.BytesIO()).read() for member in tar}


def test_a_place_that_is_restored_publishes_the_same_release(place: Path, tmp_path: Path) -> None:
    file, again = tmp_path / "b.tar.gz", tmp_path / "again"
    about = back_up(place, file)
    assert file.stat().st_mode & 0o777 == 0o600
    restore(file, again)
    assert Reader(again).release() == Reader(place).release()
    manifest = read_manifest(again, current_release(again))
    assert about.release == manifest.release
    assert all(path.is_file() for path in Objects(again / "objects").paths(manifest.names()))
    assert load_place(again).sources == load_place(place).sources
    with closing(sqlite3.connect(again / "register.sqlite3")) as connection:
        assert connection.execute("SELECT n FROM debit").fetchall() == [(1,)]


def test_no_key_no_name_and_no_session_is_inside(place: Path, tmp_path: Path) -> None:
    about = back_up(place, tmp_path / "b.tar.gz")
    held = contents(tmp_path / "b.tar.gz")
    everything = b"".join(held.values())
    assert not any(key.encode() in everything for key in (KEY, WEB_KEY, AUDIT_KEY))
    assert not any(marker.encode() in everything for marker in markers())
    assert not any(name.startswith(("identity", "key", "extracts/gp")) for name in held)
    assert "the identity store" in about.left_out
    (tmp_path / "register.sqlite3").write_bytes(held["register.sqlite3"])
    with closing(sqlite3.connect(tmp_path / "register.sqlite3")) as connection:
        assert connection.execute("SELECT count(*) FROM django_session").fetchone() == (0,)


def test_names_are_inside_only_when_asked_for_and_restored_for_their_owner_alone(place: Path, tmp_path: Path) -> None:
    about = back_up(place, tmp_path / "b.tar.gz", with_identity=True)
    assert about.with_identity
    restore(tmp_path / "b.tar.gz", tmp_path / "again")
    again = tmp_path / "again"
    assert (again / "identity").stat().st_mode & 0o777 == 0o700
    assert all(path.stat().st_mode & 0o077 == 0 for path in (again / "identity").rglob("*") if path.is_file())
    assert (again / "extracts" / "gp" / "2024" / "2024-04-02.csv").read_bytes() == (
        place / "extracts" / "gp" / "2024" / "2024-04-02.csv"
    ).read_bytes()
    assert not any((again / name).exists() for name in ("key", "web_key", "audit_key"))


def test_a_restored_place_does_not_make_itself_another_key(place: Path, tmp_path: Path) -> None:
    back_up(place, tmp_path / "b.tar.gz")
    restore(tmp_path / "b.tar.gz", tmp_path / "again")
    with pytest.raises(ConfigError, match="put it back"):
        load_place(tmp_path / "again").key()


def test_a_copy_of_a_key_under_another_name_stops_the_backup(place: Path, tmp_path: Path) -> None:
    (place / "notes.txt").write_text(f"for the new machine: {KEY}")
    with pytest.raises(PlaceError, match=r"notes\.txt holds a key"):
        back_up(place, tmp_path / "b.tar.gz")
    assert not list(tmp_path.glob("*b.tar.gz*"))
    assert not list(place.glob(".backup-*"))


def test_a_backup_taken_while_people_write_holds_whole_writes_only(place: Path, tmp_path: Path) -> None:
    stop = threading.Event()

    def keep_writing() -> None:
        with closing(register(place)) as connection:
            number = 2
            while not stop.is_set():
                write(connection, number)
                number += 1

    writer = threading.Thread(target=keep_writing)
    writer.start()
    try:
        for turn in range(3):
            back_up(place, tmp_path / f"{turn}.tar.gz")
    finally:
        stop.set()
        writer.join()
    counts = []
    for turn in range(3):
        restore(tmp_path / f"{turn}.tar.gz", tmp_path / f"again{turn}")
        with closing(sqlite3.connect(tmp_path / f"again{turn}" / "register.sqlite3")) as connection:
            debit, credit = (connection.execute(f"SELECT count(*) FROM {t}").fetchone()[0] for t in ("debit", "credit"))
            assert debit == credit
            assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            counts.append(debit)
    assert counts == sorted(counts)
    assert counts[-1] > 1


def test_a_release_that_is_collected_meanwhile_is_left_out(
    place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = place / "releases" / "20200101-0000000000"
    shutil.copytree(place / "releases" / current_release(place), old)
    text = (old / "manifest.json").read_text().replace(current_release(place), old.name)
    name = next(iter(read_manifest(place, current_release(place)).names()))
    (old / "manifest.json").write_text(text.replace(name, "f" * 64))
    from joinedup.store import backup

    take: Callable[[Path, Path], None] = backup._take

    def collected(source: Path, target: Path) -> None:
        if source.stem == "f" * 64:
            shutil.rmtree(old, ignore_errors=True)
        take(source, target)

    monkeypatch.setattr(backup, "_take", collected)
    back_up(place, tmp_path / "b.tar.gz")
    held = contents(tmp_path / "b.tar.gz")
    assert [n for n in held if n.startswith("releases/")] == [f"releases/{current_release(place)}/manifest.json"]


@pytest.mark.parametrize("harm", ["cut", "changed", "removed", "added"])
def test_a_damaged_backup_restores_nothing(place: Path, tmp_path: Path, harm: str) -> None:
    file = tmp_path / "b.tar.gz"
    back_up(place, file)
    if harm == "cut":
        file.write_bytes(file.read_bytes()[:-2_000])
    else:
        held = contents(file)
        if harm == "changed":
            held["place.toml"] += b"\n"
        elif harm == "removed":
            del held["areas.csv"]
        else:
            held["../escaped"] = b"x"
        with tarfile.open(file, "w:gz") as tar:
            for name, data in held.items():
                info = tarfile.TarInfo(name)
                info.size = len(data)
                tar.addfile(info, io.BytesIO(data))
    with pytest.raises(PlaceError, match="nothing was restored"):
        restore(file, tmp_path / "again")
    assert not (tmp_path / "again").exists()
    assert not (tmp_path / "escaped").exists()
    assert not list(tmp_path.glob(".again-*"))


def test_a_backup_is_restored_into_an_empty_folder_only(place: Path, tmp_path: Path) -> None:
    back_up(place, tmp_path / "b.tar.gz")
    with pytest.raises(UsageError, match="not empty"):
        restore(tmp_path / "b.tar.gz", place)
    (tmp_path / "empty").mkdir()
    assert restore(tmp_path / "b.tar.gz", tmp_path / "empty").place == "micro"


def test_no_backup_is_written_over_another_or_into_the_place(place: Path, tmp_path: Path) -> None:
    (tmp_path / "b.tar.gz").write_text("an earlier one")
    for target in (tmp_path / "b.tar.gz", place / "b.tar.gz"):
        with pytest.raises(UsageError):
            back_up(place, target)


def test_the_password_of_a_database_is_not_put_on_a_command_line() -> None:
    database = Database("postgres://me:s%40crit@db.example.org:5433/register?sslmode=require")
    assert database._address() == "postgresql://me@db.example.org:5433/register?sslmode=require"
    assert database._password() == "s@crit"
    assert "crit" not in repr(database)


@pytest.mark.slow
@pytest.mark.skipif(programs() is None, reason="no PostgreSQL")
def test_a_register_on_postgresql_goes_round_in_one_piece(
    place: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    binaries = programs()
    assert binaries is not None
    (place / "register.sqlite3").unlink()
    out = tmp_path_factory.mktemp("out")
    with tempfile.TemporaryDirectory(prefix="joinedup-") as folder, server(Path(folder), binaries) as url:
        run_sql(url, "CREATE TABLE debit (n int); CREATE TABLE django_session (n int);"
                     "INSERT INTO debit VALUES (1), (2); INSERT INTO django_session VALUES (1);"
                     "CREATE DATABASE other")  # fmt: skip
        about = back_up(place, out / "b.tar.gz", database=Database(url))
        assert about.register == "postgresql"
        with pytest.raises(UsageError, match="not empty"):
            restore(out / "b.tar.gz", out / "again", database=Database(url))
        with pytest.raises(UsageError, match="DATABASE_URL"):
            restore(out / "b.tar.gz", out / "again")
        other = url.replace("/postgres", "/other")
        restore(out / "b.tar.gz", out / "again", database=Database(other))
        assert run_sql(other, "SELECT count(*) FROM debit").strip() == "2"
        assert run_sql(other, "SELECT count(*) FROM django_session").strip() == "0"
        assert not (out / "again" / "register.pgdump").exists()


def run_sql(url: str, sql: str) -> str:
    commands = [f"--command={part}" for part in sql.split(";") if part]
    command = ["psql", "--no-psqlrc", "-At", *commands, url.replace("postgres:", "postgresql:", 1)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout
