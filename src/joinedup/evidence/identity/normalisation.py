"""Names, dates and addresses made comparable: one row for each distinct way a record has described its person."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import ibis
import ibis.expr.types as ir

from joinedup.evidence.identity.functions import plain_letters, replace_all
from joinedup.evidence.identity.number import acceptable_number

#: What landing hands to linkage: one row a version of a record.
IDENTITY_RECORD: Final = {
    "record_key": "int64",
    "source": "string",
    "organisation": "string",
    "nhs_number": "string",
    "nhs_number_status": "string",
    "token": "string",
    "forename": "string",
    "surname": "string",
    "date_of_birth": "date",
    "sex": "string",
    "ethnicity": "string",
    "postcode": "string",
    "address": "string",
    "lsoa": "string",
    "practice": "string",
    "date_of_death": "date",
    "valid_from": "date",
    "valid_to": "date",
    "received": "date",
    "source_order": "int64",
}

TITLES: Final = r"^(MR|MRS|MS|MISS|DR|PROF|REV|SIR|LADY|MSTR|MASTER) +"

#: The columns of a variant that say something about the person (blocking keys are derived from them).
DESCRIBING: Final = (
    "number", "token", "forename", "surname", "surname_parts", "dob", "sex", "postcode", "house", "street", "death",
)  # fmt: skip


#: The columns of a version that linking reads as they came.
KEPT: Final = {
    "source": "string", "organisation": "string", "nhs_number_status": "string", "ethnicity": "string",
    "lsoa": "string", "valid_from": "date", "valid_to": "date", "received": "date", "source_order": "int64",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class NameLists:
    """What is known of names and addresses, from definitions.

    Attributes:
        nicknames: short form -> the name it is short for, in capitals.
        placeholders: field -> values that stand for "not known"; a value ending in * is a beginning.
        street_words: words such as ROAD and ST that say little about which street it is.
    """

    nicknames: Mapping[str, str] = field(default_factory=dict)
    placeholders: Mapping[str, Sequence[str]] = field(default_factory=dict)
    street_words: Sequence[str] = ()


def describe(records: ir.Table, lists: NameLists, *, test_numbers: bool, extras: Sequence[str] = ()) -> ir.Table:
    """Every version of every record, made comparable.

    Args:
        records: grain one version of a record; columns of `IDENTITY_RECORD` (any may be missing but record_key),
            and the extra columns as text. `date_of_birth` may also be text of eight digits, year first.
        lists: nicknames, placeholders and street words.
        test_numbers: whether test NHS numbers count in this place.
        extras: further columns to compare.

    Returns:
        Grain unchanged. `record_key`, the columns of `DESCRIBING`, the extras as `extra_0` and so on, and the columns
        of `KEPT` as they came. Missing and placeholder values are null.
    """
    named = _with_homes(_with_names(records, lists), lists)
    kept = {name: _column(named, name, kind) for name, kind in KEPT.items()}
    return named.select("record_key", **_described(named, lists, test_numbers), **_extras(named, extras), **kept)


def variants_of(described: ir.Table, lists: NameLists) -> ir.Table:
    """Every distinct way a record has described its person.

    Args:
        described: the result of `describe`.
        lists: nicknames.

    Returns:
        Grain: record and distinct description. `record_key`, the columns of `DESCRIBING`, the extras, and the
        columns that blocking rules read.
    """
    extras = [name for name in described.columns if name.startswith("extra_")]
    return _with_blocking_keys(_with_roots(described.select("record_key", *DESCRIBING, *extras).distinct(), lists))


def _column(t: ir.Table, name: str, kind: str) -> ir.Value:
    return t[name].cast(kind) if name in t.columns else ibis.null(kind)


def _with_names(records: ir.Table, lists: NameLists) -> ir.Table:
    """Names made comparable once for each different spelling, because a million people share some thousand names."""
    forenames = _by_spelling(records, "forename", lambda text: {"forename": _forename(_words(text), lists)})
    return _by_spelling(forenames, "surname", lambda text: {"surname": _surname(_words(text), lists)})


def _with_homes(records: ir.Table, lists: NameLists) -> ir.Table:
    """Records with `plain_house` (every number of the address) and `plain_street` (its telling words)."""
    return _by_spelling(
        records, "address", lambda text: dict(zip(("house", "street"), known_address(text, lists), strict=True))
    )


def _by_spelling(records: ir.Table, name: str, make: Callable[[ir.StringValue], dict[str, ir.StringValue]]) -> ir.Table:
    """Add what is made of a text column, computed once for each different text."""
    if name not in records.columns:
        nothing = make(ibis.null("string"))
        return records.mutate(**{f"plain_{each}": ibis.null("string") for each in nothing})
    spelt = records.select(spelling=records[name]).filter(records[name].notnull()).distinct()
    known = spelt.select("spelling", **{f"plain_{each}": text for each, text in make(spelt.spelling).items()})
    return records.left_join(known, records[name] == known.spelling).drop("spelling")


def _described(t: ir.Table, lists: NameLists, test_numbers: bool) -> dict[str, ir.Value]:
    number = _text(t, "nhs_number")
    surname = t.plain_surname
    return {
        "number": _known_number(acceptable_number(number, test_numbers=test_numbers), lists),
        "token": _text(t, "token").nullif(""),
        "forename": t.plain_forename,
        "surname": surname.replace(" ", ""),
        "surname_parts": surname.contains(" ").ifelse(ibis.literal(" ") + surname + " ", ibis.null("string")),
        "dob": _known_date(t, lists),
        "sex": _text(t, "sex").upper().left(1).nullif("U").nullif("9").nullif("0").nullif("N").nullif(""),
        "postcode": known_postcode(_text(t, "postcode"), lists),
        "house": t.plain_house,
        "street": t.plain_street,
        "death": t.date_of_death.cast("date") if "date_of_death" in t.columns else ibis.null("date"),
    }


def _extras(t: ir.Table, extras: Sequence[str]) -> dict[str, ir.Value]:
    return {f"extra_{i}": replace_all(plain_letters(_text(t, name)), " +", " ").strip().nullif("")
            for i, name in enumerate(extras)}  # fmt: skip


def _text(t: ir.Table, name: str) -> ir.StringValue:
    return t[name].cast("string") if name in t.columns else ibis.null("string")


def _words(text: ir.StringValue) -> ir.StringValue:
    """Capital letters and digits, one space between words, no apostrophes; null when nothing is left."""
    joined = replace_all(plain_letters(text), "['’`.]", "")
    return replace_all(joined, "[^A-Z0-9]+", " ").strip().nullif("")


def _known(text: ir.StringValue, lists: NameLists, field_name: str) -> ir.StringValue:
    """Null in place of a placeholder."""
    values = lists.placeholders.get(field_name, ())
    unknown = text.isin([v for v in values if not v.endswith("*")] or [""])
    for start in (v[:-1] for v in values if v.endswith("*")):
        unknown = unknown | text.startswith(start)
    return unknown.ifelse(ibis.null("string"), text)


def _known_number(number: ir.IntegerValue, lists: NameLists) -> ir.IntegerValue:
    shared = [int(value) for value in lists.placeholders.get("number", ())]
    return number.isin(shared or [0]).ifelse(ibis.null("int64"), number)


def _forename(words: ir.StringValue, lists: NameLists) -> ir.StringValue:
    """The first forename; a newborn's birth order (#1, #2) where that is all there is to tell twins apart."""
    bare = replace_all(words, TITLES, "")
    first = bare.split(" ")[0]
    known = _known(bare, lists, "forename")
    order = bare.re_extract(r"^(BABY|INFANT|NEWBORN|TWIN|TRIPLET|BOY|GIRL)\b.*\b(ONE|TWO|THREE|[123ABC])$", 2)
    rank = order.cases(
        ("ONE", "#1"), ("1", "#1"), ("A", "#1"), ("TWO", "#2"), ("2", "#2"), ("B", "#2"), ("THREE", "#3"),
        ("3", "#3"), ("C", "#3"), else_=ibis.null("string"),
    )  # fmt: skip
    return known.isnull().ifelse(rank, first)


