"""Where signing in leads, and the post that somebody with several acts in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET

from joinedup.register.models import Post, User
from joinedup.rules.foundation.role import ROLES, Role
from joinedup.web.acting import POST_KEY, actor_or_none, posts_of
from joinedup.web.second_factor import factors_of

#: The page on which each role begins its day; all others begin with the overview.
BEGINNINGS: Final = {
    Role.CARE_PROFESSIONAL: "caseload",
    Role.CARE_COORDINATOR: "caseload",
    Role.PROVIDER_USER: "caseload",
    Role.LINKAGE_OFFICER: "identity_pairs",
    Role.AUDITOR: "trace",
    Role.GUARDIAN: "emergencies",
    Role.ADMINISTRATOR: "users",
}


@dataclass(frozen=True, slots=True)
class PostOffered:
    """One post that can be chosen: its number, and what its page says of it."""

    id: int
    label: str
    sentence: str


@require_GET
@login_required
def landing(request: HttpRequest) -> HttpResponse:
    """The first page after signing in: the role's own; first the choice of a post where there are several."""
    by, user = actor_or_none(request), request.user
    if by is not None:
        return redirect(BEGINNINGS.get(by.role, "overview"))
    if isinstance(user, User) and posts_of(user):
        return redirect("choose_post")
    return render(request, "account/no_post.html", status=403)


@login_required
def choose_post(request: HttpRequest) -> HttpResponse:
    """Choose the post to act in; everything done afterwards is done, and written down, in that post."""
    user = request.user
    posts = posts_of(user) if isinstance(user, User) else []
    chosen = request.POST.get("post", "")
    if request.method == "POST" and chosen in {str(post.pk) for post in posts}:
        request.session[POST_KEY] = int(chosen)
        return redirect(_next(request), permanent=False)
    by = actor_or_none(request)
    page = {
        "posts": [_offered(post) for post in posts],
        "current": by.post_id if by else None,
        "error": "Choose the post you want to act in" if request.method == "POST" else "",
        "next": _next(request),
    }
    return render(request, "account/choose_post.html", page, status=400 if page["error"] else 200)


@require_GET
@login_required
def my_account(request: HttpRequest) -> HttpResponse:
    """One's own account: how it is protected, and the roles it holds."""
    user = request.user
    posts = posts_of(user) if isinstance(user, User) else []
    page = {
        "account": user.get_username(),
        "factors": factors_of(user) if isinstance(user, User) else (),
        "posts": [_offered(post) for post in posts],
    }
    return render(request, "account/my_account.html", page)


def _offered(post: Post) -> PostOffered:
    sheet = ROLES[Role(post.role)]
    where = f"{post.team.name}, {post.organisation.name}" if post.team else post.organisation.name
    return PostOffered(post.pk, f"{sheet.label}, {where}", sheet.sentence)


def _next(request: HttpRequest) -> str:
    """Where to go afterwards: a page of ours, or the role's own."""
    asked = request.POST.get("next") or request.GET.get("next") or ""
    is_ours = url_has_allowed_host_and_scheme(asked, {request.get_host()}, require_https=request.is_secure())
    return asked if is_ours else reverse("landing")
