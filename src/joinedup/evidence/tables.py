"""The canonical tables: their grain, columns and types, the one contract between sources and everything after.

Types are chosen so that every engine gives the same answer: money is whole pence in int64, quantities are
exact decimals, dates are dates, text is text. A record key and a person id are keyed 64-bit hashes: a pseudonym
that nobody can turn back without the key. Birth dates are kept here only as the first day of their month.
"""

from __future__ import annotations

from typing import Final

import ibis
import ibis.expr.types as ir

QUANTITY: Final = "decimal(18, 4)"

#: One version of one record of one person in one source (no names, numbers or full dates of birth).
PERSON_RECORD: Final = {
    "record_key": "int64",  # keyed hash of id space + local id
    "source": "string",
    "organisation": "string",  # who holds the record
    "sex": "string",  # F | M | X (other) | null (not known)
    "birth_month": "date",  # first day of the month of birth
    "ethnicity": "string",  # ONS five groups: white | mixed | asian | black | other | null
    "lsoa": "string",  # small area of residence (2011 or 2021 code), null when not known
    "practice": "string",  # GP practice the record names, null when not known
    "death_date": "date",
    "valid_from": "date",  # when the holder says this version began to hold
    "valid_to": "date",  # exclusive; null = still
    "received": "date",
    "has_nhs_number": "boolean",  # a number that passes amendment 2
}

#: One event in one service. Setting decides which of the nullable columns are filled.
ACTIVITY: Final = {
    "event_id": "string",  # unique over the place: source + "/" + the source's own key
    "record_key": "int64",
    "source": "string",
    "setting": "string",  # see SETTINGS
    "service": "string",  # service type, from the code list `services`
    "organisation": "string",  # the organisation responsible (commissioning council or board)
    "provider": "string",
    "payer": "string",  # who pays; null when the source does not say (costs derives it)
    "start": "date",
    "end": "date",  # exclusive of nothing: the day it ended; null = still open
    "start_time": "timestamp",  # where the source has it (A&E arrival, admission)
    "method": "string",  # admission method | attendance category | contact kind
    "admission_source": "string",
    "discharge_destination": "string",
    "specialty": "string",
    "currency": "string",  # HRG, point of delivery, or care component: what the price book is keyed by
    "diagnosis": "string",  # primary, ICD-10 without the dot
    "diagnoses": "string",  # every code, joined with "|", primary first
    "procedures": "string",  # OPCS-4 codes joined with "|"
    "spell_ref": "string",  # the source's own spell number, so that episodes become spells
    "episode_order": "int64",
    "ready_date": "date",  # ready for transfer (dtoc) or discharge-ready date (drd)
    "delay_reason": "string",
    "delay_responsible": "string",  # nhs | social_care | both | housing ...
    "quantity": QUANTITY,  # contacts, bed days, hours; for packages units a week
    "unit": "string",  # contact | attendance | bed_day | spell | hour | week | assessment ...
    "frequency": "string",  # care packages: weekly | fortnightly | four_weekly | monthly | quarterly | annual | one_off
    "source_cost_pence": "int64",  # cost the source itself gives for the quantity (package: for one `frequency`)
    "client_contribution_pence": "int64",  # in the same unit as source_cost_pence
    "domain": "string",  # assessments: what they assess; else null
    "linked_ref": "string",  # event_id or plan the event says it belongs to
    "outcome": "string",  # event outcome as the source codes it (sequel, accepted, ...)
    "received": "date",
    "file": "string",
    "record_number": "int64",
}

SETTINGS: Final = (
    "primary_care", "urgent_care", "inpatient", "outpatient", "community", "mental_health", "social_care",
    "continuing_care", "carer_support", "police", "housing", "benefits", "criminal_justice", "education",
    "substance_misuse", "domestic_abuse", "voluntary", "other",
)  # fmt: skip

#: Diagnosed long-term conditions, one row a record and condition.
CONDITION: Final = {"record_key": "int64", "condition": "string", "since": "date", "source": "string"}

#: Which person a record belongs to, at the default, a strict and a loose threshold.
LINK: Final = {
    "record_key": "int64",
    "person_id": "int64",
    "person_id_strict": "int64",
    "person_id_loose": "int64",
    "weight": "int64",  # strongest match weight to another record of the person, in hundredths of a bit; null if alone
    "probability": "float64",  # the same as a probability; 1 for a verified number; null if alone
}

