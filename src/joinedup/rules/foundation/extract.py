"""What a partner's extract must look like: columns with types and limits, a key, cross-field rules, as data.

An extract schema is a TOML file in definitions/extracts. It is checked when it is read, so that a schema that
could not be applied never reaches a scan: an unknown type, a key that is no column, a rule over columns that do
not exist, a range whose ends are swapped.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from enum import StrEnum
from hashlib import sha256
from typing import Any, Final

from joinedup.rules.foundation.errors import DefinitionError, Severity

DEFAULT_MAX_LENGTH: Final = 255

#: Columns that every schema spells alike when it holds people; the first three can say who a row is about.
PERSON_COLUMNS: Final = (
    "local_patient_id", "token", "nhs_number", "nhs_number_status", "forename", "surname", "date_of_birth", "sex",
    "ethnicity", "postcode", "address", "lsoa", "practice", "date_of_death",
)  # fmt: skip


class ColumnType(StrEnum):
    """What a column holds, and so how its text is read (see `rules.foundation.value`)."""

    TEXT = "text"
    DATE = "date"
    TIMESTAMP = "timestamp"
    INTEGER = "integer"
    DECIMAL = "decimal"
    MONEY = "money"  # pounds in the file, whole pence after reading
    CODE = "code"
    BOOLEAN = "boolean"


class Canonical(StrEnum):
    """The canonical table that rows of an extract become."""

    PERSONS = "persons"
    ACTIVITY = "activity"
    CONDITION = "condition"
    SURVEY_ANSWER = "survey_answer"
    SERIES_VALUE = "series_value"
    AREA_POPULATION = "area_population"
    OBJECTIONS = "objections"
    DECISIONS = "decisions"
    LOOKUP = "lookup"


class Supersede(StrEnum):
    """What a later received file does to what was received before."""

    KEY = "key"  # a row replaces the earlier row with the same key
    PERIOD = "period"  # a file replaces the whole earlier file of the same period
    SUBMISSION = "submission"  # as period, for each organisation apart: its latest submission of a period stands


class Check(StrEnum):
    """The closed set of cross-field checks."""

    NOT_BEFORE = "not_before"  # the first field is not earlier (or smaller) than the second
    BOTH_OR_NEITHER = "both_or_neither"  # all of the fields have a value or none has
    REQUIRED_IF = "required_if"  # the first field has a value whenever the second has one (of `values`, if given)
    ONE_OF_PRESENT = "one_of_present"  # at least one of the fields has a value
    NOT_FUTURE = "not_future"  # none of the dates lies after the day the file was received
    UNIQUE = "unique"  # no two rows of a file have the same values in the fields


_FIELD_COUNTS: Final = {Check.NOT_BEFORE: (2, 2), Check.REQUIRED_IF: (2, 2), Check.NOT_FUTURE: (1, 99)}


@dataclass(frozen=True, slots=True)
class Column:
    """One column of an extract.

    Attributes:
        name: the schema's own name, lower case; what the place's or the supplier's names are matched to.
        type: how its text is read.
        aliases: other names under which it arrives.
        required: the column must be in the file.
        mandatory: each row must have a value.
        severity: what a broken value does: stop the build, set the row aside, or become missing with a warning.
        codes: id of a dated code list in definitions/codes.
        dated_by: the column with the date on which a code must be valid; the schema's `dated_by` unless stated.
        min, max: smallest and largest value; numbers in the unit of the file, dates as ISO text.
        max_length: longest text in characters.
        pattern: a regular expression that the whole text must match.
        identifying: a name, number, birth date or address: goes to the identity store only.
        unit: what a number counts; "percent" lets values carry a percent sign.
        label: what people call it.
    """

    name: str
    type: ColumnType
    aliases: tuple[str, ...] = ()
    required: bool = False
    mandatory: bool = False
    severity: Severity = Severity.WARNING
    codes: str | None = None
    dated_by: str | None = None
    min: Decimal | date | None = None
    max: Decimal | date | None = None
    max_length: int = DEFAULT_MAX_LENGTH
    pattern: str | None = None
    identifying: bool = False
    unit: str | None = None
    label: str | None = None

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[a-z][a-z0-9_]*", self.name):
            raise DefinitionError(f"column {self.name!r}: a name is lower case letters, digits and _")
        if self.mandatory and self.severity is Severity.WARNING:
            object.__setattr__(self, "severity", Severity.SET_ASIDE)
        if self.codes and self.type not in {ColumnType.CODE, ColumnType.TEXT}:
            raise DefinitionError(f'column {self.name!r}: only a code has a code list; set type = "code"')
        if self.min is not None and self.max is not None and self.min > self.max:  # type: ignore[operator]
            raise DefinitionError(f"column {self.name!r}: min is above max; swap them")
        if self.max_length < 1:
            raise DefinitionError(f"column {self.name!r}: max_length must be 1 or more")
        self._check_limits()

    def _check_limits(self) -> None:
        limits = [limit for limit in (self.min, self.max) if limit is not None]
        is_dated = self.type in {ColumnType.DATE, ColumnType.TIMESTAMP}
        is_number = self.type in {ColumnType.INTEGER, ColumnType.DECIMAL, ColumnType.MONEY}
        if limits and not (is_dated or is_number):
            raise DefinitionError(f"column {self.name!r}: min and max need a number or a date; use pattern for text")
        if any(isinstance(limit, date) is not is_dated for limit in limits):
            raise DefinitionError(f"column {self.name!r}: min and max must be of the column's own type")
        if self.pattern is not None:
            try:
                re.compile(self.pattern)
            except re.error as exc:
                raise DefinitionError(f"column {self.name!r}: the pattern is no regular expression: {exc}") from exc


@dataclass(frozen=True, slots=True)
class CrossRule:
    """One check over several columns of the same row (or, for `unique`, over the rows of a file).

    Attributes:
        id: name of the rule in every report.
        check: which of the closed set.
        fields: columns, in the order the check reads them.
        severity: what breaking it does.
        message: what is expected, in words; the report adds how many rows and which.
        values: `required_if` only: values of the second field for which the first is required; in TOML they may be
            written behind the field, as ``event_type=Service|Review``.
    """

    id: str
    check: Check
    fields: tuple[str, ...]
    severity: Severity
    message: str
    values: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        least, most = _FIELD_COUNTS.get(self.check, (2, 99) if self.check is not Check.UNIQUE else (1, 99))
        if not least <= len(self.fields) <= most:
            raise DefinitionError(f"rule {self.id!r}: {self.check.value} takes {least} to {most} fields")
        if self.values and self.check is not Check.REQUIRED_IF:
            raise DefinitionError(f"rule {self.id!r}: only required_if takes values")
        if not self.message:
            raise DefinitionError(f"rule {self.id!r}: say in `message` what is expected")


@dataclass(frozen=True, slots=True)
class ExtractSchema:
    """The whole of what is expected of one kind of extract.

    Attributes:
        id: kind that a source of place.toml names.
        label: what people call the extract.
        canonical: the canonical table its rows become.
        valid_from: since when the layout holds.
        source: the public standard it follows.
        key: columns that tell one row from another.
        supersede: what a later received file replaces.
        columns: every column that is read, in the order of the file's standard.
        rules: cross-field rules.
        dated_by: the column with the date on which codes must be valid; the first mandatory date unless stated.
        version: hash of the definition, so that a release can say which wording it used.
    """

    id: str
    label: str
    canonical: Canonical
    valid_from: date
    source: str
    key: tuple[str, ...]
    supersede: Supersede
    columns: tuple[Column, ...]
    rules: tuple[CrossRule, ...] = ()
    dated_by: str | None = None
    version: str = ""

    def __post_init__(self) -> None:
        names = [column.name for column in self.columns]
        if not names:
            raise DefinitionError(f"extract schema {self.id!r} has no columns")
        if len(set(names)) != len(names):
            twice = sorted({name for name in names if names.count(name) > 1})
            raise DefinitionError(f"extract schema {self.id!r} names a column twice: {', '.join(twice)}")
        used = [*self.key, *([self.dated_by] if self.dated_by else [])]
        used += [name for rule in self.rules for name in rule.fields]
        used += [column.dated_by for column in self.columns if column.dated_by]
        unknown = sorted(set(used) - set(names))
        if unknown:
            raise DefinitionError(
                f"extract schema {self.id!r} uses columns it does not declare: {', '.join(unknown)}; "
                "add them under [[columns]] or correct the name"
            )
        if self.supersede is Supersede.KEY and not self.key:
            raise DefinitionError(f'extract schema {self.id!r}: supersede = "key" needs a key')

    @property
    def code_date(self) -> str | None:
        """The column whose date decides which codes are valid; None when codes are valid at any time."""
        dated = (c.name for c in self.columns if c.type in {ColumnType.DATE, ColumnType.TIMESTAMP} and c.mandatory)
        return self.dated_by or next(dated, None)

    @property
    def identifying(self) -> tuple[str, ...]:
        """Columns that go to the identity store and nowhere else."""
        return tuple(column.name for column in self.columns if column.identifying)

    @property
    def is_about_people(self) -> bool:
        """Whether rows can say whom they are about."""
        return any(column.name in PERSON_COLUMNS[:3] for column in self.columns)

    def column(self, name: str) -> Column:
        """The column of that name.

        Raises:
            DefinitionError: there is none.
        """
        for column in self.columns:
            if column.name == name:
                return column
        raise DefinitionError(f"extract schema {self.id!r} has no column {name!r}")


def parse_schema(text: str) -> ExtractSchema:
    """Read an extract schema from TOML.

    Args:
        text: the content of definitions/extracts/<kind>.toml.

    Returns:
        The schema, checked as a whole; its version is a hash of the text.

    Raises:
        DefinitionError: not TOML, a key is missing or unknown, or the schema contradicts itself.

    >>> parse_schema('''
    ... id = "deaths"
    ... label = "Deaths"
    ... canonical = "persons"
    ... valid_from = 2020-01-01
    ... source = "joinedup"
    ... key = ["nhs_number"]
    ... supersede = "key"
    ... [[columns]]
    ... name = "nhs_number"
    ... type = "text"
    ... identifying = true
    ... ''').identifying
    ('nhs_number',)
    """
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as exc:
        raise DefinitionError(f"the extract schema is not TOML: {exc}") from exc
    name = str(data.get("id", "without an id"))
    try:
        known = {field.name for field in fields(ExtractSchema)}
        _refuse_unknown(data, known | _NOTES, "the schema")
        values = {key: value for key, value in data.items() if key in known - {"columns", "rules"}}
        return ExtractSchema(
            **{
                **values,
                "canonical": Canonical(data["canonical"]),
                "supersede": Supersede(data.get("supersede", "key")),
                "key": tuple(data.get("key", ())),
                "columns": tuple(_column(item) for item in data["columns"]),
                "rules": tuple(_rule(item) for item in data.get("rules", ())),
                "version": sha256(text.encode()).hexdigest()[:12],
            }
        )
    except KeyError as exc:
        raise DefinitionError(f"extract schema {name!r}: {exc.args[0]!r} is missing") from exc
    except (TypeError, ValueError) as exc:
        raise DefinitionError(f"extract schema {name!r}: {exc}") from exc


#: Keys that tell people something and change nothing.
_NOTES: Final = frozenset({"verify", "note", "notes", "description", "url", "valid_to", "release"})


def _column(item: Mapping[str, Any]) -> Column:
    _refuse_unknown(item, {field.name for field in fields(Column)} | _NOTES, f"column {item.get('name')!r}")
    values = {key: value for key, value in item.items() if key not in _NOTES}
    kind = ColumnType(values["type"])
    for limit in ("min", "max"):
        if limit in values:
            values[limit] = _limit(values[limit], kind)
    return Column(
        **{
            **values,
            "type": kind,
            "aliases": tuple(values.get("aliases", ())),
            "severity": Severity(values.get("severity", "warning")),
        }
    )


def _limit(value: object, kind: ColumnType) -> Decimal | date:
    if isinstance(value, date):
        return value
    return date.fromisoformat(str(value)) if kind in {ColumnType.DATE, ColumnType.TIMESTAMP} else Decimal(str(value))


def _rule(item: Mapping[str, Any]) -> CrossRule:
    _refuse_unknown(item, {field.name for field in fields(CrossRule)} | _NOTES, f"rule {item.get('id')!r}")
    check, names = Check(item["check"]), list(item["fields"])
    values = tuple(str(value) for value in item.get("values", ()))
    if check is Check.REQUIRED_IF and len(names) > 1 and "=" in names[1]:
        names[1], _, stated = names[1].partition("=")
        values += tuple(stated.split("|"))
    severity = Severity(item.get("severity", "set_aside"))
    return CrossRule(item["id"], check, tuple(names), severity, item["message"], values)


def _refuse_unknown(item: Mapping[str, Any], known: set[str] | frozenset[str], where: str) -> None:
    unknown = sorted(set(item) - known)
    if unknown:
        raise DefinitionError(
            f"{where} has a key that means nothing: {', '.join(unknown)}; known: {', '.join(sorted(known))}"
        )
