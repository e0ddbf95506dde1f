"""What the links say about themselves, record by record and group by group."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from joinedup.evidence.identity.model import LinkModel

#: Age in years below which a band ends, and its name.
AGE_BANDS = ((1, "under 1"), (18, "1 to 17"), (40, "18 to 39"), (65, "40 to 64"), (80, "65 to 79"))
OLDEST = "80 and over"
NOT_KNOWN = "not known"
GROUPS = ("source", "organisation", "sex", "age", "ethnicity", "deprivation")


def record_facts(
    described: ir.Table, link: ir.Table, alone: ir.Table, model: LinkModel, deprivation: ir.Table | None
) -> ir.Table:
    """One row a record: who sent it, whom it is about, and what became of it in linking.

    Args:
        described: every version of every record (`describe`); the greatest known value of each field counts.
        link: the canonical table `link`.
        alone: what each record that no other record matches weighs against its own copy (`self_weights`).
        model: its thresholds say what is linkable and what is sure.
        deprivation: `lsoa`, `imd_decile` (1 = most deprived); None leaves deprivation not known.

    Returns:
        `record_key`, `person_id`, the columns of `GROUPS` ("not known" where missing; deprivation as a fifth, 1 the
        most deprived), `has_number`, `is_matched` (another record of the person exists), `is_matched_elsewhere` (in
        another source), `is_unlinkable` (too little is known to link it to anything), `is_uncertain` (matched, but
        not at the strict threshold).
    """
    one = _latest(described)
    if deprivation is not None:
        fifths = deprivation.select(area="lsoa", fifth=((deprivation.imd_decile.cast("int64") + 1) // 2).cast("string"))
        one = one.left_join(fifths, one.lsoa == fifths.area)
    else:
        one = one.mutate(fifth=ibis.null("string"))
    own = alone.select(self_key="record_key", self_weight="weight")
    t = one.join(link, "record_key")
    t = t.left_join(own, t.record_key == own.self_key)
    sources = t.group_by(who="person_id").agg(first_source=t.source.min(), last_source=t.source.max())
    t = t.join(sources, t.person_id == sources.who)
    sure = (t.probability == 1.0) | (t.weight >= model.thresholds.strict)
    facts = t.select(
        "record_key", "person_id", "source", "organisation", "sex", "ethnicity",
        age=_age_band(t),
        deprivation=t.fifth,
        has_number=t.has_number,
        is_matched=t.weight.notnull(),
        is_matched_elsewhere=(t.first_source != t.last_source).fill_null(False),
        is_unlinkable=(t.self_weight < model.thresholds.default).fill_null(True) & t.weight.isnull(),
        is_uncertain=(t.weight.notnull() & ~sure).fill_null(False),
    )  # fmt: skip
    return facts.mutate(**{name: facts[name].fill_null(NOT_KNOWN) for name in GROUPS})


def _latest(t: ir.Table) -> ir.Table:
    return t.group_by("record_key").agg(
        birth_year=t.dob.left(4).max(),
        received=t.received.max(),
        has_number=t.number.notnull().any(),
        **{name: t[name].max() for name in ("source", "organisation", "sex", "ethnicity", "lsoa")},
    )


def _age_band(t: ir.Table) -> ir.StringValue:
    """Age by calendar year at the last day the record was received."""
    age = t.received.year().cast("int64") - t.birth_year.try_cast("int64")
    branches = [(age.isnull(), ibis.null("string"))] + [(age < end, ibis.literal(name)) for end, name in AGE_BANDS]
    return ibis.cases(*branches, else_=OLDEST)


def record_groups(facts: ir.Table) -> dict[str, ir.Table]:
    """Counts by group: section of the report -> table of `category`, `records`, `people` and the counts of flags.

    The sections are `overall` (category `all`) and each of `GROUPS` that is known for any record.
    """
    whole = facts.mutate(overall=ibis.literal("all"))
    return {section: _counts(whole, section) for section in ("overall", *GROUPS)}


def _counts(facts: ir.Table, section: str) -> ir.Table:
    flags = {
        "with_number": "has_number", "matched": "is_matched", "matched_elsewhere": "is_matched_elsewhere",
        "unlinkable": "is_unlinkable", "uncertain": "is_uncertain",
    }  # fmt: skip
    return facts.group_by(category=facts[section]).agg(
        records=facts.count(),
        people=facts.person_id.nunique(),
        **{label: facts[flag].cast("int64").sum() for label, flag in flags.items()},
    )
