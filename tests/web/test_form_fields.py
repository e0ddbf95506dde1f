"""Forms speak as GOV.UK forms do, are sent once, and keep what was typed."""

from __future__ import annotations

from datetime import date

import pytest
from django import forms
from django.http import HttpResponse
from django.template import engines
from django.test import RequestFactory

from joinedup.register.models import Submission
from joinedup.rules.foundation.errors import Conflict, Invalid
from joinedup.web.form_fields import DayField, GovForm, see_other, show_form
from tests.register.people import carer

HOSTILE = '"><script>alert(1)</script>'
ANSWER = {"id": 7}


class Form(GovForm):
    title = forms.CharField(max_length=20)
    remark = forms.CharField(widget=forms.Textarea(attrs={"rows": 3}), required=False, help_text="In a few words.")
    due = DayField(label="Due date", latest=date(2025, 12, 31))
    kind = forms.ChoiceField(choices=[("a", "One\nThe first of two"), ("b", "Two")], widget=forms.RadioSelect)
    parts = forms.MultipleChoiceField(
        choices=[("x", "X"), ("y", "Y")], widget=forms.CheckboxSelectMultiple, required=False
    )
    place = forms.ChoiceField(choices=[("", "Choose"), ("m", "Mill")], required=False)
    sure = forms.BooleanField(required=False)
    count = forms.IntegerField(required=False)


GOOD = {
    "title": "Ring the ward", "due-day": "3", "due-month": "March", "due-year": "2025", "kind": "b", "parts": ["y"],
    "submission": "one",
}  # fmt: skip


def sent(**changes: object) -> Form:
    return Form.of(RequestFactory().post("/tasks/new", {**GOOD, **changes}))


def shown(form: GovForm, tags: str = "{% error_summary form %}{% gov_form form button='Send' %}") -> str:
    return str(engines["django"].from_string(tags).render({"form": form}))


def error_of(name: str, **changes: object) -> str:
    return str(sent(**changes).errors[name][0])


def test_what_was_entered_comes_out_in_its_types() -> None:
    form = sent()
    assert form.is_valid(), form.errors
    assert form.values() == {
        "title": "Ring the ward", "remark": "", "due": date(2025, 3, 3), "kind": "b", "parts": ["y"], "place": "",
        "sure": False, "count": None,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"due-day": "", "due-month": "", "due-year": ""}, "Enter a due date"),
        ({"due-month": ""}, "Due date must include a month"),
        ({"due-day": "", "due-month": ""}, "Due date must include a day and month"),
        ({"due-day": "31", "due-month": "2"}, "Due date must be a real date"),
        ({"due-month": "Smarch"}, "Due date must be a real date"),
        ({"due-month": "²"}, "Due date must be a real date"),
        ({"due-year": "25"}, "Year must include 4 numbers"),
        ({"due-year": "2026"}, "Due date must be on or before 31 December 2025"),
    ],
)
def test_a_date_that_is_none_is_explained(changes: dict[str, str], message: str) -> None:
    assert error_of("due", **changes) == message


def test_messages_say_what_to_do() -> None:
    assert error_of("title", title="") == "Enter a title"
    assert error_of("title", title="x" * 21) == "Title must be 20 characters or less"
    assert error_of("kind", kind="") == "Select a kind"
    assert error_of("kind", kind="zzz") == "Select one of the choices"
    assert error_of("count", count="many") == "Count must be a whole number"


def test_a_fresh_form_shows_no_error_and_has_a_key_of_its_own() -> None:
    first, second = Form(), Form()
    page = shown(first)
    assert "There is a problem" not in page
    assert 'name="version"' not in page
    assert first["submission"].value() != second["submission"].value()
    assert "Remark (optional)" in page
    assert 'autocomplete="off"' in page


def test_the_summary_links_to_each_field_with_an_error() -> None:
    form = sent(title="", kind="", **{"due-month": ""})
    page = shown(form)
    for target in ("id_title", "id_due-month", "id_kind"):
        assert f'href="#{target}"' in page
        assert f'id="{target}"' in page
    assert shown(form, "{% error_prefix form %}") == "Error: "


def test_what_was_typed_is_shown_again_and_never_as_markup() -> None:
    page = shown(sent(title=HOSTILE, remark=HOSTILE, place=HOSTILE, count=HOSTILE, **{"due-day": HOSTILE}))
    assert "<script>" not in page
    assert page.count("&lt;script&gt;") == 4  # a choice that is not offered is not shown


def test_a_choice_may_have_a_hint() -> None:
    assert "The first of two" in shown(Form()).split("govuk-radios__hint")[1]


@pytest.mark.django_db
def test_a_form_that_is_sent_twice_is_done_once_and_answers_alike() -> None:
    by, done = carer(), iter((ANSWER, {"id": 8}))
    assert [sent().send("task.create", lambda: next(done), by=by) for _ in range(2)] == [ANSWER, ANSWER]


@pytest.mark.django_db
def test_a_key_that_was_used_for_other_content_is_refused_and_the_next_try_has_a_new_key() -> None:
    by = carer()
    sent().send("task.create", lambda: ANSWER, by=by)
    form = sent(title="Something else")
    assert form.send("task.create", lambda: ANSWER, by=by) is None
    assert form.is_conflict
    assert form["submission"].value() != "one"
    assert form["title"].value() == "Something else"


@pytest.mark.django_db
def test_the_words_of_a_refused_action_stand_at_their_fields_and_nothing_is_kept() -> None:
    def refuse() -> dict[str, object]:
        raise Invalid({"title": "Say it in other words", "": "Not today", "elsewhere": "And not there"})

    form = sent()
    assert form.send("task.create", refuse, by=carer()) is None
    assert form.errors["title"] == ["Say it in other words"]
    assert list(form.non_field_errors()) == ["Not today", "And not there"]
    assert not Submission.objects.exists()


@pytest.mark.django_db
def test_after_a_conflict_both_texts_are_on_the_page_and_the_next_save_follows_on_the_newer() -> None:
    def clash() -> dict[str, object]:
        raise Conflict("Somebody else changed this.")

    form = sent(version="1", title="Mine")
    assert form.send("task.edit", clash, by=carer()) is None
    form.compare({"Title": "Theirs"}, 2)
    page = shown(form)
    assert "Theirs" in page
    assert 'value="Mine"' in page
    assert form["version"].value() == "2"


def test_pages_answer_with_the_status_that_says_what_happened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("joinedup.web.form_fields.render", lambda *_, status, **__: HttpResponse(status=status))
    request = RequestFactory().get("/")
    conflict = sent()
    conflict.is_conflict = True
    forms_ = (Form(), sent(title=""), conflict)
    assert [show_form(request, "x", form).status_code for form in forms_] == [200, 422, 409]
    assert see_other("/there/").status_code == 303
