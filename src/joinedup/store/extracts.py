"""Finding partners' files: extracts/<source>/<period>/<received>.<ext>, and the schemas they follow."""

from __future__ import annotations

import codecs
import hashlib
import re
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

import joinedup
from joinedup.rules.foundation.errors import ConfigError, DefinitionError, Problem, Severity
from joinedup.rules.foundation.extract import ExtractSchema, parse_schema

SUFFIXES: Final = (".csv", ".txt", ".tsv", ".parquet", ".xls", ".xlsx", ".xlsb", ".ods", ".zip")
TEXT_SUFFIXES: Final = (".csv", ".txt", ".tsv")

#: A zip or workbook that unpacks to more than this, or to this many times its size, is refused unread.
MAX_UNPACKED_BYTES: Final = 8 * 1024**3
MAX_UNPACKED_RATIO: Final = 300

_CHUNK: Final = 1 << 20
_BOMS: Final = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_MAGIC: Final = ((b"PK\x03\x04", "a zip or Excel workbook"), (b"\xd0\xcf\x11\xe0", "an old Excel workbook"),
                 (b"PAR1", "a Parquet file"), (b"%PDF", "a PDF"), (b"\x1f\x8b", "a gzip archive"))  # fmt: skip
#: Bytes that windows-1252 leaves undefined; a file that holds one is in no encoding we read.
_UNDEFINED_1252: Final = bytes((0x81, 0x8D, 0x8F, 0x90, 0x9D))


@dataclass(frozen=True, slots=True)
class ExtractFile:
    """One file that a partner sent.

    Attributes:
        source: id of the source in place.toml.
        period: name of the period's folder.
        received: the day it arrived, from the file's name.
        path: where it lies.
        name: its path inside the place, as reports and manifests show it.
    """

    source: str
    period: str
    received: date
    path: Path
    name: str

    @property
    def kind(self) -> str:
        """The file's extension in lower case, with its dot."""
        return self.path.suffix.lower()


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What one pass over the bytes of a file shows.

    Attributes:
        sha256: fingerprint of the whole file.
        size: bytes.
        encoding: utf-8, utf-8-sig, utf-16, cp1252, or None for a file that is no text.
    """

    sha256: str
    size: int
    encoding: str | None


def shipped_definitions() -> Path:
    """The folder of definitions that come with joinedup."""
    return Path(joinedup.__file__).parent / "definitions"


def load_schemas(folders: Iterable[Path]) -> dict[str, ExtractSchema]:
    """Read every extract schema of some definitions folders; a later folder's schema replaces an earlier one.

    Raises:
        ConfigError: a schema contradicts itself; names the file.
    """
    schemas = {}
    for folder in folders:
        for path in sorted((folder / "extracts").glob("*.toml")):
            try:
                schema = parse_schema(path.read_text(encoding="utf-8"))
            except (DefinitionError, UnicodeDecodeError) as exc:
                raise ConfigError(f"{path}: {exc}") from exc
            schemas[schema.id] = schema
    return schemas


def find_files(place: Path, source: str, as_of: date | None = None) -> tuple[list[ExtractFile], list[Problem]]:
    """The files of one source that had been received by a day, oldest first, and what is wrong with the folder.

    Args:
        place: the place's folder.
        source: id of the source.
        as_of: files received later are not looked at; None takes all.

    Returns:
        Files by received date, then period, then name; problems with names and places of files, all fatal, because
        a file that cannot be dated cannot be put in order.
    """
    files: list[ExtractFile] = []
    problems: list[Problem] = []
    for path in _entries(place / "extracts" / source):
        name = path.relative_to(place).as_posix()
        wrong = _misplaced(path, name, place / "extracts" / source)
        received = _received(path)
        if wrong:
            problems.append(Problem(source, name, 0, "", wrong[0], Severity.FATAL, wrong[1]))
        elif received and (as_of is None or received <= as_of):
            files.append(ExtractFile(source, path.parent.name, received, path, name))
    return sorted(files, key=lambda file: (file.received, file.period, file.name)), problems


def _entries(folder: Path) -> Iterator[Path]:
    """Everything that stands where a file should: in a period's folder, or beside the periods."""
    if not folder.is_dir():
        return
    for entry in sorted(folder.iterdir()):
        if entry.name.startswith((".", "~$")):
            continue
        if entry.is_dir() and not entry.suffix:
            yield from (path for path in sorted(entry.iterdir()) if not path.name.startswith((".", "~$")))
        else:
            yield entry


