"""Every key of a protocol: what it means, its default, what it may be, and an example."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from joinedup.rules.foundation.definition import Direction
from joinedup.rules.foundation.disclosure import Policy
from joinedup.rules.programme.protocol import (
    ControlGroup,
    Heterogeneity,
    Likeness,
    Measure,
    OutcomeKind,
    PanelMethod,
    PeopleMethod,
    Role,
    SynthesisMethod,
)
from joinedup.rules.programme.protocol_panel import Scale
from joinedup.rules.programme.protocol_place import Comparison, Index
from joinedup.rules.programme.protocol_reading import CHECKS
from joinedup.rules.programme.protocol_synthesis import PooledScale

COLUMN = "a column's name"
COLUMNS = "column names"
TEXT = "text"
WHOLE = "a whole number"
SHARE = "0 to 1"
POUNDS = "pounds, at most two decimals"
MOMENT = "a number or a date"
DAY = "a date"
CODES = "area codes"
YES = "true or false"


@dataclass(frozen=True)
class Key:
    """One key.

    Attributes:
        default: "required", or what holds where it is not given.
        allowed: in words, or the closed set itself.
        example: as it is written in TOML.
    """

    name: str
    meaning: str
    default: str
    allowed: str | type[StrEnum] | Iterable[str]
    example: str


@dataclass(frozen=True)
class Section:
    """One table of a protocol.

    Attributes:
        title: for people.
        table: as TOML names it; "" for the top.
    """

    title: str
    table: str
    keys: tuple[Key, ...]


_POLARITY = "less is taken as better, and the result says so"
TOP = (
    Key("title", "What is evaluated.", "required", TEXT, 'title = "Team around the person"'),
    Key("question", "What is asked; the first thing a reader sees.", "none", TEXT, 'question = "Fewer admissions?"'),
    Key("estimand", "What effect, on whom, in words.", "none", TEXT, 'estimand = "those who joined, in a year"'),
    Key("subgroups", "Columns by which effects are promised; any other subgroup is a deviation.", "none", COLUMNS,
        'subgroups = ["sex"]'),
    Key("disclosure", "How small numbers of people are hidden.", "hes", Policy, 'disclosure = "small5"'),
    Key("population", "Who could be in it: words for a table of one's own, keys below for a place.", "none", "a table",
        '[population]'),
    Key("exposure", "Who had the scheme from when: `waves` and the keys below; other keys are words.", "none",
        "a table", "[exposure]"),
    Key("data", "Which columns say what.", "required", "a table", "[data]"),
    Key("design", "How it is answered.", "required", "a table", "[design]"),
    Key("outcomes", "What is looked at, primary first; people need at least one.", "none", "tables", "[[outcomes]]"),
    Key("sensitivity", "What is probed.", "none", "a table", "[sensitivity]"),
    Key("costs", "What it cost.", "none", "a table", "[costs]"),
)  # fmt: skip
OUTCOMES = (
    Key("name", "Column of the outcome: 0 or 1 for binary and time to event, pounds for cost.", "required", COLUMN,
        'name = "admissions"'),
    Key("kind", "What kind of number it is.", "continuous", OutcomeKind, 'kind = "count"'),
    Key("role", "What it is for; a change of a negative control shows hidden differences, a worse outcome of safety is"
        " harm.", "primary", Role, 'role = "safety"'),
    Key("polarity", "Which way it gets better.", _POLARITY, Direction, 'polarity = "lower"'),
    Key("time", "Time until the event or the end of follow-up.", "data.follow_up", COLUMN, 'time = "days_home"'),
    Key("positive_from", "Of a score of experience, the answer from which on it is positive (up to which, where lower"
        " is better); the share of positive answers is told too.", "none", "a number", "positive_from = 4"),
)  # fmt: skip
SENSITIVITY = (
    Key("checks", "Analyses promised; one that cannot be made says why.", "none", sorted(CHECKS),
        'checks = ["evalue", "rosenbaum"]'),
    Key("probes", "Areas: the same question with one thing changed.", "none", "tables", "[[sensitivity.probes]]"),
)  # fmt: skip
PROBES = (
    Key("name", "Its name.", "required", TEXT, 'name = "without London"'),
    Key("check", "Which promised check it makes.", "none", ("other_pool", "lead_in_excluded"), 'check = "other_pool"'),
    Key("why", "Why it is asked.", "none", TEXT, 'why = "devolved in 2016"'),
    Key("exclude", "Units left out besides those of the protocol.", "none", "units", 'exclude = ["E09000001"]'),
    Key("controls", "Units that alone may be controls.", "all", "units", 'controls = ["E06000001"]'),
    Key("only", "Units that alone are used.", "all", "units", 'only = ["E08000003"]'),
    Key("partly", "Bring in, as treated, what was covered in part.", "false", YES, "partly = true"),
    Key("lead_in", "Periods from each start left out.", "0", "0 to 120", "lead_in = 3"),
    Key("from", "First period.", "as the protocol", MOMENT, "from = 2012-04-01"),
    Key("to", "Last period.", "as the protocol", MOMENT, "to = 2016-03-31"),
    Key("outcome", "Another outcome.", "as the protocol", COLUMN, 'outcome = "rate"'),
    Key("method", "Another method for areas.", "as the protocol", PanelMethod, 'method = "synthetic_did"'),
    Key("scale", "Another scale.", "as the protocol", Scale, 'scale = "log"'),
)  # fmt: skip
COSTS = (
    Key("perspectives", "Payers: outcomes of kind cost that are counted.", "all of kind cost", COLUMNS,
        'perspectives = ["nhs_cost"]'),
    Key("programme_cost", "What running the scheme cost, for all people in it.", "unknown: no net saving is told",
        POUNDS, "programme_cost = 80000.00"),
    Key("performance_payments", "Paid for performance, beside it.", "0", POUNDS, "performance_payments = 5000.00"),
    Key("cashable_share", "Part of a saving in care that a budget is cut by.", "0", SHARE, "cashable_share = 0.2"),
    Key("price_year", "Of which year pounds are.", "none", TEXT, 'price_year = "2024/25"'),
    Key("unit_cost", "Areas: what one unit of the outcome costs.", "unknown", POUNDS, "unit_cost = 300.00"),
    Key("capacity", "Areas: how capacity set free could become money.", "none", "a table", "[costs.capacity]"),
)  # fmt: skip
CAPACITY = (
    Key("mean_stay_days", "Nights for each unit of the outcome.", "1", "0 to 1000", "mean_stay_days = 8"),
    Key("variable_share", "Part of average cost that falls with each unit.", "0", SHARE, "variable_share = 0.2"),
    Key("consumables_cut", "Whether that budget is cut.", "false", YES, "consumables_cut = true"),
    Key("beds_per_unit", "Beds of the smallest unit that can close.", "28", WHOLE, "beds_per_unit = 28"),
    Key("occupancy", "It is planned for.", "0.92", "0.01 to 1", "occupancy = 0.92"),
    Key("unit_saving", "What closing one saves a year.", "0", POUNDS, "unit_saving = 1400000"),
    Key("closure_decided", "Whether a named owner decided to close what is set free.", "false", YES,
        "closure_decided = false"),
    Key("refilled_share", "Part of freed beds used again.", "0", SHARE, "refilled_share = 1.0"),
)  # fmt: skip
EXPOSURE = (
    Key("waves", "Who starts when, where the data do not say.", "none", "tables", "[[exposure.waves]]"),
    Key("partly", "Units covered in part: left out, as treated and as controls.", "none", "tables of start and units",
        'partly = [{ start = 2013-11-01, units = ["E10000001"] }]'),
    Key("aside", "Units that can be neither treated nor controls.", "none", "tables of units and why",
        'aside = [{ units = ["E06000046"], why = "an earlier wave" }]'),
    Key("others", "Other schemes that began there.", "none", "tables of name, start, units",
        'others = [{ name = "Better Care Fund", start = 2015-04-01 }]'),
    Key("funded_until", "Last period the scheme was paid for.", "unknown", MOMENT, "funded_until = 2018-03-31"),
)  # fmt: skip
WAVES = (
    Key("start", "First treated period.", "required", MOMENT, "start = 2013-11-01"),
    Key("units", "Who starts then.", "required", "units", 'units = ["E06000045"]'),
)  # fmt: skip
PARTLY = (*WAVES, Key("name", "Of another scheme.", "required of others", TEXT, 'name = "Better Care Fund"'))
ASIDE = (
    Key("units", "Who is left out.", "required", "units", 'units = ["E06000046"]'),
    Key("why", "Why.", "required", TEXT, 'why = "an earlier wave"'),
)  # fmt: skip
AREAS = (
    Key("unit", "Area or unit.", "required; area for a place", COLUMN, 'unit = "council"'),
    Key("time", "Period: years, or ISO dates.", "required; period for a place", COLUMN, 'time = "month"'),
    Key("outcome", "Primary outcome.", "required; the measure for a place", COLUMN, 'outcome = "rate"'),
    Key("treated", "0 or 1 by unit and period; or first_treated, or exposure.waves.", "none", COLUMN,
        'treated = "has_scheme"'),
    Key("first_treated", "Start of each unit; 0 or empty is never.", "none", COLUMN, 'first_treated = "start"'),
    Key("predictors", "What units are matched on, or adjusted for, by what they were before.", "none", COLUMNS,
        'predictors = ["need"]'),
    Key("kind", "What kind of number the outcome is.", "continuous", OutcomeKind, 'kind = "count"'),
    Key("polarity", "Which way the outcome gets better.", _POLARITY, Direction, 'polarity = "lower"'),
    Key("exposure", "People or days at risk of a count.", "none", COLUMN, 'exposure = "people"'),
    Key("group", "0 or 1: has an overlapping scheme; asks for a triple difference.", "none", COLUMN, 'group = "other"'),
    Key("exclude", "Units left out.", "none", "units", 'exclude = ["E09000001"]'),
    Key("scale", "Whether levels or logarithms are compared.", "level", Scale, 'scale = "log"'),
)  # fmt: skip
AREA_DESIGN = (
    Key("method", "The method.", "required", PanelMethod, 'method = "staggered_did"'),
    Key("pre", "First and last period used before the start.", "all", "two periods", "pre = [1970, 1988]"),
    Key("cluster", "Units that decided together.", "each alone", COLUMN, 'cluster = "system"'),
    Key("controls", "With whom waves are compared.", "never_treated", ControlGroup, 'controls = "not_yet_treated"'),
    Key("special_predictors", "A column, or the outcome, averaged over some periods only.", "none", "tables",
        'special_predictors = [{ column = "rate", at = [1975] }]'),
    Key("anticipation", "Periods before the start in which an effect may show.", "0", "0 to 120", "anticipation = 1"),
    Key("season", "Periods in a year of an interrupted series.", "12 or 4 where periods are months or quarters",
        "0 to 366", "season = 12"),
    Key("seed", "Of what is drawn: the same seed gives the same figures.", "1", WHOLE, "seed = 7"),
    Key("accept", "When the design is refused.", "never", "a table", "[design.accept]"),
)  # fmt: skip
SPECIAL = (
    Key("column", "Which.", "required", COLUMN, 'column = "rate"'),
    Key("at", "Periods before the start.", "required", "periods", "at = [1975, 1980]"),
)  # fmt: skip
AREA_ACCEPT = (
    Key("min_pre_trend_p", "Refused where the test of trends before gives less.", "0", SHARE, "min_pre_trend_p = 0.05"),
    Key("max_pre_fit", "Refused where the mixture misses by more, in deviations of the treated.", "none", "0 to 100",
        "max_pre_fit = 0.25"),
)  # fmt: skip
PEOPLE = (
    Key("unit", "Person; each once.", "rows are people; candidate for a place", COLUMN, 'unit = "person_id"'),
    Key("treated", "0 or 1: in the scheme.", "required; set by a place", COLUMN, 'treated = "in_scheme"'),
    Key("covariates", "What people are compared on, known before the index date.", "none", COLUMNS,
        'covariates = ["age", "prior"]'),
    Key("exact", "Groups within which people must be the same.", "none", COLUMNS, 'exact = ["sex"]'),
    Key("follow_up", "How long each was seen.", "equally long", COLUMN, 'follow_up = "years"'),
    Key("cluster", "People treated together.", "each alone", COLUMN, 'cluster = "practice"'),
    Key("earlier_outcome", "The outcome before, from which a prognosis is learned.", "none", COLUMN,
        'earlier_outcome = "admissions_before"'),
    Key("person", "Whose row it is, where people stand at several index dates.", "each stands once", COLUMN,
        'person = "person_id"'),
    Key("period", "Index date of a row, where people stand at several; controls are chosen in order of time.", "none",
        COLUMN, 'period = "index_month"'),
)  # fmt: skip
PEOPLE_DESIGN = (
    Key("method", "The method.", "required", PeopleMethod, 'method = "matched_cohort"'),
    Key("distance", "What people are matched on.", "propensity", Likeness, 'distance = "both"'),
    Key("ratio", "Controls for each person at most.", "1", "1 to 50", "ratio = 3"),
    Key("caliper", "Largest distance, in standard deviations of it.", "none", "0 to 10", "caliper = 0.2"),
    Key("replace", "Whether a control may serve several.", "false", YES, "replace = true"),
    Key(
        "search", "Where the design asked for is not accepted, take the best of the usual ones, by balance alone.",
        "false", YES, "search = true",
    ),
    Key("seed", "Of what is drawn.", "1", WHOLE, "seed = 7"),
    Key("accept", "When the design is accepted.", "as below", "a table", "[design.accept]"),
)  # fmt: skip
PEOPLE_ACCEPT = (
    Key("max_smd", "Every standardised difference must be below it; the grade asks for 0.1 whatever it says.", "0.1",
        "0 to 10", "max_smd = 0.1"),
    Key("min_matched", "Least part of the people of the scheme matched.", "0.95", SHARE, "min_matched = 0.9"),
)  # fmt: skip
STUDIES = (
    Key("study", "Name of each study.", "required; set by results", COLUMN, 'study = "site"'),
    Key("estimate", "Its effect; with variance. Or four counts.", "none", COLUMN, 'estimate = "yi"'),
    Key("variance", "Of the effect.", "none", COLUMN, 'variance = "vi"'),
    *(
        Key(name, f"Counts: {what}.", "none", COLUMN, f'{name} = "{name}"')
        for name, what in {
            "ai": "cases with the scheme", "bi": "others with it; or n1", "n1": "everybody with it",
            "ci": "cases without", "di": "others without; or n2", "n2": "everybody without it",
        }.items()
    ),
    Key("measure", "What is worked out from counts.", "log_rr", Measure, 'measure = "log_or"'),
    Key("scale", "Scale of the estimates; of a ratio the column holds the natural logarithm.",
        "difference; ratio for results", PooledScale, 'scale = "ratio"'),
    Key("grade", "Grade of each study, 1 to 5: the synthesis is never better than the least; without it at most 3.",
        "none; set by results", COLUMN, 'grade = "grade"'),
    Key("results", "Instead of a table: protocols of the place, or results in the folder given as --data.", "none",
        "at least two names", 'results = ["team-fenwick", "team-aldmoor"]'),
    Key("outcome", "With results: the outcome put together.", "required with results", TEXT, 'outcome = "admissions"'),
)  # fmt: skip
STUDIES_DESIGN = (
    Key("method", "The method.", "required", SynthesisMethod, 'method = "meta_analysis"'),
    Key("tau2", "How the variance between studies is estimated.", "reml", Heterogeneity, 'tau2 = "pm"'),
    Key("hartung_knapp", "Intervals that hold with few studies.", "false", YES, "hartung_knapp = true"),
    Key("moderators", "What may move the effect: numbers, or words as yes or no.", "none", COLUMNS,
        'moderators = ["size"]'),
    Key("polarity", "Which way the outcome gets better.", _POLARITY, Direction, 'polarity = "lower"'),
)  # fmt: skip
_LEVEL = Key("level", "For readers: people or areas.", "none", TEXT, 'level = "people"')
PLACE_PEOPLE = (
    _LEVEL,
    Key("scheme", "Method code of the enrolments; or enrolments.", "none", TEXT, 'scheme = "mdt_fenwick"'),
    Key("enrolments", "Which events say that somebody joined.", "none", "a table", "[population.enrolments]"),
    Key("areas", "Whose people can be in the scheme.", "where people joined", CODES, 'areas = ["fenwick"]'),
    Key("comparison", "Whose people could be controls; a list names areas.", "rest", Comparison,
        'comparison = "local"'),
    Key("alike_areas", "So many comparison areas, the most alike before.", "all", "1 to 10,000", "alike_areas = 10"),
    Key("area_type", "What an area is, for likeness.", "practice",
        ("practice", "neighbourhood", "council", "place", "care_home"), 'area_type = "practice"'),
    Key("eligible", "Conditions on the day of joining.", "none", "a table", "eligible = { age_min = 18 }"),
    Key("index", "The dates from which controls are followed.", "risk_set", Index, 'index = "one_date"'),
    Key("lead_in_days", "Days after the index date left out of follow-up.", "0", "0 to 365", "lead_in_days = 30"),
    Key("follow_up_days", "At most; ended by death, leaving and the end of the data.", "365", "28 to 3660",
        "follow_up_days = 365"),
    Key("persistence_days", "At most, for effects by period since joining.", "0: none", "0 to 3660",
        "persistence_days = 730"),
    Key("history_days", "So long somebody must have been observed before.", "365", "0 to 3660", "history_days = 365"),
    Key("exclude_schemes", "Whoever joined one of these before is left out.", "none", "method codes",
        'exclude_schemes = ["enhanced_care_home_support"]'),
)  # fmt: skip
ELIGIBLE = (
    Key("any_of", "Groups of conditions of which one must be met. Every other key is a covariate, with _min or _max.",
        "none", "tables", "any_of = [{ age_min = 75 }, { conditions_min = 3 }]"),
)  # fmt: skip
ENROLMENTS = (
    Key("method", "Method code.", "required", TEXT, 'method = "mdt_fenwick"'),
    Key("setting", "Setting.", "any", TEXT, 'setting = "community"'),
    Key("service", "Service.", "any", TEXT, 'service = "team"'),
)  # fmt: skip
PLACE_AREAS = (
    _LEVEL,
    Key("measure", "A measure of the place; or series.", "none", "a measure's id", 'measure = "delayed_days"'),
    Key("series", "A raw series: source/series.", "none", TEXT, 'series = "delayed_days_panel/rate"'),
    Key("area_type", "Which areas.", "council", TEXT, 'area_type = "practice"'),
    Key("cadence", "Which periods.", "month", ("month", "quarter", "year"), 'cadence = "quarter"'),
    Key("part", "Which part of the measure.", "value", ("value", "numerator", "denominator"), 'part = "numerator"'),
    Key("people", "Measure whose denominator counts people, for outcomes per 100,000.", "none", "a measure's id",
        'people = "emergency_admissions"'),
    Key("from", "First day used.", "all", DAY, "from = 2011-04-01"),
    Key("to", "Last day used.", "all", DAY, "to = 2019-03-31"),
    Key("joined", "Areas that are one unit because a boundary moved between them.", "none", "lists of area codes",
        'joined = [["E06000058", "E06000059"]]'),
    Key("groups", "Subgroups of areas, by name; the column group.", "none", "a table", "[population.groups]"),
    Key("overlap", "Areas that have an overlapping scheme; the column overlap.", "none", CODES,
        'overlap = ["E08000001"]'),
    Key("sites", "Areas that decided together, by name; the column site.", "none", "a table", "[population.sites]"),
    Key("columns", 'Figures by names that people read, as housing = "delayed_days/reason/I:rate".', "none", "a table",
        'columns = { housing = "delayed_days/reason/I:rate" }'),
)  # fmt: skip
SECTIONS = (
    Section("Every protocol", "", TOP),
    Section("Outcomes", "outcomes[]", OUTCOMES),
    Section("Sensitivity", "sensitivity", SENSITIVITY),
    Section("Probes of areas", "sensitivity.probes[]", PROBES),
    Section("Costs", "costs", COSTS),
    Section("Capacity set free", "costs.capacity", CAPACITY),
    Section("Exposure", "exposure", EXPOSURE),
    Section("Waves", "exposure.waves[]", WAVES),
    Section("Covered in part", "exposure.partly[]", PARTLY),
    Section("Set aside", "exposure.aside[]", ASIDE),
    Section("Other schemes", "exposure.others[]", PARTLY),
    Section("Areas or units over time: data", "data (areas)", AREAS),
    Section("Areas: design", "design (areas)", AREA_DESIGN),
    Section("Areas: special predictors", "design.special_predictors[]", SPECIAL),
    Section("Areas: acceptance", "design.accept (areas)", AREA_ACCEPT),
    Section("People: data", "data (people)", PEOPLE),
    Section("People: design", "design (people)", PEOPLE_DESIGN),
    Section("People: acceptance", "design.accept (people)", PEOPLE_ACCEPT),
    Section("Studies or sites: data", "data (studies)", STUDIES),
    Section("Studies: design", "design (studies)", STUDIES_DESIGN),
    Section("People of a place", "population (people)", PLACE_PEOPLE),
    Section("People of a place: who is eligible", "population.eligible", ELIGIBLE),
    Section("People of a place: enrolments", "population.enrolments", ENROLMENTS),
    Section("Areas of a place", "population (areas)", PLACE_AREAS),
)


def page() -> str:
    """The reference page."""
    parts = ["# Protocols\n", "Every key of a protocol (TOML). A key that is not known is refused, so that a mistyped"]
    parts[-1] += " one never passes for a setting; a key that is not given has its default.\n"
    for section in SECTIONS:
        name = section.table.split(" ")[0]
        heading = f"`[[{name[:-2]}]]`" if name.endswith("[]") else f"`[{name}]`" if name else "top of the file"
        parts.append(f"## {section.title} ({heading})\n")
        parts.append("| key | meaning | default | may be | example |\n|---|---|---|---|---|")
        parts += [
            f"| `{key.name}` | {key.meaning} | {key.default} | {_allowed(key)} | `{key.example}` |"
            for key in section.keys
        ]
        parts.append("")
    return "\n".join(parts)


def _allowed(key: Key) -> str:
    return key.allowed if isinstance(key.allowed, str) else ", ".join(str(item) for item in key.allowed)
