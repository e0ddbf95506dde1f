"""How long things are kept: rules with their basis, and their application, which reaches old releases."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Final

from django.conf import settings
from django.db import IntegrityError, transaction

from joinedup.register.actor import Actor
from joinedup.register.audit import Entry, audit
from joinedup.register.clock import now, today
from joinedup.register.models import RetentionRule, Submission
from joinedup.register.versions import change
from joinedup.rules.foundation.errors import ConfigError, Conflict, Invalid
from joinedup.rules.foundation.role import Ability
from joinedup.store.place import load_place
from joinedup.store.release import Keeping, build_lock, collect


class Kept(StrEnum):
    """What rules are about: the closed list."""

    RELEASES = "releases"
    SUBMISSIONS = "submissions"


LABELS: Final = {
    Kept.RELEASES: "Old releases, with the facts about people in them",
    Kept.SUBMISSIONS: "Keys of forms that were sent, which keep a double click from counting twice",
}


@dataclass(frozen=True, slots=True)
class Applied:
    """What the rules removed.

    Attributes:
        releases: ids of releases that are gone.
        objects: how many of their files went with them.
        submissions: how many keys of forms.
    """

    releases: tuple[str, ...] = ()
    objects: int = 0
    submissions: int = 0


def set_retention(
    *, subject: str, keep_days: int | None, keep_releases: int | None, basis: str, version: int, by: Actor
) -> RetentionRule:
    """Say how long something is kept, in days or in number of releases, and by what right.

    Args:
        subject: of the closed list.
        keep_days: days; None where releases are counted.
        keep_releases: how many, the current one included; only for releases.
        basis: the law or schedule that says so.
        version: of the rule that was on the screen; 0 for a new one.
        by: who.

    Raises:
        Refused: the role manages no flows.
        Invalid: neither or both are given, or no basis.
        Conflict: somebody changed the rule meanwhile.
    """
    by.require(Ability.MANAGE_FLOWS)
    _check(subject, keep_days, keep_releases, basis)
    told = {"keep_days": keep_days, "keep_releases": keep_releases, "basis": basis.strip()[:300]}
    label = LABELS[Kept(subject)]
    try:
        with transaction.atomic():
            rule = RetentionRule.objects.select_for_update().filter(subject=subject).first()
            before = {"keep_days": rule.keep_days, "keep_releases": rule.keep_releases} if rule else {}
            if rule is None:
                rule = RetentionRule.objects.create(subject=subject, label=label, **told)
            else:
                change(rule, version, label=label, **told)
            after = {"keep_days": keep_days, "keep_releases": keep_releases}
            audit(Entry("retention.set", f"retention/{subject}", detail={"before": before, "after": after}), by=by)
    except IntegrityError as error:
        raise Conflict("Somebody else set this rule meanwhile.") from error
    return rule


def apply_retention(*, by: Actor | None) -> Applied:
    """Remove what the rules no longer keep; the current release always stays.

    Releases that place.toml no longer keeps are removed by every build; the stricter of the two rules holds.

    Raises:
        ConfigError: no place is served.
        PlaceError: a build is under way.
    """
    rules = {Kept(rule.subject): rule for rule in RetentionRule.objects.filter(subject__in=list(Kept))}
    releases, objects = _collect(rules.get(Kept.RELEASES))
    with transaction.atomic():
        removed = _forget(rules.get(Kept.SUBMISSIONS))
        applied = Applied(releases, objects, removed)
        told = {"releases": list(releases), "objects": objects, "submissions": removed}
        audit(Entry("retention.applied", "retention/all", detail=told), by=by)
    return applied


def _collect(rule: RetentionRule | None) -> tuple[tuple[str, ...], int]:
    folder: Path | None = settings.JOINEDUP_PLACE
    if folder is None:
        raise ConfigError("no place is served; use `joinedup manage DIR apply_retention`")
    if rule is None or not (folder / "current").exists():
        return (), 0
    since = None if rule.keep_days is None else today() - timedelta(days=rule.keep_days)
    keeping = Keeping(rule.keep_releases, datetime.combine(since, time.min, UTC) if since else None)
    place = load_place(folder)
    with build_lock(place):
        before = {path.parent.name for path in place.releases.glob("*/manifest.json")}
        objects = collect(place, keeping)
        after = {path.parent.name for path in place.releases.glob("*/manifest.json")}
    return tuple(sorted(before - after)), objects


def _forget(rule: RetentionRule | None) -> int:
    if rule is None or rule.keep_days is None:
        return 0
    return Submission.objects.filter(at__lt=now() - timedelta(days=rule.keep_days)).delete()[0]


def _check(subject: str, keep_days: int | None, keep_releases: int | None, basis: str) -> None:
    faults = {}
    if subject not in set(Kept):
        faults["subject"] = "Choose what the rule is about"
    if (keep_days is None) == (keep_releases is None):
        faults["keep_days"] = "Say either how many days or how many releases"
    elif keep_releases is not None and subject != Kept.RELEASES:
        faults["keep_releases"] = "Only releases are kept by their number"
    if keep_days is not None and keep_days < 1:
        faults["keep_days"] = "Keep it for one day or more"
    if keep_releases is not None and keep_releases < 1:
        faults["keep_releases"] = "Keep one release or more: the current one always stays"
    if len(basis.strip()) < 5:
        faults["basis"] = "Say which law or schedule asks for it"
    if faults:
        raise Invalid(faults)
