"""Administrators manage organisations, users and roles, and nothing else; nobody gives a role to themselves."""

from __future__ import annotations

from datetime import date
from io import StringIO
from pathlib import Path

import pytest
from axes.models import AccessAttempt
from django.conf import LazySettings
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import IntegrityError, transaction

from joinedup.register.actions import area, organisation, post, team, user
from joinedup.register.actions.place_import import import_place
from joinedup.register.actor import Actor
from joinedup.register.audit import first_fault
from joinedup.register.clock import now, today
from joinedup.register.listing import Wanted
from joinedup.register.models import Area, AuditEvent, Organisation, Post, Succession, Team, User
from joinedup.register.queries.organisation import organisation_sheet, organisations
from joinedup.register.queries.role import roles
from joinedup.register.queries.user import invited, user_sheet, users
from joinedup.rules.foundation.errors import Conflict, Invalid, Refused
from joinedup.rules.foundation.role import ROLES, Role
from joinedup.store.place import load_place
from tests.place_on_disk import make_place
from tests.register.people import SINCE, actor, carer
from tests.register.people import organisation as some_organisation
from tests.register.people import team as some_team

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada() -> Actor:
    return actor(Role.ADMINISTRATOR, "ada")


def entry(name: str = "North Trust", **more: object) -> organisation.OrganisationEntry:
    return organisation.OrganisationEntry(**{"name": name, "kind": "trust", **more})  # type: ignore[arg-type]


def post_entry(
    role: Role = Role.ANALYST,
    team: Team | None = None,
    organisation: Organisation | None = None,
    valid_from: date = SINCE,
) -> post.PostEntry:
    return post.PostEntry(organisation or some_organisation(), role, team, valid_from)


def last_row() -> AuditEvent:
    return AuditEvent.objects.latest("sequence")


def faults_of(do: object) -> set[str]:
    with pytest.raises(Invalid) as refusal:
        do()  # type: ignore[operator]
    return set(refusal.value.fields)


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMINISTRATOR])
def test_no_other_role_manages_anything(role: Role) -> None:
    by = actor(role)
    someone, where = User.objects.create_user("someone"), some_organisation()
    attempts = (
        lambda: organisation.add(code="X", entry=entry(), by=by),
        lambda: area.add(code="X", entry=area.AreaEntry("X", "place"), by=by),
        lambda: team.add(organisation=where, entry=team.TeamEntry("X"), by=by),
        lambda: user.create(account="x", by=by),
        lambda: user.invite(user=someone, by=by),
        lambda: user.deactivate(user=someone, by=by),
        lambda: user.reset_second_factor(user=someone, by=by),
        lambda: post.grant(user=someone, entry=post_entry(), by=by),
        lambda: users(Wanted(), by=by),
        lambda: organisations(Wanted(), by=by),
    )
    before = AuditEvent.objects.count()
    for attempt in attempts:
        with pytest.raises(Refused):
            attempt()
    assert AuditEvent.objects.count() == before


def test_an_account_opens_by_a_link_that_works_once(ada: Actor) -> None:
    made = user.create(account="ruth", forename="Ruth", surname="Okoro", by=ada)
    code, token = user.invite(user=made, by=ada)
    assert invited(code, token) == made
    user.set_own_password(made, "seven quiet herons")
    assert invited(code, token) is None
    assert invited(code, "abc-def") is None
    assert invited("###", token) is None
    assert last_row().action == "user.password_set"


def test_the_trace_of_accounts_holds_no_link_and_no_name(ada: Actor) -> None:
    made = user.create(account="ruth", forename="Ruthmarker", surname="Okoromarker", by=ada)
    _, token = user.invite(user=made, by=ada)
    told = str(list(AuditEvent.objects.values_list("detail", "subject", "ground")))
    assert "marker" not in told
    assert token not in told


