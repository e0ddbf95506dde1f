"""Addresses of the pages of this room, and what the navigation offers of them."""

from __future__ import annotations

from typing import Final

from django.urls import URLPattern, URLResolver

from joinedup.web.navigation import Item

urlpatterns: list[URLPattern | URLResolver] = []
NAVIGATION: Final[tuple[Item, ...]] = ()
