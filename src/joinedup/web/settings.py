"""Django settings: one place, named by JOINEDUP_PLACE; nothing needs a database to read public pages.

Everything about signing in, sessions and headers is in `web.security`.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import dj_database_url

from joinedup.web.secret import secret_key
from joinedup.web.security import *  # noqa: F403 - settings are found by their names

BASE_DIR = Path(__file__).resolve().parent
JOINEDUP_PLACE: Path | None = Path(os.environ["JOINEDUP_PLACE"]) if os.environ.get("JOINEDUP_PLACE") else None

SECRET_KEY = secret_key(JOINEDUP_PLACE)
DEBUG = False
ALLOWED_HOSTS = [host for host in os.environ.get("JOINEDUP_HOSTS", "localhost,127.0.0.1,[::1]").split(",") if host]

INSTALLED_APPS = [
    "joinedup.web.apps.WebConfig",  # first: its templates stand before those of the libraries
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "csp",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "axes",
    "django_tasks",
    "django_tasks_db",
    "joinedup.register.apps.RegisterConfig",
]
MIDDLEWARE = [
    "joinedup.web.api.problems.ProblemAnswers",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "joinedup.web.sessions.SessionLimits",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "joinedup.web.middleware.CurrentRelease",
    "joinedup.web.acting.ActingPost",
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "joinedup.web.urls"
WSGI_APPLICATION = "joinedup.web.wsgi.application"

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": ["django.template.context_processors.request", "joinedup.web.context.page_frame"],
            "builtins": [
                "joinedup.web.templatetags.figures",
                "joinedup.web.templatetags.govuk",
                "joinedup.web.templatetags.govuk_parts",
                "joinedup.web.templatetags.govuk_forms",
            ],
        },
    }
]

# Opened at the first use: public pages read published files and ask a database nothing.
_SQLITE: dict[str, Any] = {
    "ENGINE": "django.db.backends.sqlite3",
    "NAME": JOINEDUP_PLACE / "register.sqlite3" if JOINEDUP_PLACE else ":memory:",
    "CONN_MAX_AGE": None,
    "OPTIONS": {
        "timeout": 20,
        "transaction_mode": "IMMEDIATE",
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    },
}
DATABASES: dict[str, Any] = {"default": _SQLITE}
if os.environ.get("DATABASE_URL"):
    DATABASES["default"] = {
        **dj_database_url.parse(os.environ["DATABASE_URL"]),
        "CONN_MAX_AGE": 0,
        "OPTIONS": {"pool": True},
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# Background work waits in the same database, so that asking for it and writing it down is one transaction.
TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}

LANGUAGE_CODE = "en-gb"
TIME_ZONE = "Europe/London"
USE_I18N = False
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "static"
# Files are served as they lie in the package: every built file has its hash in its name, so it may be kept for ever.
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False
WHITENOISE_ALLOW_ALL_ORIGINS = False
WHITENOISE_IMMUTABLE_FILE_TEST = r"^/static/joinedup/build/.+\.[0-9a-f]{12}\.[a-z0-9.]+$"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"stderr": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {"axes": {"level": "ERROR"}},  # wrong tries are in the trace
}
