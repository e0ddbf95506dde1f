"""What goes wrong, as programs are told: problem details (RFC 9457) for every error, none with a personal value."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final

from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI, Schema
from ninja.errors import AuthenticationError, HttpError, ValidationError
from pydantic import Field

from joinedup.rules.foundation.errors import ConfigError, Conflict, Invalid, Refused, ReleaseError
from joinedup.web.api.tokens import write_down

MEDIA_TYPE: Final = "application/problem+json"
PREFIX: Final = "/api/"


class Fault(Schema):
    """One thing that is wrong with what was sent."""

    field: str = Field(description="Where: body.title, query.limit, header.X-Purpose; empty for the whole.")
    message: str = Field(description="What is wrong and what to do.")


class Problem(Schema):
    """What went wrong (RFC 9457)."""

    type: str = Field(description="Which kind of problem: stable, made for programs.")
    title: str = Field(description="The kind in words.")
    status: int = Field(description="The HTTP status.")
    detail: str = Field(description="What happened this time and what to do.")
    errors: list[Fault] = Field(default=[], description="What is wrong with what was sent, field by field.")


class VersionChanged(Exception):
    """The version named by If-Match is no longer the newest."""


class VersionMissing(Exception):
    """A change was asked for without saying which version it changes."""


#: Words for each status that the interface answers with.
KINDS: Final[Mapping[int, tuple[str, str]]] = {
    400: ("malformed", "What was sent cannot be read"),
    401: ("no-token", "No valid token"),
    403: ("refused", "Not allowed"),
    404: ("not-found", "Nothing there"),
    405: ("method", "This address does not take that method"),
    409: ("conflict", "Something else happened meanwhile"),
    412: ("version-changed", "Somebody else changed it"),
    422: ("invalid", "What was sent breaks a rule"),
    428: ("version-missing", "Say which version you change"),
    500: ("fault", "A fault of joinedup's own"),
    503: ("no-release", "Nothing readable is published"),
}

_DETAILS: Final[Mapping[int, str]] = {
    401: "Send a token that is in use: Authorization: Bearer joinedup_...",
    404: "There is nothing at this address, or nothing that you may know of.",
    405: "Look at the header Allow, or at openapi.json.",
    412: "Read it again: its ETag is the version to send in If-Match.",
    428: "Send the ETag that you read in the header If-Match.",
    500: "Nothing was changed. If it happens again, tell whoever runs this place.",
}


def problem(status: int, detail: str = "", errors: Sequence[Fault] = ()) -> HttpResponse:
    """An answer that tells a problem."""
    kind, title = KINDS.get(status, ("problem", HTTPStatus(status).phrase))
    told = Problem(
        type=f"urn:joinedup:problem:{kind}",
        title=title,
        status=status,
        detail=detail or _DETAILS.get(status, title + "."),
        errors=list(errors),
    )
    answer = HttpResponse(json.dumps(told.model_dump()), status=status, content_type=MEDIA_TYPE)
    if status == HTTPStatus.UNAUTHORIZED:
        answer["WWW-Authenticate"] = 'Bearer realm="joinedup"'
    return answer


class ProblemAnswers:
    """Give every error below /api/ the same shape, wherever it was found: unknown addresses, methods, faults."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        answer = self.get_response(request)
        if not request.path.startswith(PREFIX):
            return answer
        answer["Cache-Control"] = "no-store"
        if answer.status_code < HTTPStatus.BAD_REQUEST or answer["Content-Type"] == MEDIA_TYPE:
            return answer
        told = problem(answer.status_code)
        for name in ("Allow", "Cache-Control"):
            if name in answer:
                told[name] = answer[name]
        return told


def explain_problems(api: NinjaAPI) -> None:
    """Tell an interface how each exception of ours is answered."""

    def tell(kind: type[Exception], how: Callable[[Any], HttpResponse]) -> None:
        api.add_exception_handler(kind, lambda request, error: how(error))

    tell(AuthenticationError, lambda error: problem(401))
    tell(HttpError, lambda error: problem(error.status_code, "It is not JSON." if error.status_code == 400 else ""))
    tell(ValidationError, lambda error: problem(422, _TOGETHER, [_fault(each) for each in error.errors]))
    tell(Http404, lambda error: problem(404, str(error.args[0]) if error.args else ""))
    api.add_exception_handler(Refused, _refused)
    tell(Conflict, lambda error: problem(409, str(error)))
    tell(Invalid, lambda error: problem(422, _TOGETHER, [Fault(field=k, message=v) for k, v in error.fields.items()]))
    tell(VersionChanged, lambda error: problem(412))
    tell(VersionMissing, lambda error: problem(428))
    tell(ReleaseError, lambda error: problem(503, str(error)))
    tell(ConfigError, lambda error: problem(503, str(error)))


def _refused(request: HttpRequest, error: Any) -> HttpResponse:
    write_down(request, error)
    return problem(403, str(error))


_TOGETHER: Final = "See what is wrong in errors."


def _fault(error: Mapping[str, Any]) -> Fault:
    place = [str(part) for part in error["loc"] if part not in ("new", "payload", "wanted")]
    return Fault(field=".".join(place), message=str(error["msg"]))
