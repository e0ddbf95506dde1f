"""Tokens of programs: shown once, kept as a hash, never more than their post, and gone when taken back."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.utils import timezone

from joinedup.register.actions.api_token import NewToken, TokenWanted, create, revoke
from joinedup.register.actor import Actor
from joinedup.register.models import ApiToken, AuditEvent, Post, User
from joinedup.register.queries.api_token import holder_of, posts_offered, tokens
from joinedup.register.scope import Scope, require
from joinedup.rules.foundation.errors import Conflict, Invalid, Refused
from joinedup.rules.foundation.role import Role
from tests.register.people import actor, carer

pytestmark = pytest.mark.django_db


def make(by: Actor, *scopes: str, holder: Actor | None = None, days: int = 30) -> NewToken:
    return create(post_id=(holder or by).post_id, wanted=TokenWanted("A program", scopes, days), by=by)


def test_a_token_acts_in_its_post_with_its_scopes_and_is_kept_as_a_hash() -> None:
    by = carer()
    made = make(by, "people:read")
    found = holder_of(made.secret)
    assert found is not None
    assert (found.post_id, found.scopes) == (by.post_id, frozenset({"people:read"}))
    row = ApiToken.objects.get()
    assert made.secret not in repr((vars(row), made, AuditEvent.objects.values()))
    assert AuditEvent.objects.get().action == "token.create"


def test_a_token_that_expired_or_was_revoked_or_whose_post_or_account_ended_acts_for_nobody() -> None:
    by = carer()
    secret = make(by, "people:read").secret
    for table, row, change in (
        (ApiToken, {}, {"expires_at": timezone.now() - timedelta(seconds=1)}),
        (Post, {"pk": by.post_id}, {"valid_to": date(2021, 1, 1)}),
        (User, {"pk": by.user_id}, {"is_active": False}),
    ):
        before = table.objects.filter(**row).values(*change).get()
        table.objects.filter(**row).update(**change)
        assert holder_of(secret) is None
        table.objects.filter(**row).update(**before)
        assert holder_of(secret) is not None
    revoke(token_id=ApiToken.objects.get().pk, by=by)
    assert holder_of(secret) is None
    with pytest.raises(Conflict):
        revoke(token_id=ApiToken.objects.get().pk, by=by)


@pytest.mark.parametrize("secret", ["", "joinedup_", "joinedup_wrong", "x" * 100_000])
def test_what_is_no_token_acts_for_nobody(secret: str) -> None:
    assert holder_of(secret) is None


def test_nobody_makes_or_takes_back_a_token_of_somebody_else() -> None:
    token = make(carer(), "people:read")
    other = carer("another")
    with pytest.raises(Refused):
        make(other, "people:read", holder=carer())
    with pytest.raises(Refused):
        revoke(token_id=token.row.pk, by=other)
    assert tokens(by=other) == ()


def test_an_administrator_makes_tokens_for_others_that_show_no_people_and_takes_back_any() -> None:
    administrator, analyst = actor(Role.ADMINISTRATOR), actor(Role.ANALYST)
    assert make(administrator, "jobs:write", holder=analyst).row.post_id == analyst.post_id
    with pytest.raises(Invalid):
        make(administrator, "people:read", holder=carer())
    revoke(token_id=make(carer(), "people:read").row.pk, by=administrator)
    assert {row.state for row in tokens(by=administrator)} == {"in use", "revoked"}


@pytest.mark.parametrize(
    ("scopes", "days"), [([], 30), (["jobs:write"], 30), (["people:read"], 0), (["people:read"], 9_999)]
)
def test_a_token_has_scopes_its_role_allows_and_a_bounded_life(scopes: list[str], days: int) -> None:
    with pytest.raises(Invalid):
        make(carer(), *scopes, days=days)


def test_what_a_token_offers_follows_from_the_role() -> None:
    offered = {value for value, _ in posts_offered(by=actor(Role.ANALYST))[0].scopes}
    assert offered == {"jobs:read", "jobs:write", "schemes:read"}
    assert posts_offered(by=actor(Role.PROVIDER_USER))[0].scopes[0][0] == "people:read"
    assert posts_offered(by=actor(Role.LINKAGE_OFFICER)) == ()


@pytest.mark.parametrize("scope", list(Scope))
def test_a_token_does_nothing_outside_its_scopes(scope: Scope) -> None:
    allowed = [Scope.PEOPLE_SEARCH, Scope.PEOPLE_READ, Scope.TASKS_READ, Scope.TASKS_WRITE, Scope.RELATIONSHIPS_READ]
    others = [other.value for other in allowed if other is not scope]
    holder = holder_of(make(carer(), *others).secret)
    assert holder is not None
    with pytest.raises(Refused):
        require(scope, by=holder)