def _misplaced(path: Path, name: str, folder: Path) -> tuple[str, str] | None:
    if path.is_dir():
        return "not_a_file", f"{name} is a folder where a file is expected; put the file itself there"
    if path.parent == folder:
        return "no_period", f"{name} lies outside a period's folder; move it to {path.parent.name}/<period>/{path.name}"
    if path.suffix.lower() not in SUFFIXES:
        return "unknown_format", f"{name} is in a format that is not read; send CSV or Parquet"
    if _received(path) is None:
        return "no_received_date", (
            f"{name} is not named after the day it was received; rename it to YYYY-MM-DD{path.suffix}"
        )
    return None


def _received(path: Path) -> date | None:
    found = re.fullmatch(r"(\d{4}-\d{2}-\d{2})([-_. ].+)?", path.stem)
    try:
        return date.fromisoformat(found[1]) if found else None
    except ValueError:
        return None


def examine(path: Path) -> FileFacts:
    """Fingerprint a file and find its encoding in one pass, without holding it in memory.

    A file without a byte order mark is UTF-8 when all of it reads as such, else windows-1252, the encoding that
    older spreadsheets write.
    """
    digest, size, head = hashlib.sha256(), 0, b""
    decoder: codecs.IncrementalDecoder | None = codecs.getincrementaldecoder("utf-8")()
    is_binary = is_1252 = False
    with path.open("rb") as data:
        while chunk := data.read(_CHUNK):
            head = head or chunk[:4096]
            digest.update(chunk)
            size += len(chunk)
            is_binary = is_binary or b"\x00" in chunk
            if not chunk.isascii() or (decoder and decoder.getstate()[0]):
                is_1252 = is_1252 or bool(chunk.translate(None, _UNDEFINED_1252) != chunk)
                decoder = _decoded(decoder, chunk)
    if decoder and size and not _decoded(decoder, b"", is_final=True):
        decoder = None
    return FileFacts(digest.hexdigest(), size, _encoding(head, decoder is not None, is_binary, is_1252))


def _decoded(
    decoder: codecs.IncrementalDecoder | None, chunk: bytes, *, is_final: bool = False
) -> codecs.IncrementalDecoder | None:
    try:
        if decoder:
            decoder.decode(chunk, is_final)
    except UnicodeDecodeError:
        return None
    return decoder


def _encoding(head: bytes, is_utf8: bool, is_binary: bool, is_undefined: bool) -> str | None:
    marked = next((name for bom, name in _BOMS if head.startswith(bom)), None)
    if marked:
        return marked
    if is_binary:
        return _unmarked_utf16(head)
    if is_utf8:
        return "utf-8"
    return None if is_undefined else "cp1252"


def _unmarked_utf16(head: bytes) -> str | None:
    """UTF-16 without its mark: every other byte of Western text is zero."""
    pairs = len(head) // 2
    for offset, name in ((1, "utf-16-le"), (0, "utf-16-be")):
        if pairs and head[offset::2].count(0) > 0.7 * pairs:
            return name
    return None


def refusal(file: ExtractFile, facts: FileFacts) -> tuple[str, str] | None:
    """Why a file cannot be read at all, as rule and message; None when it can be tried.

    An empty file, an archive that unpacks to far more than its size, a workbook named .csv and a file of no known
    encoding are told apart, because what to do differs.
    """
    if facts.size == 0:
        return "empty_file", f"{file.name} is empty (0 bytes): the transfer failed; ask for the file again"
    if file.kind in TEXT_SUFFIXES:
        return _not_text(file, facts)
    if file.kind in {".zip", ".xlsx", ".xlsb", ".ods"}:
        return _not_unpackable(file)
    return None


def _not_text(file: ExtractFile, facts: FileFacts) -> tuple[str, str] | None:
    with file.path.open("rb") as data:
        head = data.read(8)
    is_what = next((what for magic, what in _MAGIC if head.startswith(magic)), None)
    if is_what:
        return "wrong_format", f"{file.name} is named {file.kind} but is {is_what}; save it as CSV or rename it"
    if facts.encoding is None:
        return "not_text", f"{file.name} is not text in UTF-8, UTF-16 or windows-1252; save it as CSV (UTF-8)"
    return None


def _not_unpackable(file: ExtractFile) -> tuple[str, str] | None:
    try:
        with zipfile.ZipFile(file.path) as archive:
            unpacked = sum(item.file_size for item in archive.infolist())
    except (zipfile.BadZipFile, OSError):
        return "broken_archive", f"{file.name} cannot be unpacked: it is damaged or incomplete; ask for it again"
    if unpacked > MAX_UNPACKED_BYTES or unpacked > MAX_UNPACKED_RATIO * max(file.path.stat().st_size, 1):
        return "archive_too_large", f"{file.name} unpacks to {unpacked:,} bytes; refused unread; send it in parts"
    return None
