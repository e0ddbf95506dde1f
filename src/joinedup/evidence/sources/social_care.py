"""Adult social care client level data, releases 1 and 2: packages of care, assessments, reviews and requests."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import ibis
import ibis.expr.types as ir

from joinedup.evidence.sources.activity import activity
from joinedup.evidence.sources.care_cost import frequency_of, period_pence
from joinedup.evidence.sources.column import amount, day, first_of, is_one_of, text, translated, whole
from joinedup.evidence.sources.hospital import upper
from joinedup.evidence.sources.person import person_record
from joinedup.evidence.sources.settings import Settings
from joinedup.evidence.sources.submission import references, unique_events
from joinedup.rules.care.client_level import (
    CLIENTS,
    COMPONENTS,
    DOMAINS,
    OUTCOME_RANKS,
    OUTCOMES,
    SERVICE_OF_TERM,
    TERMS,
    UNITS,
    UNKNOWN_RANK,
)

_EVENT_TYPES: Final = {
    "request": "request", "referral": "request", "assessment": "assessment", "review": "review", "service": "service",
}  # fmt: skip

#: What an event id is made of, before the number that tells apart what is left alike.
_KEY: Final = ("council", "record_key", "client", "kind", "start", "which")


def cld(table: ir.Table, settings: Settings) -> dict[str, ir.Table]:
    """What councils arranged for adults and for carers, each event once however often it was submitted.

    Grain: one event. A package of care has a frequency (always filled, so that it tells packages from events): its
    cost is for one such period, its quantity the planned units a week, its method the term of support
    (long_term_..., short_term_..., carer_...). One-off support, assessments, reviews and requests have the quantity
    1. A service that was still open ends with the submission, with the outcome ongoing where the submission is the
    council's latest and not_resubmitted where a later one no longer holds it. Rows of a person that begin after
    their death are left out. Self-funders are invisible.

    Source: DHSC, client level data main tables methodology and dashboard costs table; ASCOF from client level data.
    """
    rows = _read(table)
    submissions = rows.group_by("council", "file").aggregate(
        received=rows["__received"].max(), first=rows["period_first"].min(), last=rows["period_last"].max()
    )
    kept = unique_events(_alive(rows), references(submissions, settings.as_of))
    named = kept.mutate(which=_which(kept))
    order = [named["identity"].asc(), named["detail"].asc(), named["record"].asc()]
    numbered = named.mutate(number=ibis.row_number().over(group_by=list(_KEY), order_by=order) + 1)
    people = person_record(
        table.filter(table["__received"] <= ibis.literal(settings.as_of)), settings, ibis.null("date")
    )
    return {"activity": _events(numbered, settings), "person_record": people}


def _read(table: ir.Table) -> ir.Table:
    """The rows with our words in the place of either release's."""
    term, carer = translated(text(table, "service_type"), TERMS), translated(text(table, "client_type"), CLIENTS)
    outcome = translated(text(table, "event_outcome"), OUTCOMES)
    named = table.mutate(
        council=upper(table, "la_code").fill_null(""),
        file=table["__file"],
        record=table["__record"],
        period_first=day(table, "reporting_period_start_date"),
        period_last=day(table, "reporting_period_end_date"),
        kind=translated(text(table, "event_type"), _EVENT_TYPES),
        client=carer.fill_null("service_user"),
        start=day(table, "event_start_date"),
        recorded_end=day(table, "event_end_date"),
        death=day(table, "date_of_death"),
        term=term,
        component=text(table, "service_component").strip().lower().fill_null(""),
        bought=service_of(
            text(table, "service_type"), text(table, "service_component"), text(table, "delivery_mechanism")
        ),
        outcome_word=outcome,
        outcome_rank=outcome.cases(*OUTCOME_RANKS.items(), else_=UNKNOWN_RANK).cast("int64"),
    )
    events = named.filter(named["kind"].notnull() & named["start"].notnull())
    return events.mutate(is_service=events["kind"] == "service")


def service_of(service_type: ir.StringValue, component: ir.StringValue, mechanism: ir.StringValue) -> ir.StringValue:
    """Which service each row bought; the twin of `rules.care.client_level.service_of`."""
    term, named = translated(service_type, TERMS), translated(component, COMPONENTS)
    is_direct = mechanism.strip().lower() == "direct payment"
    may_be_direct = term.isnull() | term.isin(["long_term_community", "carer_direct"])
    fallback = translated(term, SERVICE_OF_TERM, "other")
    return ibis.cases(
        (is_one_of(term, ["short_term_max"]), ibis.literal("reablement")),
        (is_direct.fill_null(False) & may_be_direct, ibis.literal("direct_payment")),
        else_=first_of(named, fallback),
    )


