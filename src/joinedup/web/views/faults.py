"""Pages for what went wrong: they say what to do next."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404: nothing at this address; the exception's own words are shown where one of our pages raised it."""
    said = exception.args[0] if exception.args and isinstance(exception.args[0], str) else ""
    return render(request, "joinedup/not_found.html", {"said": said}, status=404)


def fault(request: HttpRequest) -> HttpResponse:
    """500: a fault of joinedup's own; the page needs nothing but itself."""
    return HttpResponse(render_to_string("joinedup/fault.html"), status=500)


def form_expired(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403: a form came without the mark that it is ours, as happens when it was open for too long."""
    return render(request, "joinedup/form_expired.html", status=403)


def locked(request: HttpRequest, *_: object) -> HttpResponse:
    """429: too many wrong passwords or codes; the account is locked for this address for a while."""
    return render(request, "account/locked.html", {"minutes": settings.AXES_COOLOFF_TIME.seconds // 60}, status=429)
