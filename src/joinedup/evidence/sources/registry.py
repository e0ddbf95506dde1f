"""Which adapter reads which kind of extract."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import ibis.expr.types as ir

from joinedup.evidence.sources.agency import generic_events
from joinedup.evidence.sources.aggregate import area_population, series, survey_answers
from joinedup.evidence.sources.community import csds, mhsds
from joinedup.evidence.sources.episode_statistics import hes_ae, hes_apc, hes_op
from joinedup.evidence.sources.hospital import apc, ecds, outpatient
from joinedup.evidence.sources.index import deaths, gp_conditions, persons
from joinedup.evidence.sources.primary_care import gp_contacts
from joinedup.evidence.sources.reconciliation import activity_problems, delay_problems, emergency_problems
from joinedup.evidence.sources.settings import Settings
from joinedup.evidence.sources.social_care import cld
from joinedup.evidence.sources.statistics import delayed_transfers, emergency_series, monthly_activity

Adapter = Callable[[ir.Table, Settings], dict[str, ir.Table]]

#: Kind of extract -> adapter. Opt-outs and identity decisions name people or records, so landing reads them itself.
ADAPTERS: Final[Mapping[str, Adapter]] = {
    "persons": persons,
    "deaths": deaths,
    "gp_conditions": gp_conditions,
    "gp_contacts": gp_contacts,
    "ecds": ecds,
    "apc": apc,
    "outpatient": outpatient,
    "csds": csds,
    "mhsds": mhsds,
    "cld": cld,
    "generic_events": generic_events,
    "survey_answers": survey_answers,
    "series": series,
    "area_population": area_population,
    "hes_apc": hes_apc,
    "hes_ae": hes_ae,
    "hes_op": hes_op,
    "delayed_transfers_workbook": delayed_transfers,
    "monthly_activity_workbook": monthly_activity,
    "ae_time_series_workbook": emergency_series,
}

#: Kind of extract -> what its rows as a whole must fulfil; gives problems as rows (`reconciliation.PROBLEM`).
CHECKS: Final[Mapping[str, Callable[[ir.Table, Settings], ir.Table]]] = {
    "delayed_transfers_workbook": delay_problems,
    "monthly_activity_workbook": activity_problems,
    "ae_time_series_workbook": emergency_problems,
}

#: Kinds whose adapter weighs one file against another (their schemas say supersede = "submission"): it must see every
#: file of its source at once. All others read row by row, and may be given one file after the other.
NEEDS_EVERY_FILE: Final = frozenset({"cld"})


def adapter(kind: str) -> Adapter | None:
    """The adapter of a kind of extract.

    An adapter takes the rows of one source, read by the schema of the kind, and gives canonical tables by name,
    lazily and on any engine. It expects the schema's columns in their types (money as whole pence in int64,
    decimals as decimals, codes as text), without the identifying ones; in their place `record_key` (int64, null
    for rows about nobody), and `birth_month` (date) and `has_nhs_number` (boolean) where the file has a date of
    birth or an NHS number; and for each row `__file` (text), `__record` (int64), `__received` (date). A column
    that the file lacks may be missing or null.

    Args:
        kind: id of an extract schema.

    Returns:
        None for kinds that become no canonical table by themselves.
    """
    return ADAPTERS.get(kind)
