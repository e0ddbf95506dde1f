"""Identity review: which pairs wait, two records side by side, and what is decided about them."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from joinedup.register.actions.identity_review import (
    Finding,
    Pair,
    decide_pair,
    give_second_opinion,
    withdraw_decision,
)
from joinedup.register.actor import Actor
from joinedup.register.queries.identity_review import (
    ReviewShown,
    compare,
    decisions,
    find_pair,
    records_of_people,
    review_of,
    second_opinions_wanted,
    waiting,
)
from joinedup.rules.foundation.errors import Invalid, UsageError
from joinedup.rules.foundation.identifier import display_record_key, parse_record_key
from joinedup.rules.foundation.role import Ability
from joinedup.web.acting import actor, needs
from joinedup.web.form_fields import GovForm, see_other, show_form
from joinedup.web.lists import Column, Filter, Listing, answer_list
from joinedup.web.views.oversight.forms import FindingForm, FirstFindingForm, PeopleForm, RecordsForm, WithdrawForm

REASONS = {
    "uncertain": "Alike, but not enough to be sure",
    "number_alone": "One NHS number, too little else agrees",
    "numbers_differ": "Alike, but their NHS numbers differ",
}
STATES = {
    "decided": ("Decided", "govuk-tag--green"),
    "waiting": ("Second opinion wanted", "govuk-tag--yellow"),
    "unsure": ("Not sure", "govuk-tag--grey"),
    "withdrawn": ("Withdrawn", "govuk-tag--red"),
}


def _pair_address(one: int, other: int) -> str:
    return reverse("identity_pair", args=[one, other])


WAITING = Listing(
    id="pairs",
    caption="Pairs of records to decide",
    fetch=waiting,
    order="-percent",
    search="Record",
    noun=("pair", "pairs"),
    columns=(
        Column(
            "pair",
            "Pair",
            lambda row: f"{row.left} and {row.right}",
            link=lambda row: _pair_address(row.record_l, row.record_r),
        ),
        Column(
            "percent",
            "How likely one person",
            lambda row: f"{row.percent}%" if row.percent else "less than 1%",
            is_sorted=True,
            is_number=True,
        ),
        Column("reason", "Why it is uncertain", lambda row: REASONS.get(row.reason, row.reason)),
    ),
    filters=(Filter("reason", "Why it is uncertain", (("", "Any reason"), *REASONS.items())),),
)
DECISIONS = Listing(
    id="identity-decisions",
    caption="Decisions on pairs of records",
    fetch=decisions,
    order="-at",
    search="Officer or reason",
    noun=("decision", "decisions"),
    columns=(
        Column(
            "pair",
            "Pair",
            lambda row: f"{row.left} and {row.right}",
            link=lambda row: _pair_address(row.record_l, row.record_r),
        ),
        Column("state", "State", lambda row: STATES[row.state][0], tag=lambda row: STATES[row.state][1]),
        Column("stands", "What builds are told", lambda row: row.stands or "Nothing"),
        Column("by", "First officer", lambda row: row.decided_by),
        Column("second", "Second officer", lambda row: row.second_by),
        Column("at", "Decided", lambda row: row.decided_at, is_sorted=True),
    ),
    filters=(Filter("state", "Show", (("", "All that stand"), *((key, text) for key, (text, _) in STATES.items()))),),
)


@require_safe
@needs(Ability.DECIDE_IDENTITY)
def pairs(request: HttpRequest) -> HttpResponse:
    """Which records may be one person?"""
    by = actor(request)
    answer = answer_list(request, WAITING, by=by)
    if isinstance(answer, HttpResponse):
        return answer
    page = {"list": answer, "seconds": second_opinions_wanted(by=by)}
    return render(request, "oversight/pairs.html", page)


@require_safe
@needs(Ability.DECIDE_IDENTITY, Ability.SEE_AUDIT)
def decided(request: HttpRequest) -> HttpResponse:
    """What was decided about records?"""
    answer = answer_list(request, DECISIONS, by=actor(request))
    return answer if isinstance(answer, HttpResponse) else render(request, "oversight/decisions.html", {"list": answer})


@require_http_methods(["GET", "POST"])
@needs(Ability.DECIDE_IDENTITY)
def pair(request: HttpRequest, one: int, other: int) -> HttpResponse:
    """Are these two records one person?"""
    by = actor(request)
    found = _found(one, other)
    review = review_of(found)
    if review is None:
        form: GovForm = FirstFindingForm.of(request)
        done = form.send("identity.decide", lambda: _decide(form, found, by), by=by)
    elif review.state == "waiting" and review.decided_by_id != by.user_id:
        form = FindingForm.of(request, initial={"version": review.version})
        done = form.send("identity.second_opinion", lambda: _second(form, found, review, by), by=by)
    else:
        return _show(request, found, review, None, by)
    return see_other("identity_decisions") if done else _show(request, found, review, form, by)


@require_http_methods(["GET", "POST"])
@needs(Ability.DECIDE_IDENTITY)
def withdraw(request: HttpRequest, one: int, other: int) -> HttpResponse:
    """Why is this decision taken back?"""
    by = actor(request)
    found = _found(one, other)
    review = review_of(found)
    if review is None:
        raise Http404("Nobody has decided this pair.")
    form = WithdrawForm.of(request, initial={"version": review.version})

    def do() -> dict[str, int]:
        version, reason = form.edited_version, form.cleaned_data["reason"]
        return {"id": withdraw_decision(review_id=review.id, version=version, pair=found, reason=reason, by=by).pk}

    if form.send("identity.withdraw", do, by=by):
        return see_other("identity_pairs")
    if form.is_conflict:
        form.compare({"Decision": review.stands or "Nothing yet"}, review.version)
    return show_form(
        request,
        "joinedup/form_page.html",
        form,
        question="Why is this decision taken back?",
        about=f"{review.left} and {review.right}",
        button="Take it back",
        back=_pair_address(review.record_l, review.record_r),
    )


@require_http_methods(["GET", "POST"])
@needs(Ability.DECIDE_IDENTITY)
def choose_people(request: HttpRequest) -> HttpResponse:
    """Whose records do you want to compare?"""
    form = PeopleForm.of(request)
    if form.is_bound and form.is_valid():
        persons = [form.cleaned_data["person"], form.cleaned_data["other"]]
        return see_other("identity_records", *(person for person in persons if person is not None))
    return show_form(
        request,
        "oversight/choose_people.html",
        form,
        question="Whose records do you want to compare?",
        button="Continue",
        back=reverse("identity_pairs"),
    )


@require_http_methods(["GET", "POST"])
@needs(Ability.DECIDE_IDENTITY)
def choose_records(request: HttpRequest, person_id: int, other_id: int | None = None) -> HttpResponse:
    """Which two records do you want to compare?"""
    persons = (person_id,) if other_id is None else (person_id, other_id)
    records = records_of_people(persons, by=actor(request))
    if len(records) < 2:
        raise Http404("There are not two records to compare. Check the pseudonyms.")
    form = RecordsForm.of(request, records=records)
    if form.is_bound and form.is_valid():
        chosen = [parse_record_key(form.cleaned_data[name]) for name in ("one", "two")]
        return see_other("identity_pair", *chosen)
    return show_form(
        request,
        "joinedup/form_page.html",
        form,
        question="Which two records do you want to compare?",
        button="Compare",
        back=reverse("identity_people"),
    )


def _decide(form: GovForm, found: Pair, by: Actor) -> dict[str, int]:
    return {"id": decide_pair(pair=found, finding=Finding(**form.values()), by=by).pk}


def _second(form: GovForm, found: Pair, review: ReviewShown, by: Actor) -> dict[str, int]:
    finding, version = Finding(**form.values()), form.edited_version
    return {"id": give_second_opinion(review_id=review.id, version=version, pair=found, finding=finding, by=by).pk}


def _found(one: int, other: int) -> Pair:
    try:
        found = find_pair(one, other)
    except Invalid as error:
        raise Http404(str(error)) from error
    if found is None:
        raise Http404("The current release does not know both of these records.")
    return found


def _show(
    request: HttpRequest, found: Pair, review: ReviewShown | None, form: GovForm | None, by: Actor
) -> HttpResponse:
    try:
        compared = compare(found, by=by)
    except UsageError as error:
        raise Http404("One of these records is not described any more, so the two cannot be compared.") from error
    page = {
        "fields": compared,
        "review": review,
        "state": STATES[review.state] if review else None,
        "is_one_person": len(found.people) == 1,
        "left": display_record_key(found.record_l),
        "right": display_record_key(found.record_r),
        "record_l": found.record_l,
        "record_r": found.record_r,
    }
    if form is None:
        return render(request, "oversight/pair.html", page)
    return show_form(request, "oversight/pair.html", form, **page)
