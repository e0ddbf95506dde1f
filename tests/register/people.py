"""Users, organisations and teams for tests of the register; everything is invented."""

from __future__ import annotations

from datetime import date

from joinedup.register.actor import Actor, actor_of
from joinedup.register.models import CareRelationship, Organisation, Post, Team, User
from joinedup.rules.foundation.role import Role

SINCE = date(2020, 1, 1)
PERSON, OTHER_PERSON = 7_001, 7_002


def organisation(code: str = "TRU1", kind: str = "trust") -> Organisation:
    return Organisation.objects.get_or_create(code=code, defaults={"name": f"Organisation {code}", "kind": kind})[0]


def team(name: str = "Community team", code: str = "TRU1") -> Team:
    return Team.objects.get_or_create(organisation=organisation(code), name=name)[0]


def actor(role: Role, account: str = "", *, of: Team | None = None, code: str = "TRU1") -> Actor:
    """A user with one post in a role, in a team where one is given."""
    user, _ = User.objects.get_or_create(username=account or f"test-{role.value}")
    post, _ = Post.objects.get_or_create(
        user=user, organisation=of.organisation if of else organisation(code), role=role.value, team=of,
        defaults={"valid_from": SINCE},
    )  # fmt: skip
    return actor_of(user, post)


def carer(account: str = "carer", name: str = "Community team") -> Actor:
    """A care professional of a team."""
    return actor(Role.CARE_PROFESSIONAL, account, of=team(name))


def cares_for(of: Team, person_id: int = PERSON, kind: str = "care", cleared: tuple[str, ...] = ()) -> CareRelationship:
    return CareRelationship.objects.create(
        person_id=person_id, team=of, kind=kind, cleared=list(cleared), valid_from=SINCE
    )
