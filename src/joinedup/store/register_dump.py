"""The register's database as one file: one consistent copy while others write, without the sessions of its users."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit, urlunsplit

from joinedup.rules.foundation.errors import PlaceError, UsageError

#: Where the copy lies in a backup, by kind of database.
DUMPS: Final = {"sqlite": "register.sqlite3", "postgresql": "register.pgdump"}

#: Whoever holds a session's id is signed in, so sessions are left out.
SESSIONS: Final = "django_session"


def dump_register(folder: Path, out: Path, database: Database | None) -> str:
    """Copy a place's register as it is at one moment.

    Args:
        folder: the place.
        out: the folder that takes the copy.
        database: the PostgreSQL database where the register is there.

    Returns:
        The kind of database; "" where the place has no register.
    """
    if database is not None:
        database.dump(out / DUMPS["postgresql"])
        return "postgresql"
    path = folder / DUMPS["sqlite"]
    if not path.exists():
        return ""
    target = out / DUMPS["sqlite"]
    with (
        closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=60)) as source,
        closing(sqlite3.connect(target)) as copy,
    ):
        source.backup(copy)  # all pages in one step: one moment, and nobody who writes has to wait
        tables = {row[0] for row in copy.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if SESSIONS in tables:
            copy.execute(f"DELETE FROM {SESSIONS}")
        copy.commit()
        copy.execute("PRAGMA journal_mode = DELETE")
        copy.execute("VACUUM")
    return "sqlite"


@dataclass(frozen=True, slots=True, repr=False)
class Database:
    """A PostgreSQL database, by its address as DATABASE_URL gives it.

    Attributes:
        url: postgres://user:password@host:port/name; the password is never passed on a command line.
    """

    url: str

    def dump(self, path: Path) -> None:
        """Copy it in one transaction.

        Raises:
            PlaceError: pg_dump is missing or fails.
        """
        self._run("pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--file={path}",
                  f"--exclude-table-data=*.{SESSIONS}", f"--dbname={self._address()}")  # fmt: skip
        path.chmod(0o600)

    def restore(self, path: Path) -> None:
        """Fill the database, which must be empty, in one transaction.

        Raises:
            UsageError: there is something in it.
            PlaceError: pg_restore is missing or fails; the database stays empty.
        """
        asked = "SELECT count(*) FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
        found = self._run("psql", "--no-psqlrc", "--tuples-only", "--no-align", f"--command={asked}", self._address())
        if found.strip() != "0":
            raise UsageError("the database in DATABASE_URL is not empty; restore into a new one")
        self._run("pg_restore", "--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges",
                  f"--dbname={self._address()}", str(path))  # fmt: skip

    def _address(self) -> str:
        parts = urlsplit(self.url)
        user, _, host = parts.netloc.rpartition("@")
        name = user.partition(":")[0]
        return urlunsplit(("postgresql", f"{name}@{host}" if name else host, parts.path, parts.query, ""))

    def _password(self) -> str:
        return unquote(urlsplit(self.url).netloc.rpartition("@")[0].partition(":")[2])

    def _run(self, program: str, *arguments: str) -> str:
        found = shutil.which(program)
        if found is None:
            raise PlaceError(f"{program} is not on this machine; install PostgreSQL's client programs")
        environment = {**os.environ, **({"PGPASSWORD": self._password()} if self._password() else {})}
        done = subprocess.run(  # noqa: S603 - our own arguments, no shell
            [found, *arguments], env=environment, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise PlaceError(f"{program} failed: {done.stderr.strip()[-500:]}")
        return done.stdout
