"""Things that lie inside others of their kind: organisations and areas never end up inside themselves."""

from __future__ import annotations

from joinedup.register.models import Area, Organisation


def would_hold_itself(model: type[Area] | type[Organisation], row_id: int, parent_id: int) -> bool:
    """Whether a row, put inside a parent, would lie inside itself.

    Args:
        model: what nests.
        row_id: the row.
        parent_id: what it would be put inside.
    """
    parents = dict(model._default_manager.values_list("pk", "parent_id"))
    above: int | None = parent_id
    while above is not None and above != row_id:
        above = parents.pop(above, None)
    return above is not None
