"""The pages as a Django application."""

from __future__ import annotations

from django.apps import AppConfig


class WebConfig(AppConfig):
    """Templates, template tags and static files of the pages."""

    name = "joinedup.web"
    label = "web"
    verbose_name = "Pages"

    def ready(self) -> None:
        """Tell the trace who signs in and out."""
        from joinedup.web import traces

        traces.connect()