def end_by_death(end: ir.DateValue, death: ir.DateValue) -> ir.DateValue:
    """The last day of each service; the twin of `rules.care.package.end_by_death`, for starts not after death."""
    return ibis.ifelse(death.notnull() & (end.isnull() | (end > death)), death, end)


def _alive(rows: ir.Table) -> ir.Table:
    """End what death ended; leave out what begins after it. A death that any row of a person gives holds for all."""
    known = rows.mutate(died=rows["death"].max().over(group_by="record_key"))
    living = known.filter(known["died"].isnull() | (known["died"] >= known["start"]))
    dated = living.mutate(end=end_by_death(living["recorded_end"], living["died"]))
    return dated.mutate(identity=_identity(dated), detail=_detail(dated))


def _identity(rows: ir.Table) -> ir.StringValue:
    """The fields that make rows one event; services may change their end between submissions, others may not."""
    end = ibis.ifelse(rows["is_service"], ibis.null("string"), rows["end"].cast("string"))
    which = rows["kind"].cases(
        ("request", text(rows, "request_route_of_access").strip().lower()),
        ("assessment", text(rows, "assessment_type").strip().lower()),
        ("service", rows["bought"] + ibis.literal("|") + rows["term"].fill_null("")),
        else_=ibis.null("string"),
    )
    parts = [rows["council"], rows["record_key"], rows["client"], rows["kind"], rows["start"], end, which]
    return _packed(parts)


def _detail(rows: ir.Table) -> ir.StringValue:
    """What tells apart two rows of one service inside a submission; empty for anything else."""
    parts = [
        text(rows, "delivery_mechanism").strip().lower(),
        whole(rows, "unit_cost"),
        text(rows, "cost_frequency").strip().lower(),
        amount(rows, "planned_units_per_week"),
    ]
    return ibis.ifelse(rows["is_service"], _packed(parts), ibis.literal(""))


def _which(rows: ir.Table) -> ir.StringValue:
    """The part of an event id that says which service, or when anything else ended."""
    service = rows["bought"] + ibis.literal("-") + rows["term"].fill_null("unknown")
    return ibis.ifelse(rows["is_service"], service, rows["end"].cast("string").fill_null(""))


def _packed(parts: Sequence[ir.Value]) -> ir.StringValue:
    found = parts[0].cast("string").fill_null("")
    for part in parts[1:]:
        found = found + ibis.literal("|") + part.cast("string").fill_null("")
    return found


def _events(rows: ir.Table, settings: Settings) -> ir.Table:
    is_service, planned = rows["is_service"], amount(rows, "planned_units_per_week").abs()
    frequency = text(rows, "cost_frequency")
    is_once = is_service & (frequency_of(frequency) == "one_off")
    contribution = whole(rows, "client_contribution")
    service = ibis.ifelse(is_service, rows["bought"], rows["kind"])
    clipped = ibis.cases(
        (rows["is_clipped"] & rows["is_latest"], "ongoing"),
        (rows["is_clipped"], "not_resubmitted"),
        else_=rows["outcome_word"],
    )
    return activity(
        rows,
        settings,
        [*(rows[name] for name in _KEY), rows["number"]],
        setting=ibis.ifelse(rows["client"] == "service_user", "social_care", "carer_support"),
        service=service,
        organisation=rows["council"],
        provider=first_of(upper(rows, "provider_cqc_location_id"), ibis.ifelse(is_service, None, rows["council"])),
        payer=rows["council"],
        start=rows["start"],
        end=ibis.ifelse(is_service, rows["end"], first_of(rows["end"], rows["start"])),
        method=ibis.ifelse(is_service, rows["term"], text(rows, "request_route_of_access")),
        currency=service,
        quantity=ibis.ifelse(is_service & ~is_once, planned, ibis.literal(1).cast(planned.type())),
        unit=ibis.cases((~is_service, rows["kind"]), (is_once, "item"), else_=translated(frequency, UNITS, "week")),
        frequency=ibis.ifelse(is_service, frequency_of(frequency), ibis.null("string")),
        source_cost_pence=ibis.ifelse(
            is_service, period_pence(whole(rows, "unit_cost"), frequency, planned), ibis.null("int64")
        ),
        client_contribution_pence=ibis.ifelse(
            is_service, period_pence(contribution, frequency, planned), ibis.null("int64")
        ),
        domain=ibis.ifelse(
            rows["kind"] == "assessment", translated(text(rows, "assessment_type"), DOMAINS, "other"), None
        ),
        outcome=clipped,
    )
