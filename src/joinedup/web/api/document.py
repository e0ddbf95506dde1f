"""The OpenAPI document made whole: every answer that is a problem, and which calls can get it."""

from __future__ import annotations

from typing import Any, Final

from ninja.openapi.schema import OpenAPISchema

from joinedup.web.api.problems import KINDS, MEDIA_TYPE, Fault, Problem, problem

Operation = dict[str, Any]

_SAID: Final = {
    403: "This token does not have the scope jobs:write.",
    404: "The current release has no measure with that id.",
    409: "This work has ended already; there is nothing to cancel.",
    422: "See what is wrong in errors.",
    503: "the place has no release yet; run `joinedup build`",
}


def complete(document: OpenAPISchema) -> OpenAPISchema:
    """Add to every call the problems that it may be answered with, each with an example."""
    parts = document.setdefault("components", {})
    parts.setdefault("schemas", {}).update({"Problem": _schema(Problem), "Fault": _schema(Fault)})
    parts["responses"] = {kind: _answer(status) for status, (kind, _) in KINDS.items()}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            for status in _statuses(path, method, operation):
                operation["responses"][str(status)] = {"$ref": f"#/components/responses/{KINDS[status][0]}"}
            operation["responses"] = {str(key): value for key, value in operation["responses"].items()}
    return document


def _statuses(path: str, method: str, operation: Operation) -> list[int]:
    """Which problems a call can meet."""
    headers = {each["name"] for each in operation.get("parameters", ()) if each["in"] == "header"}
    may = {
        400: "requestBody" in operation,
        401: bool(operation.get("security")),
        403: bool(operation.get("security")),
        404: "{" in path,
        409: method != "get" or "cursor" in {each["name"] for each in operation.get("parameters", ())},
        412: "If-Match" in headers,
        422: bool(operation.get("parameters")) or "requestBody" in operation,
        428: "If-Match" in headers,
        500: True,
        503: True,
    }
    return [status for status, is_possible in may.items() if is_possible]


def _answer(status: int) -> dict[str, Any]:
    faults = [Fault(field="query.limit", message="Input should be less than or equal to 100")] if status == 422 else []
    example = problem(status, _SAID.get(status, ""), faults)
    answer: dict[str, Any] = {
        "description": KINDS[status][1],
        "content": {
            MEDIA_TYPE: {
                "schema": {"$ref": "#/components/schemas/Problem"},
                "example": Problem.model_validate_json(example.content).model_dump(),
            }
        },
    }
    if status == 401:
        answer["headers"] = {"WWW-Authenticate": {"schema": {"type": "string"}}}
    return answer


def _schema(model: type[Problem | Fault]) -> dict[str, Any]:
    told = model.model_json_schema(ref_template="#/components/schemas/{model}")
    told.pop("$defs", None)
    return told
