"""Forms sent twice and things edited by two people: nothing is written twice, nothing is overwritten unseen."""

from __future__ import annotations

from datetime import date

import pytest

from joinedup.register.models import Area, Submission
from joinedup.register.once import Answer, once
from joinedup.register.versions import change
from joinedup.rules.foundation.errors import Conflict
from joinedup.rules.foundation.role import Role
from tests.register.people import actor

pytestmark = pytest.mark.django_db


def make_area(code: str) -> Answer:
    return {"area": Area.objects.create(code=code, name=code, kind="place").pk}


def test_a_form_sent_twice_writes_once_and_answers_alike() -> None:
    by = actor(Role.ADMINISTRATOR)
    answers = [once("key-1", "area.create", {"code": "A"}, lambda: make_area("A"), by=by) for _ in range(2)]
    assert answers[0] == answers[1]
    assert Area.objects.count() == Submission.objects.count() == 1


def test_a_key_used_for_other_content_is_refused() -> None:
    by = actor(Role.ADMINISTRATOR)
    once("key-1", "area.create", {"code": "A"}, lambda: make_area("A"), by=by)
    with pytest.raises(Conflict):
        once("key-1", "area.create", {"code": "B"}, lambda: make_area("B"), by=by)
    assert not Area.objects.filter(code="B").exists()


def test_one_key_of_two_people_is_two_keys() -> None:
    for account, code in (("one", "A"), ("two", "B")):
        by = actor(Role.ADMINISTRATOR, account)
        once("key-1", "area.create", {"code": code}, lambda code=code: make_area(code), by=by)  # type: ignore[misc]
    assert Area.objects.count() == 2


def test_an_action_that_fails_leaves_no_key() -> None:
    by = actor(Role.ADMINISTRATOR)

    def fail() -> Answer:
        make_area("A")
        raise Conflict("no")

    with pytest.raises(Conflict):
        once("key-1", "area.create", {"code": "A"}, fail, by=by)
    assert Area.objects.count() == Submission.objects.count() == 0


def test_the_second_of_two_editors_is_told() -> None:
    area = Area.objects.create(code="A", name="before", kind="place", valid_from=date(2020, 1, 1))
    stale = Area.objects.get(pk=area.pk)
    change(area, 1, name="first")
    with pytest.raises(Conflict):
        change(stale, 1, name="second")
    assert Area.objects.get(pk=area.pk).name == "first"
    assert (area.name, area.version) == ("first", 2)