def test_an_account_name_is_given_once_whatever_its_case(ada: Actor) -> None:
    user.create(account="ruth", by=ada)
    assert faults_of(lambda: user.create(account="Ruth", by=ada)) == {"account"}
    assert faults_of(lambda: user.create(account="two words", email="none", by=ada)) == {"account", "email"}


def test_a_closed_account_keeps_its_posts_and_gets_no_link(ada: Actor) -> None:
    made = user.create(account="ruth", by=ada)
    post.grant(user=made, entry=post_entry(), by=ada)
    code, token = user.invite(user=made, by=ada)
    user.deactivate(user=made, by=ada)
    assert invited(code, token) is None
    assert made.posts.count() == 1
    with pytest.raises(Refused, match="closed"):
        user.invite(user=made, by=ada)


def test_nobody_closes_resets_or_invites_their_own_account(ada: Actor) -> None:
    own = User.objects.get(pk=ada.user_id)
    for do in (user.deactivate, user.reset_second_factor, user.invite):
        with pytest.raises(Refused, match="own"):
            do(user=own, by=ada)


def test_a_locked_account_is_shown_and_unlocked(ada: Actor) -> None:
    made = user.create(account="ruth", by=ada)
    AccessAttempt.objects.create(
        username="ruth", ip_address="192.0.2.1", failures_since_start=5, attempt_time=now(), user_agent="x"
    )
    assert user_sheet(made.pk, by=ada).status == "Locked"  # type: ignore[union-attr]
    user.unlock(user=made, by=ada)
    assert user_sheet(made.pk, by=ada).status == "Invited"  # type: ignore[union-attr]


def test_nobody_gives_a_role_to_themselves(ada: Actor) -> None:
    own = User.objects.get(pk=ada.user_id)
    with pytest.raises(Refused, match="yourself"):
        post.grant(user=own, entry=post_entry(Role.CARE_PROFESSIONAL, team=some_team()), by=ada)
    with pytest.raises(IntegrityError), transaction.atomic():
        Post.objects.create(
            user=own, organisation=some_organisation(), role="analyst", valid_from=SINCE, granted_by=own
        )


def test_a_role_that_opens_records_needs_a_team_of_that_organisation(ada: Actor) -> None:
    made = user.create(account="ruth", by=ada)
    care = Role.CARE_PROFESSIONAL
    assert faults_of(lambda: post.grant(user=made, entry=post_entry(care), by=ada)) == {"team"}
    elsewhere = post_entry(care, team=some_team(code="TRU2"))
    assert faults_of(lambda: post.grant(user=made, entry=elsewhere, by=ada)) == {"team"}
    assert post.grant(user=made, entry=post_entry(care, team=some_team()), by=ada).granted_by_id == ada.user_id


def test_a_role_is_held_once_and_can_be_given_again_after_it_ended(ada: Actor) -> None:
    made = user.create(account="ruth", by=ada)
    given = post.grant(user=made, entry=post_entry(), by=ada)
    assert faults_of(lambda: post.grant(user=made, entry=post_entry(), by=ada)) == {"role"}
    post.end(post=given, version=1, last_day=date(2024, 1, 1), by=ada)
    post.grant(user=made, entry=post_entry(), by=ada)
    assert made.posts.count() == 2
    assert [held.is_in_force for held in user_sheet(made.pk, by=ada).posts].count(True) == 1  # type: ignore[union-attr]


def test_the_second_of_two_who_end_a_post_is_told(ada: Actor) -> None:
    given = post.grant(user=user.create(account="ruth", by=ada), entry=post_entry(), by=ada)
    post.end(post=given, version=1, last_day=today(), by=ada)
    with pytest.raises(Conflict):
        post.end(post=Post.objects.get(pk=given.pk), version=1, last_day=date(2021, 1, 1), by=ada)


