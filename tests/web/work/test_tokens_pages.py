"""Which programs may act for you? A token is shown in one answer and never again."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import LazySettings
from django.test import Client
from django.urls import reverse

from joinedup.register.models import ApiToken, Submission
from joinedup.register.queries.api_token import holder_of
from joinedup.rules.foundation.role import Role
from tests.register.people import actor, carer
from tests.web.conftest import client_of
from tests.web.work.conftest import SignIn

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _place(published_place: Path, settings: LazySettings) -> None:
    next(client_of(published_place, settings))


def make(client: Client, post_id: int, *scopes: str, submission: str = "one") -> str:
    sent = {"label": "Community <system>", "scopes": scopes, "days": "30", "submission": submission}
    answer = client.post(reverse("new_token", args=[post_id]), sent)
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    return answer.content.decode()


def test_a_token_is_shown_once_and_works_until_it_is_taken_back(sign_in: SignIn) -> None:
    by = carer()
    client = sign_in(by)
    page = make(client, by.post_id, "people:read")
    secret = page.partition("<pre ")[2].partition(">")[2].partition("</pre>")[0]
    assert holder_of(secret) is not None
    everything = client.get(reverse("tokens")).content.decode() + make(client, by.post_id, "people:read")
    assert secret not in everything + repr(list(Submission.objects.values()))
    assert "was shown before" in everything
    assert "Community &lt;system&gt;" in everything
    token = ApiToken.objects.get()
    assert client.post(reverse("revoke_token", args=[token.pk]), {"submission": "two"}).status_code == 303
    assert holder_of(secret) is None


def test_what_is_wrong_with_a_form_is_said_at_its_fields(sign_in: SignIn) -> None:
    by = carer()
    sent = {"label": "", "scopes": ["jobs:write"], "days": "9999", "submission": "x"}
    answer = sign_in(by).post(reverse("new_token", args=[by.post_id]), sent)
    assert answer.status_code == 422
    assert answer.content.decode().count("govuk-error-message") == 3
    assert not ApiToken.objects.exists()


def test_somebody_with_one_post_goes_straight_on_and_others_choose(sign_in: SignIn) -> None:
    by = carer()
    assert sign_in(by).get(reverse("choose_token_post"))["Location"] == reverse("new_token", args=[by.post_id])
    actor(Role.ANALYST)
    administrator, analyst = sign_in(actor(Role.ADMINISTRATOR)), actor(Role.ANALYST, "second")
    page = administrator.get(reverse("choose_token_post")).content.decode()
    assert "test-analyst" in page
    assert "carer" not in page.partition("<main")[2]
    sent = {"post": analyst.post_id, "submission": "p"}
    assert administrator.post(reverse("choose_token_post"), sent).status_code == 303


def test_tokens_of_others_are_not_there(sign_in: SignIn) -> None:
    by = carer()
    make(sign_in(by), by.post_id, "people:read")
    token, other = ApiToken.objects.get(), sign_in(carer("another"))
    assert other.get(reverse("revoke_token", args=[token.pk])).status_code == 404
    assert other.get(reverse("new_token", args=[by.post_id])).status_code == 404
    assert "&lt;system&gt;" not in other.get(reverse("tokens")).content.decode()


def test_a_role_that_offers_nothing_to_programs_is_told_so(sign_in: SignIn) -> None:
    assert sign_in(actor(Role.LINKAGE_OFFICER)).get(reverse("choose_token_post")).status_code == 403


def test_every_call_is_on_the_page_of_the_interface() -> None:
    page = Client().get(reverse("programs")).content.decode()
    assert "POST /api/v1/jobs" in page
    assert "http" not in page.partition("<main")[2].partition("</main>")[0]
