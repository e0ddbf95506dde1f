"""A place made from its backup: every file held against its hash before anything becomes visible."""

from __future__ import annotations

import json
import os
import shutil
import tarfile
import tempfile
from collections.abc import Sequence
from pathlib import Path

from joinedup.rules.foundation.errors import PlaceError, UsageError
from joinedup.store.backup import FORMAT, MANIFEST, Backup, BackupFile, Hashing
from joinedup.store.register_dump import DUMPS, Database


def restore(file: Path, folder: Path, *, database: Database | None = None) -> Backup:
    """Make a place from its backup; every file is held against its hash before anything becomes visible.

    Args:
        file: as `back_up` wrote it.
        folder: where; it must not exist, or be empty.
        database: an empty PostgreSQL database, for a backup whose register was in one.

    Raises:
        UsageError: the folder is not empty, or the database does not fit the backup.
        PlaceError: the file is damaged or not a backup; nothing was restored.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"{folder} is not empty; name a folder that does not exist yet")
    if not file.is_file():
        raise UsageError(f"{file} does not exist")
    folder.parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        about = _unpack(file, scratch)
        _restore_register(about, scratch, database)
        if folder.exists():
            folder.rmdir()
        scratch.chmod(0o755)
        scratch.rename(folder)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return about


def _restore_register(about: Backup, scratch: Path, database: Database | None) -> None:
    if (about.register == "postgresql") != (database is not None):
        needed = "an empty PostgreSQL database in DATABASE_URL" if database is None else "no DATABASE_URL"
        raise UsageError(f"the register of this backup is of kind {about.register or 'none'}: restore needs {needed}")
    if database is not None:
        database.restore(scratch / DUMPS["postgresql"])
        (scratch / DUMPS["postgresql"]).unlink()


def _unpack(file: Path, scratch: Path) -> Backup:
    found: dict[str, BackupFile] = {}
    try:
        with tarfile.open(file, mode="r:gz") as tar:
            for member in tar:
                found[member.name] = _extract(tar, member, scratch)
    except (tarfile.TarError, EOFError, OSError) as error:
        raise PlaceError(f"{file} is damaged or not a backup ({error}); nothing was restored") from error
    about = _read_manifest(file, scratch / MANIFEST)
    expected = {entry.path: entry for entry in about.files}
    found.pop(MANIFEST)
    wrong = sorted(name for name in expected.keys() | found.keys() if expected.get(name) != found.get(name))
    if wrong:
        raise PlaceError(f"{file} is damaged: {_few(wrong)} not as the manifest says; nothing was restored")
    (scratch / MANIFEST).unlink()
    return about


def _extract(tar: tarfile.TarFile, member: tarfile.TarInfo, scratch: Path) -> BackupFile:
    target = (scratch / member.name).resolve()
    stream = tar.extractfile(member) if member.isreg() else None
    if stream is None or not target.is_relative_to(scratch.resolve()) or target.exists():
        raise PlaceError("the file holds something that no backup holds; nothing was restored")
    is_private = member.name.startswith("identity/") or member.name == DUMPS["sqlite"]
    _make_folders(target.parent, scratch.resolve(), 0o700 if member.name.startswith("identity/") else 0o755)
    hashing = Hashing(stream)
    with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        shutil.copyfileobj(hashing, out)
        out.flush()
        os.fsync(out.fileno())
    target.chmod(0o600 if is_private else 0o644)
    return BackupFile(member.name, member.size, hashing.sha256.hexdigest())


def _make_folders(folder: Path, above: Path, mode: int) -> None:
    if folder != above and not folder.exists():
        _make_folders(folder.parent, above, mode)
        folder.mkdir(mode=mode)


def _read_manifest(file: Path, path: Path) -> Backup:
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        files = tuple(BackupFile(**entry) for entry in told.pop("files"))
        about = Backup(**{**told, "left_out": tuple(told["left_out"])}, files=files)
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise PlaceError(f"{file} has no readable manifest, so it is not a whole backup; nothing restored") from error
    if about.format != FORMAT:
        raise PlaceError(f"{file} was made by joinedup {about.joinedup}, whose backups this version cannot read")
    return about


def _few(names: Sequence[str]) -> str:
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return f"{', '.join(names[:3])}{more} {'is' if len(names) == 1 else 'are'}"
