"""What somebody hostile would try: markup and formulas in what is typed, ids of others, forged forms, odd addresses.

Proved elsewhere, and not again here: escaping by the form parts (test_form_fields), of names from files (test_pages)
and of what each room shows of typed text (caseload/test_tasks, people/test_decisions, administration/test_pages);
formulas in files (test_lists, caseload/test_tasks); `next` at sign-in and a new session key after it (test_sign_in);
tokens of others (work/test_tokens_pages); the interface against its document (api/test_schema). No page takes a file,
so nothing can be blown up by one; that is proved below.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import pytest
from django.conf import LazySettings
from django.db import transaction
from django.test import Client

from joinedup.register import models as m
from joinedup.register.audit import first_fault
from joinedup.rules.foundation.role import Role
from joinedup.web import evidence
from tests.web.proof.test_every_door import ACCOUNT, DOORS, address_of, patterns
from tests.web.proof.world import BACKEND, Someone, Tie, World

pytestmark = pytest.mark.django_db
MARK: Final = "\"'><script>alert(7)</script>{{7*7}}"
SQL: Final = ("' OR 1=1 --", "'; DROP TABLE register_task; --", '" UNION SELECT 1,2 --', "%_\\", "\x00", "x" * 5_000)
#: Those who between them reach every form.
HOSTILE: Final = (
    Role.CARE_COORDINATOR, Role.LINKAGE_OFFICER, Role.ANALYST, Role.GUARDIAN, Role.AUDITOR, Role.ADMINISTRATOR,
    Role.COMMISSIONER,
)  # fmt: skip
FIELD: Final = re.compile(r"<(input|textarea|select)\b([^>]*)>", re.DOTALL)


@pytest.fixture
def world(evaluated: Path, settings: LazySettings, db: None) -> Iterator[World]:
    settings.JOINEDUP_PLACE = evaluated
    settings.ALLOWED_HOSTS = ["testserver"]
    yield World(evaluated)
    evidence.open_reader.cache_clear()


def pages_for(world: World, who: Someone) -> Iterator[tuple[str, str]]:
    """Name and address of every page that opens to somebody."""
    for name, path, pattern in patterns():
        abilities = getattr(pattern.callback, "abilities", None)
        if "api:" not in name and name in DOORS and (abilities is None or who.may(*abilities)):
            yield name, address_of(path, world.written(who))


def fields_of(page: str) -> tuple[dict[str, str], list[str]]:
    """What a browser would send of a page's own POST form, and which of it are texts."""
    form = re.search(r'<form[^>]*method="post"[^>]*novalidate.*?</form>', page, re.DOTALL)
    sent: dict[str, str] = {}
    texts: list[str] = []
    for tag, inside in FIELD.findall(form[0] if form else ""):
        told = dict(re.findall(r'([\w-]+)="([^"]*)"', inside))
        kind = told.get("type", tag)
        if "name" in told and (kind not in {"radio", "checkbox"} or told["name"] not in sent):
            sent[told["name"]] = told.get("value", "")
            texts += [told["name"]] if kind in {"text", "textarea", "search", "email", "tel"} else []
    return sent, texts


@pytest.mark.parametrize("role", HOSTILE)
def test_markup_in_every_text_field_comes_back_as_text(role: Role, world: World) -> None:
    who, tried = world.someone(role, Tie.CARE), 0
    for name, address in pages_for(world, who):
        sent, texts = fields_of(who.browser.get(address).content.decode())
        if not texts:
            continue
        with transaction.atomic():
            answer = who.browser.post(address, {**sent, **dict.fromkeys(texts, MARK)}, follow=True)
            page = answer.content.decode()
            transaction.set_rollback(True)
        tried += 1
        assert answer.status_code < 500, name
        assert "<script>alert(7)" not in page, name
        assert "49" not in re.findall(r"alert\(7\).{0,20}", page), name
        if answer.status_code == 422:
            assert "alert(7)" in page, f"{name} lost what was typed"
    assert tried >= {Role.ANALYST: 0, Role.AUDITOR: 1, Role.LINKAGE_OFFICER: 1}.get(role, 3)


@pytest.mark.parametrize("role", HOSTILE)
def test_hostile_words_in_every_search_filter_and_address_are_answered(role: Role, world: World) -> None:
    who, tables = world.someone(role, Tie.CARE), m.Task.objects.count()
    who.browser.raise_request_exception = False
    for name, address in pages_for(world, who):
        page = who.browser.get(address).content.decode()
        asked = set(re.findall(r'<(?:input|select)[^>]*name="([\w-]+)"', "".join(_get_forms(page)))) | {
            "q",
            "sort",
            "page",
        }
        for words in SQL if _get_forms(page) else SQL[:1]:
            for field in sorted(asked):
                answer = who.browser.get(f"{address}?{field}={quote(words)}")
                assert answer.status_code < 500, (name, field, words)
    assert (m.Task.objects.count(), first_fault()) == (tables, None)


def _get_forms(page: str) -> list[str]:
    return re.findall(r'<form[^>]*method="get".*?</form>', page, re.DOTALL)


