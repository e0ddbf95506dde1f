"""The signed head of the trace: what an outside party keeps, so that a chain made anew by an administrator is found.

The chain by itself shows every row that was altered, removed or slipped in. Somebody with raw access to the database
could make all of it anew, or cut off its end. Whoever holds a head signed before that sees the difference.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from django.conf import settings
from django.db import transaction

from joinedup.register.actor import Actor
from joinedup.register.audit import BEGINNING, Entry, Fault, audit, first_fault
from joinedup.register.models import AuditEvent
from joinedup.rules.foundation.errors import ConfigError, UsageError
from joinedup.store.place import load_place

VARIABLE: Final = "JOINEDUP_AUDIT_KEY"
FILE_NAME: Final = "audit_key"


@dataclass(frozen=True, slots=True)
class Head:
    """The end of the trace at a time, signed.

    Attributes:
        place: id of the place.
        sequence: the last row; 0 for an empty trace.
        digest: its hash, which rests on every row before it.
        at: when it was signed, UTC.
        public_key: the key that checks the signature (Ed25519, hexadecimal).
        signature: over everything above but the key (Ed25519, hexadecimal).
    """

    place: str
    sequence: int
    digest: str
    at: str
    public_key: str
    signature: str

    def signed_text(self) -> bytes:
        """What the signature covers."""
        return _signed_text(self.place, self.sequence, self.digest, self.at)

    def as_json(self) -> str:
        """The head as the file that goes to the outside party."""
        return json.dumps(asdict(self), indent=1) + "\n"


def sign_head(*, by: Actor | None) -> Head:
    """Sign the end of the trace as it is now, and write down that it was.

    Raises:
        ConfigError: no place is served, or its key can be read by others.
    """
    place = load_place(_folder()).id
    key = _private_key()
    with transaction.atomic():
        last = AuditEvent.objects.order_by("-sequence").only("sequence", "digest").first()
        sequence, digest = (last.sequence, last.digest) if last else (0, BEGINNING)
        at = datetime.now(UTC).isoformat(timespec="seconds")
        signature = key.sign(_signed_text(place, sequence, digest, at)).hex()
        audit(Entry("audit.head_signed", f"audit_event/{sequence}", detail={"digest": digest}), by=by)
    return Head(place, sequence, digest, at, _hex_of(key.public_key()), signature)


def read_head(path: Path) -> Head:
    """Read a head that was exported earlier.

    Raises:
        UsageError: the file is not one.
    """
    try:
        return Head(**json.loads(path.read_text(encoding="utf-8")))
    except (OSError, TypeError, ValueError) as error:
        raise UsageError(f"{path} is not a head of the trace as export_audit_head writes it") from error


def fault_against(head: Head) -> Fault | None:
    """What contradicts a head that an outside party kept; None when the trace goes on from it, whole.

    Args:
        head: as it was exported.
    """
    wrong = _not_ours(head)
    if wrong:
        return Fault(head.sequence, wrong)
    return first_fault() or (_departure(head) if head.sequence else None)


def _not_ours(head: Head) -> str:
    """Why a file cannot be a head of this place's trace; "" when it is one."""
    if not _is_signed(head):
        return "the signature of the head is not valid: the file was altered"
    if head.place != load_place(_folder()).id:
        return f"the head is of another place, {head.place}"
    if _own_public_key() not in {"", head.public_key}:
        return "the head was signed with another key than this place's audit key"
    return ""


def _departure(head: Head) -> Fault | None:
    """Where a trace that is whole in itself is not the one that was signed."""
    row = AuditEvent.objects.filter(sequence=head.sequence).only("digest").first()
    if row is None:
        return Fault(head.sequence, f"row {head.sequence} is missing: the trace was cut off after it was signed")
    if row.digest != head.digest:
        what = f"row {head.sequence} is not the row that was signed on {head.at}: the trace was made anew"
        return Fault(head.sequence, what)
    return None


def _signed_text(place: str, sequence: int, digest: str, at: str) -> bytes:
    told = {"place": place, "sequence": sequence, "digest": digest, "at": at}
    return b"joinedup audit head\x1f" + json.dumps(told, sort_keys=True, separators=(",", ":")).encode()


def _is_signed(head: Head) -> bool:
    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(head.public_key))
        key.verify(bytes.fromhex(head.signature), head.signed_text())
    except (InvalidSignature, ValueError):
        return False
    return True


def _folder() -> Path:
    folder: Path | None = settings.JOINEDUP_PLACE
    if folder is None:
        raise ConfigError("no place is served; use `joinedup manage DIR ...`")
    return folder


def _key_file() -> Path:
    given = os.environ.get(VARIABLE)
    return Path(given) if given else _folder() / FILE_NAME


def _own_public_key() -> str:
    """The place's own key, in hexadecimal; "" where it has none yet."""
    return _hex_of(_read(_key_file()).public_key()) if _key_file().exists() else ""


def _private_key() -> Ed25519PrivateKey:
    """The key that signs heads, made at its first use in a file that only its owner can read."""
    path = _key_file()
    if not path.exists():
        _make(path)
    return _read(path)


def _read(path: Path) -> Ed25519PrivateKey:
    if path.stat().st_mode & 0o077:
        raise ConfigError(f"{path} can be read by others on this machine; run: chmod 600 {path}")
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except ValueError as error:
        raise ConfigError(f"{path} holds no key; move it away and a new one is made") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise ConfigError(f"{path} holds a key of another kind; heads are signed with Ed25519")
    return key


def _make(path: Path) -> None:
    text = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return  # another process made it first
    except OSError as error:
        raise ConfigError(f"the audit key cannot be written to {path}; set {VARIABLE} to a file that can") from error
    with os.fdopen(handle, "wb") as out:
        out.write(text)


def _hex_of(key: Ed25519PublicKey) -> str:
    return key.public_bytes(Encoding.Raw, PublicFormat.Raw).hex()
