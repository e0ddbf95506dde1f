"""The person who acts, in the post they act in: what every action, query and audit row is told."""

from __future__ import annotations

from dataclasses import dataclass

from joinedup.register.models import Post, User
from joinedup.rules.foundation.errors import Refused
from joinedup.rules.foundation.role import ROLES, Ability, Role, allows


@dataclass(frozen=True, slots=True)
class Actor:
    """A user in one of their posts, or a program that holds a token of that post.

    Attributes:
        user_id: the account.
        account: its name, as audit rows keep it.
        post_id: the post acted in.
        role: the role of the post.
        organisation: code of the organisation the post belongs to.
        team_id: the team, where the post has one.
        scopes: what a token is limited to; None for a person.
    """

    user_id: int
    account: str
    post_id: int
    role: Role
    organisation: str
    team_id: int | None = None
    scopes: frozenset[str] | None = None

    def may(self, ability: Ability) -> bool:
        """Whether the role allows something."""
        return allows(self.role, ability)

    def require(self, ability: Ability) -> None:
        """Go on only if the role allows something.

        Raises:
            Refused: it does not.
        """
        if not self.may(ability):
            raise Refused(f"Your role, {ROLES[self.role].label.lower()}, does not let you {ability.value}.")

    def __str__(self) -> str:
        return f"{self.account} ({self.role.value} at {self.organisation})"


def actor_of(user: User, post: Post, scopes: frozenset[str] | None = None) -> Actor:
    """The actor that a user is in one of their posts.

    Raises:
        Refused: the post is not theirs.
    """
    if post.user_id != user.pk:
        raise Refused("That post is not yours.")
    return Actor(
        user_id=user.pk,
        account=user.get_username(),
        post_id=post.pk,
        role=Role(post.role),
        organisation=post.organisation.code,
        team_id=post.team_id,
        scopes=scopes,
    )
