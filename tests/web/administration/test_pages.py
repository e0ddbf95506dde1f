"""The pages of administrators: everything by forms that survive, nothing for anybody else."""

from __future__ import annotations

import re
from pathlib import Path
from typing import cast

import pytest
from django.conf import LazySettings
from django.http import HttpResponse
from django.test import Client
from django.urls import get_resolver

from joinedup.register.models import Area, AuditEvent, LaunchKey, Organisation, Post, Succession, Team, User
from joinedup.rules.foundation.role import Role
from joinedup.web.context import all_items
from joinedup.web.views.administration.urls import urlpatterns
from tests.place_on_disk import make_place
from tests.register.people import SINCE, actor, carer, organisation, team

pytestmark = pytest.mark.django_db
ADDRESSES = (
    "/administration/users/",
    "/administration/users/?q=ada&role=administrator&state=open&sort=-last_sign_in",
    "/administration/users/new/",
    "/administration/users/{user}/",
    "/administration/users/{user}/change/",
    "/administration/users/{user}/invite/confirm/",
    "/administration/users/{user}/posts/new/",
    "/administration/users/posts/{post}/end/",
    "/administration/organisations/",
    "/administration/organisations/?q=org&kind=trust&when=today",
    "/administration/organisations/new/",
    "/administration/organisations/import/",
    "/administration/organisations/{organisation}/",
    "/administration/organisations/{organisation}/change/",
    "/administration/organisations/{organisation}/teams/new/",
    "/administration/organisations/teams/{team}/change/",
    "/administration/organisations/successions/new/",
    "/administration/areas/",
    "/administration/areas/new/",
    "/administration/areas/{area}/change/",
    "/administration/launch-keys/",
    "/administration/launch-keys/new/",
    "/administration/launch-keys/{key}/end/",
)


@pytest.fixture
def numbers() -> dict[str, int]:
    """One of everything."""
    held = carer("ruth")
    return {
        "user": held.user_id,
        "post": held.post_id,
        "organisation": organisation().pk,
        "team": team().pk,
        "area": Area.objects.create(code="A1", name="Area", kind="place").pk,
        "key": LaunchKey.objects.create(issuer="x", label="X", public_key="", valid_from=SINCE).pk,
    }


@pytest.fixture
def ada(pages: Client) -> Client:
    """A client in which an administrator is signed in."""
    pages.force_login(User.objects.get(pk=actor(Role.ADMINISTRATOR, "ada").user_id))
    return pages


def send(client: Client, address: str, **fields: object) -> HttpResponse:
    """What a browser sends: the form's own hidden fields, and what was typed."""
    page = client.get(address).content.decode()
    hidden = dict(re.findall(r'<input type="hidden" name="(submission|version)" value="([^"]*)"', page))
    return cast("HttpResponse", client.post(address, {**hidden, **fields}))


@pytest.mark.parametrize("address", ADDRESSES)
def test_every_page_opens_to_an_administrator(address: str, ada: Client, numbers: dict[str, int]) -> None:
    response = ada.get(address.format(**numbers))
    assert response.status_code == 200
    assert re.search(r"<h1[^>]*>[^<]+\?</h1>|<h1[^>]*>Organisation", response.content.decode())


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMINISTRATOR])
def test_every_page_is_closed_to_every_other_role(role: Role, pages: Client, numbers: dict[str, int]) -> None:
    pages.force_login(User.objects.get(pk=actor(role).user_id))
    before = User.objects.count(), Post.objects.count(), Organisation.objects.count()
    for address in ADDRESSES:
        path = address.format(**numbers)
        assert pages.get(path).status_code == 403, path
        assert pages.post(path, {"name": "x"}).status_code in (403, 405), path
    assert (User.objects.count(), Post.objects.count(), Organisation.objects.count()) == before


