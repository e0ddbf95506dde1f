"""What has been published, and when."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from joinedup.web.evidence import reader


@require_safe
def releases(request: HttpRequest) -> HttpResponse:
    """Kept releases, newest first."""
    return render(request, "joinedup/releases.html", {"releases": reader().history()})
