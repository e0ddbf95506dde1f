"""Pages for what went wrong: they say what to do next."""

from __future__ import annotations

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
