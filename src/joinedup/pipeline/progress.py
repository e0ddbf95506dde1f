"""How a build shows itself: a live line on a terminal, plain lines in a log, nothing for a program."""

from __future__ import annotations

import sys

from joinedup.store.release import StageRecord


class Quiet:
    """Says nothing."""

    def started(self, stage: str) -> None: ...

    def finished(self, record: StageRecord) -> None: ...


class Lines:
    """One plain line when a stage ends, for logs."""

    def started(self, stage: str) -> None: ...

    def finished(self, record: StageRecord) -> None:
        print(_line(record), file=sys.stderr, flush=True)


class Terminal:
    """Shows the stage under way, then replaces it by what came of it."""

    def started(self, stage: str) -> None:
        print(f"  {stage} ...", end="", file=sys.stderr, flush=True)

    def finished(self, record: StageRecord) -> None:
        print(f"\r\x1b[2K{_line(record)}", file=sys.stderr, flush=True)


def _line(record: StageRecord) -> str:
    what = "unchanged" if record.reused else f"{record.seconds:7.1f} s  {record.peak_mb:6.0f} MB"
    return f"  {record.name:<38} {record.rows_out:>12,} rows  {what}"