#: One thing that happened to an identity.
IDENTITY_EVENT: Final = {
    "at": "date",
    "kind": "string",  # created | merged | split | decided | withdrawn
    "person_id": "int64",
    "other_person_id": "int64",
    "reason": "string",
}

HOUSEHOLD: Final = {"household_id": "int64", "person_id": "int64", "valid_from": "date", "valid_to": "date"}

#: Where a person lived and was registered, and who they are, in half-open intervals that never overlap for one person.
POPULATION: Final = {
    "person_id": "int64",
    "valid_from": "date",
    "valid_to": "date",  # exclusive, never null (a far date when still open)
    "sex": "string",
    "birth_month": "date",
    "ethnicity": "string",
    "death_date": "date",
    "practice": "string",  # registered population where not null
    "lsoa": "string",  # resident population where not null
    "neighbourhood": "string",
    "council": "string",
    "place": "string",
    "system": "string",
    "imd_quintile": "int64",  # 1 = most deprived fifth
    "source": "string",  # whose record says where the person was
    "objection": "string",  # national | type1 | both: what the person objects to now, on every day; null = nothing
}

#: A continuous inpatient spell: one stay of one person, across consultants and transfers between hospitals.
SPELL: Final = {
    "spell_id": "string",  # event_id of its first episode
    "person_id": "int64",
    "start": "date",
    "end": "date",  # day of discharge; null = still in
    "is_emergency": "boolean",  # by the first episode's method of admission
    "method": "string",
    "admission_source": "string",
    "discharge_destination": "string",  # of the last episode
    "died": "boolean",
    "length_of_stay_days": "int64",
    "episodes": "int64",
    "providers": "int64",
    "first_provider": "string",
    "last_provider": "string",
    "specialty": "string",
    "diagnosis": "string",  # primary diagnosis of the first episode
    "diagnoses": "string",  # every code of every episode, joined with "|"
    "procedures": "string",
}

#: One interval in which a person was ready to leave a hospital bed and still in it.
DELAY: Final = {
    "event_id": "string",
    "person_id": "int64",
    "record_key": "int64",
    "era": "string",  # dtoc (to February 2020) | drd (discharge-ready date, from 2023); never one series
    "start": "date",  # ready date
    "end": "date",  # discharge, or null while still waiting
    "days": "int64",
    "reason": "string",
    "responsible": "string",
    "care": "string",  # acute | non_acute
    "provider": "string",
    "organisation": "string",
}

#: A care package or placement, clipped at death and at the end of the submission.
PACKAGE: Final = {
    "event_id": "string",
    "person_id": "int64",
    "record_key": "int64",
    "setting": "string",  # social_care | continuing_care | carer_support ...
    "service": "string",  # nursing | residential | home_care | direct_payment | supported_living | day_care | ...
    "is_long_term": "boolean",
    "start": "date",
    "end": "date",  # null = open
    "weekly_pence": "int64",
    "weekly_contribution_pence": "int64",
    "quantity": QUANTITY,  # units a week, where the source plans them
    "unit": "string",
    "currency": "string",
    "source": "string",
    "provider": "string",
    "payer": "string",
    "organisation": "string",
}

#: A reablement or rehabilitation episode that followed a hospital discharge, and where the person was on day 91.
REABLEMENT: Final = {
    "event_id": "string",
    "person_id": "int64",
    "discharge": "date",  # hospital discharge
    "start": "date",
    "end": "date",
    "follow_up": "date",  # the 91st day after discharge
    "outcome": "string",  # home | hospital | care_home | died | unknown
    "is_at_home": "boolean",
    "provider": "string",
    "organisation": "string",
}

#: One symptom of fragmented care, of one person on one day.
FRAGMENTATION: Final = {
    "person_id": "int64",
    "symptom": "string",  # see rules.care.fragmentation.Symptom
    "at": "date",
    "event_id": "string",  # the event that shows it; null where it is a set of days
    "other_event_id": "string",  # the event it stands against; null where there is none
}

#: How many events of a month could have shown a symptom; a month that is not here was not reported.
SYMPTOM_MONTH: Final = {"symptom": "string", "month": "date", "events": "int64"}

