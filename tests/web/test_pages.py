"""Every page answers its question from what is published, and says so where it cannot."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import pytest
from django.conf import LazySettings
from django.test import Client

from joinedup.web import evidence
from tests.web.conftest import client_of
from tests.web.place import NASTY, TOML, make_place, remake

CELL = "emergency_admissions/S1/2025-03-01/2025-03-31/all/all"
PAGES = {
    "/": "How are we doing in Fenwick and Aldmoor?",
    "/?area=C1": "How are we doing in Fenwick?",
    "/measures/emergency_admissions/": "How often do adults go into hospital in an emergency?",
    "/measures/emergency_admissions/?area=N04&cadence=financial_year": "Neighbourhood 4",
    "/measures/emergency_admissions/?who=age:75%2B": "Age: 75+",
    "/measures/delayed_days/": "Definition changes",
    "/measures/cost_per_head/": "What do services cost for each person?",
    "/measures/reablement_at_home/?area=N03&beside=neighbourhood": "99.8% limit",
    f"/explain/{CELL}/": "Where does this figure come from?",
    "/quality/": "How good are the data?",
    "/quality/?severity=warning&source=apc": "ethnic categories",
    "/linkage/": "How well are records linked?",
    "/findings/": "Emergency admissions grew by 2.9% a year.",
    "/releases/": "What has been published, and when?",
    "/about/": "What is this?",
}


def body(pages: Client, address: str, status: int = 200) -> str:
    response = pages.get(address)
    assert response.status_code == status
    return response.content.decode()


class Outline(HTMLParser):
    """Headings, tables, links and ids of a page."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.headings: list[int] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.tables: list[dict[str, int]] = []
        self.feed(markup)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag == "table":
            self.tables.append({"caption": 0, "th": 0, "scope": 0})
        if tag in {"caption", "th"} and self.tables:
            self.tables[-1][tag] += 1
            self.tables[-1]["scope"] += "scope" in given
        self.ids += [given["id"] or ""] if "id" in given else []
        self.links += [given["href"] or ""] if tag == "a" else []


@pytest.mark.parametrize(("address", "said"), PAGES.items())
def test_page_answers_its_question(pages: Client, address: str, said: str) -> None:
    assert said in body(pages, address)


@pytest.mark.parametrize("address", PAGES)
def test_page_has_one_title_ordered_headings_unique_ids_and_described_tables(pages: Client, address: str) -> None:
    outline = Outline(body(pages, address))
    assert outline.headings[0] == 1
    assert outline.headings.count(1) == 1
    steps = zip(outline.headings, outline.headings[1:], strict=False)
    assert all(after <= before + 1 for before, after in steps)
    assert len(set(outline.ids)) == len(outline.ids)
    assert all(t["caption"] == 1 and t["th"] == t["scope"] > 0 for t in outline.tables)


