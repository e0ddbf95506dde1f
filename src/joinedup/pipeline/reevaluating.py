"""Running a place's registered evaluations again on its new release: what moved becomes a version, never a surprise.

The release stands whatever happens here: an evaluation that fails is kept as not evaluable, with its reason.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from joinedup.pipeline.evaluation.versions import keep_version
from joinedup.pipeline.stage import Listener, code_version
from joinedup.rules.foundation.errors import ConfigError, JoinedupError, ReleaseError, UsageError
from joinedup.rules.programme.protocol import SynthesisDesign
from joinedup.rules.programme.result import Result
from joinedup.store.evaluation_results import EvaluationResults, note_problems
from joinedup.store.place import Place
from joinedup.store.protocols import FILE, ProtocolFile, Registration, load_protocol, registrations
from joinedup.store.release import StageRecord, current_release


@dataclass(frozen=True, slots=True)
class _Due:
    """A registered evaluation: the newest registration of its name, and its file where that can be read."""

    registered: Registration
    path: Path
    file: ProtocolFile | None
    fault: str = ""


def reevaluate(place: Place, now: datetime, listener: Listener) -> tuple[str, ...]:
    """Run every registered evaluation again, evaluations of evaluations last.

    One whose latest version rests on this release, this code and this protocol is left as it is.

    Args:
        place: with a current release.
        now: with its time zone.
        listener: hears of each.

    Returns:
        What could not be run, in words; it is also noted in the place.
    """
    try:
        due = _due(place.folder)
    except ConfigError as exc:
        problems: tuple[str, ...] = (f"no evaluation was run: {exc}",)
    else:
        problems = tuple(filter(None, (_run(place.folder, item, now, listener) for item in due)))
    note_problems(place.folder, problems)
    return problems


def _due(place: Path) -> Sequence[_Due]:
    """The newest registration of each name; those that bring other results together come last."""
    folder = place / "evaluations"
    newest = {item.name: item for item in registrations(folder / FILE)}
    found = [_loaded(item, folder / f"{name}.toml") for name, item in newest.items()]
    return sorted(found, key=lambda item: (_rests_on_others(item), item.registered.name))


def _loaded(registered: Registration, path: Path) -> _Due:
    try:
        return _Due(registered, path, load_protocol(path))
    except (UsageError, ConfigError) as exc:
        return _Due(registered, path, None, str(exc))


def _rests_on_others(item: _Due) -> bool:
    return item.file is not None and isinstance(item.file.protocol.design, SynthesisDesign)


def _run(place: Path, item: _Due, now: datetime, listener: Listener) -> str:
    """Run one; what went wrong in words, "" where nothing did."""
    name, clock = f"evaluate {item.registered.name}", time.perf_counter()
    listener.started(name)
    is_reused, problem = False, ""
    try:
        is_reused = _stands(place, item)
        if not is_reused:
            problem = _evaluated(place, item, now)
    except ReleaseError as exc:  # earlier versions were altered: nothing is added to them
        problem = f"{item.registered.name}: {exc}"
    seconds = round(time.perf_counter() - clock, 3)
    listener.finished(StageRecord(name, seconds, seconds, 0.0, 0, 0, is_reused))
    return problem


def _stands(place: Path, item: _Due) -> bool:
    """Whether the latest version already is of this release, protocol and code, and rests on no other result."""
    latest = EvaluationResults(place).latest(item.registered.name)
    if latest is None or item.file is None or _rests_on_others(item):
        return False
    now = (current_release(place), item.file.hash, code_version())
    return (latest.release, latest.about.get("protocol_hash"), latest.about.get("code_version")) == now


def _evaluated(place: Path, item: _Due, now: datetime) -> str:
    """Evaluate and keep; a failure is kept as not evaluable and told."""
    if item.file is None:
        return _failed(place, item, item.fault, now)
    if item.file.protocol.place is None:
        return f"{item.registered.name}: runs on a table of its own; run it with joinedup evaluate --data"
    from joinedup.pipeline.evaluation.evaluate import evaluate  # brings the estimators, which few builds need

    try:
        evaluate(item.path, now=now, place=place)
    except ReleaseError:
        raise
    except JoinedupError as exc:
        return _failed(place, item, str(exc), now)
    except Exception as exc:  # noqa: BLE001 - one evaluation's fault must not undo a release; it is kept and told
        reason = f"the evaluation stopped on a fault of joinedup ({type(exc).__name__}); run it by itself to see more"
        return _failed(place, item, reason, now)
    return ""


def _failed(place: Path, item: _Due, reason: str, now: datetime) -> str:
    registered = item.registered
    content: Mapping[str, Any] = item.file.content if item.file else registered.content
    result = Result(
        title=registered.title, design=str((content.get("design") or {}).get("method", "")), verdict="not evaluable",
        reason=reason, registered={"hash": registered.hash, "time": registered.time, "heading": "registered"},
        provenance={
            "place": place.name, "release": current_release(place), "protocol": item.path.name,
            "protocol_hash": item.file.hash if item.file else "", "run_at": now.isoformat(),
            "question": str(content.get("question", "")),
        },
    )  # fmt: skip
    keep_version(place, registered.name, result, content)
    return f"{registered.name}: {reason}"
