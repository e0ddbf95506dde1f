"""Emergency access: asked for in words, open for a while, told to the teams, reviewed by somebody else."""

from __future__ import annotations

from datetime import timedelta

import pytest

from joinedup.register.access import RecordClosed, Subject, decide_for, open_record
from joinedup.register.actions.emergency import Request, begin_emergency, end_emergency, review_emergency
from joinedup.register.actor import Actor
from joinedup.register.models import AuditEvent, EmergencyAccess, Notice, Objection, Post
from joinedup.rules.care.access import Purpose, Sensitivity
from joinedup.rules.foundation.errors import Conflict, Invalid, Refused
from joinedup.rules.foundation.role import Ability, Role, allows
from tests.register.people import PERSON, SINCE, actor, carer, cares_for, team

pytestmark = pytest.mark.django_db
SUBJECT = Subject(PERSON, frozenset({PERSON, 6_999}))
REASON = "Found on the floor at home, cannot speak for herself"


def begin(by: Actor, **values: object) -> EmergencyAccess:
    return begin_emergency(subject=SUBJECT, request=Request(reason=REASON, **values), by=by)  # type: ignore[arg-type]


def over(access: EmergencyAccess) -> EmergencyAccess:
    """Let its time pass."""
    access.granted_at -= timedelta(days=1)
    access.expires_at -= timedelta(days=1)
    access.save()
    return access


def test_it_opens_the_record_to_its_user_and_tells_every_team_that_cares() -> None:
    cares_for(team("District nurses"), person_id=6_999)
    by = carer()
    begin(by)
    grant = open_record(SUBJECT, Purpose.DIRECT_CARE, "person", by=by)
    assert grant.hidden >= {Sensitivity.SEXUAL_HEALTH, Sensitivity.DOMESTIC_ABUSE, Sensitivity.ADOPTION}
    notice = Notice.objects.get()
    assert notice.team.name == "District nurses"
    assert REASON in notice.text
    assert list(AuditEvent.objects.order_by("sequence").values_list("action", flat=True)) == [
        "emergency.begun",
        "record.opened",
    ]


def test_the_trace_keeps_no_word_of_the_reason() -> None:
    begin(carer())
    assert REASON not in str(list(AuditEvent.objects.values()))


def test_it_opens_nothing_to_a_colleague() -> None:
    begin(carer())
    with pytest.raises(RecordClosed):
        open_record(SUBJECT, Purpose.DIRECT_CARE, "person", by=carer("colleague"))


def test_it_ends_by_itself() -> None:
    by = carer()
    over(begin(by))
    with pytest.raises(RecordClosed):
        open_record(SUBJECT, Purpose.DIRECT_CARE, "person", by=by)


def test_its_user_ends_it_and_only_they() -> None:
    by = carer()
    access = begin(by)
    with pytest.raises(Refused):
        end_emergency(access_id=access.pk, by=carer("colleague"))
    end_emergency(access_id=access.pk, by=by)
    end_emergency(access_id=access.pk, by=by)
    assert not decide_for(SUBJECT, Purpose.DIRECT_CARE, by=by).is_open
    assert AuditEvent.objects.filter(action="emergency.ended").count() == 1


def test_asking_twice_neither_prolongs_nor_widens_it() -> None:
    by = carer()
    first = begin(by, scope="essentials")
    assert begin(by, hours=12).pk == first.pk
    assert EmergencyAccess.objects.get().scope == "essentials"


def test_it_opens_the_record_of_somebody_who_objects_even_to_their_own_team() -> None:
    by = carer()
    cares_for(team())
    Objection.objects.create(person_id=PERSON, kind="record", valid_from=SINCE)
    assert decide_for(SUBJECT, Purpose.DIRECT_CARE, by=by).may_ask
    begin(by)
    assert decide_for(SUBJECT, Purpose.DIRECT_CARE, by=by).is_open
    assert not decide_for(SUBJECT, Purpose.HOUSEHOLD_SUPPORT, by=by).is_open


@pytest.mark.parametrize(
    ("reason", "scope", "hours", "field"),
    [("too short", "record", 2, "reason"), (REASON, "all", 2, "scope"), (REASON, "record", 13, "hours")],
)
def test_it_is_not_given_without_reason_scope_and_limit(reason: str, scope: str, hours: int, field: str) -> None:
    with pytest.raises(Invalid) as refusal:
        begin_emergency(subject=SUBJECT, request=Request(reason, scope, hours), by=carer())
    assert set(refusal.value.fields) == {field}
    assert not EmergencyAccess.objects.exists()


@pytest.mark.parametrize("role", [role for role in Role if not allows(role, Ability.EMERGENCY)])
def test_no_other_role_gets_it(role: Role) -> None:
    with pytest.raises(Refused):
        begin(actor(role, of=team()))


def review(access: EmergencyAccess, by: Actor) -> EmergencyAccess:
    return review_emergency(access_id=access.pk, outcome="justified", remark="The ambulance record agrees", by=by)


def test_a_guardian_reviews_it_once_and_for_all() -> None:
    access = over(begin(carer()))
    guardian = actor(Role.GUARDIAN, code="BRD1")
    assert review(access, guardian).outcome == "justified"
    with pytest.raises(Conflict):
        review(access, actor(Role.GUARDIAN, "second", code="BRD1"))


def test_nobody_reviews_it_while_it_is_open() -> None:
    with pytest.raises(Conflict):
        review(begin(carer()), actor(Role.GUARDIAN, code="BRD1"))


def test_its_user_does_not_review_it_in_another_post() -> None:
    access = over(begin(carer("both")))
    with pytest.raises(Refused, match="yourself"):
        review(access, actor(Role.GUARDIAN, "both", code="BRD1"))


def test_nobody_of_the_same_team_reviews_it() -> None:
    access = over(begin(carer()))
    carer("near")
    with pytest.raises(Refused, match="team"):
        review(access, actor(Role.GUARDIAN, "near", code="BRD1"))


def test_whoever_gave_the_post_does_not_review_its_use() -> None:
    guardian = actor(Role.GUARDIAN, code="BRD1")
    by = carer()
    Post.objects.filter(pk=by.post_id).update(granted_by_id=guardian.user_id)
    with pytest.raises(Refused, match="gave the post"):
        review(over(begin(by)), guardian)


def test_a_review_says_what_it_rests_on() -> None:
    access = over(begin(carer()))
    with pytest.raises(Invalid) as refusal:
        review_emergency(access_id=access.pk, outcome="", remark=" ", by=actor(Role.GUARDIAN, code="BRD1"))
    assert set(refusal.value.fields) == {"outcome", "remark"}


def test_a_role_that_does_not_review_is_refused() -> None:
    with pytest.raises(Refused):
        review(over(begin(carer())), actor(Role.ADMINISTRATOR, code="BRD1"))
