"""Retention rules as pages show them."""

from __future__ import annotations

from dataclasses import dataclass

from joinedup.register.actions.retention import LABELS, Kept
from joinedup.register.models import RetentionRule


@dataclass(frozen=True, slots=True)
class RuleShown:
    """How long one thing is kept; `version` is 0 where no rule was set."""

    subject: str
    label: str
    keep_days: int | None
    keep_releases: int | None
    basis: str
    version: int

    @property
    def keeps(self) -> str:
        """How long, in words.

        >>> RuleShown("releases", "", None, 3, "", 1).keeps
        'the newest 3, the current one included'
        """
        if self.keep_days is not None:
            return f"{self.keep_days:,} days"
        if self.keep_releases is not None:
            return f"the newest {self.keep_releases}, the current one included"
        return (
            "as many as place.toml says; no rule is set"
            if self.subject == Kept.RELEASES
            else "for ever; no rule is set"
        )


def rules() -> tuple[RuleShown, ...]:
    """Every thing that a rule can be set for, with its rule."""
    held = {row.subject: row for row in RetentionRule.objects.all()}
    return tuple(_shown(subject, held.get(subject)) for subject in Kept)


def _shown(subject: Kept, row: RetentionRule | None) -> RuleShown:
    if row is None:
        return RuleShown(subject.value, LABELS[subject], None, None, "", 0)
    return RuleShown(subject.value, LABELS[subject], row.keep_days, row.keep_releases, row.basis, row.version)
