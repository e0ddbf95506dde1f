"""Opening a person from another record system: a signed link, used once, for an account that exists here."""

from __future__ import annotations

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from joinedup.register.actions.launch import Launched, LaunchRefused, refuse_other_account, use
from joinedup.web.acting import actor, needs
from joinedup.web.purposes import keep_purpose

#: Where the session keeps a launch between the link and the page it opens, for at most this long.
LAUNCHED = "launched"


@require_GET
@never_cache
def launch(request: HttpRequest) -> HttpResponse:
    """Check a signed link and spend it; what it opens waits in the session until its user has signed in."""
    try:
        launched = use(request.GET.get("token", ""))
    except LaunchRefused as refusal:
        return render(request, "joinedup/refused.html", {"reason": str(refusal)}, status=403)
    request.session[LAUNCHED] = launched.as_dict()
    if not request.user.is_authenticated:
        return redirect_to_login(reverse("open_launched"))
    return redirect("open_launched")


@require_GET
@never_cache
@needs()
def open_launched(request: HttpRequest) -> HttpResponse:
    """Open the person that a link named, for the account it named only."""
    kept = request.session.pop(LAUNCHED, None)
    launched = Launched.from_dict(kept) if kept else None
    if launched is None:
        return render(request, "joinedup/refused.html", {"reason": _SPENT}, status=403)
    by = actor(request)
    if launched.account != by.account:
        refuse_other_account(launched, by=by)
        return render(request, "joinedup/refused.html", {"reason": _OTHER}, status=403)
    keep_purpose(request, launched.person_id, launched.purpose)
    return redirect("person", person_id=launched.person_id)


_SPENT = "There is nothing to open. Start again from the other system: each of its links opens once."
_OTHER = (
    "The other system's link was made for another account. Sign in with that account, or open the person from here."
)
