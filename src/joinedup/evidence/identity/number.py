"""Which NHS numbers may be used to link people, for whole tables: the twin of rules.foundation.identifier."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from joinedup.rules.foundation.identifier import ISSUED_RANGES, IdSystem


def acceptable_number(text: ir.StringValue, *, test_numbers: bool) -> ir.IntegerValue:
    """The number as a whole number where it may be used to link people, null otherwise.

    Spaces and hyphens are dropped; the check digit must be right (modulus 11), the ten digits not all the same,
    and the number in a range that some system issues. A lost leading zero is not repaired.

    Args:
        text: numbers as sources give them, null where missing.
        test_numbers: whether test numbers (900... to 999...) count: only in demonstration and test places.

    Source: NHS Data Model and Dictionary, NHS NUMBER.
    """
    digits = text.replace(" ", "").replace("-", "")
    well_formed = digits.re_search("^[0-9]{10}$")
    number = well_formed.ifelse(digits, ibis.null("string")).cast("int64")
    total = ibis.literal(0, "int64")
    for weight in range(10, 1, -1):
        total = total + (number // 10 ** (weight - 1) % 10) * weight
    check = (ibis.literal(11) - total % 11) % 11
    passes = (check == number % 10) & (number % 1_111_111_111 != 0)
    issued = ibis.literal(False)
    for each in ISSUED_RANGES:
        if test_numbers or each.system is not IdSystem.TEST:
            issued = issued | number.between(each.first, each.last)
    return (passes & issued).ifelse(number, ibis.null("int64"))
