"""The page for somebody whose role asks for a second factor that they have not set up."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


@login_required
def second_factor_needed(request: HttpRequest) -> HttpResponse:
    """Why a second factor is needed, and the ways to set one up."""
    return render(request, "account/second_factor_needed.html")
