"""Whom an objection leaves out of a measure: by what its sources may be used for, and how many people that is."""

from __future__ import annotations

from collections.abc import Mapping

import ibis
import ibis.expr.types as ir

from joinedup.rules.foundation.flow import OptOut


def not_objecting(population: ir.Table, reads: OptOut, sources: Mapping[str, OptOut]) -> ir.Table:
    """The people whom a measure may count, the same for its numerator and its denominator.

    A person is left out when an objection of theirs reaches any source that the measure reads. Whatever it reads, a
    record that says where they were is not used when the objection reaches the source of that record.

    Args:
        population: the canonical population.
        reads: the strictest of the sources that the measure reads.
        sources: which objections reach each source; every objection reaches one that is not named.

    Source: national data opt-out policy; joinedup specification, amendment 3.
    """
    kept = population.objection.isnull()
    for objection in OptOut.TYPE1.takes_out:
        if objection not in reads.takes_out:
            free = [name for name, reach in sources.items() if objection not in reach.takes_out]
            kept |= (population.objection == objection) & population.source.isin(free).fill_null(False)
    return population.filter(kept)


def held_settings(person_record: ir.Table, activity: ir.Table) -> ir.Table:
    """Which settings the events of each source lie in: by them a measure knows which sources it reads.

    Returns:
        One row a source and setting: source, setting; null where a source describes people.
    """
    describing = person_record.select("source", setting=ibis.null("string")).distinct()
    return ibis.union(activity.select("source", "setting").distinct(), describing, distinct=True)


def objecting_people(population: ir.Table) -> ir.Table:
    """People with an objection that holds.

    Returns:
        One row a person: person_id, objection (national | type1 | both).
    """
    return population.filter(population.objection.notnull()).select("person_id", "objection").distinct()


def objecting_by_source(person_record: ir.Table, activity: ir.Table, link: ir.Table, population: ir.Table) -> ir.Table:
    """How many people with an objection each source has records of, by what they object to.

    Returns:
        One row a source and objection: source, objection, people. The source is null for people of any source.
    """
    people = objecting_people(population)
    records = link.select("record_key", "person_id").join(people, "person_id")
    held = [
        table.select("source", "record_key").join(records, "record_key").select("source", "person_id", "objection")
        for table in (person_record, activity)
    ]
    rows = ibis.union(*held, distinct=True)
    everybody = people.mutate(source=ibis.null("string")).select("source", "person_id", "objection")
    every = ibis.union(rows, everybody)
    return every.group_by(["source", "objection"]).agg(people=every.count().cast("int64"))
