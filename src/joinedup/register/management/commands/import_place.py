"""`joinedup manage DIR import_place`: the organisations and areas of place.toml, added to the register."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from joinedup.register.actions.place_import import import_place
from joinedup.store.place import load_place


class Command(BaseCommand):
    """Adds what is missing; it may be run again at any time."""

    help = "Add the organisations and areas of place.toml that the register does not have yet."

    def handle(self, *args: Any, **options: Any) -> None:
        """Run it."""
        if settings.JOINEDUP_PLACE is None:
            raise CommandError("Which place? Run: joinedup manage DIR import_place")
        done = import_place(load_place(settings.JOINEDUP_PLACE), by=None)
        self.stdout.write(f"Added {done.organisations} organisations and {done.areas} areas.")
