"""From a protocol's tables to the protocol: which keys each kind of design knows, and what they must agree on."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Final

from joinedup.rules.foundation.definition import Direction
from joinedup.rules.foundation.disclosure import Policy
from joinedup.rules.foundation.errors import ConfigError
from joinedup.rules.programme.protocol import (
    ControlGroup,
    Costs,
    Heterogeneity,
    Likeness,
    Measure,
    Method,
    Outcome,
    OutcomeKind,
    PanelData,
    PanelDesign,
    PanelMethod,
    PeopleData,
    PeopleDesign,
    PeopleMethod,
    Protocol,
    Role,
    SpecialPredictor,
    SynthesisData,
    SynthesisDesign,
    SynthesisMethod,
    Wave,
)
from joinedup.rules.programme.protocol_fields import Fields
from joinedup.rules.programme.protocol_panel import Exposure, Probe, Scale
from joinedup.rules.programme.protocol_panel_reading import READ, read_exposure, read_freed, read_probes
from joinedup.rules.programme.protocol_place import PlaceAreas, PlaceData, PlacePeople, PlaceStudies
from joinedup.rules.programme.protocol_place_reading import read_place
from joinedup.rules.programme.protocol_synthesis import PooledScale

_METHODS: Final[dict[str, Method]] = {
    str(method): method for family in (PanelMethod, PeopleMethod, SynthesisMethod) for method in family
}

#: Sensitivity analyses that can be promised.
CHECKS: Final = frozenset(
    {
        "rosenbaum", "evalue", "robustness_value", "simulated_confounder", "negative_control", "mortality",
        "lead_in_excluded", "other_pool", "linkage_threshold", "honest_did", "honest_smoothness", "leave_one_out",
        "placebo", "placebo_in_time", "randomisation", "wild_bootstrap",
    }
)  # fmt: skip


def read_protocol(parsed: Mapping[str, Any]) -> Protocol:
    """Check a parsed protocol.

    Args:
        parsed: the TOML file as a mapping.

    Raises:
        ConfigError: names every field that is wrong and what to do.

    >>> made = read_protocol({"title": "T", "data": {"unit": "a", "time": "y", "outcome": "o", "treated": "d"},
    ...                       "design": {"method": "synthetic_did"}})
    >>> str(made.design.method), made.data.predictors
    ('synthetic_did', ())
    """
    mistakes: list[str] = []
    made = _read(Fields(parsed, "", mistakes))
    if mistakes or made is None:
        lines = "".join(f"\n  - {mistake}" for mistake in mistakes)
        raise ConfigError(f"the protocol cannot be used; {len(mistakes)} thing(s) to put right:{lines}")
    return made


def _read(top: Fields) -> Protocol | None:
    """The protocol, or None where it is not even clear of which kind it is; mistakes are kept in the fields."""
    title, question = top.text("title", required=True), top.text("question")
    data, design = top.table("data"), top.table("design")
    method = _method(design)
    (checks, probes), costs = _sensitivity(top.table("sensitivity")), _costs(top)
    subgroups, disclosure = top.texts("subgroups"), _disclosure(top)
    statements, waves, exposure = _statements(top)
    place = read_place(top.table("population"), data)
    outcomes = tuple(_outcome(item) for item in top.tables("outcomes"))
    if method is None:
        return None
    what: PanelData | PeopleData | SynthesisData
    how: PanelDesign | PeopleDesign | SynthesisDesign
    if isinstance(method, PanelMethod):
        what, how = (
            _panel_data(_of_panel(data, method, place), has_waves=bool(waves)),
            _panel_design(design, method),
        )
    elif isinstance(method, PeopleMethod):
        filled = _by_month(_filled(data, _PEOPLE, place, PlacePeople), place)
        what, how = _people_data(filled), _people_design(design, method)
        if not outcomes:
            top.wrong("outcomes", "none is given; write [[outcomes]] with a name and a kind")
    else:
        what, how = _synthesis_data(_filled(data, _STUDIES, place, PlaceStudies)), _synthesis_design(design, method)
    for fields in (top, data, design):
        fields.done()
    return Protocol(
        title, question, what, how, outcomes, checks, subgroups, costs, waves, disclosure, MappingProxyType(statements),
        place, exposure, probes,
    )  # fmt: skip


#: Columns that a place gives, where a protocol is about one.
_PEOPLE: Final = {
    "unit": "candidate", "treated": "treated", "follow_up": "follow_up", "person": "person", "period": "index_month",
}  # fmt: skip
_SCHEME: Final = {"unit": "scheme", "time": "month", "outcome": "emergency_admissions", "treated": "treated"}
_STUDIES: Final = {
    "study": "study", "estimate": "estimate", "variance": "variance", "grade": "grade", "scale": "ratio",
}  # fmt: skip


def _by_month(data: Fields, place: object) -> Fields:
    """People of a place are compared within one calendar month of index dates."""
    given = data.values.get("exact", [])
    if isinstance(place, PlacePeople) and isinstance(given, list) and "index_month" not in given:
        data.values = {**data.values, "exact": ["index_month", *given]}
    return data


def _of_areas(place: object) -> Mapping[str, str]:
    outcome = place.outcome if isinstance(place, PlaceAreas) else ""
    return {"unit": "area", "time": "period", "outcome": outcome}


def _of_panel(data: Fields, method: PanelMethod, place: PlaceData | None) -> Fields:
    """Areas of a place; or, without controls, the people of a scheme by months since they joined."""
    if isinstance(place, PlacePeople) and method in {PanelMethod.BEFORE_AFTER, PanelMethod.INTERRUPTED}:
        return _filled(data, _SCHEME, place, PlacePeople)
    return _filled(data, _of_areas(place), place, PlaceAreas)


def _filled(data: Fields, columns: Mapping[str, str], place: object, kind: type) -> Fields:
    """The table of the data with the columns that a place gives; as it stands where it is about no place."""
    if place is None:
        return data
    if not isinstance(place, kind):
        data.wrong("", "population and design.method are not of one kind: people, areas or studies")
        return data
    data.values = {**columns, **data.values}
    return data


def _method(design: Fields) -> Method | None:
    name = design.text("method", required=True)
    if name and name not in _METHODS:
        design.wrong("method", f"is {name!r}; write one of {', '.join(_METHODS)}")
    return _METHODS.get(name)


def _panel_data(data: Fields, *, has_waves: bool) -> PanelData:
    made = PanelData(
        data.text("unit", required=True), data.text("time", required=True), data.text("outcome", required=True),
        data.text("treated"), data.text("first_treated"), data.texts("predictors"),
        data.choice("kind", OutcomeKind, OutcomeKind.CONTINUOUS), data.optional_choice("polarity", Direction),
        data.text("exposure"), data.text("group"), data.texts("exclude"), data.choice("scale", Scale, Scale.LEVEL),
    )  # fmt: skip
    said = [bool(made.treated), bool(made.first_treated), has_waves]
    if sum(said) != 1:
        data.wrong("treated", "say once who starts when: a column treated, a column first_treated, or exposure.waves")
    named = [name for name in (made.unit, made.time, made.outcome, made.treated, made.first_treated) if name]
    if len(set(named)) < len(named):
        data.wrong("", "unit, time, outcome and treatment must be different columns")
    return made


def _panel_design(design: Fields, method: PanelMethod) -> PanelDesign:
    pre = design.moments("pre")
    if pre and (len(pre) != 2 or pre[0] >= pre[1]):  # type: ignore[operator]
        design.wrong("pre", "must be the first and the last period before the start, in this order")
        pre = ()
    accept = design.table("accept")
    made = PanelDesign(
        method, (pre[0], pre[1]) if pre else None, design.text("cluster"),
        design.choice("controls", ControlGroup, ControlGroup.NEVER),
        tuple(_special(item) for item in design.tables("special_predictors")),
        design.whole("anticipation", 0, least=0, most=120),
        design.whole("season", 0, least=0, most=366) if design.has("season") else design.raw("season"),
        design.whole("seed", 1, least=0, most=2**31), accept.number("min_pre_trend_p", 0.0, least=0, most=1),
        accept.optional_number("max_pre_fit", least=0, most=100),
    )  # fmt: skip
    accept.done()
    return made


def _special(item: Fields) -> SpecialPredictor:
    made = SpecialPredictor(item.text("column", required=True), item.moments("at"))
    if not made.at:
        item.wrong("at", "is missing; write the times it is taken at, for example at = [1975]")
    item.done()
    return made


def _people_data(data: Fields) -> PeopleData:
    made = PeopleData(
        data.text("unit", default=""), data.text("treated", required=True), data.texts("covariates"),
        data.texts("exact"), data.text("follow_up"), data.text("cluster"), data.text("earlier_outcome"),
        data.text("person"), data.text("period"),
    )  # fmt: skip
    if made.treated in (*made.covariates, *made.exact):
        data.wrong("covariates", f"hold {made.treated!r}, which says who is treated; take it out")
    return made


def _people_design(design: Fields, method: PeopleMethod) -> PeopleDesign:
    accept = design.table("accept")
    made = PeopleDesign(
        method, design.choice("distance", Likeness, Likeness.PROPENSITY), design.whole("ratio", 1, least=1, most=50),
        design.optional_number("caliper", least=0, most=10), design.flag("replace", False),
        accept.number("max_smd", 0.1, least=0, most=10), accept.number("min_matched", 0.95, least=0, most=1),
        design.whole("seed", 1, least=0, most=2**31), design.flag("search", False),
    )  # fmt: skip
    accept.done()
    return made


def _synthesis_data(data: Fields) -> SynthesisData:
    estimate, variance = data.text("estimate"), data.text("variance")
    names = ("ai", "n1", "ci", "n2") if data.has("n1") else ("ai", "bi", "ci", "di")
    counts = tuple(data.text(name) for name in names)
    if bool(estimate) == all(counts) or bool(estimate) != bool(variance):
        data.wrong("estimate", "write estimate and variance, or four counts: ai, bi, ci, di or ai, n1, ci, n2")
    measure = data.choice("measure", Measure, Measure.LOG_RR)
    return SynthesisData(
        data.text("study", required=True), estimate, variance, counts if all(counts) else (), data.has("n1"), measure,
        data.choice("scale", PooledScale, PooledScale.DIFFERENCE), data.text("grade"),
    )  # fmt: skip


def _synthesis_design(design: Fields, method: SynthesisMethod) -> SynthesisDesign:
    return SynthesisDesign(
        method, design.choice("tau2", Heterogeneity, Heterogeneity.REML), design.flag("hartung_knapp", False),
        design.texts("moderators"), design.optional_choice("polarity", Direction),
    )  # fmt: skip


def _outcome(item: Fields) -> Outcome:
    made = Outcome(
        item.text("name", required=True), item.choice("kind", OutcomeKind, OutcomeKind.CONTINUOUS),
        item.choice("role", Role, Role.PRIMARY), item.optional_choice("polarity", Direction), item.text("time"),
        item.optional_number("positive_from", least=-1e6, most=1e6),
    )  # fmt: skip
    item.done()
    return made


def _sensitivity(table: Fields) -> tuple[tuple[str, ...], tuple[Probe, ...]]:
    checks = table.texts("checks")
    for check in checks:
        if check not in CHECKS:
            table.wrong("checks", f"{check!r} is not known; known are {', '.join(sorted(CHECKS))}")
    probes = read_probes(table, {str(method) for method in PanelMethod})
    table.done()
    return checks, probes


def _costs(top: Fields) -> Costs | None:
    table = top.table("costs")
    if not top.has("costs"):
        return None
    made = Costs(
        table.texts("perspectives"), _pence(table, "programme_cost"), _pence(table, "performance_payments") or 0,
        table.number("cashable_share", 0.0, least=0, most=1), table.text("price_year"), _pence(table, "unit_cost"),
        read_freed(table),
    )  # fmt: skip
    table.done()
    return made


def _pence(table: Fields, key: str) -> int | None:
    """Pounds with at most two decimals, as whole pence."""
    pounds = table.optional_number(key, least=0, most=1e12)
    if pounds is None:
        return None
    pence = Decimal(str(pounds)) * 100
    if pence != pence.to_integral_value():
        table.wrong(key, f"is {pounds}; write pounds with at most two decimals")
    return int(pence)


def _disclosure(top: Fields) -> Policy:
    name = top.text("disclosure", default=str(Policy.HES))
    if name not in {str(policy) for policy in Policy}:
        top.wrong("disclosure", f"is {name!r}; write one of {', '.join(str(policy) for policy in Policy)}")
        return Policy.HES
    return Policy(name)


def _statements(top: Fields) -> tuple[dict[str, str], tuple[Wave, ...], Exposure]:
    """What is said in words of population, exposure and estimand, and who starts when."""
    exposure = top.table("exposure")
    waves = tuple(_wave(item) for item in exposure.tables("waves"))
    named = [unit for wave in waves for unit in wave.units]
    if len(set(named)) < len(named):
        exposure.wrong("waves", "a unit stands in two waves; a unit starts once")
    words = {
        f"population.{key}": str(value)
        for key, value in top.table("population").values.items()
        if not isinstance(value, Mapping)
    }
    words |= {f"exposure.{key}": str(value) for key, value in exposure.values.items() if key not in READ}
    if estimand := top.text("estimand"):
        words["estimand"] = estimand
    return words, waves, read_exposure(exposure)


def _wave(item: Fields) -> Wave:
    start, units = item.raw("start"), item.texts("units")
    if isinstance(start, bool) or not isinstance(start, int | float | date):
        item.wrong("start", "is missing; write the first treated period, a number or a date")
        start = 0
    if not units:
        item.wrong("units", "are missing; name the units that start then")
    item.done()
    return Wave(start, units)
