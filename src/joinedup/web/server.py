"""Serve a place: granian, one process with four threads, warm before the first visitor, and a worker beside it."""

from __future__ import annotations

import os
from pathlib import Path

from joinedup.rules.foundation.errors import ConfigError, UsageError
from joinedup.store.place import PlaceKind, load_place
from joinedup.web.built_files import is_built
from joinedup.web.readiness import make_ready
from joinedup.web.secret import secret_key
from joinedup.web.worker import background_worker

THREADS = 4
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


def serve(place: Path, host: str = "127.0.0.1", port: int = 8000) -> None:
    """Serve the pages of a place until the process is told to stop.

    Args:
        place: the place's folder; it need not hold a release yet.
        host: address to listen on.
        port: port to listen on.

    Raises:
        ConfigError: the folder is not a place, its key is not secret, a live place would answer to any name, or the
            register is not ready and cannot be made so.
        UsageError: the port is impossible, or the pages' styles have not been built.
    """
    prepare(place, host, port)
    make_ready(lambda line: print(line, flush=True))
    from granian.constants import Interfaces
    from granian.log import LogLevels
    from granian.server import Server

    print(f"Serving {place} at http://{_shown(host)}:{port}/ (stop with Ctrl+C)", flush=True)
    server = Server(
        "joinedup.web.wsgi:application",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=1,
        blocking_threads=THREADS,
        log_access=False,
        log_level=LogLevels.warning,
    )
    with background_worker():
        server.serve()


def prepare(place: Path, host: str, port: int) -> None:
    """Check what can be checked before a server starts, and set the environment of its worker."""
    if not 0 < port < 65_536:
        raise UsageError(f"there is no port {port}; use one from 1 to 65535, for example 8000")
    if not is_built():
        raise UsageError("the pages' styles have not been built; run `python -m joinedup.web.assets` in the checkout")
    kind = load_place(place).kind
    secret_key(place)
    os.environ["JOINEDUP_PLACE"] = str(place.resolve())
    os.environ["DJANGO_SETTINGS_MODULE"] = "joinedup.web.settings"
    os.environ.setdefault("JOINEDUP_HOSTS", _hosts(host, kind))


def _hosts(host: str, kind: PlaceKind) -> str:
    """Names that the server answers to; a live place open to a network must say which."""
    if host in LOOPBACK:
        return "localhost,127.0.0.1,[::1]"
    if kind is PlaceKind.LIVE:
        raise ConfigError(
            f"a live place that listens on {host} must say by which names it is called; "
            "set JOINEDUP_HOSTS, for example JOINEDUP_HOSTS=figures.example.org"
        )
    return "*"


def _shown(host: str) -> str:
    return f"[{host}]" if ":" in host else host
