"""From a protocol's [exposure] and [sensitivity] to what it says of areas beyond its waves."""

from __future__ import annotations

from collections.abc import Container
from datetime import date
from typing import Final

from joinedup.rules.programme.protocol_fields import Fields, Moment
from joinedup.rules.programme.protocol_panel import Covered, Exposure, Freed, Probe, Scale

#: Keys of [exposure] that are read, and not only said in words.
READ: Final = frozenset({"waves", "partly", "aside", "others", "funded_until"})

_CHECKS_OF_PROBES: Final = ("other_pool", "lead_in_excluded", "")


def read_exposure(exposure: Fields) -> Exposure:
    """Who was covered in part, which other schemes began, and until when the scheme was paid for."""
    partly = tuple(_covered(item, needs_name=False) for item in exposure.tables("partly"))
    others = tuple(_covered(item, needs_name=True) for item in exposure.tables("others"))
    aside = tuple(_aside(item) for item in exposure.tables("aside"))
    return Exposure(partly, aside, others, _moment(exposure, "funded_until"))


def _covered(item: Fields, *, needs_name: bool) -> Covered:
    start = _moment(item, "start")
    if start is None:
        item.wrong("start", "is missing; write the first period covered, a number or a date")
        start = 0
    made = Covered(start, item.texts("units"), item.text("name", required=needs_name))
    if not made.units and not needs_name:
        item.wrong("units", "are missing; name the units that were covered in part")
    item.done()
    return made


def _aside(item: Fields) -> Covered:
    made = Covered(0, item.texts("units"), item.text("why", required=True))
    if not made.units:
        item.wrong("units", "are missing; name the units that are left out")
    item.done()
    return made


def read_probes(sensitivity: Fields, methods: Container[str]) -> tuple[Probe, ...]:
    """The probes of a protocol.

    Args:
        methods: names of panel methods.
    """
    probes = tuple(_probe(item, methods) for item in sensitivity.tables("probes"))
    if len({probe.name for probe in probes}) < len(probes):
        sensitivity.wrong("probes", "two have the same name; name each differently")
    return probes


def _probe(item: Fields, methods: Container[str]) -> Probe:
    made = Probe(
        item.text("name", required=True), item.text("check"), item.text("why"), item.texts("exclude"),
        item.texts("controls"), item.texts("only"), item.flag("partly", False),
        item.whole("lead_in", 0, least=0, most=120), _moment(item, "from"), _moment(item, "to"), item.text("outcome"),
        item.text("method"), item.optional_choice("scale", Scale),
    )  # fmt: skip
    if made.method and made.method not in methods:
        item.wrong("method", f"is {made.method!r}, which is no method for units over time")
    if made.check not in _CHECKS_OF_PROBES:
        item.wrong("check", f"is {made.check!r}; write other_pool or lead_in_excluded, or leave it out")
    item.done()
    return made


def read_freed(costs: Fields) -> Freed | None:
    """How capacity set free could become money; None where the protocol does not say."""
    table = costs.table("capacity")
    if not costs.has("capacity"):
        return None
    saving = table.number("unit_saving", 0.0, least=0, most=1e12)
    made = Freed(
        table.number("mean_stay_days", 1.0, least=0, most=1000), table.number("variable_share", 0.0, least=0, most=1),
        table.flag("consumables_cut", False), table.whole("beds_per_unit", 28, least=1, most=100_000),
        table.number("occupancy", 0.92, least=0.01, most=1), round(100 * saving),
        table.flag("closure_decided", False), table.number("refilled_share", 0.0, least=0, most=1),
    )  # fmt: skip
    table.done()
    return made


def _moment(fields: Fields, key: str) -> Moment | None:
    value = fields.raw(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float | date):
        fields.wrong(key, f"is {value!r}; write a period, a number or a date")
        return None
    return value
