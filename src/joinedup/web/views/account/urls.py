"""Addresses for signing in: only what joinedup offers, so that nobody makes an account or asks for mail."""

from __future__ import annotations

from allauth.account import views as account
from allauth.socialaccount import views as provider
from django.urls import include, path

from joinedup.web.views.account import factor, password, post

urlpatterns = [
    path("", post.my_account, name="my_account"),
    path("sign-in/", account.login, name="account_login"),
    path("sign-out/", account.logout, name="account_logout"),
    path("inactive/", account.account_inactive, name="account_inactive"),
    path("confirm/", account.reauthenticate, name="account_reauthenticate"),
    path("password/", account.password_change, name="account_change_password"),
    path("password/<str:user_code>/<str:token>/", password.set_password, name="set_password"),
    path("start/", post.landing, name="landing"),
    path("post/", post.choose_post, name="choose_post"),
    path("second-factor/needed/", factor.second_factor_needed, name="second_factor_needed"),
    path("second-factor/", include("allauth.mfa.urls")),
    path("provider/cancelled/", provider.login_cancelled, name="socialaccount_login_cancelled"),
    path("provider/error/", provider.login_error, name="socialaccount_login_error"),
    path("provider/unknown/", password.unknown, name="socialaccount_signup"),
    path("", include("allauth.socialaccount.providers.openid_connect.urls")),
]
