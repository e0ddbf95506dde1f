"""One row a record: its place in the order of arrival, the identifiers it carries now, and a fingerprint of it all."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from joinedup.evidence.identity.functions import fingerprint
from joinedup.evidence.identity.normalisation import DESCRIBING
from joinedup.rules.foundation.identifier import NumberStatus

FIRST_DAY = "0001-01-01"


def record_heads(described: ir.Table) -> ir.Table:
    """One row a record, in order of record key.

    Args:
        described: every version of every record (`describe`).

    Returns:
        `node` (0, 1, 2 ... by record key), `record_key`, `received` (first of any version) and `source_order` (the
        order of arrival, which makes the anchor), `number` and `number_status` (the latest acceptable one),
        `is_verified`, `token`, and `digest` (differs when anything that linking reads differs).
    """
    t = described
    moment = _day(t.valid_from) + _day(t.received)
    status = t.nhs_number_status.fill_null("  ").rpad(2, " ").left(2)
    told = [t[name].cast("string").fill_null("\x1e") for name in (*DESCRIBING, *_extras(t))]
    dated = t.select(
        record_key=t.record_key,
        received=t.received,
        source_order=t.source_order.fill_null(0),
        latest_number=moment + t.number.cast("string").lpad(10, "0") + status,
        latest_token=moment + t.token,
        mark=fingerprint(ibis.literal("\x1f").join(told)),
    )
    heads = dated.group_by("record_key").agg(
        received=dated.received.min(),
        source_order=dated.source_order.min(),
        latest_number=dated.latest_number.max(),
        latest_token=dated.latest_token.max(),
        marks=dated.mark.max().cast("string") + "/" + dated.mark.min().cast("string"),
        versions=dated.mark.nunique(),
        parity=dated.mark.bit_xor(),
    )
    node = ibis.row_number().over(ibis.window(order_by=heads.record_key))
    return _with_identifiers(heads).mutate(node=node.cast("int64"))


def _with_identifiers(heads: ir.Table) -> ir.Table:
    """The parts of the latest number and token, and the digest of everything."""
    number_status = heads.latest_number.substr(30, 2).strip().nullif("")
    parts = (heads.marks, heads.versions, heads.parity, heads.received, heads.source_order, heads.latest_number)
    return heads.select(
        "record_key",
        "received",
        "source_order",
        number=heads.latest_number.substr(20, 10).cast("int64"),
        number_status=number_status,
        is_verified=(number_status == NumberStatus.VERIFIED.value).fill_null(False),
        token=heads.latest_token.substr(20),
        digest=ibis.literal("/").join([part.cast("string").fill_null("") for part in parts]),
    )


def _extras(t: ir.Table) -> list[str]:
    return [name for name in t.columns if name.startswith("extra_")]


def _day(column: ir.DateValue) -> ir.StringValue:
    return column.cast("string").left(10).fill_null(FIRST_DAY)
