"""Two people who change one thing: the second is told, and nothing is overwritten unseen."""

from __future__ import annotations

from typing import Any

from django.db import models

from joinedup.rules.foundation.errors import Conflict


def change(row: models.Model, version: int, **values: Any) -> None:
    """Change a row that still has the version its editor saw.

    Args:
        row: the row; its model has a column `version`. Its attributes follow.
        version: the version that was shown on the form.
        values: the columns to change.

    Raises:
        Conflict: somebody changed the row since.
    """
    manager = type(row)._default_manager
    if not manager.filter(pk=row.pk, version=version).update(version=version + 1, **values):
        raise Conflict("Somebody else changed this while you had it open. Your text is kept below; compare and save.")
    for name, value in {**values, "version": version + 1}.items():
        setattr(row, name, value)
