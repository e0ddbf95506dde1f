"""Published figures for programs: open to everybody, past disclosure control, in pages."""

from __future__ import annotations

import pytest
from django.conf import LazySettings
from django.test import Client

from joinedup.web.api.problems import MEDIA_TYPE


def all_pages(client: Client, address: str, limit: int) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    cursor: str | None = ""
    while cursor is not None:
        page = client.get(f"{address}?limit={limit}&cursor={cursor}").json()
        assert len(page["items"]) <= limit
        rows += page["items"]
        cursor = page["next"]
    return rows


def test_measures_need_no_token_and_no_database(anybody: Client) -> None:
    measures = anybody.get("/api/v1/measures").json()["items"]
    assert measures[0]["id"] == "emergency_admissions"
    assert anybody.get("/api/v1/measures/emergency_admissions").json() == measures[0]


def test_pages_of_a_list_give_every_row_once(anybody: Client) -> None:
    rows = all_pages(anybody, "/api/v1/measures/emergency_admissions/points", 100)
    assert len({row["id"] for row in rows}) == len(rows) > 100


def test_hidden_numbers_are_null_with_the_reason(anybody: Client) -> None:
    rows = all_pages(anybody, "/api/v1/measures/reablement_at_home/points", 100)
    for row in rows:
        assert (row["value"] is None) == (row["status"] != "published"), row


def test_a_cell_is_explained(anybody: Client) -> None:
    cell = anybody.get("/api/v1/measures/emergency_admissions/points").json()["items"][0]
    answer = anybody.get(f"/api/v1/explain/{cell['id']}").json()
    assert answer["point"] == cell
    assert answer["steps"]


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("measures/no_such", 404),
        ("measures/no_such/points", 404),
        ("explain/a/b/c", 404),
        ("no/such/address", 404),
        ("measures?limit=101", 422),
        ("measures?limit=99999999999999999999999999", 422),
        ("measures?limit=0", 422),
        ("measures?limit=ten", 422),
        ("measures?cursor=another~5", 409),
        ("measures?cursor=%00", 422),
        ("measures/UPPER", 422),
    ],
)
def test_every_error_is_a_problem_of_one_shape(anybody: Client, address: str, status: int) -> None:
    answer = anybody.get(f"/api/v1/{address}")
    assert (answer.status_code, answer["Content-Type"]) == (status, MEDIA_TYPE)
    assert set(answer.json()) == {"type", "title", "status", "detail", "errors"}


def test_a_method_that_is_not_offered_is_a_problem_that_says_which_are(anybody: Client) -> None:
    answer = anybody.delete("/api/v1/measures")
    assert (answer.status_code, answer["Content-Type"], answer["Allow"]) == (405, MEDIA_TYPE, "GET")


def test_without_a_release_the_problem_says_what_to_do(
    anybody: Client, settings: LazySettings, tmp_path_factory: pytest.TempPathFactory
) -> None:
    settings.JOINEDUP_PLACE = tmp_path_factory.mktemp("empty")
    answer = anybody.get("/api/v1/measures")
    assert (answer.status_code, answer["Content-Type"]) == (503, MEDIA_TYPE)


def test_no_other_site_may_read_what_is_answered(anybody: Client) -> None:
    answer = anybody.get("/api/v1/measures", headers={"Origin": "https://elsewhere.example"})
    assert not [name for name in answer.headers if name.lower().startswith("access-control-")]
