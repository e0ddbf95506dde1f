"""Remove what the place's retention rules no longer keep."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from joinedup.register.actions.retention import apply_retention


class Command(BaseCommand):
    """`joinedup manage DIR apply_retention`: old releases and keys of forms; run it every night."""

    help = "Remove releases and other things that the retention rules no longer keep"

    def handle(self, **_: Any) -> None:
        """Apply the rules, and say what went."""
        applied = apply_retention(by=None)
        gone = f" ({', '.join(applied.releases)})" if applied.releases else ""
        self.stdout.write(
            f"Removed {len(applied.releases)} releases{gone} with {applied.objects} files, "
            f"and {applied.submissions} keys of forms."
        )
