"""A person's timeline: their events from every service in order of time, kept so that one person reads at once."""

from __future__ import annotations

from typing import Final

import ibis
import ibis.expr.types as ir

#: Files of the timeline: records are spread over so many buckets by their key.
BUCKETS: Final = 32

#: One event of one record, as a professional would read it down the page.
TIMELINE: Final = {
    "record_key": "int64",
    "start": "date",
    "end": "date",
    "setting": "string",
    "service": "string",
    "provider": "string",
    "organisation": "string",
    "payer": "string",
    "method": "string",
    "diagnosis": "string",
    "domain": "string",
    "outcome": "string",
    "quantity": "decimal(18, 4)",
    "unit": "string",
    "frequency": "string",
    "event_id": "string",
    "received": "date",
}

#: Total order inside a bucket: one record's events lie together, oldest first.
ORDER: Final = ("record_key", "start", "event_id")


def bucket_of(record_key: ir.IntegerValue) -> ir.IntegerValue:
    """The bucket a record lies in: the key's remainder, never negative."""
    return ((record_key % BUCKETS + BUCKETS) % BUCKETS).cast("int64")


def bucket_number(record_key: int) -> int:
    """The same for one record.

    >>> bucket_number(65), bucket_number(-1)
    (1, 31)
    """
    return record_key % BUCKETS


def timeline(activity: ir.Table) -> ir.Table:
    """The timeline columns of activity, one row an event.

    Events stay with their record: a merge or split of people moves no event, it changes only whose records are read.

    Args:
        activity: canonical activity.
    """
    return activity.filter(activity.start.notnull()).select(*TIMELINE)


def in_bucket(events: ir.Table, bucket: int) -> ir.Table:
    """The events of one bucket."""
    return events.filter(bucket_of(events.record_key) == ibis.literal(bucket, "int64"))


def people(link: ir.Table) -> ir.Table:
    """Whose records belong to whom, in order of person: the index by which a timeline is found.

    Args:
        link: which person a record belongs to.

    Returns:
        person_id, record_key.
    """
    return link.select("person_id", "record_key")