def test_every_link_on_every_page_leads_somewhere(pages: Client) -> None:
    found = {link for address in PAGES for link in Outline(body(pages, address)).links if link.startswith("/")}
    bad = [link for link in sorted(found)[:: max(1, len(found) // 60)] if pages.get(link).status_code != 200]
    assert not bad


def test_every_figure_of_the_series_links_to_its_explanation(pages: Client) -> None:
    page = body(pages, "/measures/emergency_admissions/")
    links = {unquote(link) for link in Outline(page).links if link.startswith("/explain/")}
    assert f"/explain/{CELL}/" in links
    assert len([link for link in links if "/S1/" in link and link.endswith("/all/all/")]) >= 48


def test_the_chart_and_its_table_hold_the_same_figures_without_a_script(pages: Client) -> None:
    page = body(pages, "/measures/delayed_days/")
    table = page[page.index("over-time-table") :]
    assert page.count('class="app-point') == 47 + page.count('class="app-mark"')
    assert "not reported" in table


def test_no_line_crosses_a_break_of_definition(pages: Client) -> None:
    chart = re.search(r"<svg[^>]*app-chart.*?</svg>", body(pages, "/measures/delayed_days/"), re.DOTALL)
    assert chart is not None
    # 24 months before the break, 16 from it to the month that nobody reported, 7 after that
    assert [path.count("L") + 1 for path in re.findall(r'<path d="([^"]*)" class="app-line"', chart[0])] == [24, 16, 7]


def test_a_hidden_figure_is_called_hidden_and_never_zero(pages: Client) -> None:
    page = body(pages, "/measures/reablement_at_home/?area=N01&cadence=quarter")
    assert "hidden: fewer than 8 people" in page


def test_direction_stands_in_words_and_sign(pages: Client) -> None:
    page = body(pages, "/measures/emergency_admissions/")
    assert "Getting worse" in page
    assert re.search(r"That is [\d.,]+ (higher \(\+|lower \(−)[\d.]+%\) than in March 2024\.", page)


def test_a_plan_is_given_in_words_with_its_verdict_and_source(pages: Client) -> None:
    page = body(pages, "/measures/reablement_at_home/")
    assert "The plan is at least 85.0%." in page
    assert "Better Care Fund plan 2024-25" in page


def test_an_area_is_compared_with_the_whole(pages: Client) -> None:
    page = body(pages, "/measures/emergency_admissions/?area=N04&cadence=financial_year")
    assert "Worse than Fenwick and Aldmoor" in page
    assert "Worse: above the 99.8% limit" in page


def test_neutral_measures_are_never_called_better_or_worse(pages: Client) -> None:
    page = body(pages, "/measures/spend/")
    assert not re.search(r"Getting|Better|Worse", page)


def test_an_unsourced_definition_says_so(pages: Client) -> None:
    assert "Verify before use" in body(pages, "/measures/spend/")


def test_strict_and_loose_links_stand_beside_the_figure(pages: Client) -> None:
    page = body(pages, "/measures/emergency_admissions/")
    assert "Sure links only" in page
    assert "Doubtful links too" in page


def test_an_explanation_names_files_steps_problems_and_query(pages: Client) -> None:
    page = body(pages, f"/explain/{CELL}/")
    for said in ("ab" * 32, "48,213", "joined into spells", "SELECT count(*) FROM spell WHERE method &lt; 30", "17"):
        assert said in page


def test_an_explanation_may_name_its_release(pages: Client) -> None:
    assert "Where does this figure come from?" in body(pages, f"/explain/{CELL}@20250420-0123456789/")


@pytest.mark.parametrize(
    ("address", "help_"),
    [
        ("/measures/no_such/", "no measure called no_such"),
        ("/measures/emergency_admissions/?area=XX", "no area with that name"),
        ("/measures/emergency_admissions/?cadence=week", "no length of period with that name here. There is: month"),
        ("/measures/emergency_admissions/?who=shoe:42", "no group with that name"),
        ("/measures/emergency_admissions/?beside=planet", "no kind of area with that name"),
        ("/?area=XX", "No measure is published for that area"),
        ("/explain/nonsense/", "six parts"),
        ("/explain/a/b/c/d/e/f/", "no figure with that id"),
        ("/explain/a/b/2025-13-77/x/e/%27%3B%20DROP%20TABLE%20measure/", "no figure with that id"),
        (f"/explain/{CELL}@19990101-0000000000/", "earlier release"),
        ("/quality/?source=nobody", "no source with that name"),
        ("/quality/?severity=%3Cscript%3E", "no severity with that name"),
        ("/measures/%00/", "no measure called"),
        ("/nowhere/", "no page at this address"),
        ("/explain/" + "%F0%9F%A6%86" * 400 + "/", "six parts"),
    ],
)
def test_a_wrong_address_gets_404_and_help(pages: Client, address: str, help_: str) -> None:
    assert help_ in body(pages, address, 404)


def test_names_from_files_are_never_markup(pages: Client) -> None:
    for address in ("/", "/?area=C2", "/measures/emergency_admissions/?area=C2&beside=council"):
        page = body(pages, address)
        assert NASTY not in page
        assert "<script>alert" not in page
    assert "&lt;script&gt;alert(&#x27;x&#x27;)&lt;/script&gt;" in body(pages, "/?area=C2")


def test_headers_are_strict(pages: Client) -> None:
    response = pages.get("/")
    policy = dict(part.strip().split(" ", 1) for part in response["Content-Security-Policy"].split(";"))
    nonce = re.search(r'nonce="([^"]+)"', response.content.decode())
    assert nonce is not None
    assert policy == {
        "default-src": "'none'",
        "script-src": f"'self' 'nonce-{nonce[1]}'",
        "style-src": "'self'",
        "img-src": "'self'",
        "connect-src": "'self'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
        "base-uri": "'none'",
    }
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Referrer-Policy"] == "same-origin"


@pytest.mark.parametrize("address", PAGES)
def test_no_page_carries_inline_style_or_reaches_outside(pages: Client, address: str) -> None:
    page = body(pages, address)
    assert not re.search(r'\sstyle="|<style|\son[a-z]+="', page)
    assert not re.search(r'(?:src|href|action)="(?:https?:)?//', page)


def test_no_page_asks_the_register(pages: Client) -> None:
    """The database is closed to this test, so a page that asks it fails."""
    assert all(pages.get(address).status_code == 200 for address in PAGES)


def test_pages_are_read_only(pages: Client) -> None:
    assert pages.post("/").status_code == 405
    assert pages.put("/quality/").status_code == 405


def test_a_new_release_shows_without_a_restart(tmp_path: Path, settings: LazySettings) -> None:
    for pages in client_of(make_place(tmp_path / "p"), settings):
        assert "20250420-0123456789" in body(pages, "/")
        remake(tmp_path / "p", "20250501-9876543210")
        assert "20250501-9876543210" in body(pages, "/")
        assert body(pages, "/releases/").count("<tr") == 3


def test_a_place_without_a_release_says_what_to_run_and_wakes_up(tmp_path: Path, settings: LazySettings) -> None:
    (tmp_path / "place.toml").write_text(TOML, encoding="utf-8")
    for pages in client_of(tmp_path, settings):
        page = body(pages, "/", 503)
        assert "Nothing has been published yet" in page
        assert "joinedup build" in page
        make_place(tmp_path)
        assert "How are we doing in" in body(pages, "/")


def test_a_damaged_release_shows_no_figures(tmp_path: Path, settings: LazySettings) -> None:
    place = make_place(tmp_path / "p")
    for path in (place / "objects").glob("*.parquet"):
        path.write_bytes(b"PAR1 not really PAR1")
    for pages in client_of(place, settings):
        page = body(pages, "/", 503)
        assert "The published figures cannot be read" in page
        assert "joinedup build" in page


def test_a_fault_of_our_own_says_so_without_details(pages: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    pages.raise_request_exception = False
    monkeypatch.setattr(evidence.reader(), "explain", None)
    page = body(pages, f"/explain/{CELL}/", 500)
    assert "something went wrong" in page
    assert "Traceback" not in page


def test_a_place_without_findings_has_no_such_page(tmp_path: Path, settings: LazySettings) -> None:
    for pages in client_of(make_place(tmp_path / "p", findings=False), settings):
        assert "Headline findings" not in body(pages, "/")
        assert "no headline findings" in body(pages, "/findings/", 404)


def test_a_release_without_measures_says_so(tmp_path: Path, settings: LazySettings) -> None:
    for pages in client_of(make_place(tmp_path / "p", measures=()), settings):
        assert "holds no measures" in body(pages, "/")
