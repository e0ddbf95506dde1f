"""The key that signs what the web app hands out: from the environment, or made once for each place."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from joinedup.rules.foundation.errors import ConfigError

VARIABLE = "JOINEDUP_SECRET_KEY"
FILE_NAME = "web_key"
SHORTEST = 32

# Only where no place is served: type checks, tests, `manage` without a place. `serve` never runs on it.
NO_PLACE_KEY = "no-place-is-served-with-this-key-it-only-lets-tools-import-the-settings"


def secret_key(place: Path | None) -> str:
    """The signing key of a place, made at its first use in a file that only its owner can read.

    Args:
        place: the place's folder; None where the settings are imported without one.

    Returns:
        At least 32 characters that differ from place to place.

    Raises:
        ConfigError: the given key is too short, or the file can be read by others, or cannot be made.
    """
    given = os.environ.get(VARIABLE)
    if given:
        return _checked(given, f"the environment variable {VARIABLE}")
    if place is None:
        return NO_PLACE_KEY
    path = place / FILE_NAME
    if not path.exists():
        _make(path)
    if path.stat().st_mode & 0o077:
        raise ConfigError(f"{path} can be read by others on this machine; run: chmod 600 {path}")
    return _checked(path.read_text(encoding="ascii").strip(), str(path))


def _make(path: Path) -> None:
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return  # another process of the same server made it first
    except OSError as error:
        raise ConfigError(
            f"the web key cannot be written to {path} ({error.strerror}); let this user write there, "
            f"or set {VARIABLE} to a long random text"
        ) from error
    with os.fdopen(handle, "w", encoding="ascii") as out:
        out.write(secrets.token_urlsafe(48))


def _checked(key: str, where: str) -> str:
    if len(key) < SHORTEST or key == NO_PLACE_KEY:
        raise ConfigError(
            f"the web key in {where} is too short or not secret; use {SHORTEST} or more random characters"
        )
    return key