@pytest.mark.parametrize("address", ADDRESSES)
def test_every_page_asks_a_visitor_to_sign_in(address: str, pages: Client, numbers: dict[str, int]) -> None:
    assert pages.get(address.format(**numbers))["Location"].startswith("/account/sign-in/?next=/administration/")


def test_the_list_of_addresses_above_is_whole() -> None:
    told = {re.sub(r"\{\w+\}", "1", address).split("?")[0] for address in ADDRESSES}
    known = {get_resolver().resolve(address).url_name for address in told}
    assert known == {pattern.name for pattern in urlpatterns} - {"roles"}  # type: ignore[union-attr]


def test_a_new_account_is_made_once_and_its_link_is_shown_once(ada: Client) -> None:
    response = send(ada, "/administration/users/new/", account="ruth", forename="Ruth", surname="Okoro")
    assert response.status_code == 303
    page = ada.get(response["Location"]).content.decode()
    found = re.search(r"http://testserver(/account/password/[^<]+)<", page)
    assert found is not None
    assert "/account/password/" not in ada.get(response["Location"]).content.decode()
    visitor = Client()
    typed = {"new_password1": "seven quiet herons", "new_password2": "seven quiet herons"}
    assert visitor.get(found[1]).status_code == 200
    assert visitor.post(found[1], {**typed, "new_password1": "short"}).status_code == 200
    assert visitor.post(found[1], typed)["Location"] == "/account/sign-in/"
    assert visitor.get(found[1]).status_code == 410


def test_a_form_that_is_sent_twice_makes_one_account(ada: Client) -> None:
    page = ada.get("/administration/users/new/").content.decode()
    key = re.search(r'name="submission" value="([^"]+)"', page)
    assert key is not None
    sent = {"submission": key[1], "account": "ruth"}
    first, second = ada.post("/administration/users/new/", sent), ada.post("/administration/users/new/", sent)
    assert first["Location"] == second["Location"]
    assert AuditEvent.objects.filter(action="user.created").count() == 1


def test_what_was_typed_wrong_is_said_at_the_top_and_at_the_field(ada: Client) -> None:
    response = send(ada, "/administration/users/new/", account="two words")
    page = response.content.decode()
    assert response.status_code == 422
    assert "There is a problem" in page
    assert page.count("Enter an account name of letters") == 2
    assert 'value="two words"' in page


def test_a_role_is_given_and_ended(ada: Client, numbers: dict[str, int]) -> None:
    day = {"valid_from-day": "1", "valid_from-month": "4", "valid_from-year": "2024"}
    address = f"/administration/users/{numbers['user']}/posts/new/"
    given = send(ada, address, role="analyst", organisation=numbers["organisation"], **day)
    assert given.status_code == 303
    post = Post.objects.get(role="analyst", user_id=numbers["user"])
    last = {"last_day-day": "2", "last_day-month": "4", "last_day-year": "2024"}
    assert send(ada, f"/administration/users/posts/{post.pk}/end/", **last).status_code == 303
    assert "Not today" in ada.get(f"/administration/users/{numbers['user']}/").content.decode()


def test_nobody_sees_a_way_to_change_their_own_roles(ada: Client) -> None:
    own = User.objects.get(username="ada")
    page = ada.get(f"/administration/users/{own.pk}/").content.decode()
    assert "This is your own account" in page
    assert "posts/new" not in page
    refused = send(ada, f"/administration/users/{own.pk}/posts/new/", role="analyst", organisation=organisation().pk,
                   **{"valid_from-day": "1", "valid_from-month": "4", "valid_from-year": "2024"})  # fmt: skip
    assert refused.status_code == 403


@pytest.mark.parametrize(
    ("what", "action"),
    [("close", "user.deactivated"), ("unlock", "user.unlocked"), ("reset", "user.second_factor_reset")],
)
def test_an_account_is_closed_unlocked_and_reset_after_one_question(
    what: str, action: str, ada: Client, numbers: dict[str, int]
) -> None:
    assert send(ada, f"/administration/users/{numbers['user']}/{what}/confirm/").status_code == 303
    assert AuditEvent.objects.filter(action=action, subject=f"user/{numbers['user']}").count() == 1
    assert ada.get(f"/administration/users/{numbers['user']}/nonsense/confirm/").status_code == 404