def _surname(words: ir.StringValue, lists: NameLists) -> ir.StringValue:
    return _known(words, lists, "surname")


def _known_date(t: ir.Table, lists: NameLists) -> ir.StringValue:
    if "date_of_birth" not in t.columns:
        return ibis.null("string")
    column = t.date_of_birth
    if not column.type().is_string():
        column = column.cast("date").strftime("%Y%m%d")
    eight = (column.length() == 8).ifelse(column, ibis.null("string"))
    return _known(eight, lists, "dob")


def date_digits(text: ir.StringValue) -> ir.StringValue:
    """A date as eight digits, year first, from 1980-12-31, 19801231 or 31/12/1980; null where it is none of these.

    The date need not exist: a wrong day still says something about who is meant.
    """
    plain = text.strip()
    year_first = plain.re_search(r"^[0-9]{4}[-/. ]?[0-9]{2}[-/. ]?[0-9]{2}($|[T ])")
    day_first = plain.re_search(r"^[0-9]{1,2}[-/. ][0-9]{1,2}[-/. ][0-9]{4}$")
    parts = replace_all(plain, "[-/. ]", "/").split("/")
    turned = parts[2] + parts[1].lpad(2, "0") + parts[0].lpad(2, "0")
    return ibis.cases(
        (year_first, replace_all(plain, "[-/. ]", "").left(8)), (day_first, turned), else_=ibis.null("string")
    )