#: What one event cost in one calendar month.
COST_LINE: Final = {
    "event_id": "string",
    "record_key": "int64",
    "source": "string",
    "month": "date",
    "begins": "boolean",  # whether the event began in this month: later months of a stay or package are no new event
    "setting": "string",
    "service": "string",
    "provider": "string",
    "payer": "string",
    "quantity": QUANTITY,
    "bed_days": "int64",  # nights in a hospital bed in this month
    "pence": "int64",  # null = no unit cost known: missing, never zero
    "client_contribution_pence": "int64",
    "price_year": "string",  # "2023-24"
    "unit_cost_id": "string",  # definition id of the price used; null with pence
    "cost_class": "string",  # A-F, how good the price is; null with pence
}

#: The table that every measure, cohort and feature reads: one row a month, record, setting and payer.
MONTH_FACT: Final = {
    "month": "date",
    "record_key": "int64",
    "setting": "string",
    "payer": "string",
    "events": "int64",
    "bed_days": "int64",
    "pence": "int64",  # sum of known costs
    "client_contribution_pence": "int64",
    "missing_cost_events": "int64",
}

SURVEY_ANSWER: Final = {
    "survey": "string",  # asc_users | carers | gp_patients ...
    "respondent_key": "int64",  # null for an anonymous survey
    "question": "string",
    "answer": "string",
    "score": QUANTITY,
    "area_code": "string",
    "period_start": "date",
    "period_end": "date",  # exclusive
    "sex": "string",
    "age": "int64",
    "weight": QUANTITY,
    "source": "string",
    "file": "string",
    "record_number": "int64",
}

#: One published or aggregate figure: statistics, workforce, beds.
SERIES_VALUE: Final = {
    "series": "string",
    "area_type": "string",  # nation | council | commissioner | trust | ... | other (counts to totals, is no area)
    "area_code": "string",
    "area_name": "string",
    "period_start": "date",
    "period_end": "date",  # exclusive
    "dimension": "string",  # all | reason | responsible | care | ...
    "category": "string",
    "value": "decimal(20, 6)",
    "unit": "string",
    "received": "date",  # vintage
    "source": "string",
    "file": "string",
    "record_number": "int64",
}

#: People in an area, for denominators that do not come from records (published population estimates).
AREA_POPULATION: Final = {
    "area_type": "string", "area_code": "string", "basis": "string", "period_start": "date", "period_end": "date",
    "sex": "string", "age_from": "int64", "age_to": "int64", "people": "int64",
}  # fmt: skip

#: Raw measures before the disclosure gate; never leaves facts/.
MEASURE_VALUE: Final = {
    "measure": "string",
    "area_type": "string",
    "area_code": "string",
    "area_name": "string",
    "period_start": "date",
    "period_end": "date",  # exclusive
    "dimension": "string",  # all | sex | age | deprivation | setting | payer | reason ...
    "category": "string",
    "numerator": "float64",
    "denominator": "float64",
    "value": "float64",
    "lower": "float64",
    "upper": "float64",
    "status": "string",  # ok | not_reported | incomplete | not_evaluable
    "persons": "int64",  # people behind the numerator, for the disclosure gate; null where not about people
    "expected": "float64",  # indirect standardisation only
    "strict": "float64",  # the value when only sure links count
    "loose": "float64",  # the value when doubtful links count too
}


def names() -> tuple[str, ...]:
    """Lower-case names of every canonical table."""
    return tuple(name.lower() for name, value in globals().items() if name.isupper() and isinstance(value, dict))


def columns_of(name: str) -> dict[str, str]:
    """The columns of a canonical table by its lower-case name."""
    columns: dict[str, str] = globals()[name.upper()]
    return columns


def schema(columns: dict[str, str]) -> ibis.Schema:
    """The Ibis schema of a canonical table."""
    return ibis.schema(columns)


def conform(table: ir.Table, columns: dict[str, str]) -> ir.Table:
    """Give a table exactly the canonical columns, in order and type; a column it lacks becomes null.

    Raises:
        ibis.common.exceptions.IbisError: a column cannot take the canonical type.
    """
    present = set(table.columns)
    return table.select(
        **{name: (table[name].cast(kind) if name in present else ibis.null(kind)) for name, kind in columns.items()}
    )
