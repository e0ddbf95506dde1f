"""Choices of a form that is sent by GET, so that every choice has an address."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.http import Http404


@dataclass(frozen=True, slots=True)
class Choice:
    """One choice of a list."""

    value: str
    text: str
    selected: bool

    def item(self) -> dict[str, object]:
        """The choice as the select component takes it."""
        return {"value": self.value, "text": self.text, "selected": self.selected}


def chosen(asked: str | None, offered: Iterable[str], what: str, default: str) -> str:
    """The choice that an address asks for.

    Args:
        asked: the value in the address; None or "" for none.
        offered: what can be chosen.
        what: the noun, for the message.
        default: used where nothing is asked.

    Raises:
        Http404: the address asks for something that is not offered; the message says what is.
    """
    if not asked:
        return default
    known = list(offered)
    if asked not in known:
        few = ", ".join(known[:12]) + (" and more" if len(known) > 12 else "")
        raise Http404(f"There is no {what} with that name here. There is: {few}.")
    return asked
