"""Security settings: who may sign in and how, how long a session lasts, when an account locks, what headers say."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from csp.constants import NONCE, NONE, SELF

from joinedup.rules.foundation.errors import ConfigError

#: Behind a proxy that speaks HTTPS to the outside; it must set X-Forwarded-Proto and X-Forwarded-For itself.
IS_HTTPS = os.environ.get("JOINEDUP_HTTPS") == "1"


def environment_or_file(name: str) -> str:
    """A secret from the environment variable, or from the file that the variable with _FILE names; "" for neither."""
    path = os.environ.get(f"{name}_FILE")
    if path and not Path(path).is_file():
        raise ConfigError(f"{name}_FILE names {path}, which is not a file; write the secret there or unset it")
    return Path(path).read_text(encoding="utf-8").strip() if path else os.environ.get(name, "")


# Passwords
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
_VALIDATION = "django.contrib.auth.password_validation"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"{_VALIDATION}.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": f"{_VALIDATION}.UserAttributeSimilarityValidator"},
    {"NAME": f"{_VALIDATION}.CommonPasswordValidator"},
    {"NAME": f"{_VALIDATION}.NumericPasswordValidator"},
]
PASSWORD_RESET_TIMEOUT = 3 * 24 * 3600  # a link to set a password opens for three days

# Signing in
AUTH_USER_MODEL = "register.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "landing"
LOGOUT_REDIRECT_URL = "/"
ACCOUNT_LOGOUT_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "joinedup.web.sign_in.AccountAdapter"
ACCOUNT_FORMS = {
    "login": "joinedup.web.account_forms.LoginForm",
    "reauthenticate": "joinedup.web.account_forms.ConfirmForm",
    "change_password": "joinedup.web.account_forms.ChangePasswordForm",
}
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_RATE_LIMITS = False  # lock-out is the work of axes alone, for codes as for passwords
ACCOUNT_REAUTHENTICATION_TIMEOUT = 900

# The second factor
MFA_ADAPTER = "joinedup.web.second_factor.Adapter"
MFA_FORMS = {
    "authenticate": "joinedup.web.account_forms.CodeForm",
    "reauthenticate": "joinedup.web.account_forms.ConfirmCodeForm",
    "activate_totp": "joinedup.web.account_forms.ActivateAppForm",
}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_TOTP_ISSUER = "joinedup"
MFA_TOTP_TOLERANCE = 1  # one code earlier or later: clocks of telephones differ
MFA_ALLOW_UNVERIFIED_EMAIL = True  # accounts are made by an administrator; no e-mail is needed

# Lock-out: five wrong tries for one account from one address close it to that address for a quarter of an hour
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_USERNAME_FORM_FIELD = "username"  # of the credentials, which every way of signing in gives
AXES_LOCKOUT_CALLABLE = "joinedup.web.views.faults.locked"
AXES_CLIENT_IP_CALLABLE = "joinedup.web.sign_in.client_address"
AXES_DISABLE_ACCESS_LOG = True  # the trace of the register has it
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False
AXES_SENSITIVE_PARAMETERS = ["username", "ip_address", "login", "code", "csrfmiddlewaretoken"]

# Sessions: twelve hours at most, thirty minutes without use
SESSION_HOURS = 12
SESSION_IDLE_MINUTES = 30
SESSION_COOKIE_AGE = SESSION_HOURS * 3600
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_NAME = "joinedup_session"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = IS_HTTPS
CSRF_COOKIE_NAME = "joinedup_csrf"
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SECURE = IS_HTTPS
CSRF_FAILURE_VIEW = "joinedup.web.views.faults.form_expired"
CSRF_TRUSTED_ORIGINS = [origin for origin in os.environ.get("JOINEDUP_ORIGINS", "").split(",") if origin]

# Signing in through an OpenID Connect provider (NHS CIS2, GOV.UK One Login, a council's own)
OIDC_ISSUER = os.environ.get("JOINEDUP_OIDC_ISSUER", "")
OIDC_NAME = os.environ.get("JOINEDUP_OIDC_NAME", "your organisation's account")
OIDC_CLAIM = os.environ.get("JOINEDUP_OIDC_CLAIM", "preferred_username")  # the claim that holds the account name here
OIDC_IS_STRONG = os.environ.get("JOINEDUP_OIDC_STRONG") == "1"  # the provider asks for a second factor itself
SOCIALACCOUNT_ADAPTER = "joinedup.web.sign_in.ProviderAdapter"
SOCIALACCOUNT_AUTO_SIGNUP = True
SOCIALACCOUNT_EMAIL_AUTHENTICATION = False
SOCIALACCOUNT_STORE_TOKENS = False
SOCIALACCOUNT_PROVIDERS: dict[str, Any] = {}
if OIDC_ISSUER:
    SOCIALACCOUNT_PROVIDERS["openid_connect"] = {
        "OAUTH_PKCE_ENABLED": True,
        "APPS": [
            {
                "provider_id": "organisation",
                "name": OIDC_NAME,
                "client_id": os.environ.get("JOINEDUP_OIDC_CLIENT_ID", ""),
                "secret": environment_or_file("JOINEDUP_OIDC_CLIENT_SECRET"),
                "settings": {"server_url": OIDC_ISSUER, "fetch_userinfo": True},
            }
        ],
    }


def _form_targets() -> list[str]:
    """Where a form may lead: here, and to the provider to which signing in redirects."""
    addresses = [OIDC_ISSUER, *os.environ.get("JOINEDUP_OIDC_ORIGINS", "").split(",")]
    parts = [urlsplit(address) for address in addresses if address]
    return [SELF, *sorted({f"{part.scheme}://{part.netloc}" for part in parts})]


# Headers
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF],
        "img-src": [SELF],
        "connect-src": [SELF],
        "form-action": _form_targets(),
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
if IS_HTTPS:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_SSL_REDIRECT = True
    SECURE_HSTS_SECONDS = 31_536_000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
