"""Who is calling: the bearer token, the post it acts in, and what its scopes let it do."""

from __future__ import annotations

from django.http import HttpRequest
from ninja.security import HttpBearer

from joinedup.register.access import RefusedInTrace
from joinedup.register.actor import Actor
from joinedup.register.audit import Entry, audit
from joinedup.register.queries.api_token import holder_of
from joinedup.register.scope import Scope, require
from joinedup.rules.foundation.errors import Refused


class Token(HttpBearer):
    """A token of a post, made on the page of tokens; sessions of the pages open nothing here."""

    def authenticate(self, request: HttpRequest, token: str) -> Actor | None:
        """The actor of a request; None where its token is not in use."""
        return holder_of(token)


def acting(request: HttpRequest, scope: Scope) -> Actor:
    """The actor of a call that needs a scope; a refusal is written down, as on pages.

    Raises:
        Refused: the token lacks the scope, or its role does not allow it.
    """
    by: Actor = request.auth  # type: ignore[attr-defined]
    try:
        require(scope, by=by)
    except Refused as refusal:
        audit(Entry("api.refused", f"api/{scope.value}", ground=str(refusal)), by=by)
        raise RefusedInTrace(str(refusal)) from refusal
    return by


def write_down(request: HttpRequest, refusal: Refused) -> None:
    """Leave a row for a refusal that left none, once whatever was begun is undone."""
    by = getattr(request, "auth", None)
    if isinstance(by, Actor) and not isinstance(refusal, RefusedInTrace):
        audit(Entry("api.refused", f"api{request.path.removeprefix('/api/v1')}"[:120], ground=str(refusal)), by=by)
