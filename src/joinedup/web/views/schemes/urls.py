"""Addresses of the pages of this room, and what the navigation offers of them."""

from __future__ import annotations

from typing import Final

from django.urls import URLPattern, URLResolver, path

from joinedup.rules.foundation.role import Ability
from joinedup.web.navigation import Item
from joinedup.web.views.schemes import schemes

urlpatterns: list[URLPattern | URLResolver] = [
    path("", schemes.scheme_list, name="schemes"),
    # "evaluations/", "evidence/", "claims/" and "alerts/" stand before any address that begins with a scheme's id
]
NAVIGATION: Final[tuple[Item, ...]] = (Item("schemes", "Schemes", frozenset({Ability.SEE_SCHEMES})),)
