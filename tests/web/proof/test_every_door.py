"""Every address x every role x every tie: who comes in, what the trace says of it, and no name where none may be."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest
from django.conf import LazySettings
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from joinedup.register.models import AuditEvent
from joinedup.register.scope import Scope, offered
from joinedup.rules.care.access import Purpose
from joinedup.rules.foundation.role import Ability, Role
from joinedup.web import evidence
from tests.place_on_disk import FORENAME, POSTCODE, STREET, SURNAME, nhs_number
from tests.web.proof.doors import (
    ALWAYS,
    NOT_THERE,
    REFUSED,
    SHOWN,
    Door,
    Expected,
    of_team,
    opened,
    plain,
    record,
    scoped,
)
from tests.web.proof.world import SOMEBODY, Someone, Tie, World

pytestmark = pytest.mark.django_db
MARKERS: Final = (SURNAME, FORENAME, STREET, f"{POSTCODE} ")  # a lone postcode could be part of a random key
NOBODY: Final = Expected(200)
REFUSALS: Final = frozenset({"page.refused", "record.refused", "people.refused", "api.refused"})


def own_emergency(who: Someone) -> Expected:
    """Only one's own emergency access can be ended."""
    return Expected(303, names=1) if who.tie is Tie.EMERGENCY else REFUSED


def restrictions(who: Someone) -> Expected:
    """They show nobody's name; a guardian, who opens no record, needs no tie."""
    return replace(opened(who), shows=False) if who.may(Ability.OPEN_RECORD) else Expected(200, names=1)


def looks(who: Someone) -> Expected:
    """Who looked, without a name; who may only draw samples must say so first."""
    return events(who) if who.may(Ability.OPEN_RECORD) else Expected(302)


def events(who: Someone) -> Expected:
    """The record opens, and what is shown of it has no name."""
    return replace(opened(who), shows=False)


def drawn(who: Someone) -> Expected:
    """An auditor opens whom a sample drew, unless they have to do with the person themselves."""
    return SHOWN if who.tie is Tie.NONE else Expected(403, names=1, refusals=1)


def trace_seers(who: Someone) -> Expected:
    """Nobody else learns whether there is one."""
    return Expected(200) if who.may(Ability.SEE_AUDIT) else NOT_THERE


def own_post(who: Someone) -> Expected:
    """A token is made of a post that offers something to programs."""
    return Expected(200) if offered(who.by, by=who.by) else NOT_THERE


def any_post(who: Someone) -> Expected:
    """Straight on to the only post, which for an administrator is another's."""
    if who.may(Ability.MANAGE_USERS):
        return Expected(303)
    return Expected(303) if offered(who.by, by=who.by) else REFUSED


def work_of_team(who: Someone) -> Expected:
    """Programs are told pseudonyms, of the caring team's own people."""
    return Expected(200, names=1) if who.tie is Tie.CARE else NOBODY


def task_of_team(who: Someone) -> Expected:
    """Another team's task is told apart from none by nobody."""
    return Expected(200, names=1) if who.tie is Tie.CARE else NOT_THERE


def task_made(who: Someone) -> Expected:
    """For people of the team's caseload only."""
    return Expected(201, names=1) if who.tie is Tie.CARE else REFUSED


