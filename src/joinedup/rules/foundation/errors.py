"""What can go wrong, and how it is said: errors of use are exceptions, errors of data are values.

The tree of exceptions (all errors of *use*):

    JoinedupError
    ├── UsageError          the command or call was wrong: exit code 2
    ├── PlaceError          the place cannot be used as it is: exit code 1
    │   ├── ConfigError     place.toml, a definition or a protocol says something impossible
    │   ├── FlowRefused     an extract has no lawful flow on the day of the build
    │   └── FatalProblems   extracts have problems that stop a build (carries them)
    ├── ReleaseError        a release is missing, unreadable or does not match its manifest
    ├── DefinitionError     a value or definition breaks a rule of the policy (negative count, n = 0 ...)
    │   └── NotEvaluable    what was given can carry no estimate; its text is the reason that a result prints
    ├── DisclosureError     something tried to leave the gate without passing it
    └── RegisterError       an action of the register was not done
        ├── Refused         the person acting may not do it
        ├── Conflict        somebody else changed the same thing meanwhile
        └── Invalid         what was entered breaks a rule (carries messages by field)

Errors of *data* are `Problem` values: collected, counted, all reported.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum


class JoinedupError(Exception):
    """Base of every error that joinedup raises on purpose. Its text says what, where, why, what to do."""


class UsageError(JoinedupError):
    """The command or call was wrong; nothing was read or written."""


class PlaceError(JoinedupError):
    """The place, its configuration or its extracts cannot be used as they are."""


class ConfigError(PlaceError):
    """A configuration or definition file says something impossible."""


class FlowRefused(PlaceError):
    """A source has no legal basis, purpose, controller or unexpired agreement on the day of the build."""


class ReleaseError(JoinedupError):
    """A release is missing, unreadable, or does not match its manifest."""


class DefinitionError(JoinedupError):
    """A value breaks the rule it is given to: negative count, numerator above denominator, dates out of order."""


class NotEvaluable(DefinitionError):
    """What was given can carry no estimate (no controls, one period, gaps); its text is the reason a result prints."""


class DisclosureError(JoinedupError):
    """A value that has not passed the disclosure gate tried to reach a page or an export."""


class RegisterError(JoinedupError):
    """An action of the register was not done; nothing was written."""


class Refused(RegisterError):
    """The person acting may not do this; the text says why in words meant for them."""


class Conflict(RegisterError):
    """Somebody else changed the same thing meanwhile; what was entered is not lost, and must be looked at again."""


class Invalid(RegisterError):
    """What was entered breaks a rule.

    Attributes:
        fields: name of the field -> what is wrong and what to do; "" for the whole form.
    """

    def __init__(self, fields: Mapping[str, str]) -> None:
        super().__init__("; ".join(fields.values()))
        self.fields = dict(fields)


class Severity(StrEnum):
    """How a problem in the data is treated."""

    FATAL = "fatal"  # stops the build before anything is written
    SET_ASIDE = "set_aside"  # the row is left out, with its reason
    WARNING = "warning"  # the row is kept


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with one piece of data, said without any personal value.

    Attributes:
        source: id of the source in place.toml.
        file: path of the file inside the place.
        record: record number in the file (1 = first row of data); 0 when the whole file is meant.
        field: column, or "" when the whole record is meant.
        rule: id of the broken rule, for example ``not_a_date``.
        severity: what happens because of it.
        message: what failed, what was expected, what to do next.
        count: how many records share it when they are reported as one.
    """

    source: str
    file: str
    record: int
    field: str
    rule: str
    severity: Severity
    message: str
    count: int = 1


class FatalProblems(PlaceError):
    """Extracts have problems that stop a build.

    Attributes:
        problems: every problem found, fatal or not.
    """

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        fatal = [p for p in self.problems if p.severity is Severity.FATAL]
        first = fatal[0].message if fatal else "no detail"
        super().__init__(
            f"{len(fatal)} fatal problem(s) in the extracts; the first: {first.rstrip('.')}. "
            "Nothing was written; run `joinedup check` to see them all."
        )
