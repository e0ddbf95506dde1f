"""Who is asking: the post a signed-in user acts in, and the doors that pages stand behind."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from django.contrib.auth.views import redirect_to_login
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import SimpleLazyObject

from joinedup.register.access import RecordClosed, RefusedInTrace
from joinedup.register.actor import Actor, actor_of
from joinedup.register.audit import Entry, audit
from joinedup.register.clock import today
from joinedup.register.models import Post, User
from joinedup.rules.foundation.errors import Refused
from joinedup.rules.foundation.role import Ability
from joinedup.web.second_factor import is_lacking

View = Callable[..., HttpResponseBase]

#: Where the session keeps the post that a user with several chose, and where a request carries its actor.
POST_KEY = "post"
ACTOR = "joinedup.actor"
POST = "joinedup.post"


class ActingPost:
    """Give each request its actor, found at the first use; turn a refusal into a page that says why."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.META[POST] = SimpleLazyObject(lambda: find_post(request))
        request.META[ACTOR] = SimpleLazyObject(lambda: _as_actor(request, post_or_none(request)))
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """A record that stays closed, or a thing that a role may not do, is explained with status 403."""
        if isinstance(exception, RecordClosed):
            page = {"reason": str(exception), "may_ask": exception.decision.may_ask, "path": request.path}
            return render(request, "joinedup/closed.html", page, status=403)
        if isinstance(exception, Refused):
            _write_down(request, exception)
            return render(request, "joinedup/refused.html", {"reason": str(exception)}, status=403)
        return None


def _write_down(request: HttpRequest, refusal: Refused) -> None:
    """Leave a row for a refusal that left none, once whatever was begun is undone."""
    by = actor_or_none(request)
    if by is not None and not isinstance(refusal, RefusedInTrace):
        audit(Entry("page.refused", subject=f"page{request.path}"[:120], ground=str(refusal)), by=by)


def posts_of(user: User) -> list[Post]:
    """The posts a user holds on the place's day, in the order they were given."""
    day = today()
    held = Post.objects.filter(Q(valid_to__isnull=True) | Q(valid_to__gte=day), user=user, valid_from__lte=day)
    return list(held.select_related("organisation", "team").order_by("id"))


def actor_or_none(request: HttpRequest) -> Actor | None:
    """The actor of a request; None where nobody is signed in or the account holds no post."""
    found = request.META.get(ACTOR)
    return found if isinstance(found, Actor) else None


def actor(request: HttpRequest) -> Actor:
    """The actor of a request behind a door.

    Raises:
        Refused: the account holds no post today.
    """
    found = actor_or_none(request)
    if found is None:
        raise Refused("Your account holds no role at any organisation today. Ask your administrator for one.")
    return found


def needs(*abilities: Ability) -> Callable[[View], View]:
    """A door: the page opens to a signed-in user whose post has one of the abilities (any post when none is named).

    What it refuses is written down.
    """

    def door(view: View) -> View:
        @wraps(view)
        def page(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
            before = _before_the_door(request)
            if before is not None:
                return before
            by = actor(request)
            if abilities and not any(by.may(ability) for ability in abilities):
                by.require(abilities[0])
            return view(request, *args, **kwargs)

        page.abilities = abilities  # type: ignore[attr-defined]
        return page

    return door


def _before_the_door(request: HttpRequest) -> HttpResponseBase | None:
    """What somebody must do first: sign in, choose the post to act in, set up a second factor."""
    here, user = request.get_full_path(), request.user
    if not isinstance(user, User) or not user.is_authenticated:
        return redirect_to_login(here)
    by = actor_or_none(request)
    if by is None and len(posts_of(user)) > 1:
        return redirect_to_login(here, reverse("choose_post"))
    if by is not None and is_lacking(request, by.role):
        return redirect("second_factor_needed")
    return None


def post_or_none(request: HttpRequest) -> Post | None:
    """The post a request acts in."""
    found = request.META.get(POST)
    return found if isinstance(found, Post) else None


def _as_actor(request: HttpRequest, post: Post | None) -> Actor | None:
    user = request.user
    return actor_of(user, post) if isinstance(user, User) and post else None


def find_actor(request: HttpRequest) -> Actor | None:
    """The actor of a request, looked for anew."""
    user, post = request.user, find_post(request)
    return actor_of(user, post) if post is not None and isinstance(user, User) else None


def find_post(request: HttpRequest) -> Post | None:
    """The post chosen for this session, or the only one its user holds; it must be in force today."""
    user = request.user
    if not isinstance(user, User) or not user.is_authenticated:
        return None
    posts = posts_of(user)
    chosen = request.session.get(POST_KEY)
    return next((post for post in posts if post.pk == chosen), posts[0] if len(posts) == 1 else None)
