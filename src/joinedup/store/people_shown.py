"""What the reader of people hands out: frozen values, each inside a `Confided`, none with a name in its repr."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from joinedup.rules.foundation.period import Period


@dataclass(frozen=True, slots=True, repr=False)
class Found:
    """One person that a search found.

    Attributes:
        person_id: the pseudonym that stands for them today.
        forename, surname, date_of_birth, sex, postcode, nhs_number: as `Identified`.
        score: how well they fit what was asked, 0 to 1.
    """

    person_id: int
    forename: str | None
    surname: str | None
    date_of_birth: date | None
    sex: str | None
    postcode: str | None
    nhs_number: str | None
    score: float

    def __repr__(self) -> str:
        return f"Found(person_id={self.person_id})"


@dataclass(frozen=True, slots=True, repr=False)
class Identified:
    """Who a person is, as the best of their records says today.

    Attributes:
        person_id: the pseudonym that stands for them today.
        forename, surname: the latest, of a record with a verified NHS number where there is one.
        other_names: other names that records give, "Anna Smith", each once.
        nhs_number: a verified one before any other.
        age: whole years on the place's day, or at death.
        sex: F, M, X or None.
        ethnicity: one of five groups: white, mixed, asian, black, other.
        address, postcode, practice, neighbourhood: where they live and are registered; None where a restricted
            address is hidden. Practice and neighbourhood are codes.
        has_conflicts: two sources give different acceptable NHS numbers, or different dates of birth.
    """

    person_id: int
    forename: str | None
    surname: str | None
    other_names: tuple[str, ...]
    nhs_number: str | None
    date_of_birth: date | None
    age: int | None
    sex: str | None
    ethnicity: str | None
    address: str | None
    postcode: str | None
    date_of_death: date | None
    practice: str | None
    neighbourhood: str | None
    has_conflicts: bool

    def __repr__(self) -> str:
        return f"Identified(person_id={self.person_id})"


@dataclass(frozen=True, slots=True)
class SourceAsAt:
    """A source that holds something of a person, and how fresh it is.

    Attributes:
        source: id of the source.
        label: what people call it.
        organisation: code of who holds it; None where rows say so themselves.
        as_at: the last day on which the place received anything from it.
        events: events of this person that it tells of.
    """

    source: str
    label: str
    organisation: str | None
    as_at: date | None
    events: int


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """A long-term condition: its code, its label, and the earliest day any source gives."""

    condition: str
    label: str
    since: date | None


@dataclass(frozen=True, slots=True)
class DelayShown:
    """A stretch of days in a hospital bed after a person was ready to leave it.

    Attributes:
        start: the day they were ready.
        end: the day they left; None while they wait.
        days: until they left; None while they wait.
        reason, reason_label: why, as coded and in words.
        responsible: nhs, social_care, both or None.
        provider, organisation: codes of the hospital and of the responsible body.
    """

    event_id: str
    start: date
    end: date | None
    days: int | None
    reason: str | None
    reason_label: str | None
    responsible: str | None
    provider: str | None
    organisation: str | None

    @property
    def is_open(self) -> bool:
        """Whether they wait still."""
        return self.end is None


@dataclass(frozen=True, slots=True)
class PackageShown:
    """A care package or placement.

    Attributes:
        end: last day; None while it lasts.
        is_open: whether it lasts on the place's day.
        weekly_pence, weekly_contribution_pence: None where not known or where the grant shows no costs.
        provider, payer, organisation: codes; the payer is None where the grant shows no costs.
    """

    event_id: str
    setting: str
    service: str | None
    is_long_term: bool
    start: date
    end: date | None
    is_open: bool
    quantity: float | None
    unit: str | None
    weekly_pence: int | None
    weekly_contribution_pence: int | None
    provider: str | None
    payer: str | None
    organisation: str | None


@dataclass(frozen=True, slots=True)
class SymptomShown:
    """One of the six symptoms of fragmented care: its id, its label, how often it showed, and when last."""

    kind: str
    label: str
    count: int
    last: date | None


@dataclass(frozen=True, slots=True)
class CostShown:
    """What a person's care cost.

    Attributes:
        payer: code of who paid; None where not known.
        setting: kind of care.
        year: financial year, "2024-25".
        pence: sum of known costs; None where none is known: missing is not zero.
        missing_events: events whose cost is not known.
    """

    payer: str | None
    setting: str
    year: str
    pence: int | None
    missing_events: int


@dataclass(frozen=True, slots=True, repr=False)
class HouseholdMember:
    """Somebody who lives in a household today, with their name."""

    person_id: int
    name: str
    date_of_birth: date | None

    def __repr__(self) -> str:
        return f"HouseholdMember(person_id={self.person_id})"


@dataclass(frozen=True, slots=True)
class HouseholdAgency:
    """An agency that was involved with a household in the last twelve whole months or since.

    Attributes:
        organisation: its code; None where not known.
        service, setting: what it does.
        members: how many of the household it served.
        pence: known costs of those twelve months; None where none is known or the grant shows no costs.
    """

    organisation: str | None
    service: str | None
    setting: str
    members: int
    pence: int | None


@dataclass(frozen=True, slots=True, repr=False)
class HouseholdShown:
    """Who lives together today, and the agencies round them, the costliest first.

    Attributes:
        window: the twelve months of the costs.
    """

    household_id: int
    members: tuple[HouseholdMember, ...]
    agencies: tuple[HouseholdAgency, ...]
    window: Period

    def __repr__(self) -> str:
        return f"HouseholdShown(household_id={self.household_id})"


@dataclass(frozen=True, slots=True)
class Changes:
    """What came in about a person since a day.

    Attributes:
        received: the last day on which anything about them was received; None when nothing ever was.
        events: events received after the day.
    """

    received: date | None
    events: int


@dataclass(frozen=True, slots=True)
class PairToReview:
    """Two records that may be one person, for somebody to decide; pseudonyms only.

    Attributes:
        record_l, record_r: record keys.
        probability: that they are one person.
        weight: the same in hundredths of a bit.
        reason: uncertain, number_alone or numbers_differ.
    """

    record_l: int
    record_r: int
    probability: float
    weight: int
    reason: str
