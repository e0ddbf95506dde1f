"""Reading people for an evaluation: what was known of them before the index date, and, apart from it, outcomes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from joinedup.pipeline.evaluation.panel import numbers
from joinedup.rules.foundation.errors import NotEvaluable, UsageError
from joinedup.rules.programme.protocol import OutcomeKind, PeopleData, PeopleDesign, PeopleMethod, Protocol
from joinedup.store.evaluation_tables import Table

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class People:
    """Everybody in the table as known before the index date; no outcome is among it.

    Attributes:
        treated: who was in the scheme; (N,).
        covariates: (N, K), not a number where missing.
        names: one a covariate.
        strata: exact groups; (N,); -1 where a value is missing.
        levels: exact groups as yes or no columns, the first level of each left out; (N, L). None for matching.
        level_names: one a level.
        key: the rank of the person's name, so that the order of rows never matters; (N,).
        clusters: who was treated together; (N,), or None where each decided alone.
        earlier: the outcome in an earlier period; (N,), or None.
        person: whose row it is; (N,), or None where each stands once.
        period: the index date of each row, as a number that grows with time; (N,), or None where there is one.
        flow: how many were lost before they became rows; empty where the table cannot say.
    """

    treated: Flags
    covariates: Floats
    names: tuple[str, ...]
    strata: Ints
    levels: Floats
    level_names: tuple[str, ...]
    key: Ints
    clusters: Ints | None
    earlier: Floats | None
    person: Ints | None = None
    period: Ints | None = None
    flow: Mapping[str, int] = field(default_factory=dict)

    @property
    def is_complete(self) -> Flags:
        """Of whom everything asked for is known."""
        known: Flags = np.isfinite(self.covariates).all(axis=1) & (self.strata >= 0)
        return known if self.earlier is None else known & np.isfinite(self.earlier)

    @property
    def adjusted(self) -> tuple[Floats, tuple[str, ...]]:
        """Covariates and exact groups together, for methods that cannot hold a group exactly."""
        return np.column_stack([self.covariates, self.levels]), (*self.names, *self.level_names)


def people_parts(protocol: Protocol) -> tuple[PeopleData, PeopleDesign]:
    """Data and design of a protocol of people.

    Raises:
        UsageError: it is of another kind.
    """
    if not isinstance(protocol.data, PeopleData) or not isinstance(protocol.design, PeopleDesign):
        raise UsageError(f"{protocol.title!r} is no protocol of people")
    return protocol.data, protocol.design


def outcome_columns(protocol: Protocol) -> tuple[str, ...]:
    """Every column that a scheme could have changed: outcomes, times and length of follow-up, and costs."""
    data, _ = people_parts(protocol)
    named = [name for outcome in protocol.outcomes for name in (outcome.name, outcome.time)]
    return tuple(dict.fromkeys(name for name in [*named, data.follow_up] if name))


def check_columns(table: Table, protocol: Protocol) -> None:
    """Refuse a protocol whose columns are not there, or whose outcome is also what people are compared on.

    Raises:
        UsageError: names them.
    """
    data, design = people_parts(protocol)
    after, before = set(outcome_columns(protocol)), _before_columns(data)
    table.require([*before, *outcome_columns(protocol), *protocol.subgroups])
    if both := sorted(after & set(before)):
        raise UsageError(
            f"{', '.join(both)} is an outcome or follow-up and also used before it (covariate, exact, treated, unit); "
            "a design must not see outcomes: take it out of one"
        )
    if late := sorted(after & set(protocol.subgroups)):
        raise UsageError(
            f"{', '.join(late)} is an outcome or follow-up and also a subgroup; who is in a subgroup must be known "
            "before the index date: take it out of subgroups"
        )
    if design.method is not PeopleMethod.RANDOMISED and not data.covariates:
        raise UsageError(f"{design.method.value} compares people alike in covariates; name some in [data] covariates")
    for outcome in protocol.outcomes:
        if outcome.kind is OutcomeKind.TIME_TO_EVENT and not (outcome.time or data.follow_up):
            raise UsageError(
                f"outcome {outcome.name} is a time to an event; name its column of time, or data.follow_up"
            )


def _before_columns(data: PeopleData) -> list[str]:
    return [
        data.unit,
        data.treated,
        *data.covariates,
        *data.exact,
        data.cluster,
        data.earlier_outcome,
        data.person,
        data.period,
    ]


def read_people(table: Table, protocol: Protocol) -> People:
    """What was known before the index date: the table is asked for no outcome column.

    Raises:
        NotEvaluable: treatment that is not 0 or 1, people who occur twice, text where numbers belong, or missing
            names.
    """
    data, design = people_parts(protocol)
    rows = table.read(_before_columns(data))
    if not rows.num_rows:
        raise NotEvaluable("the table holds nobody; give one row for each person")
    flags = numbers(rows, data.treated)
    if not np.isin(flags, (0.0, 1.0)).all():
        raise NotEvaluable(f"{data.treated} must be 0 or 1 for everybody; something else, or nothing, stands there")
    holds_groups = design.method is PeopleMethod.MATCHED  # matching holds groups exactly and needs no columns of them
    levels, level_names = _levels(rows, () if holds_groups else data.exact)
    return People(
        flags == 1, _matrix(rows, data.covariates), data.covariates, _strata(rows, data.exact), levels, level_names,
        _key(rows, data.unit), _clusters(rows, data, design),
        numbers(rows, data.earlier_outcome) if data.earlier_outcome else None,
        _codes(rows, data.person) if data.person else None,
        numbers(rows, data.period).astype(np.int64) if data.period else None,
    )  # fmt: skip


def read_outcomes(table: Table, protocol: Protocol) -> pa.Table:
    """Outcomes, follow-up and subgroups, in the order of the rows; for an accepted design only."""
    return table.read([*outcome_columns(protocol), *protocol.subgroups])


def _clusters(rows: pa.Table, data: PeopleData, design: PeopleDesign) -> Ints | None:
    """Who was treated together; the same person at several dates where nobody is matched."""
    if data.cluster:
        return _codes(rows, data.cluster)
    return _codes(rows, data.person) if data.person and design.method is not PeopleMethod.MATCHED else None


def _matrix(rows: pa.Table, columns: Sequence[str]) -> Floats:
    if not columns:
        return np.empty((rows.num_rows, 0))
    return np.column_stack([numbers(rows, column) for column in columns])


def _codes(rows: pa.Table, column: str) -> Ints:
    """The values of a column as numbers in the order of their text, -1 where missing."""
    encoded = rows.column(column).combine_chunks().dictionary_encode()
    texts = np.array(pc.cast(encoded.dictionary, pa.string()).to_pylist(), str)
    rank = np.argsort(np.argsort(texts, kind="stable"), kind="stable")
    at = np.asarray(encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False), np.int64)
    return np.where(at < 0, -1, rank[at]) if len(rank) else np.full(rows.num_rows, -1)


def _strata(rows: pa.Table, columns: Sequence[str]) -> Ints:
    made, missing = np.zeros(rows.num_rows, np.int64), np.zeros(rows.num_rows, bool)
    for column in columns:
        codes = _codes(rows, column)
        missing |= codes < 0
        crossed = pa.array(made * (codes.max(initial=0) + 2) + codes).dictionary_encode()
        made = np.asarray(crossed.indices.to_numpy(), np.int64)
    return np.where(missing, -1, made)


def _levels(rows: pa.Table, columns: Sequence[str]) -> tuple[Floats, tuple[str, ...]]:
    made, names = [], []
    for column in columns:
        codes = _codes(rows, column)
        for level in range(1, int(codes.max(initial=0)) + 1):
            made.append((codes == level).astype(np.float64))
            names.append(f"{column} (group {level + 1})")
    return (np.column_stack(made) if made else np.empty((rows.num_rows, 0))), tuple(names)


def _key(rows: pa.Table, unit: str) -> Ints:
    if not unit:
        return np.arange(rows.num_rows)
    column = rows.column(unit)
    if column.null_count:
        raise NotEvaluable(f"{unit} is missing in at least one row; every row must say whose it is")
    order = pc.sort_indices(column).to_numpy()
    ordered = column.combine_chunks().take(order)
    again = int(np.asarray(pc.equal(ordered[1:], ordered[:-1])).sum())
    if again:
        raise NotEvaluable(f"{again} row(s) repeat a {unit}; give one row for each person")
    key = np.empty(rows.num_rows, np.int64)
    key[order] = np.arange(rows.num_rows)
    return key
