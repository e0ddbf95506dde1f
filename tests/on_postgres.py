"""Run tests of the register again on a temporary PostgreSQL server: `python -m tests.on_postgres [pytest arguments]`.

The server lives in a folder of its own and listens on a socket there alone. Without PostgreSQL on the machine nothing
runs, and that is said.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

#: What runs when nothing is named: the tests that write to the register, and pages that do.
DEFAULT = (
    "tests/register",
    "tests/web/administration",
    "tests/web/caseload",
    "tests/web/oversight",
    "tests/web/schemes",
    "tests/web/test_sign_in.py",
    "-m",
    "not browser",
)


def programs() -> Path | None:
    """The folder of PostgreSQL's server programs; Debian keeps them off the path."""
    found = shutil.which("initdb")
    if found:
        return Path(found).parent
    return max(Path("/usr/lib/postgresql").glob("*/bin"), default=None, key=lambda path: float(path.parent.name))


@contextmanager
def server(folder: Path, binaries: Path) -> Iterator[str]:
    """A running server; its address as DATABASE_URL wants it."""
    folder.chmod(0o711)
    data, socket = folder / "data", folder / "socket"
    socket.mkdir(mode=0o777)
    owner: dict[str, str | int] = {}
    if os.geteuid() == 0:  # the server refuses to run as root
        account = pwd.getpwnam("postgres")
        data.mkdir()
        for path in (data, socket):
            os.chown(path, account.pw_uid, account.pw_gid)
        owner = {"user": account.pw_uid, "group": account.pw_gid}

    def run(program: str, *arguments: str) -> None:
        subprocess.run([binaries / program, *arguments], check=True, stdout=subprocess.DEVNULL, cwd="/", **owner)  # type: ignore[call-overload]

    run("initdb", "-D", str(data), "-U", "joinedup", "-A", "trust", "-E", "UTF8", "--locale", "C.UTF-8", "--no-sync")
    settings = f"-c listen_addresses= -c unix_socket_directories={socket} -c fsync=off -c max_connections=200"
    run("pg_ctl", "-D", str(data), "-l", str(socket / "log"), "-w", "-o", settings, "start")
    try:
        yield f"postgres://joinedup@{quote(str(socket), safe='')}/postgres"
    finally:
        run("pg_ctl", "-D", str(data), "-m", "immediate", "-w", "stop")


def main(arguments: Sequence[str]) -> int:
    """Start a server, run pytest against it, stop the server; the exit code of pytest."""
    binaries = programs()
    if binaries is None:
        print("no PostgreSQL: the register's tests ran on SQLite only")
        return 0
    with tempfile.TemporaryDirectory(prefix="joinedup-postgres-") as folder, server(Path(folder), binaries) as url:
        command = [sys.executable, "-m", "pytest", *(arguments or DEFAULT)]
        return subprocess.run(command, env={**os.environ, "DATABASE_URL": url}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
