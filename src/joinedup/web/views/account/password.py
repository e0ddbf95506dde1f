"""Setting a password by the one-time link that an administrator hands over."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from joinedup.register.actions.user import set_own_password
from joinedup.register.queries.user import invited
from joinedup.web.account_forms import SetPasswordForm


@sensitive_post_parameters()
@never_cache
def set_password(request: HttpRequest, user_code: str, token: str) -> HttpResponse:
    """The page behind a one-time link; it opens until the password is set, or for three days."""
    user = invited(user_code, token)
    if user is None:
        return render(request, "account/link_spent.html", status=410)
    form = SetPasswordForm(user, request.POST or None)
    if request.method == "POST" and form.is_valid():
        set_own_password(user, form.cleaned_data["new_password1"])
        return redirect("account_login")
    return render(request, "account/set_password.html", {"form": form, "account": user.get_username()})


def unknown(request: HttpRequest) -> HttpResponse:
    """A sign-in provider vouched for somebody who has no account here."""
    return render(request, "account/unknown.html", status=403)