def test_organisations_teams_and_mergers_are_entered(ada: Client) -> None:
    for code in ("A", "B", "C"):
        sent = send(ada, "/administration/organisations/new/", code=code, name=f"Trust {code}", kind="trust")
        assert sent.status_code == 303
    a, b, c = (Organisation.objects.get(code=code).pk for code in "ABC")
    assert send(ada, f"/administration/organisations/{a}/teams/new/", name="Frailty team").status_code == 303
    merged = send(ada, "/administration/organisations/successions/new/", kind="merger", before_1=a, before_2=b,
                  after_1=c, **{"on-day": "1", "on-month": "4", "on-year": "2024"})  # fmt: skip
    assert merged["Location"] == f"/administration/organisations/{c}/"
    assert (Team.objects.count(), Succession.objects.count()) == (1, 2)
    assert "Merger on 1 April 2024" in ada.get(f"/administration/organisations/{a}/").content.decode()


def test_somebody_who_was_slower_sees_what_is_saved_now_and_loses_nothing(ada: Client) -> None:
    row = organisation()
    address = f"/administration/organisations/{row.pk}/change/"
    mine = dict(re.findall(r'name="(submission|version)" value="([^"]*)"', ada.get(address).content.decode()))
    assert send(ada, address, name="Theirs", kind="trust").status_code == 303
    late = ada.post(address, {**mine, "name": "Mine", "kind": "trust"})
    page = late.content.decode()
    assert late.status_code == 409
    assert "Theirs" in page
    assert 'value="Mine"' in page


def test_the_places_files_are_brought_in_by_a_button(ada: Client, settings: LazySettings, tmp_path: Path) -> None:
    settings.JOINEDUP_PLACE = make_place(tmp_path / "micro", files={})
    assert send(ada, "/administration/organisations/import/").status_code == 303
    assert Area.objects.filter(kind="system").exists()


def test_lists_leave_as_files_exactly_as_they_are_seen(ada: Client) -> None:
    organisation("=EVIL", "trust")
    text = ada.get("/administration/organisations/?q=EVIL&export=csv").content.decode("utf-8-sig")
    assert "'=EVIL" in text
    assert len(text.strip().splitlines()) == 2


def test_everybody_who_is_signed_in_may_read_who_can_do_what(pages: Client) -> None:
    pages.force_login(User.objects.get(pk=carer().user_id))
    page = pages.get("/administration/roles/").content.decode()
    assert "open the record of a person they care for" in page
    assert "Information guardian" in page


@pytest.mark.parametrize("role", list(Role))
def test_the_navigation_offers_only_what_opens(role: Role, pages: Client) -> None:
    pages.force_login(User.objects.get(pk=actor(role, of=team()).user_id))
    page = pages.get("/administration/roles/").content.decode()
    menu = page[page.index('id="your-work"') :]
    links = re.findall(r'href="([^"]+)"', menu[: menu.index("</ul>")])
    assert "/administration/roles/" in links
    assert len(links) <= len(all_items())
    assert not [link for link in links if pages.get(link).status_code in (302, 403, 404)]


def test_names_that_look_like_markup_stay_text(ada: Client) -> None:
    evil = "<script>alert(1)</script>"
    row = organisation("EVIL")
    Organisation.objects.filter(pk=row.pk).update(name=evil)
    made = User.objects.create_user("evil", first_name=evil)
    for address in (
        "organisations/",
        f"organisations/{row.pk}/",
        "users/",
        f"users/{made.pk}/",
        f"users/{made.pk}/posts/new/",
    ):
        page = ada.get(f"/administration/{address}").content.decode()
        assert evil not in page
        assert "&lt;script&gt;" in page
