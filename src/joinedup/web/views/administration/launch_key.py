"""Other record systems whose users may open a person here by a signed link."""

from __future__ import annotations

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_GET

from joinedup.register.actions import launch as actions
from joinedup.register.actor import Actor
from joinedup.register.clock import today
from joinedup.register.models import LaunchKey
from joinedup.register.queries.launch_key import launch_keys as all_keys
from joinedup.rules.foundation.role import Ability
from joinedup.web.acting import actor, needs
from joinedup.web.form_fields import GovForm, see_other, show_form


class LaunchKeyForm(GovForm):
    """What another system calls itself, and its public key."""

    label = forms.CharField(label="What people call the system", max_length=200)
    issuer = forms.CharField(
        label="What it calls itself in its links", max_length=120, help_text="The issuer (iss), often its web address"
    )
    public_key = forms.CharField(
        label="Its Ed25519 public key", widget=forms.Textarea(attrs={"rows": 5, "spellcheck": "false"})
    )


@require_GET
@needs(Ability.MANAGE_USERS)
def launch_keys(request: HttpRequest) -> HttpResponse:
    """Every system that is or was trusted."""
    return render(request, "administration/launch_keys.html", {"keys": all_keys(by=actor(request))})


@needs(Ability.MANAGE_USERS)
def new_launch_key(request: HttpRequest) -> HttpResponse:
    """Trust another system."""
    by, form = actor(request), LaunchKeyForm.of(request)
    if form.send("launch_key.add", lambda: {"id": actions.add_key(**form.values(), by=by).pk}, by=by):
        return see_other("launch_keys")
    page = {"question": "Which system may open people here?", "button": "Trust it", "back": reverse("launch_keys")}
    return show_form(request, "administration/form.html", form, **page)


@needs(Ability.MANAGE_USERS)
def end_launch_key(request: HttpRequest, key_id: int) -> HttpResponse:
    """Stop trusting another system."""
    by, key = actor(request), get_object_or_404(LaunchKey, pk=key_id)
    form = GovForm.of(request)
    if form.send("launch_key.end", lambda: _end(key, by), by=by):
        return see_other("launch_keys")
    page = {
        "question": f"Stop trusting {key.label}?",
        "intro": f"Its links open nothing any more from this moment, {today():%-d %B %Y}, on.",
        "button": "Stop trusting it",
        "warns": True,
        "back": reverse("launch_keys"),
    }
    return show_form(request, "administration/form.html", form, **page)


def _end(key: LaunchKey, by: Actor) -> dict[str, object]:
    actions.end_key(key=key, by=by)
    return {"id": key.pk}