def test_a_place_is_never_left_without_an_administrator(ada: Actor) -> None:
    only = Post.objects.get(pk=ada.post_id)
    with pytest.raises(Refused, match="only administrator"):
        post.end(post=only, version=1, last_day=today(), by=ada)
    actor(Role.ADMINISTRATOR, "bea")
    post.end(post=only, version=1, last_day=today(), by=ada)


def test_a_post_at_an_organisation_that_has_ended_is_not_given(ada: Actor) -> None:
    ended = organisation.add(code="OLD", entry=entry(valid_to=date(2020, 1, 1)), by=ada)
    late = post_entry(organisation=ended, valid_from=date(2021, 1, 1))
    made = user.create(account="ruth", by=ada)
    assert faults_of(lambda: post.grant(user=made, entry=late, by=ada)) == {"organisation"}


def test_organisations_never_lie_inside_themselves(ada: Actor) -> None:
    top = organisation.add(code="TOP", entry=entry("Top"), by=ada)
    middle = organisation.add(code="MID", entry=entry("Middle", parent_id=top.pk), by=ada)
    low = organisation.add(code="LOW", entry=entry("Low", parent_id=middle.pk), by=ada)
    loop = entry("Top", parent_id=low.pk)
    assert faults_of(lambda: organisation.change(organisation=top, version=1, entry=loop, by=ada)) == {"parent"}
    listed = organisations(Wanted(order="name", descending=True), by=ada).rows
    assert [(row.name, row.parent) for row in listed][:1] == [("Top", "")]
    assert ("Low", "Middle") in {(row.name, row.parent) for row in listed}


def test_the_second_of_two_who_change_an_organisation_is_told(ada: Actor) -> None:
    row = organisation.add(code="X", entry=entry(), by=ada)
    organisation.change(organisation=Organisation.objects.get(pk=row.pk), version=1, entry=entry("First"), by=ada)
    with pytest.raises(Conflict):
        organisation.change(organisation=row, version=1, entry=entry("Second"), by=ada)
    assert Organisation.objects.get(pk=row.pk).name == "First"
    assert last_row().detail["after"]["name"] == "First"


def test_a_merger_ends_what_there_was_the_day_before(ada: Actor) -> None:
    old = [organisation.add(code=code, entry=entry(code, valid_from=SINCE), by=ada) for code in ("A", "B")]
    new = organisation.add(code="C", entry=entry("C"), by=ada)
    on = date(2024, 4, 1)
    organisation.succeed(kind="merger", predecessors=old, successors=[new], on=on, by=ada)
    assert {row.valid_to for row in Organisation.objects.filter(code__in="AB")} == {date(2024, 3, 31)}
    sheet = organisation_sheet(new.pk, by=ada)
    assert sheet is not None
    assert [(each.kind, each.other) for each in sheet.before] == [("Merger", "A"), ("Merger", "B")]
    assert last_row().detail == {"kind": "merger", "on": "2024-04-01", "from": ["A", "B"], "to": ["C"]}


@pytest.mark.parametrize(
    ("kind", "before", "after", "fault"),
    [
        ("merger", "A", "C", "kind"),
        ("split", "A", "C", "kind"),
        ("rename", "AB", "C", "kind"),
        ("rename", "A", "A", "successors"),
        ("flood", "A", "C", "kind"),
    ],
)
def test_a_succession_that_cannot_be_is_refused(kind: str, before: str, after: str, fault: str, ada: Actor) -> None:
    rows = {code: organisation.add(code=code, entry=entry(code), by=ada) for code in "ABC"}
    attempt = lambda: organisation.succeed(  # noqa: E731
        kind=kind,
        predecessors=[rows[code] for code in before],
        successors=[rows[code] for code in after],
        on=date(2024, 4, 1),
        by=ada,
    )
    assert fault in faults_of(attempt)
    assert not Succession.objects.exists()


