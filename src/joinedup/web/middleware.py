"""What happens around every page: the newest release is picked up, and a missing one is explained."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from joinedup.rules.foundation.errors import ConfigError, JoinedupError, ReleaseError
from joinedup.store.place import load_place
from joinedup.store.published import ReleaseInfo
from joinedup.web.evidence import reader

#: Where a request carries the frame.
FRAME = "joinedup.frame"


@dataclass(frozen=True, slots=True)
class Frame:
    """What the frame of every page shows of the place."""

    place: str
    kind: str
    release: ReleaseInfo | None
    has_findings: bool


#: Rooms of the register, which work before anything is published.
WITHOUT_RELEASE: Final = (
    "/account/",
    "/administration/",
    "/api/",
    "/caseload/",
    "/launch/",
    "/oversight/",
    "/people/",
    "/work/",
)


class CurrentRelease:
    """Turn to the current release before each page; say what to do where a page needs one and there is none."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        frame: Frame | None
        try:
            published = reader()
            published.refresh()
            frame = Frame(
                published.place_name(), published.place_kind(), published.release(), bool(published.findings())
            )
        except (ReleaseError, ConfigError) as error:
            if not request.path.startswith(WITHOUT_RELEASE):
                return nothing_to_show(request, error)
            frame = _frame_of_the_place()
        request.META[FRAME] = frame
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """A release that became unreadable while a page was made is explained as well."""
        return nothing_to_show(request, exception) if isinstance(exception, ReleaseError) else None


def _frame_of_the_place() -> Frame | None:
    """The frame of a place that has published nothing yet; None where no place is served."""
    folder: Path | None = settings.JOINEDUP_PLACE
    if folder is None or not (folder / "place.toml").is_file():
        return None
    place = load_place(folder)
    return Frame(place.name, place.kind.value, release=None, has_findings=False)


def nothing_to_show(request: HttpRequest, error: JoinedupError) -> HttpResponse:
    """The page for a place without a readable release, with status 503."""
    is_new = "no release yet" in str(error)
    page = {"reason": str(error), "is_new": is_new}
    return render(request, "joinedup/no_release.html", page, status=503)
