"""What an extract says about the person of a row: sex, ethnic group, where they live, who their GP is."""

from __future__ import annotations

from typing import Final

import ibis
import ibis.expr.types as ir

from joinedup.evidence import tables
from joinedup.evidence.sources.column import day, flag, text, translated
from joinedup.evidence.sources.settings import Settings

#: NHS person stated gender code and the words partners write. 9 is indeterminate; 0 and X are not known.
SEXES: Final = {
    "1": "M", "m": "M", "male": "M", "2": "F", "f": "F", "female": "F",
    "3": "X", "9": "X", "i": "X", "other": "X", "indeterminate": "X",
}  # fmt: skip

#: NHS ethnic category (2001, 1995) and client level data -> the five groups of the ONS. Chinese is Asian since 2011.
ETHNIC_GROUPS: Final = {
    **dict.fromkeys(("a", "b", "c", "0", "white"), "white"),
    **dict.fromkeys(("d", "e", "f", "g", "mixed"), "mixed"),
    **dict.fromkeys(("h", "j", "k", "l", "r", "4", "5", "6", "7", "asian"), "asian"),
    **dict.fromkeys(("m", "n", "p", "1", "2", "3", "black"), "black"),
    **dict.fromkeys(("s", "8", "other"), "other"),
}

#: Beginnings of the words of client level data release 2 and of the census.
ETHNIC_WORDS: Final = {
    "white:": "white", "mixed": "mixed", "asian": "asian", "black": "black", "other ethnic": "other",
}  # fmt: skip

#: Small areas that stand for "not known" or "outside": every code that ends so.
UNKNOWN_AREA: Final = "99999999"

#: Columns that make one version of a person's record differ from another.
_FACTS: Final = ("sex", "birth_month", "ethnicity", "lsoa", "practice", "death_date", "has_nhs_number")


def sex_of(table: ir.Table) -> ir.StringValue:
    """F, M, X (other) or null (not known)."""
    return translated(text(table, "sex"), SEXES)


def ethnic_group_of(table: ir.Table) -> ir.StringValue:
    """One of the five groups of the ONS; null when not stated or not known."""
    stated = text(table, "ethnicity").strip().lower()
    by_code = translated(stated, ETHNIC_GROUPS)
    by_word = ibis.cases(
        *((stated.startswith(start), ibis.literal(group)) for start, group in ETHNIC_WORDS.items()),
        else_=ibis.null("string"),
    )
    return ibis.coalesce(by_code, by_word)


def area_of(table: ir.Table) -> ir.StringValue:
    """The small area a person lives in; null for the codes that stand for not known."""
    code = text(table, "lsoa").strip().upper()
    return ibis.ifelse(code.endswith(UNKNOWN_AREA), ibis.null("string"), code.nullif(""))


def birth_month_of(table: ir.Table) -> ir.DateValue:
    """First day of the month of birth, as landing leaves it of the date of birth."""
    return day(table, "birth_month").truncate("M").cast("date")


def person_record(
    table: ir.Table, settings: Settings, valid_from: ir.DateValue, valid_to: ir.DateValue | None = None
) -> ir.Table:
    """Versions of people's records, from an index of people or from the person columns of events.

    Rows that say nothing about the person are left out, and rows that say the same are one version: it holds
    from the first of their days. Landing puts `birth_month` and `has_nhs_number` in the place of the identifying
    columns.

    Args:
        table: rows of an extract.
        settings: their source.
        valid_from: first day on which a row's version held; null when not known.
        valid_to: first day on which it held no more; null while it holds.

    Returns:
        The canonical table `person_record`.
    """
    holder = text(table, "organisation") if "organisation" in table.columns else ibis.null("string")
    stated = table.select(
        record_key=table["record_key"],
        organisation=ibis.coalesce(holder, ibis.literal(settings.organisation, "string")),
        sex=sex_of(table),
        birth_month=birth_month_of(table),
        ethnicity=ethnic_group_of(table),
        lsoa=area_of(table),
        practice=text(table, "practice").strip().upper().nullif(""),
        death_date=day(table, "date_of_death"),
        has_nhs_number=flag(table, "has_nhs_number").fill_null(False),
        first=valid_from,
        last=ibis.null("date") if valid_to is None else valid_to,
        received=table["__received"],
    )
    is_told = ibis.or_(*(stated[name].notnull() for name in _FACTS[:-1]), stated["has_nhs_number"])
    rows = stated.filter(stated["record_key"].notnull() & is_told)
    versions = rows.group_by("record_key", "organisation", *_FACTS, valid_to=rows["last"]).aggregate(
        valid_from=rows["first"].min(), received=rows["received"].min()
    )
    return tables.conform(versions.mutate(source=ibis.literal(settings.source)), tables.PERSON_RECORD)
