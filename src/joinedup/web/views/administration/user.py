"""Accounts: who has one, made with a one-time link, closed, unlocked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_GET

from joinedup.register.actions import user as actions
from joinedup.register.actor import Actor
from joinedup.register.models import User
from joinedup.register.queries.user import UserSheet, user_sheet
from joinedup.register.queries.user import users as found_users
from joinedup.rules.foundation.role import ROLES, Ability, Role
from joinedup.web.acting import actor, needs
from joinedup.web.form_fields import GovForm, see_other, show_form
from joinedup.web.lists import Column, Filter, Listing, answer_list

#: Where the session keeps a one-time link until the page that shows it has been made.
LINK = "administration.link"


class UserForm(GovForm):
    """What is entered of a person who works here."""

    forename = forms.CharField(max_length=150, required=False)
    surname = forms.CharField(max_length=150, required=False)
    email = forms.CharField(label="E-mail address", max_length=254, required=False, help_text="For colleagues only")


class NewUserForm(UserForm):
    """The same, with the name to sign in with."""

    account = forms.CharField(
        label="Account name", max_length=150, help_text="To sign in with. It cannot be changed or used again later."
    )
    field_order = ("account", "forename", "surname", "email")


_TAGS: Final = {"Locked": "govuk-tag--red", "Closed": "govuk-tag--grey", "Invited": "govuk-tag--blue"}

USERS: Final[Listing[UserSheet]] = Listing(
    id="users",
    caption="Accounts",
    fetch=lambda wanted, by: found_users(wanted, by=by),
    order="name",
    search="Part of a name, account or organisation",
    noun=("account", "accounts"),
    columns=(
        Column("name", "Name", lambda row: row.name, link=lambda row: reverse("user", args=[row.id]), is_sorted=True),
        Column("account", "Account", lambda row: row.account, is_sorted=True, is_whole=True),
        Column("roles", "Roles today", lambda row: "; ".join(held.words for held in row.posts if held.is_in_force)),
        Column("state", "State", lambda row: row.status, tag=lambda row: _TAGS.get(row.status, "")),
        Column("factor", "Second factor", lambda row: ", ".join(row.second_factors)),
        Column("last_sign_in", "Last signed in", lambda row: row.last_sign_in, is_sorted=True),
    ),
    filters=(
        Filter("role", "Role today", (("", "Every role"), *((role.value, ROLES[role].label) for role in Role))),
        Filter("state", "State", (("", "All"), ("open", "Open"), ("closed", "Closed"))),
    ),
)


@require_GET
@needs(Ability.MANAGE_USERS)
def users(request: HttpRequest) -> HttpResponse:
    """Every account, looked for by name and by role."""
    answer = answer_list(request, USERS, by=actor(request))
    if isinstance(answer, HttpResponse):
        return answer
    return render(request, "administration/users.html", {"list": answer})


@require_GET
@needs(Ability.MANAGE_USERS)
def user(request: HttpRequest, user_id: int) -> HttpResponse:
    """One account with its posts; right after it was made, its one-time link, which is shown once."""
    by = actor(request)
    sheet = user_sheet(user_id, by=by)
    if sheet is None:
        raise Http404("There is no account at this address.")
    kept: dict[str, str] = request.session.pop(LINK, {})
    link = request.build_absolute_uri(kept[str(user_id)]) if str(user_id) in kept else ""
    page = {"user": sheet, "link": link, "is_oneself": by.user_id == user_id}
    return render(request, "administration/user.html", page)


@needs(Ability.MANAGE_USERS)
def new_user(request: HttpRequest) -> HttpResponse:
    """Make an account; the next page shows its one-time link."""
    by, form = actor(request), NewUserForm.of(request)
    sent = form.send("user.create", lambda: {"id": actions.create(**form.values(), by=by).pk}, by=by)
    if sent:
        made = get_object_or_404(User, pk=sent["id"])
        if not made.has_usable_password():
            _keep_link(request, made, by)
        return see_other("user", made.pk)
    page = {"question": "Who needs an account?", "button": "Make the account", "back": reverse("users")}
    return show_form(request, "administration/form.html", form, **page)


@needs(Ability.MANAGE_USERS)
def change_user(request: HttpRequest, user_id: int) -> HttpResponse:
    """Correct how somebody is called and reached."""
    by, row = actor(request), get_object_or_404(User, pk=user_id)
    initial = {"forename": row.first_name, "surname": row.last_name, "email": row.email}
    form = UserForm.of(request, initial=initial)
    if form.send("user.change", lambda: _change(row, form, by), by=by):
        return see_other("user", user_id)
    page = {"question": f"How is {row.get_username()} called?", "back": reverse("user", args=[user_id])}
    return show_form(request, "administration/form.html", form, **page)


@dataclass(frozen=True, slots=True)
class Confirmed:
    """Something done to an account after one question: the question, what follows, the button, and the action."""

    question: str
    says: str
    button: str
    do: Callable[[User, Actor], object]
    warns: bool = False


CONFIRMED: Final = {
    "invite": Confirmed(
        "Make a new link to set a password?",
        "Hand the link to them in person, by telephone or in a message that only they can read. "
        "The password they have goes on working until they use it.",
        "Make the link",
        lambda user, by: None,
    ),
    "close": Confirmed(
        "Close this account?",
        "They are signed out at their next page. Their roles and everything they did stay in the register.",
        "Close the account",
        lambda user, by: actions.deactivate(user=user, by=by),
        warns=True,
    ),
    "open": Confirmed(
        "Open this account again?",
        "They can sign in again, in the roles they still hold.",
        "Open the account",
        lambda user, by: actions.activate(user=user, by=by),
    ),
    "unlock": Confirmed(
        "Unlock this account?",
        "Make sure first that it was they who tried: speak to them.",
        "Unlock the account",
        lambda user, by: actions.unlock(user=user, by=by),
    ),
    "reset": Confirmed(
        "Take away the second factor?",
        "Do this when they lost their telephone or key, and only after you made sure that it is they who ask. "
        "Where their role needs a second factor, they set up a new one when they sign in.",
        "Take it away",
        lambda user, by: actions.reset_second_factor(user=user, by=by),
        warns=True,
    ),
}


@needs(Ability.MANAGE_USERS)
def confirm(request: HttpRequest, user_id: int, what: str) -> HttpResponse:
    """One question before something is done to an account."""
    by, row, asked = actor(request), get_object_or_404(User, pk=user_id), CONFIRMED.get(what)
    if asked is None:
        raise Http404("There is nothing like that to do with an account.")
    form = GovForm.of(request)
    if form.send(f"user.{what}", lambda: _done(asked.do(row, by)), by=by):
        if what == "invite":
            _keep_link(request, row, by)
        return see_other("user", user_id)
    page = {
        "question": asked.question,
        "intro": f"Account: {row.get_username()}. {asked.says}",
        "button": asked.button,
        "warns": asked.warns,
        "back": reverse("user", args=[user_id]),
    }
    return show_form(request, "administration/form.html", form, **page)


def _change(row: User, form: UserForm, by: Actor) -> dict[str, Any]:
    actions.change(user=row, **form.values(), by=by)
    return {"id": row.pk}


def _keep_link(request: HttpRequest, row: User, by: Actor) -> None:
    code, token = actions.invite(user=row, by=by)
    request.session[LINK] = {str(row.pk): reverse("set_password", args=[code, token])}


def _done(_: object) -> dict[str, Any]:
    return {"done": True}