FORM: Final = plain(ties=ALWAYS)
TASK: Final = {"person": "{person}", "title": "Ring", "due": "2024-07-25"}
PUBLIC: Final = dict.fromkeys(
    ("overview", "quality", "linkage", "releases", "about", "programs", "measure", "api:openapi-json",
     "api:list_measures", "api:read_measure", "api:list_points", "evidence", "evidence_what_works", "evidence_cell",
     "evidence_item", "api:list_evidence", "api:read_evidence"), plain()
)  # fmt: skip
DOORS: Final[Mapping[str, Door]] = {
    **PUBLIC,
    "findings": plain(404), "explanation": plain(404), "api:explain": plain(404), "api:api-root": plain(404),
    # people
    "people": plain(),
    "person": record(), "person_timeline": record(), "person_costs": record(), "person_looked": Door(looks, ALWAYS),
    "person_purpose": FORM,
    "person_household": record(Purpose.HOUSEHOLD_SUPPORT, "post", ground="early_help"),
    "person_copy": record(Purpose.SUBJECT_ACCESS),
    "person_emergency": FORM, "person_emergency_finish": Door(own_emergency, ALWAYS, "post"),
    "person_care": FORM, "person_referral": FORM,
    "person_care_end": of_team(Expected(200)), "person_care_parts": Door(restrictions, ALWAYS),
    "person_restrictions": Door(restrictions, ALWAYS), "person_restriction_lift": FORM,
    # caseload
    "caseload": of_team(others=NOBODY), "notices": of_team(others=NOBODY), "tasks": of_team(others=NOBODY),
    "notice_seen": Door(lambda who: Expected(303, names=1) if who.tie is Tie.CARE else REFUSED, ALWAYS, "post"),
    "task": of_team(), "task_edit": of_team(), "task_close": of_team(), "task_reopen": of_team(),
    "task_new": of_team(others=Expected(403, names=1, refusals=1)),
    "meetings": FORM, "meeting_new": FORM,
    "meeting": of_team(), "meeting_add": of_team(), "meeting_close": of_team(Expected(200, names=1)),
    "meeting_notes": of_team(), "meeting_action": of_team(),
    # administration
    **dict.fromkeys(
        ("users", "new_user", "user", "change_user", "confirm_user", "new_post", "end_post", "organisations",
         "new_organisation", "import_place", "organisation", "change_organisation", "new_team", "new_succession",
         "change_team", "areas", "new_area", "change_area", "launch_keys", "new_launch_key", "end_launch_key",
         "roles"), plain()
    ),
    # oversight
    **dict.fromkeys(
        ("oversight", "identity_pairs", "identity_decisions", "identity_people", "identity_records",
         "identity_withdraw", "flows", "flow_templates", "flow_new", "flow_from_template", "flow", "flow_decide",
         "flow_end", "objections", "objection_new", "retention", "retention_rule", "trace", "trace_event",
         "emergencies", "emergency_review", "samples", "sample_new", "sample"), plain()
    ),
    "identity_pair": Door(lambda who: SHOWN, ALWAYS),
    "objection_end": Door(trace_seers),
    "trace_check": plain(method="post"), "trace_head": plain(method="post"),
    "sampled_record": Door(drawn, ALWAYS),
    # schemes
    **dict.fromkeys(
        ("schemes", "scheme_new", "scheme_alerts", "scheme", "scheme_edit", "scheme_spend", "scheme_line",
         "scheme_report", "scheme_line_end", "evaluation_new", "evaluation_withdraw", "claims", "claim", "claim_new",
         "claim_edit", "claim_say", "reduction_new", "reduction_decide", "evidence_gaps", "evidence_new",
         "evidence_version", "evidence_decide", "evidence_correct", "evidence_withdraw"), plain()
    ),
    **dict.fromkeys(
        ("evidence_from", "evaluations", "evaluation", "evaluation_versions", "evaluation_protocol",
         "evaluation_version", "evaluation_file"), plain()
    ),
    # work
    "jobs": plain(), "new_job": plain(), "job": plain(),
    "cancel_job": plain(), "retry_job": plain(),
    "tokens": plain(), "choose_token_post": Door(any_post), "new_token": Door(own_post), "revoke_token": plain(),
    # programs
    "api:search_people": scoped(Scope.PEOPLE_SEARCH, lambda who: SHOWN, nhs_number=nhs_number(SOMEBODY)),
    "api:read_person": scoped(Scope.PEOPLE_READ, opened), "api:read_timeline": scoped(Scope.PEOPLE_READ, events),
    "api:list_tasks": scoped(Scope.TASKS_READ, work_of_team), "api:read_task": scoped(Scope.TASKS_READ, task_of_team),
    "api:list_relationships": scoped(Scope.RELATIONSHIPS_READ, work_of_team),
    "api:list_rows": scoped(Scope.AUDIT_READ),
    "api:list_schemes": scoped(Scope.SCHEMES_READ), "api:read_scheme": scoped(Scope.SCHEMES_READ),
    "api:list_claims": scoped(Scope.SCHEMES_READ),
    "api:list_jobs": scoped(Scope.JOBS_READ), "api:read_job": scoped(Scope.JOBS_READ),
    "api:create": scoped(Scope.TASKS_WRITE, task_made, **TASK),
    "api:close": scoped(Scope.TASKS_WRITE, task_of_team, outcome="done"),
    "api:create_job": scoped(Scope.JOBS_WRITE, lambda who: Expected(409), kind="check"),
    "api:cancel_job": scoped(Scope.JOBS_WRITE, nothing=""),
}  # fmt: skip


def patterns(found: Any = None, prefix: str = "", space: str = "") -> Iterator[tuple[str, str, URLPattern]]:
    """Every address: its full name, its path with parameters, and its pattern."""
    for each in found or get_resolver().url_patterns:
        if isinstance(each, URLResolver):
            inner = f"{space}{each.namespace}:" if each.namespace else space
            yield from patterns(each.url_patterns, prefix + str(each.pattern), inner)
        else:
            yield f"{space}{each.name}", prefix + str(each.pattern), each


