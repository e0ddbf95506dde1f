"""What is running? Asked, looked at, cancelled and tried again from pages; a new release needs no restart."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import LazySettings
from django.test import Client
from django.urls import reverse

from joinedup.register import tasks
from joinedup.register.actions import job_run
from joinedup.register.models import AuditEvent, Job
from joinedup.register.models.work import JobStatus
from joinedup.rules.foundation.role import Role
from joinedup.store.release import current_release
from joinedup.web import evidence
from tests.place_on_disk import EVERYTHING, MIDDLE, make_place, received_by
from tests.register.people import actor, carer
from tests.web.work.conftest import SignIn

pytestmark = pytest.mark.django_db


@pytest.fixture
def place(tmp_path: Path, settings: LazySettings) -> Path:
    settings.ALLOWED_HOSTS = ["testserver"]
    settings.JOINEDUP_PLACE = make_place(tmp_path / "place", files=received_by(EVERYTHING, MIDDLE), today=MIDDLE)
    return tmp_path / "place"


@pytest.fixture
def analyst(place: Path, sign_in: SignIn) -> Client:
    return sign_in(actor(Role.ANALYST))


def start(client: Client, what: str = "build", submission: str = "") -> Job:
    answer = client.post(reverse("new_job"), {"what": what, "submission": submission or what})
    assert answer.status_code == 303
    return Job.objects.get(pk=answer["Location"].rstrip("/").rpartition("/")[2])


def text(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_build_from_the_page_is_picked_up_by_the_running_pages_and_a_damaged_one_is_explained(
    analyst: Client, place: Path
) -> None:
    assert analyst.get("/").status_code == 503  # nothing is published yet; pages of work are there all the same
    assert "Nothing has been run" in text(analyst, reverse("jobs"))
    job = start(analyst)
    tasks.run_job.call(job.pk)
    release = current_release(place)
    page = text(analyst, reverse("job", args=[job.pk]))
    assert "Done" in page
    assert f"Release {release} is current" in page
    assert release in text(analyst, "/")
    assert [row.action for row in AuditEvent.objects.order_by("sequence")] == ["job.ask", "job.end"]
    for manifest in (place / "releases").glob("*/manifest.json"):
        manifest.write_text("{")
    evidence.open_reader.cache_clear()  # as after a restart: what is in memory was whole
    answer = analyst.get("/")
    assert answer.status_code == 503
    assert "cannot be read" in answer.content.decode()
    assert analyst.get(reverse("jobs")).status_code == 200


def test_work_is_cancelled_and_tried_again_from_its_page(analyst: Client) -> None:
    job = start(analyst)
    assert "It has not said anything yet" in text(analyst, reverse("job", args=[job.pk]))
    assert analyst.post(reverse("cancel_job", args=[job.pk]), {"submission": "c"}).status_code == 303
    assert "Cancelled before it began" in text(analyst, reverse("job", args=[job.pk]))
    again = analyst.post(reverse("retry_job", args=[job.pk]), {"submission": "r"})
    assert f"Build a release {job.pk}" in text(analyst, again["Location"])


def test_a_form_that_is_sent_twice_asks_once_and_a_second_build_is_told_of_the_first(analyst: Client) -> None:
    assert start(analyst).pk == start(analyst).pk
    answer = analyst.post(reverse("new_job"), {"what": "build", "submission": "another"})
    assert answer.status_code == 409
    assert "is waiting already" in answer.content.decode()


def test_what_ended_cannot_be_cancelled_and_what_ended_well_is_not_tried_again(analyst: Client) -> None:
    job = start(analyst)
    job_run.begin(job.pk)
    job_run.end(job, JobStatus.DONE, "Release R is current")
    for name in ("cancel_job", "retry_job"):
        assert analyst.post(reverse(name, args=[job.pk]), {"submission": name}).status_code == 409


def test_a_page_loads_itself_again_only_when_asked_and_only_while_work_runs(analyst: Client) -> None:
    job = start(analyst)
    address = reverse("job", args=[job.pk])
    assert "Refresh" not in analyst.get(address).headers
    assert analyst.get(f"{address}?again=1")["Refresh"] == "10"
    analyst.post(reverse("cancel_job", args=[job.pk]), {"submission": "c"})
    assert "Refresh" not in analyst.get(f"{address}?again=1").headers


def test_without_a_worker_the_page_says_so(analyst: Client) -> None:
    assert "no worker is running" in text(analyst, reverse("jobs"))


def test_only_roles_that_build_see_the_pages(place: Path, analyst: Client, sign_in: SignIn) -> None:
    job = start(analyst)
    other = sign_in(carer())
    for name in ("jobs", "new_job"):
        assert other.get(reverse(name)).status_code == 403
    for name in ("job", "cancel_job", "retry_job"):
        assert other.get(reverse(name, args=[job.pk])).status_code == 403
        assert Client().get(reverse(name, args=[job.pk])).status_code == 302
        assert analyst.get(reverse(name, args=[987_654])).status_code == 404
