"""Addresses of the pages of this room, and what the navigation offers of them."""

from __future__ import annotations

from typing import Final

from django.urls import URLPattern, URLResolver, path

from joinedup.rules.foundation.role import Ability
from joinedup.web.navigation import Item
from joinedup.web.views.people.copy import copy
from joinedup.web.views.people.emergency import emergency, finish
from joinedup.web.views.people.household import household
from joinedup.web.views.people.person import costs, looked, person, purpose, timeline
from joinedup.web.views.people.relationship import begin, end, parts, referral
from joinedup.web.views.people.restriction import lifting, restriction_list
from joinedup.web.views.people.search import search

urlpatterns: list[URLPattern | URLResolver] = [
    path("", search, name="people"),
    path("<person:person_id>/", person, name="person"),
    path("<person:person_id>/timeline/", timeline, name="person_timeline"),
    path("<person:person_id>/costs/", costs, name="person_costs"),
    path("<person:person_id>/who-looked/", looked, name="person_looked"),
    path("<person:person_id>/purpose/", purpose, name="person_purpose"),
    path("<person:person_id>/household/", household, name="person_household"),
    path("<person:person_id>/copy/", copy, name="person_copy"),
    path("<person:person_id>/emergency/", emergency, name="person_emergency"),
    path("<person:person_id>/emergency/<int:access_id>/finish/", finish, name="person_emergency_finish"),
    path("<person:person_id>/care/", begin, name="person_care"),
    path("<person:person_id>/care/<int:relationship_id>/end/", end, name="person_care_end"),
    path("<person:person_id>/care/<int:relationship_id>/parts/", parts, name="person_care_parts"),
    path("<person:person_id>/referral/", referral, name="person_referral"),
    path("<person:person_id>/restrictions/", restriction_list, name="person_restrictions"),
    path("<person:person_id>/restrictions/<int:restriction_id>/lift/", lifting, name="person_restriction_lift"),
]
NAVIGATION: Final[tuple[Item, ...]] = (Item("people", "Find a person", frozenset({Ability.FIND_PEOPLE})),)
