"""Hospital Episode Statistics by their own column names: admitted patient care, A&E, outpatients."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import ibis
import ibis.expr.types as ir

from joinedup.evidence.sources import hospital
from joinedup.evidence.sources.column import day, first_of, text, whole
from joinedup.evidence.sources.settings import Settings

_PEOPLE: Final = {"sex": "sex", "ethnicity": "ethnicity", "lsoa": "lsoa", "practice": "practice"}
_ORGANISATIONS: Final = {"commissioner_code": "purcode", "responsible_council": "resladst_ons"}


def _renamed(table: ir.Table, names: Mapping[str, str]) -> ir.Table:
    """The rows with the names of the SUS extracts; columns that the file lacks stay away."""
    carried = ("record_key", "birth_month", "has_nhs_number", "__file", "__record", "__received", "__period")
    own = {name: theirs for name, theirs in names.items() if theirs in table.columns}
    return table.select(
        **{name: table[name] for name in carried if name in table.columns},
        **{name: table[theirs] for name, theirs in own.items()},
    )


def _provider(table: ir.Table) -> ir.Value:
    """Three-character provider: procode3, else the start of the five-character code."""
    return first_of(text(table, "procode3").nullif(""), text(table, "procode5").substr(0, 3).nullif(""))


def _numbered(ours: str, theirs: str, most: int) -> dict[str, str]:
    return {f"{ours}_{number:02d}": f"{theirs}_{number:02d}" for number in range(1, most + 1)}


def hes_apc(table: ir.Table, settings: Settings) -> dict[str, ir.Table]:
    """Episodes of admitted patient care.

    HES has no spell number outside its linked extracts: provider, person and admission date stand for it.

    Source: NHS England, HES admitted patient care data dictionary.
    """
    names = {
        **_PEOPLE,
        **_ORGANISATIONS,
        **_numbered("diag", "diag_4", 20),
        **_numbered("opertn", "opertn_4", 24),
        "epikey": "epikey",
        "admission_date": "admidate",
        "admission_method": "admimeth",
        "admission_source": "admisorc",
        "patient_classification": "classpat",
        "episode_start_date": "epistart",
        "episode_end_date": "epiend",
        "discharge_date": "disdate",
        "discharge_method": "dismeth",
        "discharge_destination": "disdest",
        "treatment_function": "tretspef",
        "main_specialty": "mainspef",
        "hrg": "sushrg",
    }
    admitted = first_of(day(table, "admidate"), day(table, "epistart"))
    key = table["record_key"].cast("string") + ibis.literal("-") + admitted.cast("string")
    order = whole(table, "epiorder")
    rows = _renamed(
        table.mutate(
            hospital_provider_spell_number=key,
            episode_number=ibis.ifelse(order < 98, order, ibis.null("int64")),
            provider_code=_provider(table),
            birth_month=_birth_month(table),
        ),
        {**names, **{n: n for n in ("hospital_provider_spell_number", "episode_number", "provider_code")}},
    )
    return hospital.inpatient(rows, settings, [text(rows, "epikey")])


def hes_ae(table: ir.Table, settings: Settings) -> dict[str, ir.Table]:
    """Attendances of HES A&E (to March 2020); diagnoses are in a scheme of their own and left out.

    Source: NHS England, HES accident and emergency data dictionary.
    """
    names = {
        **_PEOPLE,
        **_ORGANISATIONS,
        "attendance_identifier": "aekey",
        "arrival_date": "arrivaldate",
        "arrival_time": "arrivaltime",
        "attendance_category": "aeattendcat",
        "department_type": "aedepttype",
        "attendance_source": "aerefsource",
        "discharge_destination": "aeattenddisp",
        "hrg": "sushrg",
    }
    rows = _renamed(table.mutate(provider_code=_provider(table)), {**names, "provider_code": "provider_code"})
    return hospital.ecds(rows, settings)


def hes_op(table: ir.Table, settings: Settings) -> dict[str, ir.Table]:
    """Appointments of HES outpatients.

    Source: NHS England, HES outpatient data dictionary.
    """
    names = {
        **_PEOPLE,
        **_ORGANISATIONS,
        **_numbered("diag", "diag_4", 12),
        **_numbered("opertn", "opertn_4", 24),
        "attendance_identifier": "attendkey",
        "appointment_date": "apptdate",
        "attendance_status": "attended",
        "first_attendance": "firstatt",
        "attendance_outcome": "outcome",
        "treatment_function": "tretspef",
        "main_specialty": "mainspef",
        "hrg": "sushrg",
    }
    rows = _renamed(table.mutate(provider_code=_provider(table)), {**names, "provider_code": "provider_code"})
    return hospital.outpatient(rows, settings)


def _birth_month(table: ir.Table) -> ir.Value:
    """MYDOB is MMYYYY; anything else is missing."""
    stated = text(table, "mydob")
    is_month = stated.re_search("^(0[1-9]|1[0-2])(18|19|20)[0-9]{2}$")
    written = stated.substr(2, 4) + ibis.literal("-") + stated.substr(0, 2) + ibis.literal("-01")
    return ibis.ifelse(is_month, written, ibis.null("string")).cast("date")
