"""Addresses of the pages of this room, and what the navigation offers of them."""

from __future__ import annotations

from typing import Final

from django.urls import URLPattern, URLResolver, path, register_converter

from joinedup.rules.foundation.role import Ability
from joinedup.web.navigation import Item
from joinedup.web.views.oversight import emergencies, flows, identity, objections, retention, room, samples, trace
from joinedup.web.views.oversight.converters import RecordConverter

register_converter(RecordConverter, "record")

urlpatterns: list[URLPattern | URLResolver] = [
    path("", room.oversight, name="oversight"),
    path("identity/", identity.pairs, name="identity_pairs"),
    path("identity/decisions/", identity.decided, name="identity_decisions"),
    path("identity/people/", identity.choose_people, name="identity_people"),
    path("identity/people/<person:person_id>/", identity.choose_records, name="identity_records"),
    path("identity/people/<person:person_id>/<person:other_id>/", identity.choose_records, name="identity_records"),
    path("identity/<record:one>/<record:other>/", identity.pair, name="identity_pair"),
    path("identity/<record:one>/<record:other>/withdraw/", identity.withdraw, name="identity_withdraw"),
    path("flows/", flows.flows, name="flows"),
    path("flows/new/", flows.choose_template, name="flow_templates"),
    path("flows/new/own/", flows.new_flow, name="flow_new"),
    path("flows/new/from/<slug:template_id>/", flows.new_flow, name="flow_from_template"),
    path("flows/<int:flow_id>/", flows.flow, name="flow"),
    path("flows/<int:flow_id>/decide/", flows.decide, name="flow_decide"),
    path("flows/<int:flow_id>/end/", flows.end, name="flow_end"),
    path("objections/", objections.objection_list, name="objections"),
    path("objections/new/", objections.new_objection, name="objection_new"),
    path("objections/<int:objection_id>/end/", objections.ending, name="objection_end"),
    path("retention/", retention.retention, name="retention"),
    path("retention/<slug:subject>/", retention.set_rule, name="retention_rule"),
    path("trace/", trace.trace, name="trace"),
    path("trace/check/", trace.check, name="trace_check"),
    path("trace/head/", trace.signed_head, name="trace_head"),
    path("trace/<int:sequence>/", trace.trace_event, name="trace_event"),
    path("emergencies/", emergencies.emergency_list, name="emergencies"),
    path("emergencies/<int:access_id>/", emergencies.review, name="emergency_review"),
    path("samples/", samples.samples, name="samples"),
    path("samples/new/", samples.new_sample, name="sample_new"),
    path("samples/<int:sample_id>/", samples.sample, name="sample"),
    path("samples/<int:sample_id>/<person:person_id>/", samples.sampled_record, name="sampled_record"),
]
NAVIGATION: Final[tuple[Item, ...]] = (
    Item("identity_pairs", "Identity review", frozenset({Ability.DECIDE_IDENTITY})),
    Item("oversight", "Oversight", frozenset({Ability.SEE_AUDIT, Ability.MANAGE_FLOWS, Ability.REVIEW_EMERGENCY})),
)
