"""The WSGI application that a web server runs; it makes the first page before the first visitor asks for it."""

from __future__ import annotations

import logging
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "joinedup.web.settings")

application = get_wsgi_application()


def warm_up() -> None:
    """Open the release and make the first page once; a place without a release starts all the same."""
    from django.test import RequestFactory
    from django.urls import reverse

    from joinedup.rules.foundation.errors import JoinedupError
    from joinedup.web.evidence import reader
    from joinedup.web.views.overview import overview

    try:
        reader()
        overview(RequestFactory().get(reverse("overview")))
    except JoinedupError as error:
        logging.getLogger(__name__).warning("The server starts without figures: %s", error)


warm_up()
