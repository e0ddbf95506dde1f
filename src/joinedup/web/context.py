"""What every page's frame shows: the place, its kind, the navigation."""

from __future__ import annotations

from django.http import HttpRequest


def page_frame(request: HttpRequest) -> dict[str, object]:
    """Context of the frame."""
    return {"path": request.path}
