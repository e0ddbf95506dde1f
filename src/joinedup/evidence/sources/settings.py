"""What an adapter must know besides the rows: which source they come from and as of which day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Settings:
    """One source, as far as its rows' meaning depends on it.

    Attributes:
        source: id of the source in place.toml; begins every event id.
        organisation: who holds the records when the rows do not say.
        as_of: files received after this day are not known yet.
    """

    source: str
    organisation: str | None
    as_of: date
