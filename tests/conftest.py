"""What every test shares: where published data are, and the closed list of reasons to skip."""

from __future__ import annotations

import os
import shutil
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

#: A test may be skipped for these reasons only; each names something this machine does not have.
REASONS = (
    "JOINEDUP_DATA is not set",
    "no Java",
    "no PostgreSQL",
    "no Chromium",
    "no R",
)


@pytest.fixture(scope="session")
def published_data() -> Path:
    """The folder of published data, named by JOINEDUP_DATA."""
    folder = os.environ.get("JOINEDUP_DATA")
    if not folder:
        pytest.skip("JOINEDUP_DATA is not set")
    path = Path(folder)
    assert path.is_dir(), f"JOINEDUP_DATA names {path}, which is not a folder"
    return path


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The micro place with everything delivered, built at once; tests only read it."""
    from joinedup.pipeline.build import build
    from tests.place_on_disk import EVERYTHING, make_place

    place = make_place(tmp_path_factory.mktemp("built") / "place", files=EVERYTHING)
    build(place)
    return place


@pytest.fixture(scope="session")
def earlier(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The micro place as it was in the middle of its period, built on that day; tests only read it."""
    from joinedup.pipeline.build import build
    from tests.place_on_disk import EVERYTHING, MIDDLE, make_place, received_by

    files = received_by(EVERYTHING, MIDDLE)
    place = make_place(tmp_path_factory.mktemp("earlier") / "place", files=files, today=MIDDLE)
    build(place)
    return place


@pytest.fixture(scope="session")
def refreshed(earlier: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The earlier place to which the rest was delivered and which was then built again; tests only read it."""
    from joinedup.pipeline.build import build
    from tests.place_on_disk import deliver_the_rest

    place = Path(shutil.copytree(earlier, tmp_path_factory.mktemp("refreshed") / "place"))
    deliver_the_rest(place)
    build(place)
    return place


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Any, None]:
    """Turn a skip for any reason outside the closed list into a failure."""
    outcome = yield
    report = outcome.get_result()
    if report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        if not any(allowed in reason for allowed in REASONS):
            report.outcome = "failed"
            report.longrepr = f"{item.nodeid} was skipped for a reason outside the closed list: {reason}"
