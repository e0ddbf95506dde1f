"""Lists in pages: never more than a hundred rows, and a cursor that goes on where the last page ended."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, Final, Generic, TypeVar

from ninja import Query, Schema
from pydantic import Field

from joinedup.rules.foundation.errors import Invalid

T = TypeVar("T")
R = TypeVar("R")

MOST: Final = 100

Limit = Annotated[int, Query(ge=1, le=MOST, description=f"How many rows, up to {MOST}.", examples=[50])]
Cursor = Annotated[
    str,
    Query(max_length=120, pattern=r"^[A-Za-z0-9._~-]*$", description="`next` of the page before; empty for the first."),
]


class Page(Schema, Generic[T]):
    """Some rows of a list."""

    items: list[T]
    next: str | None = Field(description="Cursor of the next page; null on the last.")


def page_of(found: Sequence[R], limit: int, show: Callable[[R], T], key: Callable[[R], object]) -> Page[T]:
    """A page of rows, one more of which was read than is shown, so that it is known whether others follow."""
    rows = found[:limit]
    return Page(items=[show(row) for row in rows], next=str(key(rows[-1])) if len(found) > limit else None)


def number_in(cursor: str) -> int | None:
    """The row that a cursor goes on from; None for the first page.

    Raises:
        Invalid: it is no cursor.
    """
    if not cursor:
        return None
    if not (cursor.isascii() and cursor.isdigit() and len(cursor) < 19):
        raise Invalid({"query.cursor": "Use the value of `next` of the page before, unchanged."})
    return int(cursor)
