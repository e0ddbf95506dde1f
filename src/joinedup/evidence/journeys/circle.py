"""The circle of support of everyone at once: services, organisations and payers in a window."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from joinedup.evidence.journeys.packages import is_package
from joinedup.evidence.whole import total
from joinedup.rules.foundation.period import Period


def circle(activity: ir.Table, link: ir.Table, window: Period) -> ir.Table:
    """List the ties between each person and the services, organisations and payers that touched them.

    A contact touches the window when any of its days lies in it; a package or stay without end still lasts. Where a
    source gives no service the setting stands for it; where it gives no provider, the responsible organisation does.

    Args:
        activity: canonical activity.
        link: which person a record belongs to.
        window: the days to look at, usually 365.

    Returns:
        person_id, service, organisation, payer, contacts, first, last: one row a tie; null where not known.

    Source: NAO 2017 paragraph 1.7 and Figure 4 (M1). One case: rules.care.circle.
    """
    lasts = is_package(activity) | activity.unit.isin(["episode", "spell", "bed_day"]).fill_null(False)
    until = ibis.coalesce(activity.end, ibis.ifelse(lasts, ibis.literal(window.end), activity.start))
    rows = activity.filter((activity.start < ibis.literal(window.end)) & (until >= ibis.literal(window.start)))
    rows = rows.join(link.select("record_key", "person_id"), "record_key")
    ties = rows.select(
        "person_id",
        "payer",
        day="start",
        service=ibis.coalesce(rows.service, rows.setting),
        organisation=ibis.coalesce(rows.provider, rows.organisation),
    )
    keys = ["person_id", "service", "organisation", "payer"]
    return ties.group_by(keys).agg(contacts=ties.count(), first=ties.day.min(), last=ties.day.max())


def circle_counts(ties: ir.Table) -> ir.Table:
    """Count for each person the different services, organisations and payers of their circle.

    The same service from two providers counts as one service and two organisations; what is not known is not counted.

    Args:
        ties: from `circle`.

    Returns:
        person_id, services, organisations, payers, contacts.
    """
    return ties.group_by("person_id").agg(
        services=ties.service.nunique().cast("int64"),
        organisations=ties.organisation.nunique().cast("int64"),
        payers=ties.payer.nunique().cast("int64"),
        contacts=total(ties.contacts),
    )
