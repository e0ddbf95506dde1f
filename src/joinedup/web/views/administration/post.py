"""Posts: a role given to somebody else at an organisation, and ended."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse

from joinedup.register.actions import post as actions
from joinedup.register.actor import Actor
from joinedup.register.clock import today
from joinedup.register.models import Organisation, Post, Team, User
from joinedup.rules.foundation.role import ROLES, Ability, Role
from joinedup.web.acting import actor, needs
from joinedup.web.form_fields import DayField, GovForm, see_other, show_form


class PostForm(GovForm):
    """Role, organisation, team and first day."""

    role = forms.ChoiceField(label="Which role?", widget=forms.RadioSelect)
    organisation = forms.ModelChoiceField(
        Organisation.objects.none(), label="At which organisation?", empty_label="Choose one"
    )
    team = forms.ModelChoiceField(
        Team.objects.none(),
        label="In which team?",
        empty_label="None",
        required=False,
        help_text="Needed by roles that open records: they open those of the people the team cares for",
    )
    valid_from = DayField(label="First day")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        fields: dict[str, Any] = self.fields
        fields["role"].choices = [(role.value, f"{sheet.label}\n{sheet.sentence}") for role, sheet in ROLES.items()]
        fields["organisation"].queryset = Organisation.objects.order_by("name")
        teams = Team.objects.select_related("organisation").order_by("organisation__name", "name")
        fields["team"].queryset = teams
        fields["team"].label_from_instance = lambda team: f"{team.organisation}: {team}"


class EndForm(GovForm):
    """The last day of a post."""

    last_day = DayField(
        label="Last day",
        help_text="The role still works on this day. To take it away at once, choose a day before today.",
    )


@needs(Ability.MANAGE_USERS)
def new_post(request: HttpRequest, user_id: int) -> HttpResponse:
    """Give somebody a role."""
    by, user = actor(request), get_object_or_404(User, pk=user_id)
    form = PostForm.of(request, initial={"valid_from": today()})
    if form.send("post.grant", lambda: {"id": actions.grant(user=user, entry=_entry(form), by=by).pk}, by=by):
        return see_other("user", user_id)
    page = {
        "question": f"Which role does {user.get_username()} need?",
        "button": "Give the role",
        "back": reverse("user", args=[user_id]),
    }
    return show_form(request, "administration/form.html", form, **page)


@needs(Ability.MANAGE_USERS)
def end_post(request: HttpRequest, post_id: int) -> HttpResponse:
    """End a role on a day."""
    by, post = actor(request), get_object_or_404(Post.objects.select_related("user", "organisation"), pk=post_id)
    form = EndForm.of(request, initial={"last_day": today(), "version": post.version})
    if form.send("post.end", lambda: _end(post, form, by), by=by):
        return see_other("user", post.user_id)
    held = f"{ROLES[Role(post.role)].label} at {post.organisation}"
    page = {
        "question": "When does this role end?",
        "intro": f"{post.user.get_username()}: {held}, since {post.valid_from:%-d %B %Y}. It stays in the register.",
        "button": "End the role",
        "back": reverse("user", args=[post.user_id]),
    }
    return show_form(request, "administration/form.html", form, **page)


def _entry(form: PostForm) -> actions.PostEntry:
    values = form.values()
    return actions.PostEntry(values["organisation"], Role(values["role"]), values["team"], values["valid_from"])


def _end(post: Post, form: EndForm, by: Actor) -> dict[str, object]:
    actions.end(post=post, version=form.edited_version, last_day=form.cleaned_data["last_day"], by=by)
    return {"id": post.pk}
