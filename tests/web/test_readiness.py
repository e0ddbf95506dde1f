"""A register is made ready before it is served; whatever is not in order is said, and nothing starts."""

from __future__ import annotations

import pytest
from django.core.management import call_command
from django.db import connection

from joinedup.register import triggers
from joinedup.rules.foundation.errors import ConfigError
from joinedup.web.readiness import make_ready


@pytest.mark.django_db(transaction=True)
def test_a_register_that_is_ready_needs_nothing() -> None:
    triggers.install(connection)
    said: list[str] = []
    make_ready(said.append)
    triggers.remove(connection)  # so that the tables can be emptied
    assert said == []


@pytest.mark.django_db(transaction=True)
def test_a_register_behind_this_version_is_brought_up_to_date_or_refused() -> None:
    triggers.remove(connection)
    call_command("migrate", "socialaccount", "0004", verbosity=0)
    said: list[str] = []
    if connection.vendor == "sqlite":
        make_ready(said.append)
        assert said == ["Bringing the register up to date (2 migrations)"]
    else:
        with pytest.raises(ConfigError, match=r"lacks \d+ migration.*joinedup manage DIR migrate"):
            make_ready(said.append)
    call_command("migrate", verbosity=0)
    triggers.remove(connection)


@pytest.mark.django_db(transaction=True)
def test_a_register_whose_trace_is_not_protected_is_not_served() -> None:
    triggers.remove(connection)
    with pytest.raises(ConfigError, match="the trace is not protected"):
        make_ready(lambda line: None)
