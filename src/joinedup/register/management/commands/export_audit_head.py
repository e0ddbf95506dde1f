"""Sign the end of the trace for an outside party to keep."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from joinedup.register.seal import sign_head


class Command(BaseCommand):
    """`joinedup manage DIR export_audit_head [--out FILE]`: JSON with sequence, digest, time, key and signature."""

    help = "Sign the end of the trace; give the file to somebody outside, who can check the trace against it later"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Options."""
        parser.add_argument("--out", type=Path, help="Where to write it; printed when not given.")

    def handle(self, *, out: Path | None = None, **_: Any) -> None:
        """Sign and write."""
        if out and out.exists():
            raise CommandError(f"{out} exists; name a file that does not, so that no earlier head is lost")
        text = sign_head(by=None).as_json()
        if out is None:
            self.stdout.write(text, ending="")
            return
        out.write_text(text, encoding="utf-8")
        self.stdout.write(f"Wrote {out}. Keep it where nobody who runs this place can change it.")
