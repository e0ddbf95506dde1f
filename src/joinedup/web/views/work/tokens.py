"""Which programs may act for you? Tokens: made, shown once, and taken back."""

from __future__ import annotations

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from joinedup.register.actions.api_token import LONGEST_DAYS, NewToken, TokenWanted, create, revoke
from joinedup.register.actor import Actor
from joinedup.register.queries import api_token as queries
from joinedup.rules.foundation.errors import Refused
from joinedup.web.acting import actor, needs
from joinedup.web.form_fields import GovForm, see_other, show_form


class PostForm(GovForm):
    """Whose post the program acts in."""

    post = forms.TypedChoiceField(label="In which post does the program act?", coerce=int)

    def __init__(self, *args: object, posts: tuple[queries.PostOffered, ...], **options: object) -> None:
        super().__init__(*args, **options)
        self.fields["post"].choices = [(post.post_id, post.text) for post in posts]  # type: ignore[attr-defined]


class TokenForm(GovForm):
    """What the program may do."""

    label = forms.CharField(
        label="Which program will use it?",
        help_text="For example, Community system, nightly tasks",
        max_length=120,
        error_messages={"required": "Enter which program will use it"},
    )
    scopes = forms.MultipleChoiceField(
        label="What may it do?",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Select what it may do"},
    )
    days = forms.IntegerField(
        label="For how many days?",
        help_text=f"Up to {LONGEST_DAYS}. Then it stops working by itself",
        min_value=1,
        max_value=LONGEST_DAYS,
        initial=90,
        widget=forms.TextInput(attrs={"class": "govuk-input--width-4", "inputmode": "numeric"}),
        error_messages={"required": "Enter for how many days it is to work"},
    )

    def __init__(self, *args: object, post: queries.PostOffered, **options: object) -> None:
        super().__init__(*args, **options)
        self.fields["scopes"].choices = [(value, text) for value, text in post.scopes]  # type: ignore[attr-defined]


@needs()
@require_safe
def tokens(request: HttpRequest) -> HttpResponse:
    """One's own tokens; everybody's for an administrator."""
    by = actor(request)
    return render(
        request, "work/tokens.html", {"tokens": queries.tokens(by=by), "can_make": bool(queries.posts_offered(by=by))}
    )


@needs()
@require_http_methods(["GET", "POST"])
def choose_token_post(request: HttpRequest) -> HttpResponse:
    """The first of two steps: the post. Somebody with one post goes straight on."""
    posts = queries.posts_offered(by=actor(request))
    if not posts:
        raise Refused("Your role offers nothing that a program could do with a token.")
    if len(posts) == 1:
        return see_other("new_token", posts[0].post_id)
    form = PostForm.of(request, posts=posts)
    if form.is_bound and form.is_valid():
        return see_other("new_token", form.values()["post"])
    page = {"question": "In which post does the program act?", "button": "Continue", "back": reverse("tokens")}
    return show_form(request, "joinedup/form_page.html", form, **page)


@needs()
@never_cache
@require_http_methods(["GET", "POST"])
def new_token(request: HttpRequest, post_id: int) -> HttpResponse:
    """The second step: what it may do. The token is shown in the answer, and nowhere else ever."""
    by = actor(request)
    post = next((each for each in queries.posts_offered(by=by) if each.post_id == post_id), None)
    if post is None:
        raise Http404("There is no post of yours with that number.")
    form = TokenForm.of(request, post=post)
    made: list[NewToken] = []
    sent = form.send("token.create", lambda: _create(form, post_id, made, by), by=by)
    if made:
        return render(request, "work/token_made.html", {"token": made[0].row, "secret": made[0].secret})
    if sent:
        return render(request, "work/token_made.html", {"token": None, "secret": ""})
    page = {"question": "What may the program do?", "button": "Make the token", "back": reverse("tokens")}
    return show_form(request, "work/new_token.html", form, post=post, **page)


@needs()
@require_http_methods(["GET", "POST"])
def revoke_token(request: HttpRequest, token_id: int) -> HttpResponse:
    """Take a token back."""
    by = actor(request)
    token = next((each for each in queries.tokens(by=by) if each.id == token_id), None)
    if token is None:
        raise Http404("There is no token of yours with that number.")
    form = GovForm.of(request)
    if form.send("token.revoke", lambda: {"id": revoke(token_id=token_id, by=by).pk}, by=by):
        return see_other("tokens")
    page = {"question": f"Take back the token {token.label}?", "button": "Take it back", "back": reverse("tokens")}
    return show_form(request, "work/revoke_token.html", form, token=token, **page)


def _create(form: TokenForm, post_id: int, made: list[NewToken], by: Actor) -> dict[str, int]:
    """Make it; what is kept of the answer is the row's number and never the token."""
    wanted = TokenWanted(**form.values())
    made.append(create(post_id=post_id, wanted=wanted, by=by))
    return {"id": made[0].row.pk}
