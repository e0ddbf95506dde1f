"""Tests of the register run on SQLite, and on PostgreSQL where DATABASE_URL names one."""

from __future__ import annotations

from collections.abc import Generator

import pytest
from django.db import connection

from joinedup.register import triggers


@pytest.fixture
def committed(transactional_db: None) -> Generator[None, None, None]:
    """A database in which transactions really commit; the triggers step aside only while its tables are emptied."""
    triggers.install(connection)
    yield
    triggers.remove(connection)
