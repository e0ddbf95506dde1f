"""What is claimed, how it stands, and how it became what it is."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.safestring import SafeString
from django.views.decorators.http import require_http_methods, require_safe

from joinedup.register.actions.claim import change_claim, decide_reduction, make_claim, propose_reduction, say_version
from joinedup.register.clock import today
from joinedup.register.queries.claim import (
    ClaimShown,
    all_claims,
    claim,
    claim_values,
    claims,
    counted_once,
    reduction,
    totals,
)
from joinedup.rules.foundation.role import Ability
from joinedup.rules.programme.benefit import Status
from joinedup.rules.programme.claim import Standing, Unit
from joinedup.web.acting import actor, needs
from joinedup.web.charts.history import Step, history_chart
from joinedup.web.claim_words import STANDING_TAGS, STATUS_TAGS, amount_text
from joinedup.web.form_fields import day_in_words, see_other, show_form
from joinedup.web.lists import Column, Filter, Listing, answer_list
from joinedup.web.views.schemes.claim_forms import ClaimForm, DecisionForm, NewClaimForm, ReductionForm, SaidForm
from joinedup.web.views.schemes.schemes import found_or_404

PAGE = "joinedup/form_page.html"
LIST = Listing(
    id="claims",
    caption="Claims",
    fetch=claims,
    order="scheme",
    search="Claim, scheme or organisation",
    noun=("claim", "claims"),
    columns=(
        Column("title", "Claim", lambda row: row.title, link=lambda row: reverse("claim", args=[row.id]),
               is_sorted=True),
        Column("scheme", "Scheme", lambda row: row.scheme, is_sorted=True),
        Column("standing", "Standing", lambda row: row.judged.standing.value.capitalize(),
               tag=lambda row: STANDING_TAGS[row.judged.standing]),
        Column("status", "Benefit", lambda row: row.status.value.capitalize(),
               tag=lambda row: STATUS_TAGS[row.status]),
        Column("planned", "Planned", lambda row: amount_text(row.now.planned, row.unit), is_number=True),
        Column("forecast", "Forecast", lambda row: amount_text(row.now.forecast, row.unit), is_number=True),
        Column("realised", "Counts as realised", lambda row: amount_text(row.counted, row.unit), is_number=True),
        Column("cashable", "Can be spent", lambda row: "Yes" if row.is_cashable else "No"),
        Column("claimant", "Claimed by", lambda row: row.claimant),
        Column("due", "Due", lambda row: row.due, is_sorted=True),
    ),
    filters=(
        Filter("standing", "Standing", (("", "All"), *((each.value, each.value.capitalize()) for each in Standing))),
        Filter("status", "Benefit", (("", "All"), *((each.value, each.value.capitalize()) for each in Status))),
        Filter("cashable", "Money to spend", (("", "All"), ("yes", "Yes"), ("no", "No"))),
    ),
)  # fmt: skip


@require_safe
@needs(Ability.SEE_SCHEMES)
def claim_list(request: HttpRequest) -> HttpResponse:
    """What is claimed, and what of it is there?"""
    by = actor(request)
    answer = answer_list(request, LIST, by=by)
    if isinstance(answer, HttpResponse):
        return answer
    found = all_claims(by=by)
    page = {
        "list": answer, "spendable": totals(found, is_cashable=True), "other": totals(found, is_cashable=False),
        "counted": counted_once(by=by), "names": {each.id: each for each in found},
    }  # fmt: skip
    return render(request, "schemes/claims.html", page)


@require_safe
@needs(Ability.SEE_SCHEMES)
def claim_page(request: HttpRequest, claim_id: int) -> HttpResponse:
    """Is what is claimed true, and is it there?"""
    found = _found(request, claim_id)
    return render(request, "schemes/claim.html", {"claim": found, "history": _history(found)})


@require_http_methods(["GET", "POST"])
@needs(Ability.MANAGE_SCHEMES)
def new_claim(request: HttpRequest, slug: str) -> HttpResponse:
    """What is claimed for this scheme?"""
    by, scheme = actor(request), found_or_404(request, slug)
    form = NewClaimForm.of(
        request, initial={"claimant": by.organisation, "on": today(), "begins": scheme.begins, "reason": "First claim"}
    )
    sent = form.send(
        "claim.make", lambda: {"id": make_claim(slug=slug, terms=form.terms(), said=form.said(), by=by).pk}, by=by
    )
    if sent:
        return see_other("claim", sent["id"])
    back = reverse("scheme", args=[slug])
    return show_form(request, PAGE, form, question="What is claimed for this scheme?", about=scheme.name, back=back)


@require_http_methods(["GET", "POST"])
@needs(Ability.MANAGE_SCHEMES)
def edit_claim(request: HttpRequest, claim_id: int) -> HttpResponse:
    """What is this claim about?"""
    by, found = actor(request), _found(request, claim_id)
    form = ClaimForm.of(request, initial=claim_values(claim_id, by=by))
    sent = form.send(
        "claim.change",
        lambda: {"id": change_claim(claim_id=claim_id, version=form.edited_version, terms=form.terms(), by=by).pk},
        by=by,
    )
    if sent:
        return see_other("claim", claim_id)
    if form.is_conflict:
        form.compare({"Claim": found.title, "Measure": found.measure}, found.version)
    back = reverse("claim", args=[claim_id])
    return show_form(request, PAGE, form, question="What is this claim about?", about=found.scheme, back=back)


@require_http_methods(["GET", "POST"])
@needs(Ability.MANAGE_SCHEMES)
def say_claim(request: HttpRequest, claim_id: int) -> HttpResponse:
    """What does this claim say now?"""
    by, found = actor(request), _found(request, claim_id)
    now = found.now
    amounts = {"planned": now.planned, "forecast": now.forecast, "realised": now.realised}
    initial = {name: None if value is None else value / 100 for name, value in amounts.items()}
    form = SaidForm.of(request, initial={**initial, "on": today(), "version": now.number})
    sent = form.send(
        "claim.say",
        lambda: {"id": say_version(claim_id=claim_id, number=form.edited_version, said=form.said(), by=by).pk},
        by=by,
    )
    if sent:
        return see_other("claim", claim_id)
    if form.is_conflict:
        form.compare({name.capitalize(): amount_text(value, found.unit) for name, value in amounts.items()}, now.number)
    back = reverse("claim", args=[claim_id])
    question = "What does this claim say now?"
    return show_form(request, "schemes/say.html", form, question=question, about=found.title, back=back, claim=found)


@require_http_methods(["GET", "POST"])
@needs(Ability.MANAGE_SCHEMES)
def new_reduction(request: HttpRequest, claim_id: int) -> HttpResponse:
    """Which budget fell because of this claim?"""
    by, found = actor(request), _found(request, claim_id)
    form = ReductionForm.of(request, initial={"on": today()})
    sent = form.send(
        "reduction.propose",
        lambda: {"id": propose_reduction(claim_id=claim_id, reduction=form.reduction(), by=by).pk},
        by=by,
    )
    if sent:
        return see_other("claim", claim_id)
    back, question = reverse("claim", args=[claim_id]), "Which budget fell because of this claim?"
    return show_form(
        request, "schemes/reduction.html", form, question=question, about=found.title, back=back, claim=found
    )


@require_http_methods(["GET", "POST"])
@needs(Ability.MANAGE_SCHEMES)
def decide(request: HttpRequest, reduction_id: int) -> HttpResponse:
    """Did your budget fall?"""
    by = actor(request)
    found = reduction(reduction_id, by=by)
    if found is None:
        raise Http404("There is no such reduction of a budget.")
    form = DecisionForm.of(request, initial={"version": found.version})
    sent = form.send(
        "reduction.decide",
        lambda: {"id": decide_reduction(
            reduction_id=reduction_id, version=form.edited_version,
            is_approved=form.cleaned_data["decision"] == "yes", remark=form.cleaned_data["remark"], by=by,
        ).pk},
        by=by,
    )  # fmt: skip
    if sent:
        return see_other("claim", found.claim_id)
    back, question = reverse("claim", args=[found.claim_id]), "Did your budget fall?"
    return show_form(request, "schemes/decide.html", form, question=question, back=back, reduction=found)


def _found(request: HttpRequest, claim_id: int) -> ClaimShown:
    found = claim(claim_id, by=actor(request))
    if found is None:
        raise Http404("There is no such claim.")
    return found


def _history(found: ClaimShown) -> SafeString:
    steps = [
        Step(
            day_in_words(each.on),
            each.planned / 100,
            None if each.realised is None else each.realised / 100,
            amount_text(each.planned, found.unit),
        )
        for each in found.versions
    ]
    told = ", then ".join(step.words for step in steps)
    noun = "a year" if found.unit is Unit.POUNDS else "claimed"
    return history_chart(f"What {found.title} has said", f"Planned {noun}: {told}.", steps)
