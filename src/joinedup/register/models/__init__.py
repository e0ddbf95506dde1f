"""One noun a file; Django finds every model through this list."""

from __future__ import annotations

from joinedup.register.models.user import User

__all__ = ["User"]
