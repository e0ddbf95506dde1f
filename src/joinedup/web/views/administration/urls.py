"""Addresses of the pages of this room, and what the navigation offers of them."""

from __future__ import annotations

from typing import Final

from django.urls import URLPattern, URLResolver, path

from joinedup.rules.foundation.role import Ability
from joinedup.web.navigation import Item
from joinedup.web.views.administration import area, launch_key, organisation, post, role, succession, team, user

urlpatterns: list[URLPattern | URLResolver] = [
    path("users/", user.users, name="users"),
    path("users/new/", user.new_user, name="new_user"),
    path("users/<int:user_id>/", user.user, name="user"),
    path("users/<int:user_id>/change/", user.change_user, name="change_user"),
    path("users/<int:user_id>/<str:what>/confirm/", user.confirm, name="confirm_user"),
    path("users/<int:user_id>/posts/new/", post.new_post, name="new_post"),
    path("users/posts/<int:post_id>/end/", post.end_post, name="end_post"),
    path("organisations/", organisation.organisations, name="organisations"),
    path("organisations/new/", organisation.new_organisation, name="new_organisation"),
    path("organisations/import/", organisation.import_place, name="import_place"),
    path("organisations/<int:organisation_id>/", organisation.organisation, name="organisation"),
    path("organisations/<int:organisation_id>/change/", organisation.change_organisation, name="change_organisation"),
    path("organisations/<int:organisation_id>/teams/new/", team.new_team, name="new_team"),
    path("organisations/successions/new/", succession.new_succession, name="new_succession"),
    path("organisations/teams/<int:team_id>/change/", team.change_team, name="change_team"),
    path("areas/", area.areas, name="areas"),
    path("areas/new/", area.new_area, name="new_area"),
    path("areas/<int:area_id>/change/", area.change_area, name="change_area"),
    path("launch-keys/", launch_key.launch_keys, name="launch_keys"),
    path("launch-keys/new/", launch_key.new_launch_key, name="new_launch_key"),
    path("launch-keys/<int:key_id>/end/", launch_key.end_launch_key, name="end_launch_key"),
    path("roles/", role.roles, name="roles"),
]
_MANAGES: Final = frozenset({Ability.MANAGE_USERS})
NAVIGATION: Final[tuple[Item, ...]] = (
    Item("users", "Users", _MANAGES),
    Item("organisations", "Organisations and teams", _MANAGES),
    Item("areas", "Areas", _MANAGES),
    Item("launch_keys", "Other systems", _MANAGES),
    Item("roles", "Who can do what"),
)