def known_postcode(text: ir.StringValue, lists: NameLists) -> ir.StringValue:
    """A postcode in capitals without spaces; null where missing or a placeholder."""
    return _known(replace_all(text.upper(), "[^A-Z0-9]+", "").nullif(""), lists, "postcode")


def known_address(text: ir.StringValue, lists: NameLists) -> tuple[ir.StringValue, ir.StringValue]:
    """Every number of an address (flat and house), and its telling words run together; null where not known."""
    words = replace_all(plain_letters(text), "[^A-Z0-9]+", " ").strip().nullif("")
    return replace_all(words, "[^0-9]+", " ").strip(), _street(_known(words, lists, "address"), lists)


def _street(words: ir.StringValue, lists: NameLists) -> ir.StringValue:
    """The telling words of an address without numbers, run together; null when nothing is left."""
    pattern = "[0-9]+[A-Z]?| +" + (r"|\b(" + "|".join(lists.street_words) + r")\b" if lists.street_words else "")
    telling = replace_all(words, pattern, "")
    return telling.nullif("").fill_null(words.replace(" ", "")).nullif("")


def _with_roots(variants: ir.Table, lists: NameLists) -> ir.Table:
    if not lists.nicknames:
        return variants.mutate(forename_root=variants.forename)
    names = ibis.memtable(
        {"short": list(lists.nicknames), "root": list(lists.nicknames.values())},
        schema=ibis.schema({"short": "string", "root": "string"}),
    )
    joined = variants.left_join(names, variants.forename == names.short)
    return joined.mutate(forename_root=ibis.coalesce(joined.root, joined.forename)).drop("short", "root")


def _stem(forename: ir.StringValue) -> ir.StringValue:
    """What is left of a short form that ends in -y or -ie (SUZY, CONNIE), where that is three letters or more."""
    stem = replace_all(forename, "(Y|IE)$", "")
    return ((stem != forename) & (stem.length() >= 3)).ifelse(stem, ibis.null("string"))


def _with_blocking_keys(t: ir.Table) -> ir.Table:
    year, month, day = t.dob.substr(0, 4), t.dob.substr(4, 2), t.dob.substr(6, 2)
    return t.mutate(
        forename_stem=_stem(t.forename),
        forename_start=t.forename_root.left(3),
        surname_start=t.surname.left(3),
        birth_year=year,
        birth_day=month + day,
        dob_swapped=year + day + month,
        date_sorted=year + ibis.least(month, day) + ibis.greatest(month, day),
        names_sorted=ibis.least(t.forename, t.surname) + "|" + ibis.greatest(t.forename, t.surname),
        outward=(t.postcode.length() >= 5).ifelse(t.postcode.left(t.postcode.length() - 3), ibis.null("string")),
        home=t.house + " " + t.street,
        home_start=t.house + " " + t.street.left(4),
    )
