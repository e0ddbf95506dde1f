"""My caseload: the people of one's own team and nobody else, by name, with one row in the trace that names them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from io import BytesIO

import openpyxl
import pytest
from django.test import Client
from django.utils import timezone

from joinedup.register.access import open_record
from joinedup.register.actions.task import TaskText, create_task
from joinedup.register.clock import today
from joinedup.register.models import AuditEvent, CareRelationship, Notice, Objection, User
from joinedup.register.people import subject_of
from joinedup.rules.care.access import Purpose
from joinedup.rules.foundation.identifier import display_person_id
from joinedup.rules.foundation.role import Ability, Role, allows
from tests.place_on_disk import SURNAME
from tests.register.people import SINCE, actor, carer, cares_for, team
from tests.web.caseload.conftest import signed_in

pytestmark = pytest.mark.django_db
CASELOAD = "/caseload/"


def named() -> AuditEvent:
    return AuditEvent.objects.filter(action="people.named").latest("sequence")


def test_a_carer_sees_their_teams_people_by_name_and_one_row_names_them_all(pages: Client, people: list[int]) -> None:
    page = pages.get(CASELOAD)
    assert page.status_code == 200
    assert page.content.decode().count(SURNAME) >= 3
    assert set(named().people) == {str(person) for person in people[:3]}
    assert SURNAME not in str(named().detail)
    assert page["Cache-Control"] == "no-store, private"


def test_nobody_of_another_team_is_shown(people: list[int]) -> None:
    cares_for(team("Other team"), people[10])
    page = signed_in("stranger", "Other team").get(CASELOAD).content.decode()
    assert display_person_id(people[10]) in page
    assert not any(display_person_id(person) in page for person in people[:3])


def test_a_relationship_that_ended_leaves_the_caseload(pages: Client, people: list[int]) -> None:
    CareRelationship.objects.filter(person_id=people[0]).update(valid_to=SINCE)
    assert display_person_id(people[0]) not in pages.get(CASELOAD).content.decode()


def test_somebody_who_objects_to_sharing_is_not_named(pages: Client, people: list[int]) -> None:
    Objection.objects.create(person_id=people[0], kind="record", valid_from=SINCE)
    page = pages.get(CASELOAD).content.decode()
    assert "(objects to sharing)" in page
    assert str(people[0]) not in named().people


@pytest.mark.parametrize("role", [role for role in Role if not allows(role, Ability.OPEN_RECORD)])
def test_other_roles_have_no_caseload(people: list[int], role: Role, client: Client) -> None:
    client.force_login(_user(actor(role, of=team()).user_id))
    assert client.get(CASELOAD).status_code in (302, 403)
    assert not AuditEvent.objects.filter(action="people.named").exists()


def test_a_provider_user_sees_only_who_was_referred_to_them(people: list[int], client: Client) -> None:
    cares_for(team("Provider", "PRV1"), people[20], kind="referred")
    client.force_login(_user(actor(Role.PROVIDER_USER, of=team("Provider", "PRV1")).user_id))
    page = client.get(CASELOAD).content.decode()
    assert named().people == [str(people[20])]
    assert "Your team cares for 1 person." in page


def test_what_came_in_since_the_carer_looked_is_told(pages: Client, people: list[int]) -> None:
    subject = subject_of(people[0])
    assert subject is not None
    open_record(subject, Purpose.DIRECT_CARE, "person", by=carer())
    shown = pages.get(CASELOAD).content.decode()
    assert "Nothing since" in shown
    assert shown.count("Not opened by you yet") == 2
    only_new = pages.get(CASELOAD + "?show=new").content.decode()
    assert display_person_id(people[0]) not in only_new


def test_whoever_looked_long_ago_is_told_how_much_came_in(
    pages: Client, people: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    subject = subject_of(people[0])
    assert subject is not None
    with monkeypatch.context() as earlier:
        earlier.setattr("joinedup.register.audit.now", lambda: datetime(2024, 5, 1, tzinfo=UTC))
        open_record(subject, Purpose.DIRECT_CARE, "person", by=carer())
    page = pages.get(CASELOAD + "?show=changed").content.decode()
    assert "About 1 person something came in" in page
    assert re.search(r"[1-9]\d* new, last received \d+ \w+ 2024", page)
    assert display_person_id(people[1]) not in page


def test_tasks_and_how_late_they_are_are_counted(pages: Client, people: list[int]) -> None:
    task = create_task(person_id=people[0], text=TaskText("Ring the ward", today()), by=carer())
    type(task).objects.filter(pk=task.pk).update(due=today() - timedelta(days=1))
    page = pages.get(CASELOAD).content.decode()
    assert "1 task is late" in page
    late = pages.get(CASELOAD + "?show=late").content.decode()
    assert display_person_id(people[0]) in late
    assert display_person_id(people[1]) not in late


def test_a_file_holds_what_is_seen_and_is_written_down(pages: Client, people: list[int]) -> None:
    answer = pages.get(CASELOAD + "?export=xlsx")
    sheet = openpyxl.load_workbook(BytesIO(answer.content)).active
    assert sheet is not None
    assert sheet.max_row == 4
    exported = AuditEvent.objects.get(action="list.exported")
    assert set(exported.people) == {str(person) for person in people[:3]}


def test_a_search_by_name_is_not_kept_in_the_trace(pages: Client) -> None:
    page = pages.get(CASELOAD, {"q": SURNAME.lower()}).content.decode()
    assert "3 people" in page
    pages.get(CASELOAD, {"q": SURNAME, "export": "csv"})
    assert not any(SURNAME.lower() in str(vars(row)).lower() for row in AuditEvent.objects.all())


def test_a_notice_is_marked_seen_once_by_its_own_team(pages: Client, people: list[int]) -> None:
    notice = Notice.objects.create(team=team(), person_id=people[0], text="Emergency access", at=timezone.now())
    assert "Emergency access" in pages.get(CASELOAD).content.decode()
    stranger = signed_in("stranger", "Other team")
    assert stranger.post(f"/caseload/notices/{notice.pk}/seen/").status_code == 403
    for _ in range(2):
        assert pages.post(f"/caseload/notices/{notice.pk}/seen/").status_code == 303
    assert AuditEvent.objects.filter(action="notice.seen").count() == 1
    assert "Emergency access" not in pages.get(CASELOAD).content.decode()
    assert "seen by carer" in pages.get("/caseload/notices/?state=seen").content.decode()


def _user(pk: int) -> User:
    return User.objects.get(pk=pk)
