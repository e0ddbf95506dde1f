"""Whom a team cares for, for programs: pseudonyms and what ties the team to each."""

from __future__ import annotations

from datetime import date
from typing import Final

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import Field

from joinedup.register.caseload import Tie
from joinedup.register.queries.relationship import relationships
from joinedup.register.scope import Scope
from joinedup.rules.foundation.identifier import display_person_id
from joinedup.web.api.paging import Cursor, Limit, Page, number_in
from joinedup.web.api.tokens import acting

router: Final = Router()


class Relationship(Schema):
    """What ties the team to one person."""

    person: str
    kind: str = Field(description="care or referred.")
    since: date
    is_open: bool = Field(description="Whether the record opens for direct care; not where the person objects.")


@router.get("", response=Page[Relationship], summary="Whom does our team care for?")
def list_relationships(request: HttpRequest, limit: Limit = 50, cursor: Cursor = "") -> Page[Relationship]:
    """People of the token's own team, by pseudonym. Scope: relationships:read."""
    by = acting(request, Scope.RELATIONSHIPS_READ)
    start = number_in(cursor) or 0
    found = relationships(by=by, offset=start, limit=limit + 1)
    following = str(start + limit) if len(found) > limit else None
    return Page(items=[_told(tie) for tie in found[:limit]], next=following)


def _told(tie: Tie) -> Relationship:
    return Relationship(person=display_person_id(tie.person_id), kind=tie.kind, since=tie.since, is_open=tie.is_open)
