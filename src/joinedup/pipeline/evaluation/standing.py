"""How a run stands to what was registered: promised before outcomes were seen, altered since, or not promised."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from joinedup import __version__
from joinedup.rules.programme.deviation import deviations
from joinedup.rules.programme.grade import Check, Diagnostic
from joinedup.store.evaluation_tables import Table
from joinedup.store.protocols import ProtocolFile, register, registrations, registrations_file

AT_RUN_TIME: Final = "registered at run time"
REGISTERED: Final = "registered"
_SINCE: Final = "since its registration "
#: Parts of a protocol that decide what an estimate is; words, costs and checks may change without changing one.
_DECIDING: Final = ("data", "design", "population", "exposure", "outcomes", "subgroups", "estimand")


@dataclass(frozen=True, slots=True)
class Standing:
    """How a run stands to what was registered.

    Attributes:
        heading: "registered", or "registered at run time" where nothing was registered before.
        deviations: how the protocol departs from its first registration.
    """

    heading: str
    hash: str
    time: str
    deviations: tuple[str, ...]

    @property
    def is_as_promised(self) -> bool:
        """Whether nothing was altered since registration that decides what an estimate is: whose, of what, how."""
        altered = {re.split(r"[.\[ ]", change.removeprefix(_SINCE), maxsplit=1)[0] for change in self.deviations}
        return altered.isdisjoint(_DECIDING)

    @property
    def record(self) -> dict[str, str]:
        """As result.json holds it."""
        return {"hash": self.hash, "time": self.time, "heading": self.heading}


def stand(file: ProtocolFile, now: datetime, *, registering: bool = False) -> Standing:
    """Register a protocol if asked, and compare it with its first registration.

    The first counts even where an altered protocol was registered again: a promise is not changed by a second one.
    """
    path = registrations_file(file.path)
    if registering:
        register(path, file, now)
    known = [item for item in registrations(path) if item.name == file.name]
    if not known:
        return Standing(AT_RUN_TIME, file.hash, now.isoformat(), ())
    first = known[0]
    changes = tuple(f"{_SINCE}{change}" for change in deviations(first.content, file.content))
    again = next((item for item in known[1:] if item.hash == file.hash), None)
    if changes and again:
        changes += (f"the altered protocol was registered on {again.time}",)
    return Standing(REGISTERED, first.hash, first.time, changes)


def provenance_of(file: ProtocolFile, table: Table, now: datetime, seed: int) -> dict[str, Any]:
    """What a result rests on: data, protocol, code and seed."""
    return {
        "data": table.name, "data_sha256": table.sha256, "protocol": file.path.name, "protocol_hash": file.hash,
        "code_version": __version__, "run_at": now.isoformat(), "seed": seed,
        "question": file.protocol.question, "statements": dict(file.protocol.statements), **table.provenance,
    }  # fmt: skip


def standing_checks(standing: Standing) -> list[Diagnostic]:
    """Whether it was registered, and whether the analysis is the one registered, in the words of the grade."""
    is_registered = standing.heading == REGISTERED
    return [
        Diagnostic(
            Check.REGISTERED, is_registered,
            f"the protocol was {standing.heading}" + (f" on {standing.time}" if is_registered else ""),
        ),
        Diagnostic(
            Check.AS_REGISTERED, not standing.deviations if is_registered else None,
            f"{len(standing.deviations)} change(s) since registration",
        ),
    ]  # fmt: skip
