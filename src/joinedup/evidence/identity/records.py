"""One row a record: its place in the order of arrival, the identifiers it carries now, and a fingerprint of it all."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from joinedup.evidence.identity.functions import fingerprint
from joinedup.evidence.identity.normalisation import DESCRIBING
from joinedup.evidence.identity.number import acceptable_number
from joinedup.rules.foundation.identifier import NumberStatus

FIRST_DAY = "0001-01-01"


def record_heads(records: ir.Table, variants: ir.Table, *, test_numbers: bool) -> ir.Table:
    """One row a record, in order of record key.

    Args:
        records: grain one version of a record (`IDENTITY_RECORD`).
        variants: the result of `normalise` on them.
        test_numbers: whether test NHS numbers count in this place.

    Returns:
        `node` (0, 1, 2 ... by record key), `record_key`, `received` (first of any version) and `source_order` (the
        order of arrival, which makes the anchor), `number` and `number_status` (the latest acceptable one),
        `token`, and `digest` (differs when anything that linkage reads differs).
    """
    t = records
    extras = [name for name in variants.columns if name.startswith("extra_")]
    number = acceptable_number(_text(t, "nhs_number"), test_numbers=test_numbers)
    moment = _day(t, "valid_from") + _day(t, "received")
    status = _text(t, "nhs_number_status").fill_null("  ").rpad(2, " ").left(2)
    latest_number = moment + number.cast("string").lpad(10, "0") + status
    dated = t.select(
        record_key=t.record_key,
        received=t.received if "received" in t.columns else ibis.null("date"),
        source_order=t.source_order if "source_order" in t.columns else ibis.literal(0, "int64"),
        latest_number=latest_number,
        latest_token=moment + _text(t, "token").nullif(""),
    )
    heads = dated.group_by("record_key").agg(
        received=dated.received.min(), source_order=dated.source_order.min(),
        latest_number=dated.latest_number.max(), latest_token=dated.latest_token.max(),
    )  # fmt: skip
    texts = [variants[name].cast("string").fill_null("\x1e") for name in sorted({*DESCRIBING, *extras})]
    marks = variants.select("record_key", mark=fingerprint(ibis.literal("\x1f").join(texts)))
    digests = marks.group_by("record_key").agg(digest=marks.mark.bit_xor())
    joined = heads.join(digests, "record_key")
    with_ids = joined.select(
        "record_key", "received", "source_order",
        number=joined.latest_number.substr(20, 10).cast("int64"),
        number_status=joined.latest_number.substr(30, 2).strip().nullif(""),
        token=joined.latest_token.substr(20),
        digest=(joined.digest.cast("string") + "/" + joined.latest_number.substr(20).fill_null("")),
    )  # fmt: skip
    node = ibis.row_number().over(ibis.window(order_by=with_ids.record_key))
    verified = (with_ids.number_status == NumberStatus.VERIFIED.value).fill_null(False)
    return with_ids.mutate(node=node.cast("int64"), is_verified=verified)


def _text(t: ir.Table, name: str) -> ir.StringValue:
    return t[name].cast("string") if name in t.columns else ibis.null("string")


def _day(t: ir.Table, name: str) -> ir.StringValue:
    return _text(t, name).left(10).fill_null(FIRST_DAY)
