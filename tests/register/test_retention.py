"""Retention: rules with a basis, which reach old releases and never the current one."""

from __future__ import annotations

import json
import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import LazySettings

from joinedup.register.actions.retention import apply_retention, set_retention
from joinedup.register.actor import Actor
from joinedup.register.clock import now
from joinedup.register.models import AuditEvent, Submission
from joinedup.rules.foundation.errors import Conflict, Invalid, Refused
from joinedup.rules.foundation.role import Role
from joinedup.store.release import current_release
from tests.register.people import actor

pytestmark = pytest.mark.django_db
BASIS = "NHS England records management code"


def guardian() -> Actor:
    return actor(Role.GUARDIAN)


def keep(days: int | None, releases: int | None, subject: str = "releases", version: int = 0) -> None:
    set_retention(subject=subject, keep_days=days, keep_releases=releases, basis=BASIS, version=version, by=guardian())


@pytest.fixture
def place(built: Path, tmp_path: Path, settings: LazySettings) -> Path:
    """The built place with three earlier releases of the years before."""
    copy = Path(shutil.copytree(built, tmp_path / "place"))
    current = copy / "releases" / current_release(copy)
    for year in (2021, 2022, 2023):
        old = copy / "releases" / f"{year}0101-0000000000"
        told = json.loads((current / "manifest.json").read_text())
        told |= {"release": old.name, "built_at": f"{year}-01-01T00:00:00+00:00"}
        told["objects"] = {**told["objects"], "facts/old": [f"{year}" * 16]}
        old.mkdir()
        (old / "manifest.json").write_text(json.dumps(told))
        (copy / "objects" / f"{f'{year}' * 16}.parquet").write_bytes(b"old")
    settings.JOINEDUP_PLACE = copy
    return copy


def left(place: Path) -> list[str]:
    return sorted(path.parent.name[:4] for path in (place / "releases").glob("*/manifest.json"))


def test_releases_beyond_the_number_go_with_the_facts_that_only_they_named(place: Path) -> None:
    keep(None, 2)
    applied = apply_retention(by=None)
    assert left(place) == ["2023", current_release(place)[:4]]
    assert (applied.releases, applied.objects) == (("20210101-0000000000", "20220101-0000000000"), 2)
    assert AuditEvent.objects.filter(action="retention.applied").count() == 1


def test_releases_beyond_their_days_go_and_the_current_one_stays(place: Path) -> None:
    keep(1, None)
    apply_retention(by=None)
    assert left(place) == [current_release(place)[:4]]


def test_without_a_rule_nothing_goes(place: Path) -> None:
    assert apply_retention(by=None).releases == ()
    assert len(left(place)) == 4


def test_keys_of_forms_go_after_their_days(place: Path) -> None:
    by = guardian()
    for days in (5, 50):
        Submission.objects.create(
            key=f"k{days}", user_id=by.user_id, action="x", fingerprint="f", at=now() - timedelta(days=days)
        )
    keep(30, None, "submissions")
    assert apply_retention(by=None).submissions == 1


@pytest.mark.parametrize(
    ("subject", "days", "releases"),
    [("releases", None, None), ("releases", 5, 5), ("releases", 0, None), ("releases", None, 0),
     ("submissions", None, 3), ("trace", 5, None)],
)  # fmt: skip
def test_a_rule_says_days_or_releases_of_a_known_thing(subject: str, days: int | None, releases: int | None) -> None:
    with pytest.raises(Invalid):
        keep(days, releases, subject)


def test_a_rule_that_changed_meanwhile_is_not_overwritten() -> None:
    keep(None, 3)
    keep(None, 4, version=1)
    with pytest.raises(Conflict):
        keep(None, 5, version=1)


def test_other_roles_set_no_rules() -> None:
    with pytest.raises(Refused):
        set_retention(
            subject="releases", keep_days=1, keep_releases=None, basis=BASIS, version=0, by=actor(Role.AUDITOR)
        )
