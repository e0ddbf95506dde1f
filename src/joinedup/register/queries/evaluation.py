"""Evaluations of the place as pages show them: what was promised, every version of what was found, and its files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from django.conf import settings

from joinedup.register.actor import Actor
from joinedup.register.audit import Entry, audit
from joinedup.register.models import EvaluationPlan, EvidenceItem
from joinedup.register.models.evidence_item import EvidenceStatus
from joinedup.rules.foundation.errors import ConfigError, ReleaseError
from joinedup.rules.foundation.role import Ability
from joinedup.rules.programme.deviation import deviations
from joinedup.rules.programme.movement import Movement, movement
from joinedup.store.evaluation_results import REPORT, RESULT, EvaluationResults, Kept
from joinedup.store.protocols import FILE, Registration, registrations

#: Files of a version that can be taken away.
FILES: Final = (REPORT, RESULT)


@dataclass(frozen=True, slots=True)
class EvaluationListed:
    """One evaluation of the place.

    Attributes:
        registered: when its protocol was first registered, ISO; "" where it never was.
        latest: the newest version; None where there is none, or where it cannot be shown.
        fault: why it cannot be shown; "" where it can.
    """

    name: str
    title: str
    registered: str
    latest: Kept | None
    fault: str


@dataclass(frozen=True, slots=True)
class VersionShown:
    """One version with what moved since the one before.

    Attributes:
        moved: None for the first version.
        since: when the version before was run; "" for the first.
        count: how many versions there are.
    """

    kept: Kept
    moved: Movement | None
    since: str
    count: int


@dataclass(frozen=True, slots=True)
class Around:
    """What the register holds about an evaluation.

    Attributes:
        schemes: id and name of each scheme for which it is planned.
        evidence: its approved entry in the evidence base; "" where there is none.
        proposed: its entry that waits for a second person; None where none waits.
        may_tell: the viewer may make an entry of it.
    """

    schemes: tuple[tuple[str, str], ...]
    evidence: str
    proposed: int | None
    may_tell: bool


@dataclass(frozen=True, slots=True)
class ProtocolShown:
    """What was promised.

    Attributes:
        registered: every registration of the name, oldest first; the first is the promise.
        changes: how each registration departs from the first, in their order.
    """

    name: str
    title: str
    registered: tuple[Registration, ...]
    changes: tuple[tuple[str, ...], ...]


def evaluations(*, by: Actor) -> tuple[EvaluationListed, ...]:
    """Every evaluation that was registered or has a result, by title.

    Raises:
        Refused: the viewer may not see schemes.
    """
    by.require(Ability.SEE_SCHEMES)
    results, known = _results(), _registrations()
    if results is None:
        return ()
    names = dict.fromkeys([*(item.name for item in known), *results.names()])
    return tuple(sorted((_listed(name, results, known) for name in names), key=lambda item: item.title.lower()))


def problems(*, by: Actor) -> tuple[str, ...]:
    """What could not be run again on the last release.

    Raises:
        Refused: the viewer may not see schemes.
    """
    by.require(Ability.SEE_SCHEMES)
    results = _results()
    try:
        return results.problems() if results else ()
    except ReleaseError as exc:
        return (str(exc),)


def versions(name: str, *, by: Actor) -> tuple[VersionShown, ...]:
    """Every version, newest first; none where there is none.

    Raises:
        Refused: the viewer may not see schemes.
        ReleaseError: a version was altered.
    """
    by.require(Ability.SEE_SCHEMES)
    results = _results()
    found = results.versions(name) if results else ()
    pairs = zip(found, (None, *found), strict=False)  # each beside the one before it
    return tuple(reversed([_shown(kept, before, len(found)) for kept, before in pairs]))


def version(name: str, number: int | None = None, *, by: Actor) -> VersionShown | None:
    """One version, the newest where no number is given; None where there is none.

    Raises:
        Refused: the viewer may not see schemes.
        ReleaseError: a version was altered.
    """
    found = versions(name, by=by)
    return next((item for item in found if number is None or item.kept.number == number), None)


def around(name: str, *, by: Actor) -> Around:
    """What else the register holds about an evaluation: the schemes it is of, and its entry in the evidence base.

    Raises:
        Refused: the viewer may not see schemes.
    """
    by.require(Ability.SEE_SCHEMES)
    plans = EvaluationPlan.objects.filter(protocol=name, withdrawn_on__isnull=True).order_by("scheme__name")
    told = EvidenceItem.objects.filter(evaluation=name)
    approved = told.filter(status=EvidenceStatus.APPROVED).order_by("-number").first()
    proposed = told.filter(status=EvidenceStatus.PROPOSED).order_by("-number").first()
    return Around(
        schemes=tuple(dict.fromkeys(plans.values_list("scheme__slug", "scheme__name"))),
        evidence=approved.slug if approved else "",
        proposed=proposed.pk if proposed else None,
        may_tell=by.may(Ability.MANAGE_EVIDENCE),
    )


def file_of(name: str, number: int, file: str, *, by: Actor) -> bytes | None:
    """The content of a file of a version, written down as taken; None where there is none.

    Raises:
        Refused: the viewer may not see schemes.
        ReleaseError: the version was altered.
    """
    found = version(name, number, by=by)
    path = found.kept.folder / file if found and file in FILES else None
    if path is None or not path.is_file():
        return None
    content = path.read_bytes()
    audit(Entry("evaluation.taken", f"evaluation/{name}"[:120], detail={"version": number, "file": file}), by=by)
    return content


def protocol(name: str, *, by: Actor) -> ProtocolShown | None:
    """What was registered under a name; None where nothing was.

    Raises:
        Refused: the viewer may not see schemes.
        ConfigError: the registrations were altered.
    """
    by.require(Ability.SEE_SCHEMES)
    place = _place()
    found = tuple(item for item in registrations(place / "evaluations" / FILE) if item.name == name) if place else ()
    if not found:
        return None
    changes = tuple(deviations(found[0].content, item.content) for item in found)
    return ProtocolShown(name, found[-1].title, found, changes)


def _listed(name: str, results: EvaluationResults, known: tuple[Registration, ...]) -> EvaluationListed:
    latest, fault = None, ""
    try:
        latest = results.latest(name)
    except ReleaseError:
        fault = "Its result was altered or cannot be read, so it is not shown."
    own = [item for item in known if item.name == name]
    title = own[-1].title if own else str(_result(latest).get("title") or name)
    return EvaluationListed(name, title, own[0].time if own else "", latest, fault)


def _result(kept: Kept | None) -> Mapping[str, Any]:
    return kept.result if kept else {}


def _shown(kept: Kept, before: Kept | None, count: int) -> VersionShown:
    if before is None:
        return VersionShown(kept, None, "", count)
    moved = movement(before.result, kept.result, before.about, kept.about)
    return VersionShown(kept, moved, before.run_at, count)


def _registrations() -> tuple[Registration, ...]:
    """What was registered; nothing where the list was altered, which the protocol's own page says."""
    place = _place()
    try:
        return registrations(place / "evaluations" / FILE) if place else ()
    except ConfigError:
        return ()


def _results() -> EvaluationResults | None:
    place = _place()
    return EvaluationResults(place) if place else None


def _place() -> Path | None:
    folder: Path | None = settings.JOINEDUP_PLACE
    return folder
