"""The trace for programs: who did what, to what, why, on which ground; people as pseudonyms."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import Field

from joinedup.register.models import AuditEvent
from joinedup.register.queries.audit_event import events
from joinedup.register.scope import Scope
from joinedup.rules.foundation.identifier import display_person_id
from joinedup.web.api.paging import Cursor, Limit, Page, number_in, page_of
from joinedup.web.api.tokens import acting

router: Final = Router()


class Row(Schema):
    """One row of the trace."""

    sequence: int
    ref: str
    at: datetime
    actor: str
    organisation: str
    action: str
    subject: str
    purpose: str
    ground: str
    detail: dict[str, Any] = Field(description="Before and after; never a name or a number of a person.")
    people: list[str] = Field(description="Pseudonyms of everybody whose record was shown or changed.")
    previous: str
    digest: str


@router.get("", response=Page[Row], summary="Who did what?")
def list_rows(request: HttpRequest, limit: Limit = 50, cursor: Cursor = "") -> Page[Row]:
    """The newest first, each with the hash of the row before it; reading it is written down too. Scope: audit:read."""
    by = acting(request, Scope.AUDIT_READ)
    found = events(by=by, before=number_in(cursor), limit=limit + 1)
    return page_of(found, limit, _told, lambda row: row.sequence)


def _told(row: AuditEvent) -> Row:
    return Row(
        sequence=row.sequence,
        ref=row.ref,
        at=row.at,
        actor=row.actor,
        organisation=row.organisation,
        action=row.action,
        subject=row.subject,
        purpose=row.purpose,
        ground=row.ground,
        detail=row.detail,
        people=[display_person_id(int(person)) for person in row.people],
        previous=row.previous,
        digest=row.digest,
    )
