"""What the document of the interface promises is kept, whatever is sent."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from django.conf import LazySettings
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from django.test import Client
from hypothesis import HealthCheck, Phase, given, settings, strategies
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    ignored_auth,
    missing_required_header,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
    use_after_free,
)

from joinedup.rules.foundation.identifier import parse_person_id
from joinedup.rules.foundation.role import Role
from joinedup.web import evidence
from joinedup.web.api.problems import MEDIA_TYPE
from tests.place_on_disk import nhs_number
from tests.register.people import actor, carer, cares_for, team
from tests.web.api.conftest import token

pytestmark = pytest.mark.django_db

CHECKS = (
    not_a_server_error,
    content_type_conformance,
    ignored_auth,
    missing_required_header,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
    use_after_free,
)
#: Calls made of each kind; enough to try each parameter both ways.
EXAMPLES = 8
#: Which role calls what.
ROLES = {"Background work": Role.ANALYST, "Trace": Role.AUDITOR, "Schemes": Role.BOARD_MEMBER}


@pytest.fixture
def served(built: Path, settings: LazySettings) -> None:
    settings.JOINEDUP_PLACE = built
    settings.ALLOWED_HOSTS = ["testserver", "localhost"]
    evidence.open_reader.cache_clear()


@contextmanager
def one_connection() -> Iterator[None]:
    """Let calls share the connection of the test, as those of Django's own client do."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def document(served: None) -> Any:
    with one_connection():
        return schemathesis.openapi.from_wsgi("/api/v1/openapi.json", get_wsgi_application())


@pytest.fixture
def person(served: None, by_carer: str) -> str:
    """Somebody whom the team of the calls cares for."""
    wanted = {"nhs_number": nhs_number(4)}
    headers = {"Authorization": f"Bearer {by_carer}"}
    found = Client(headers=headers).post("/api/v1/people/search", wanted, content_type="application/json")
    pseudonym: str = found.json()["items"][0]["person"]
    cares_for(team(), parse_person_id(pseudonym))
    return pseudonym


@pytest.fixture
def by_carer(served: None) -> str:
    return token(carer())


@pytest.fixture
def tokens(by_carer: str) -> dict[str, str]:
    return {tag: token(actor(role)) for tag, role in ROLES.items()}


def test_every_call_keeps_what_the_document_promises(
    document: Any, by_carer: str, person: str, tokens: dict[str, str]
) -> None:
    with one_connection():
        for operation in (found.ok() for found in document.get_all_operations()):
            _try(operation, tokens.get(operation.tags[0], by_carer), person)


def _try(operation: Any, secret: str, person: str) -> None:
    """Send a call what fits its document and what does not, and hold the answers against it."""

    @settings(
        max_examples=EXAMPLES, deadline=None, derandomize=True, database=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(data=strategies.data())
    def send(data: strategies.DataObject) -> None:
        mode = data.draw(strategies.sampled_from(list(GenerationMode)))
        case = data.draw(operation.as_strategy(generation_mode=mode))
        if mode is GenerationMode.POSITIVE and "person" in case.path_parameters:
            case.path_parameters["person"] = person
        headers = {"Authorization": f"Bearer {secret}", "Accept-Encoding": "identity"}
        case.call_and_validate(headers=headers, checks=CHECKS)

    send()


def test_every_call_promises_its_problems_in_one_shape_and_every_call_with_content_shows_an_example(
    served: None,
) -> None:
    document = Client().get("/api/v1/openapi.json").json()
    for answer in document["components"]["responses"].values():
        assert answer["content"][MEDIA_TYPE]["example"]["status"]
    for path, methods in document["paths"].items():
        for operation in methods.values():
            assert operation["summary"]
            assert ("401" in operation["responses"]) == bool(operation.get("security")), path
            assert not {"name", "surname", "nhs_number"} & {each["name"] for each in operation.get("parameters", ())}
