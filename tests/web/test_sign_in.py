"""Signing in: what opens, what locks, what ends, and the trace that all of it leaves."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.conf import LazySettings
from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client
from pytest_django import DjangoAssertNumQueries, DjangoCaptureOnCommitCallbacks

from joinedup.register.models import AuditEvent, Post, User
from joinedup.rules.foundation.role import Role
from joinedup.web import second_factor
from joinedup.web.sessions import SEEN, SINCE
from tests.register.people import SINCE as LONG_AGO
from tests.register.people import organisation, team
from tests.web.place import TOML

PASSWORD = "seven quiet herons"
SIGN_IN = "/account/sign-in/"

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def fresh_cache() -> None:
    cache.clear()


@pytest.fixture
def live(pages: Client, settings: LazySettings, tmp_path: Path) -> Iterator[Client]:
    """A client of a place that serves real people, so that a second factor counts."""
    text = TOML.replace('"demonstration"', '"live"').replace("[clock]\ntoday = 2025-04-20\n", "")
    (tmp_path / "place.toml").write_text(text, encoding="utf-8")
    settings.JOINEDUP_PLACE = tmp_path
    second_factor._kind.cache_clear()
    yield pages
    second_factor._kind.cache_clear()


def user(account: str = "ruth", *roles: Role) -> User:
    made = User.objects.create_user(account, password=PASSWORD)
    for role in roles or (Role.CARE_PROFESSIONAL,):
        Post.objects.create(user=made, organisation=organisation(), role=role.value, team=team(), valid_from=LONG_AGO)
    return made


def sign_in(client: Client, account: str = "ruth", password: str = PASSWORD, **more: str) -> HttpResponse:
    return cast("HttpResponse", client.post(SIGN_IN, {"login": account, "password": password, **more}))


def actions() -> list[str]:
    return list(AuditEvent.objects.order_by("sequence").values_list("action", flat=True))


def test_the_right_password_opens_and_leaves_a_row_in_the_trace(pages: Client) -> None:
    made = user()
    response = sign_in(pages)
    assert (response.status_code, response["Location"]) == (302, "/account/start/")
    row = AuditEvent.objects.get()
    assert (row.action, row.subject, row.user_id) == ("sign_in.done", f"user/{made.pk}", made.pk)


def test_a_wrong_password_says_nothing_about_which_part_was_wrong(pages: Client) -> None:
    made = user()
    wrong, unknown = sign_in(pages, password="wrong"), sign_in(pages, account="nobody")
    said = "The account name or the password is wrong"
    assert said in wrong.content.decode()
    assert said in unknown.content.decode()
    rows = AuditEvent.objects.filter(action="sign_in.failed").order_by("sequence")
    assert [row.subject for row in rows] == [f"user/{made.pk}", ""]
    assert not AuditEvent.objects.filter(detail__icontains="nobody").exists()


def test_a_password_is_never_shown_again(pages: Client) -> None:
    user()
    assert "wrong-one" not in sign_in(pages, password="wrong-one").content.decode()


def test_five_wrong_tries_lock_the_account_for_that_address_only(pages: Client) -> None:
    user()
    for _ in range(5):
        last = sign_in(pages, password="wrong")
    assert last.status_code == 429
    assert "15 minutes" in last.content.decode()
    assert sign_in(pages).status_code == 429
    assert "sign_in.locked" in actions()
    elsewhere = Client(REMOTE_ADDR="192.0.2.7")
    assert sign_in(elsewhere).status_code == 302


def test_signing_in_begins_a_session_with_another_key(pages: Client) -> None:
    user()
    pages.get("/launch/?token=x")
    session = pages.session
    session["kept"] = "before"
    session.save()
    before = pages.cookies["joinedup_session"].value if "joinedup_session" in pages.cookies else session.session_key
    sign_in(pages)
    assert pages.cookies["joinedup_session"].value != before


@pytest.mark.parametrize("target", ["https://evil.example/x", "//evil.example/x", "javascript:x()", "/\\evil.example"])
def test_next_never_leads_elsewhere(target: str, pages: Client) -> None:
    user()
    assert sign_in(pages, next=target)["Location"] == "/account/start/"


def test_next_leads_to_a_page_of_ours(pages: Client) -> None:
    user()
    assert sign_in(pages, next="/quality/")["Location"] == "/quality/"


def test_a_form_without_its_mark_is_refused(pages: Client) -> None:
    user()
    strict = Client(enforce_csrf_checks=True)
    response = strict.post(SIGN_IN, {"login": "ruth", "password": PASSWORD})
    assert response.status_code == 403
    assert "can no longer be sent" in response.content.decode()


def test_signing_out_ends_the_session_and_leaves_a_row(pages: Client) -> None:
    user()
    sign_in(pages)
    assert pages.post("/account/sign-out/").status_code == 302
    assert pages.get("/account/")["Location"].startswith(SIGN_IN)
    assert actions() == ["sign_in.done", "sign_in.ended"]


@pytest.mark.parametrize(("key", "minutes"), [(SEEN, 31), (SINCE, 12 * 60 + 1)])
def test_a_session_ends_when_it_was_left_or_is_too_old(key: str, minutes: int, pages: Client) -> None:
    pages.force_login(user())
    assert pages.get("/account/").status_code == 200
    session = pages.session
    session[key] = int(time.time()) - minutes * 60
    session.save()
    assert pages.get("/account/").status_code == 302


def test_a_session_is_written_at_most_once_a_minute(
    pages: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    pages.force_login(user())
    pages.get("/account/")
    seen = pages.session[SEEN]
    pages.get("/account/")
    assert pages.session[SEEN] == seen


def test_what_signed_in_people_see_stays_out_of_caches(pages: Client) -> None:
    pages.force_login(user())
    assert "no-store" in pages.get("/")["Cache-Control"]
    assert "no-store" not in Client().get("/").headers.get("Cache-Control", "")


@pytest.mark.parametrize("address", ["/", "/quality/", "/about/", "/measures/emergency_admissions/"])
def test_public_pages_ask_the_register_nothing(
    address: str, pages: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(0):
        response = pages.get(address)
    assert "Sign in" in response.content.decode()


def test_the_register_works_before_anything_is_published(pages: Client, settings: LazySettings, tmp_path: Path) -> None:
    (tmp_path / "place.toml").write_text(TOML, encoding="utf-8")
    settings.JOINEDUP_PLACE = tmp_path
    pages.force_login(user("ruth", Role.ADMINISTRATOR))
    page = pages.get("/administration/users/")
    assert (page.status_code, pages.get("/").status_code) == (200, 503)
    assert "Nothing has been published yet" in page.content.decode()


def test_nobody_can_make_an_account_or_ask_for_mail(pages: Client) -> None:
    for address in ("/account/signup/", "/account/password/reset/", "/account/email/", "/account/login/code/"):
        assert pages.get(address).status_code == 404


def test_cookies_are_for_this_site_only_and_out_of_reach_of_scripts(pages: Client) -> None:
    user()
    sign_in(pages)
    cookie = pages.cookies["joinedup_session"]
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")


@pytest.mark.parametrize(
    ("role", "address"),
    [(Role.ADMINISTRATOR, "/administration/users/"), (Role.BOARD_MEMBER, "/"), (Role.ANALYST, "/")],
)
def test_each_role_begins_on_its_own_page(role: Role, address: str, pages: Client) -> None:
    pages.force_login(user("ruth", role))
    assert pages.get("/account/start/")["Location"] == address


def test_somebody_with_several_roles_chooses_the_one_to_act_in(pages: Client) -> None:
    made = user("ruth", Role.CARE_PROFESSIONAL, Role.ADMINISTRATOR)
    pages.force_login(made)
    asked = pages.get("/administration/users/")
    assert asked["Location"] == "/account/post/?next=/administration/users/"
    page = pages.get(asked["Location"]).content.decode()
    assert "Care professional, Community team" in page
    administrator = Post.objects.get(user=made, role="administrator")
    sent = pages.post("/account/post/", {"post": administrator.pk, "next": "/administration/users/"})
    assert sent["Location"] == "/administration/users/"
    assert "Acting as" in pages.get("/administration/users/").content.decode()


def test_nobody_acts_in_a_post_of_somebody_else_or_one_that_ended(pages: Client) -> None:
    made, other = user("ruth"), user("omar", Role.ADMINISTRATOR)
    pages.force_login(made)
    theirs = Post.objects.get(user=other)
    assert pages.post("/account/post/", {"post": theirs.pk}).status_code == 400
    session = pages.session
    session["post"] = theirs.pk
    session.save()
    assert pages.get("/administration/users/").status_code == 403
    Post.objects.filter(user=made).update(valid_to=LONG_AGO)
    assert "no role today" in pages.get("/account/start/").content.decode()


def test_a_page_that_is_refused_says_so_and_is_written_down(pages: Client) -> None:
    pages.force_login(user())
    response = pages.get("/administration/users/")
    assert response.status_code == 403
    assert "Your role, care professional, does not let you" in response.content.decode()
    assert actions() == ["page.refused"]


def test_an_account_that_was_closed_is_out_at_the_next_page(pages: Client) -> None:
    made = user()
    pages.force_login(made)
    User.objects.filter(pk=made.pk).update(is_active=False)
    assert pages.get("/account/").status_code == 302


def code_of(secret: str) -> str:
    counter = next(iter(yield_hotp_counters_from_time()))
    return str(format_hotp_value(hotp_value(secret, counter)))


def test_a_role_that_opens_records_needs_a_second_factor_in_a_live_place(live: Client) -> None:
    live.force_login(user("ruth", Role.ADMINISTRATOR))
    assert live.get("/administration/users/")["Location"] == "/account/second-factor/needed/"
    live.force_login(user("bea", Role.BOARD_MEMBER))
    assert live.get("/administration/roles/").status_code == 200


def test_setting_up_an_app_shows_its_key_and_then_recovery_codes(
    live: Client, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    made = user("ruth", Role.ADMINISTRATOR)
    sign_in(live)
    asked = live.get("/account/second-factor/totp/activate/")["Location"]
    assert asked.startswith("/account/confirm/")
    assert live.post(asked, {"password": PASSWORD, "next": "/account/second-factor/totp/activate/"}).status_code == 302
    page = live.get("/account/second-factor/totp/activate/").content.decode()
    assert "<svg" in page
    assert "data:" not in page
    found = re.search(r'app-key">([A-Z2-7]+)<', page)
    assert found is not None
    with django_capture_on_commit_callbacks(execute=True):
        sent = live.post("/account/second-factor/totp/activate/", {"code": code_of(found[1])})
    assert sent["Location"] == "/account/second-factor/recovery-codes/"
    assert len(re.findall(r"<li>\d{8}</li>", live.get(sent["Location"]).content.decode())) == 10
    assert live.get("/administration/users/").status_code == 200
    kept = Authenticator.objects.get(user=made, type="totp").data["secret"]
    assert found[1] not in kept
    assert "user.factor_added" in actions()


def with_app(made: User) -> str:
    secret = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
    TOTP.activate(made, secret)
    return secret


def test_the_code_is_asked_for_after_the_password(live: Client) -> None:
    secret = with_app(user("ruth", Role.ADMINISTRATOR))
    assert sign_in(live)["Location"] == "/account/second-factor/authenticate/"
    assert live.get("/administration/users/").status_code == 302
    assert live.post("/account/second-factor/authenticate/", {"code": code_of(secret)}).status_code == 302
    assert live.get("/administration/users/").status_code == 200
    assert actions() == ["sign_in.done"]


def test_wrong_codes_lock_as_wrong_passwords_do(live: Client) -> None:
    secret = with_app(user("ruth", Role.ADMINISTRATOR))
    sign_in(live)
    for _ in range(5):
        last = live.post("/account/second-factor/authenticate/", {"code": "000000"})
    assert last.status_code == 429
    assert live.post("/account/second-factor/authenticate/", {"code": code_of(secret)}).status_code == 429
    assert actions().count("sign_in.failed") >= 5
