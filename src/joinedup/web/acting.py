"""Who is asking: the post a signed-in user acts in, and the doors that pages stand behind."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from django.contrib.auth.views import redirect_to_login
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.functional import SimpleLazyObject

from joinedup.register.access import RecordClosed
from joinedup.register.actor import Actor, actor_of
from joinedup.register.audit import Entry, audit
from joinedup.register.clock import today
from joinedup.register.models import Post, User
from joinedup.rules.foundation.errors import Refused
from joinedup.rules.foundation.role import Ability

View = Callable[..., HttpResponseBase]

#: Where the session keeps the post that a user with several chose, and where a request carries its actor.
POST_KEY = "post"
ACTOR = "joinedup.actor"


class ActingPost:
    """Give each request its actor, found at the first use; turn a refusal into a page that says why."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.META[ACTOR] = SimpleLazyObject(lambda: _find(request))
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """A record that stays closed, or a thing that a role may not do, is explained with status 403."""
        if isinstance(exception, RecordClosed):
            page = {"reason": str(exception), "may_ask": exception.decision.may_ask, "path": request.path}
            return render(request, "joinedup/closed.html", page, status=403)
        if isinstance(exception, Refused):
            return render(request, "joinedup/refused.html", {"reason": str(exception)}, status=403)
        return None


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
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            by = actor(request)
            if abilities and not any(by.may(ability) for ability in abilities):
                audit(Entry("page.refused", subject=f"page{request.path}"[:120], ground=f"role {by.role}"), by=by)
                by.require(abilities[0])
            return view(request, *args, **kwargs)

        page.abilities = abilities  # type: ignore[attr-defined]
        return page

    return door


def _find(request: HttpRequest) -> Actor | None:
    user = request.user
    if not isinstance(user, User) or not user.is_authenticated:
        return None
    posts = posts_of(user)
    if not posts:
        return None
    chosen = request.session.get(POST_KEY)
    return actor_of(user, next((post for post in posts if post.pk == chosen), posts[0]))
