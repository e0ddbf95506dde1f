"""How long somebody stays signed in: some hours at most, and half an hour without a page."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_cache_control

SINCE: Final = "session.since"
SEEN: Final = "session.seen"

#: A session is written at most once in this time, so that reading pages does not write to the register each time.
WRITE_EVERY_SECONDS: Final = 60


class SessionLimits:
    """End sessions that are too old or were left alone, and keep what signed-in people saw out of caches."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        is_known = settings.SESSION_COOKIE_NAME in request.COOKIES and request.user.is_authenticated
        if is_known:
            _keep_or_end(request)
        response = self.get_response(request)
        if is_known:
            patch_cache_control(response, private=True, no_store=True)
        return response


def _keep_or_end(request: HttpRequest) -> None:
    moment = int(time.time())
    since = request.session.setdefault(SINCE, moment)
    seen = request.session.setdefault(SEEN, moment)
    is_old = moment - since > settings.SESSION_HOURS * 3600
    was_left = moment - seen > settings.SESSION_IDLE_MINUTES * 60
    if is_old or was_left:
        logout(request)
    elif moment - seen >= WRITE_EVERY_SECONDS:
        request.session[SEEN] = moment
