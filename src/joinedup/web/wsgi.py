"""The WSGI application that a web server runs; it makes the first page before the first visitor asks for it."""

from __future__ import annotations

import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.test import RequestFactory
from django.urls import reverse

from joinedup.rules.foundation.errors import ConfigError
from joinedup.web.secret import NO_PLACE_KEY

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "joinedup.web.settings")

application = get_wsgi_application()
if settings.SECRET_KEY == NO_PLACE_KEY:
    raise ConfigError("no place is served: set JOINEDUP_PLACE to its folder, or start with `joinedup serve DIR`")


def warm_up() -> None:
    """Open the release and make the first page once; a place without a release starts all the same."""
    host = next((name for name in settings.ALLOWED_HOSTS if name != "*"), "localhost")
    request = RequestFactory().get(reverse("overview"), headers={"host": host})
    application.get_response(request).close()


warm_up()
