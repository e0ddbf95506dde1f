"""Lists: which part of one somebody wants to see, and the part itself with how many rows there are in all."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from django.db.models import Model, Q, QuerySet

T = TypeVar("T")
M = TypeVar("M", bound=Model)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which part of a list is asked for.

    Attributes:
        search: words that a row must hold, all of them; "" for no search.
        filters: filter -> the chosen value; one that is not chosen is absent.
        order: id of the column to sort by.
        descending: last first.
        offset: rows to leave out at the beginning.
        limit: rows at most.
    """

    search: str = ""
    filters: Mapping[str, str] = field(default_factory=dict)
    order: str = ""
    descending: bool = False
    offset: int = 0
    limit: int = 25

    def words(self) -> tuple[str, ...]:
        """The words searched for, in lower case."""
        return tuple(self.search.lower().split())


@dataclass(frozen=True, slots=True)
class Part(Generic[T]):
    """One part of a list.

    Attributes:
        rows: the rows of this part.
        total: how many rows the whole list has under the same search and filters.
    """

    rows: tuple[T, ...]
    total: int


def part_of_rows(
    rows: Iterable[T], wanted: Wanted, *, text: Callable[[T], str], orders: Mapping[str, Callable[[T], Any]]
) -> Part[T]:
    """The wanted part of rows that are at hand; the caller has applied the filters.

    Args:
        rows: all rows, in an order that breaks ties.
        wanted: what is asked for.
        text: what is searched of a row.
        orders: column -> its key; a key that is None comes last in either direction.
    """
    words = wanted.words()
    kept = [row for row in rows if all(word in text(row).lower() for word in words)]
    key = orders.get(wanted.order)
    if key is not None:
        told = [row for row in kept if key(row) is not None]
        silent = [row for row in kept if key(row) is None]
        kept = sorted(told, key=key, reverse=wanted.descending) + silent
    return Part(tuple(kept[wanted.offset : wanted.offset + wanted.limit]), len(kept))


def part_of_table(rows: QuerySet[M], wanted: Wanted, *, searched: Sequence[str], orders: Mapping[str, str]) -> Part[M]:
    """The wanted part of rows of a table; the caller has applied the filters.

    Args:
        rows: the rows.
        wanted: what is asked for.
        searched: columns that are searched.
        orders: column of the list -> column of the table.
    """
    for word in wanted.words():
        rows = rows.filter(_any_holds(searched, word))
    name = orders.get(wanted.order)
    if name is not None:
        rows = rows.order_by(f"{'-' if wanted.descending else ''}{name}", "pk")
    return Part(tuple(rows[wanted.offset : wanted.offset + wanted.limit]), rows.count())


def _any_holds(columns: Sequence[str], word: str) -> Q:
    held = Q()
    for column in columns:
        held |= Q(**{f"{column}__icontains": word})
    return held