def test_areas_nest_and_are_followed(ada: Actor) -> None:
    system = area.add(code="S", entry=area.AreaEntry("System", "system"), by=ada)
    place = area.add(code="P", entry=area.AreaEntry("Place", "place", parent_id=system.pk), by=ada)
    inside = area.AreaEntry("System", "system", parent_id=place.pk)
    assert faults_of(lambda: area.change(area=system, version=1, entry=inside, by=ada)) == {"parent"}
    open_end = area.AreaEntry("Place", "place", successor_id=system.pk)
    assert faults_of(lambda: area.change(area=place, version=1, entry=open_end, by=ada)) == {"valid_to"}


def test_two_teams_of_one_organisation_have_two_names(ada: Actor) -> None:
    where = some_organisation()
    made = team.add(organisation=where, entry=team.TeamEntry("Frailty team"), by=ada)
    assert faults_of(lambda: team.add(organisation=where, entry=team.TeamEntry("Frailty team"), by=ada)) == {"name"}
    team.change(team=made, entry=team.TeamEntry("Frailty team", phone="020 7946 0000"), by=ada)
    assert last_row().detail["after"]["phone"] == "020 7946 0000"


def test_the_places_files_come_in_once(tmp_path: Path, ada: Actor) -> None:
    place = load_place(make_place(tmp_path / "micro", files={}))
    first = import_place(place, by=ada)
    assert (first.organisations, first.areas) == (1, 8)  # TRU1 is there already
    Organisation.objects.filter(code="BRD1").update(name="Renamed here")
    before = AuditEvent.objects.count()
    again = import_place(place, by=ada)
    assert (again.organisations, again.areas, AuditEvent.objects.count()) == (0, 0, before)
    assert Organisation.objects.get(code="BRD1").name == "Renamed here"
    assert Area.objects.get(code="NBH1").parent == Area.objects.get(code="PLA1")


def test_a_merger_in_the_places_files_is_a_succession(tmp_path: Path) -> None:
    folder = make_place(tmp_path / "micro", files={})
    (folder / "organisations.csv").write_text(
        "code,name,kind,parent,valid_from,valid_to,successor\n"
        "G1,First group,commissioner,,2013-04-01,2022-06-30,B1\n"
        "G2,Second group,commissioner,,2013-04-01,2022-06-30,B1\n"
        "B1,Board,board,,2022-07-01,,\n"
    )
    import_place(load_place(folder), by=None)
    assert {(row.kind, row.on) for row in Succession.objects.all()} == {("merger", date(2022, 7, 1))}
    assert Organisation.objects.get(code="G1").kind == "ccg"


def test_the_first_administrator_is_made_on_the_command_line(tmp_path: Path, settings: LazySettings) -> None:
    settings.JOINEDUP_PLACE = make_place(tmp_path / "micro", files={})
    said = StringIO()
    call_command("create_administrator", "first", stdout=said)
    made = User.objects.get(username="first")
    assert [(held.role, held.organisation.code, held.granted_by) for held in made.posts.all()] == [
        ("administrator", "micro", None)
    ]
    code, token = said.getvalue().strip().rstrip("/").split("/")[-2:]
    assert invited(code, token) == made
    call_command("create_administrator", "first", stdout=said)
    assert made.posts.count() == 1
    with pytest.raises(CommandError, match="no organisation NOWHERE"):
        call_command("create_administrator", "second", "--organisation", "NOWHERE")
    assert not User.objects.filter(username="second").exists()


def test_the_page_of_roles_tells_every_role_with_its_holders() -> None:
    carer()
    told = {role.role: role for role in roles()}
    assert set(told) == set(ROLES)
    assert told[Role.CARE_PROFESSIONAL].holders == 1
    assert "open the record of a person they care for" in told[Role.CARE_PROFESSIONAL].abilities


def test_the_chain_holds_after_all_of_it(ada: Actor) -> None:
    made = user.create(account="ruth", by=ada)
    post.grant(user=made, entry=post_entry(), by=ada)
    user.deactivate(user=made, by=ada)
    user.activate(user=made, by=ada)
    assert first_fault() is None