@pytest.fixture
def world(evaluated: Path, settings: LazySettings, db: None) -> Iterator[World]:
    settings.JOINEDUP_PLACE = evaluated
    settings.ALLOWED_HOSTS = ["testserver"]
    yield World(evaluated)
    evidence.open_reader.cache_clear()


#: Addresses of signing in: they act for whoever types a password, or for one's own account alone.
ACCOUNT: Final = ("account/", "launch/")
EMPTY: Final = frozenset({"findings", "explanation", "api:explain", "api:api-root"})  # nothing there in this place


def test_every_address_has_a_rule() -> None:
    assert {name for name, path, _ in patterns() if not path.startswith(ACCOUNT)} == DOORS.keys()


def test_no_page_but_the_public_ones_stands_open() -> None:
    pages = {name: each for name, path, each in patterns() if not path.startswith(ACCOUNT) and "api:" not in name}
    is_open = {name for name, pattern in pages.items() if not hasattr(pattern.callback, "abilities")}
    assert is_open == {name for name in PUBLIC.keys() | EMPTY if "api:" not in name}


@pytest.mark.parametrize("role", Role)
def test_every_door_opens_and_is_traced_as_the_rules_say(role: Role, world: World) -> None:
    faults = []
    for name, path, pattern in patterns():
        door = DOORS.get(name)
        for tie in door.ties if door else ():
            who = world.someone(role, tie)
            assert door is not None
            expected = door.expected(who, getattr(pattern.callback, "abilities", ()))
            found, told = knock(world, who, name, path, door)
            if found != expected:
                faults.append(f"{name} to {role}, {tie}: {expected} was expected, not {found}: {told}")
    assert faults == []


@pytest.mark.parametrize("role", Role)
def test_what_a_role_may_not_open_it_cannot_send_either(role: Role, world: World) -> None:
    who = world.someone(role, Tie.CARE)
    for name, path, pattern in patterns():
        abilities = getattr(pattern.callback, "abilities", ())
        if abilities and not who.may(*abilities):
            found, told = knock(world, who, name, path, replace(DOORS[name], method="post"))
            assert found == REFUSED or (found.status == 405 and len(told) <= 1), (name, found, told)


@pytest.mark.parametrize("tie", Tie)
def test_signing_in_and_one_s_own_account_show_nobody(tie: Tie, world: World) -> None:
    who = world.someone(Role.CARE_PROFESSIONAL, tie)
    for name, path, _ in patterns():
        if path.startswith(ACCOUNT):
            found, told = knock(world, who, name, path, plain())
            assert found.status in {200, 302, 401, 403, 404, 405, 410}, (name, found)
            assert (found.names, found.shows) == (0, False), (name, told)


def test_a_stranger_comes_in_nowhere(world: World) -> None:
    who = replace(world.someone(Role.CARE_PROFESSIONAL, Tie.CARE), browser=Client(), program=Client())
    for name, path, _ in patterns():
        if name in DOORS.keys() - PUBLIC.keys() - EMPTY:
            found, told = knock(world, who, name, path, DOORS[name])
            assert found.status in {302, 401, 405}, (name, found)
            assert (found.shows, told) == (False, []), name


def address_of(path: str, ids: Mapping[str, str]) -> str:
    """An address with its parameters filled in."""
    plainly = re.sub(r"\^\(\?P(<\w+>)\[\^/\]\+\)", r"\1", path)
    return "/" + re.sub(r"<(?:\w+:)?(\w+)>", lambda part: ids[part[1]], plainly)


def knock(world: World, who: Someone, name: str, path: str, door: Door) -> tuple[Expected, list[str]]:
    """Ask an address, see what the trace tells of it, and undo what it did."""
    ids, is_program = world.written(who), name.startswith("api:")
    address = address_of(path, ids)
    sent: Any = {key: str(value).format(**ids) for key, value in door.sent.items()}
    body: dict[str, Any] = (
        {"data": json.dumps(sent), "content_type": "application/json"} if is_program else {"data": sent}
    )
    headers = {"X-Purpose": "direct_care", "If-Match": '"1"'}
    client = who.program if is_program else who.browser
    with transaction.atomic():
        before = AuditEvent.objects.count()
        answer = (
            client.post(address, headers=headers, **body)
            if door.method == "post"
            else client.get(address, headers=headers)
        )
        rows = list(AuditEvent.objects.filter(sequence__gt=before))
        transaction.set_rollback(True)
    page = answer.content.decode()
    found = Expected(
        answer.status_code,
        names=sum(str(world.person_id) in row.people for row in rows),
        shows=any(marker in page for marker in MARKERS),
        refusals=sum(row.action in REFUSALS for row in rows),
    )
    return found, [f"{row.action} {row.subject}" for row in rows]
