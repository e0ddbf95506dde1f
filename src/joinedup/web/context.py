"""What every page's frame shows: the place, its kind, the navigation."""

from __future__ import annotations

from django.http import HttpRequest
from django.urls import reverse

from joinedup.web.middleware import FRAME

NAVIGATION = (
    ("overview", "How are we doing?"),
    ("findings", "Headline findings"),
    ("quality", "Data quality"),
    ("linkage", "Linkage"),
    ("releases", "Releases"),
    ("about", "About"),
)


def page_frame(request: HttpRequest) -> dict[str, object]:
    """Context of the frame: place, release and navigation."""
    frame = request.META.get(FRAME)
    return {
        "frame": frame,
        "navigation": _navigation(request.path, has_findings=frame is not None and frame.has_findings),
    }


def _navigation(path: str, *, has_findings: bool) -> list[dict[str, object]]:
    items: list[dict[str, object]] = []
    for name, label in NAVIGATION:
        address = reverse(name)
        if name == "findings" and not has_findings:
            continue
        is_part = path.startswith("/measures/") if name == "overview" else path.startswith(address)
        items.append({"href": address, "text": label, "current": path == address, "active": is_part})
    return items
