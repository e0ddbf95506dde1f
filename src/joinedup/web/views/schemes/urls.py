"""Addresses of the pages of this room, and what the navigation offers of them."""

from __future__ import annotations

from typing import Final

from django.urls import URLPattern, URLResolver, path

from joinedup.rules.foundation.role import Ability
from joinedup.web.navigation import Item
from joinedup.web.views.schemes import (
    claims,
    evaluations,
    evidence,
    evidence_cells,
    evidence_entries,
    scheme_forms,
    schemes,
)

urlpatterns: list[URLPattern | URLResolver] = [
    path("", schemes.scheme_list, name="schemes"),
    path("evaluations/", evaluations.evaluation_list, name="evaluations"),
    path("evaluations/<slug:name>/", evaluations.evaluation, name="evaluation"),
    path("evaluations/<slug:name>/versions/", evaluations.evaluation_versions, name="evaluation_versions"),
    path("evaluations/<slug:name>/protocol/", evaluations.evaluation_protocol, name="evaluation_protocol"),
    path("evaluations/<slug:name>/<int:number>/", evaluations.evaluation, name="evaluation_version"),
    path("evaluations/<slug:name>/<int:number>/<str:file>", evaluations.evaluation_file, name="evaluation_file"),
    path("evidence/", evidence.evidence, name="evidence"),
    path("evidence/what-works/", evidence_cells.what_works, name="evidence_what_works"),
    path(
        "evidence/what-works/<slug:cohort>/<slug:pathway>/<slug:outcome>/",
        evidence_cells.evidence_cell,
        name="evidence_cell",
    ),
    path("evidence/gaps/", evidence_cells.evidence_gaps, name="evidence_gaps"),
    path("evidence/new/", evidence_entries.new_entry, name="evidence_new"),
    path("evidence/new/<slug:evaluation>/", evidence_entries.new_entry, name="evidence_from"),
    path("evidence/entries/<int:entry_id>/", evidence_entries.version, name="evidence_version"),
    path("evidence/entries/<int:entry_id>/decide/", evidence_entries.decide, name="evidence_decide"),
    path("evidence/entries/<int:entry_id>/correct/", evidence_entries.correct, name="evidence_correct"),
    path("evidence/entries/<int:entry_id>/withdraw/", evidence_entries.withdraw, name="evidence_withdraw"),
    path("evidence/<slug:evidence_id>/", evidence.evidence_item, name="evidence_item"),
    path("new/", scheme_forms.new_scheme, name="scheme_new"),
    path("alerts/", schemes.scheme_alerts, name="scheme_alerts"),
    path("claims/", claims.claim_list, name="claims"),
    path("claims/<int:claim_id>/", claims.claim_page, name="claim"),
    path("claims/<int:claim_id>/edit/", claims.edit_claim, name="claim_edit"),
    path("claims/<int:claim_id>/say/", claims.say_claim, name="claim_say"),
    path("claims/<int:claim_id>/reduction/", claims.new_reduction, name="reduction_new"),
    path("reductions/<int:reduction_id>/", claims.decide, name="reduction_decide"),
    path("lines/<int:line_id>/report/", scheme_forms.report, name="scheme_report"),
    path("lines/<int:line_id>/end/", scheme_forms.finish_line, name="scheme_line_end"),
    path("plans/<int:plan_id>/withdraw/", scheme_forms.withdraw, name="evaluation_withdraw"),
    # addresses that begin with a scheme's id come last; their first words above are no ids (actions.scheme.RESERVED)
    path("<slug:slug>/", schemes.scheme_page, name="scheme"),
    path("<slug:slug>/edit/", scheme_forms.edit_scheme, name="scheme_edit"),
    path("<slug:slug>/spend/", scheme_forms.spend, name="scheme_spend"),
    path("<slug:slug>/board/", scheme_forms.new_line, name="scheme_line"),
    path("<slug:slug>/claim/", claims.new_claim, name="claim_new"),
    path("<slug:slug>/evaluate/", scheme_forms.new_evaluation, name="evaluation_new"),
]
NAVIGATION: Final[tuple[Item, ...]] = (Item("schemes", "Schemes", frozenset({Ability.SEE_SCHEMES})),)
