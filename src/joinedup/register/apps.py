"""The register as a Django application."""

from __future__ import annotations

from django.apps import AppConfig
from django.core.checks import Tags, register
from django.db.backends.signals import connection_created
from django.db.models.signals import post_migrate


class RegisterConfig(AppConfig):
    """Models, actions and queries of what people decide."""

    name = "joinedup.register"
    label = "register"
    verbose_name = "Register"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Keep the trace append-only after every migration, check that it is, and keep the file private."""
        from joinedup.register import private_file, triggers

        connection_created.connect(private_file.keep_private)
        post_migrate.connect(triggers.after_migrate, sender=self)
        register(triggers.check_triggers, Tags.database)
