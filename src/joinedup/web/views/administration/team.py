"""Teams of organisations."""

from __future__ import annotations

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse

from joinedup.register.actions import team as actions
from joinedup.register.actor import Actor
from joinedup.register.models import Organisation, Team
from joinedup.rules.foundation.role import Ability
from joinedup.web.acting import actor, needs
from joinedup.web.form_fields import GovForm, see_other, show_form


class TeamForm(GovForm):
    """What is entered of a team."""

    name = forms.CharField(max_length=120)
    service = forms.CharField(max_length=64, required=False, help_text="What the team does, for example reablement")
    phone = forms.CharField(label="Telephone", max_length=40, required=False)
    email = forms.CharField(label="E-mail address", max_length=254, required=False)


@needs(Ability.MANAGE_USERS)
def new_team(request: HttpRequest, organisation_id: int) -> HttpResponse:
    """Add a team."""
    by, row = actor(request), get_object_or_404(Organisation, pk=organisation_id)
    form = TeamForm.of(request)
    if form.send("team.add", lambda: _add(row, form, by), by=by):
        return see_other("organisation", organisation_id)
    page = {
        "question": f"Which team of {row}?",
        "button": "Add the team",
        "back": reverse("organisation", args=[organisation_id]),
    }
    return show_form(request, "administration/form.html", form, **page)


@needs(Ability.MANAGE_USERS)
def change_team(request: HttpRequest, team_id: int) -> HttpResponse:
    """Change a team."""
    by, row = actor(request), get_object_or_404(Team, pk=team_id)
    names = ("name", "service", "phone", "email")
    form = TeamForm.of(request, initial={name: getattr(row, name) for name in names})
    if form.send("team.change", lambda: _change(row, form, by), by=by):
        return see_other("organisation", row.organisation_id)
    page = {"question": f"What changes in {row}?", "back": reverse("organisation", args=[row.organisation_id])}
    return show_form(request, "administration/form.html", form, **page)


def _add(row: Organisation, form: TeamForm, by: Actor) -> dict[str, object]:
    return {"id": actions.add(organisation=row, entry=actions.TeamEntry(**form.values()), by=by).pk}


def _change(row: Team, form: TeamForm, by: Actor) -> dict[str, object]:
    actions.change(team=row, entry=actions.TeamEntry(**form.values()), by=by)
    return {"id": row.pk}
