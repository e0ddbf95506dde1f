"""Check that nobody tampered with the trace."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from joinedup.register.audit import first_fault
from joinedup.register.models import AuditEvent
from joinedup.register.seal import fault_against, read_head


class Command(BaseCommand):
    """`joinedup manage DIR verify_audit [--head FILE]`: names the first row that was tampered with; exit 1 if any."""

    help = "Check the chain of the trace; exit 1 and name the first row that was tampered with"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Options."""
        parser.add_argument("--head", type=Path, help="A signed head that was exported earlier and kept elsewhere.")

    def handle(self, *, head: Path | None = None, **_: Any) -> None:
        """Check, and say what was found."""
        kept = read_head(head) if head else None
        fault = fault_against(kept) if kept else first_fault()
        if fault is not None:
            raise CommandError(f"the trace was tampered with: {fault.what}")
        rows = AuditEvent.objects.count()
        self.stdout.write(f"The trace is whole: {rows:,} rows, each follows from the one before.")
        if kept:
            self.stdout.write(f"It goes on from row {kept.sequence:,}, as signed on {kept.at}.")
