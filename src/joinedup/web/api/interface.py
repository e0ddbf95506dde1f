"""The interface for programs, put together: one router a noun, one way to tell problems, one document."""

from __future__ import annotations

from typing import Any, Final

from ninja import NinjaAPI
from ninja.openapi.schema import OpenAPISchema

from joinedup import __version__
from joinedup.web.api import evidence_base, jobs, measures, people, relationships, schemes, tasks, trace
from joinedup.web.api.document import complete
from joinedup.web.api.problems import explain_problems
from joinedup.web.api.tokens import Token


class Interface(NinjaAPI):
    """The interface, whose document says everything that may be answered."""

    def get_openapi_schema(self, **options: Any) -> OpenAPISchema:
        """The OpenAPI document, with every problem and its example."""
        return complete(super().get_openapi_schema(**options))


ABOUT: Final = (
    "The same actions, permissions and trace as the pages. Published figures and the evidence base are open to "
    "everybody; all else needs a token of a post, which its holder makes under Work, Tokens. People are named by "
    "their pseudonym (P and thirteen characters): no name and no number of a person is ever part of an address."
)


def _interface() -> Interface:
    made = Interface(
        title="joinedup",
        version=__version__,
        description=ABOUT,
        docs_url=None,
        urls_namespace="api",
        auth=Token(),
    )
    explain_problems(made)
    made.add_router("", measures.router, tags=["Published figures"])
    made.add_router("/evidence", evidence_base.router, tags=["Evidence base"])
    made.add_router("/people", people.router, tags=["People"])
    made.add_router("/tasks", tasks.router, tags=["Tasks"])
    made.add_router("/relationships", relationships.router, tags=["Relationships"])
    made.add_router("", schemes.router, tags=["Schemes"])
    made.add_router("/audit", trace.router, tags=["Trace"])
    made.add_router("/jobs", jobs.router, tags=["Background work"])
    return made


interface: Final = _interface()
