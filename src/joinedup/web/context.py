"""What every page's frame shows: the place, its kind, who is signed in and in which post, the navigation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Final

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from joinedup.register.actor import Actor
from joinedup.register.models import Post
from joinedup.rules.foundation.role import ROLES, Role
from joinedup.web.acting import actor_or_none, post_or_none
from joinedup.web.middleware import FRAME
from joinedup.web.navigation import Item

NAVIGATION = (
    ("overview", "How are we doing?"),
    ("findings", "Headline findings"),
    ("evidence", "What works?"),
    ("quality", "Data quality"),
    ("linkage", "Linkage"),
    ("releases", "Releases"),
    ("about", "About"),
)

#: Rooms in the order of the navigation.
ROOMS: Final = ("caseload", "people", "schemes", "oversight", "administration", "work")


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who is signed in, as the frame shows it; `acting` is empty while no post is chosen."""

    account: str
    acting: str


def page_frame(request: HttpRequest) -> Mapping[str, object]:
    """Context of the frame: place, release, navigation, and who is signed in.

    A visitor without a session costs the register nothing: public pages work where there is none.
    """
    frame = request.META.get(FRAME)
    found: dict[str, object] = {
        "frame": frame,
        "navigation": _public(request.path, has_findings=frame is not None and frame.has_findings),
    }
    if settings.SESSION_COOKIE_NAME in request.COOKIES and request.user.is_authenticated:
        by = actor_or_none(request)
        found |= {
            "signed_in": _signed_in(request.user.get_username(), post_or_none(request)),
            "rooms": _rooms(request.path, by),
        }
    return found


def _signed_in(account: str, post: Post | None) -> SignedIn:
    if post is None:
        return SignedIn(account, "")
    where = post.team.name if post.team else post.organisation.name
    return SignedIn(account, f"{ROLES[Role(post.role)].label}, {where}")


def _public(path: str, *, has_findings: bool) -> list[dict[str, object]]:
    items: list[dict[str, object]] = []
    for name, label in NAVIGATION:
        address = reverse(name)
        if name == "findings" and not has_findings:
            continue
        is_part = path.startswith("/measures/") if name == "overview" else path.startswith(address)
        items.append({"href": address, "text": label, "current": path == address, "active": is_part})
    return items


def _rooms(path: str, by: Actor | None) -> list[dict[str, object]]:
    """What somebody in this post may open, room by room; the page that is open, or that holds it, is marked."""
    offered = [(reverse(item.name), item.text) for item in all_items() if by is not None and _may(by, item)]
    holding = max((address for address, _ in offered if path.startswith(address)), key=len, default="")
    return [
        {"href": address, "text": text, "current": path == address, "active": address == holding}
        for address, text in offered
    ]


def all_items() -> list[Item]:
    """Every item of every room."""
    return [item for room in ROOMS for item in import_module(f"joinedup.web.views.{room}.urls").NAVIGATION]


def _may(by: Actor, item: Item) -> bool:
    return not item.abilities or any(by.may(ability) for ability in item.abilities)
