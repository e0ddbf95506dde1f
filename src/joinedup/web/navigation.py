"""What the navigation offers: each room of pages lists its own items, shown to those whose role may open them."""

from __future__ import annotations

from dataclasses import dataclass

from joinedup.rules.foundation.role import Ability


@dataclass(frozen=True, slots=True)
class Item:
    """One entry of the navigation.

    Attributes:
        name: the page's url name.
        text: what it says.
        abilities: who sees it: a role with any of them; everybody signed in when empty.
    """

    name: str
    text: str
    abilities: frozenset[Ability] = frozenset()