def test_things_of_another_team_are_not_there(world: World) -> None:
    """Also POST: what exists is told apart from what does not by nobody."""
    who = world.someone(Role.CARE_COORDINATOR, Tie.NONE)
    other = {"title": "Mine now", "due-day": "25", "due-month": "7", "due-year": "2024", "version": "1", "why": "x",
             "outcome": "done", "notes": "x", "reason": "because", "last_day-day": "20", "last_day-month": "7",
             "last_day-year": "2024"}  # fmt: skip
    before = _state(world)
    theirs = ("task", "task_edit", "task_close", "task_reopen", "meeting", "meeting_add", "meeting_close",
              "meeting_notes", "meeting_action", "person_care_end", "notice_seen", "person_emergency_finish",
              "revoke_token", "person_care_parts")  # fmt: skip
    ids = {**world.written(who), "token_id": str(_token_of(world, world.someone(Role.CARE_COORDINATOR, Tie.CARE)))}
    ids["access_id"] = str(world.emergency.pk)
    answers = {}
    for name, path, _ in patterns():
        if name in theirs:
            there = who.browser.post(address_of(path, ids), other).status_code
            nowhere = {
                key: "999999" if key.endswith("_id") and value.isdigit() else value for key, value in ids.items()
            }
            answers[name] = (there, who.browser.post(address_of(path, nowhere), other).status_code)
    assert set(answers) == set(theirs)
    assert {name: both for name, both in answers.items() if both[0] not in {403, 404, 405}} == {}
    told_apart = {name for name, (there, nowhere) in answers.items() if there != nowhere}
    assert told_apart <= {"person_emergency_finish"}  # its number tells that there was an emergency, no more
    assert _state(world) == before


def _token_of(world: World, who: Someone) -> int:
    return int(m.ApiToken.objects.get(post_id=who.by.post_id).pk)


def _state(world: World) -> list[Any]:
    models = (m.Task, m.Meeting, m.MeetingItem, m.CareRelationship, m.Notice, m.EmergencyAccess)
    return [list(model.objects.order_by("pk").values()) for model in models]


@pytest.mark.parametrize(
    "target", ["//evil.example", "https://evil.example/", "/\\evil.example", "javascript:alert(1)"]
)
def test_no_page_leads_elsewhere(target: str, world: World) -> None:
    who = world.someone(Role.CARE_COORDINATOR, Tie.CARE)
    m.Post.objects.create(user_id=who.by.user_id, organisation_id=world.ids["organisation_id"], role="analyst",
                          valid_from="2020-01-01")  # fmt: skip
    sent = {"post": who.by.post_id, "next": target, "from": target}
    places = [who.browser.post("/account/post/", sent), who.browser.post(f"/account/post/?next={quote(target)}", sent)]
    notice = f"/caseload/notices/{world.ids['notice_id']}/seen/"
    places += [who.browser.post(notice, sent), who.browser.post("/account/sign-out/", sent)]
    for answer in places:
        assert answer.status_code in {302, 303}
        assert re.match(r"/(?![/\\])", answer["Location"]), answer["Location"]


@pytest.mark.parametrize("role", HOSTILE)
def test_every_page_has_strict_headers_and_no_script_of_its_own(role: Role, world: World) -> None:
    who = world.someone(role, Tie.CARE)
    for name, address in pages_for(world, who):
        answer = who.browser.get(address)
        policy = answer["Content-Security-Policy"]
        assert "default-src 'none'" in policy, name
        assert "frame-ancestors 'none'" in policy, name
        assert "unsafe-" not in policy, name
        assert answer["X-Content-Type-Options"] == "nosniff", name
        assert answer["X-Frame-Options"] == "DENY", name
        assert answer["Referrer-Policy"] == "same-origin", name
        assert "no-store" in answer["Cache-Control"], name
        page = answer.content.decode()
        assert not re.search(r"<script(?![^>]*\b(?:src|nonce)=)|\son\w+=|javascript:|\sstyle=", page), name


@pytest.mark.parametrize("role", HOSTILE)
def test_no_form_is_taken_without_its_token_and_none_takes_a_file(role: Role, world: World) -> None:
    who, strict = world.someone(role, Tie.CARE), Client(enforce_csrf_checks=True)
    strict.force_login(m.User.objects.get(pk=who.by.user_id), backend=BACKEND)
    before = m.AuditEvent.objects.count()
    own = [(name, address_of(path, world.written(who))) for name, path, _ in patterns() if path.startswith(ACCOUNT)]
    places = [*pages_for(world, who), *own]
    for name, address in places:
        answer = strict.post(address, {"title": "x"})
        assert answer.status_code in {403, 405}, (name, answer.status_code)
    assert m.AuditEvent.objects.count() == before
    for name, address in places:
        page = who.browser.get(address).content.decode()
        assert 'type="file"' not in page, name
        assert "multipart" not in page, name
        for form in re.findall(r'<form[^>]*method="post".*?</form>', page, re.DOTALL):
            assert "csrfmiddlewaretoken" in form, name


def test_a_session_of_before_signing_in_opens_nothing_afterwards(world: World) -> None:
    planted = Client()
    planted.get("/account/sign-in/")
    planted.cookies["joinedup_session"] = "planted-by-somebody-else"
    planted.force_login(m.User.objects.get(pk=world.somebody.user_id), backend=BACKEND)
    assert planted.cookies["joinedup_session"].value != "planted-by-somebody-else"
    thief = Client()
    thief.cookies["joinedup_session"] = "planted-by-somebody-else"
    assert thief.get("/caseload/").status_code == 302
