"""Protocols in a notebook: from a file or a mapping, registered before outcomes are seen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from joinedup.pipeline.notebook.shown import shown, shown_protocol
from joinedup.store import protocols
from joinedup.store.protocols import ProtocolFile, Registration


@dataclass(frozen=True, slots=True)
class EvaluationProtocol:
    """What is asked and how it is judged, agreed before outcomes are seen.

    Attributes:
        file: the checked protocol with its content, hash and the place where it lies or would lie.
    """

    file: ProtocolFile

    @property
    def title(self) -> str:
        """Its title."""
        return self.file.protocol.title

    @property
    def question(self) -> str:
        """What it asks; "" where it does not say."""
        return self.file.protocol.question

    @property
    def name(self) -> str:
        """The name by which registrations know it."""
        return self.file.name

    @property
    def hash(self) -> str:
        """The hash of its content, as it is registered."""
        return self.file.hash

    @property
    def method(self) -> str:
        """The design, such as matched_cohort."""
        return str(self.file.protocol.design.method)

    def register(self, now: datetime | None = None) -> Registration:
        """Write down hash, content and time; the same content is registered once.

        The list is `registrations.jsonl`: in the place's `evaluations/` if the protocol lies in a place, beside it
        otherwise.

        Args:
            now: with its time zone; the time of the call if left out.

        Raises:
            ConfigError: the list was altered.
        """
        path = protocols.registrations_file(self.file.path)
        return protocols.register(path, self.file, now or datetime.now(UTC))

    @property
    def registrations(self) -> tuple[Registration, ...]:
        """Every registration under its name, oldest first; the first is the promise.

        Raises:
            ConfigError: the list was altered.
        """
        known = protocols.registrations(protocols.registrations_file(self.file.path))
        return tuple(item for item in known if item.name == self.name)

    def _repr_html_(self) -> str:
        return shown(shown_protocol(self.file, self.registrations))


def load_protocol(
    source: str | Path | Mapping[str, Any], *, name: str = "protocol", folder: str | Path = "."
) -> EvaluationProtocol:
    """Read and check a protocol.

    Args:
        source: path of a TOML file, or its content as a mapping with the same keys.
        name: of a mapping: by which registrations know it; a file is known by its own name.
        folder: of a mapping: where it is registered, which may be a place.

    Raises:
        UsageError: there is no such file.
        ConfigError: it is not TOML, or its fields are wrong; all are named.

    >>> made = load_protocol({"title": "T", "data": {"unit": "a", "time": "y", "outcome": "o", "treated": "d"},
    ...                       "design": {"method": "synthetic_did"}}, name="cigarettes")
    >>> made.method, made.name
    ('synthetic_did', 'cigarettes')
    """
    if isinstance(source, Mapping):
        return EvaluationProtocol(protocols.protocol_of(source, Path(folder) / f"{name}.toml"))
    return EvaluationProtocol(protocols.load_protocol(Path(source)))


def as_protocol(source: EvaluationProtocol | str | Path | Mapping[str, Any]) -> EvaluationProtocol:
    """A protocol as it is, or read."""
    return source if isinstance(source, EvaluationProtocol) else load_protocol(source)
