"""What a place holds to be a spell, a delay, reablement and a symptom of fragmented care, read from definitions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from joinedup.rules.care.delay import DelayReason, DelayRule
from joinedup.rules.care.fragmentation import FragmentationRule
from joinedup.rules.care.reablement import ReablementRule
from joinedup.rules.care.spell import SpellRule
from joinedup.store.definition_files import day_after, first_day, flag, read_csv, read_keys, read_rows

_REASONS = "services/delay_reasons.csv"
_SERVICES = "services/services.csv"


@dataclass(frozen=True, slots=True)
class CareDefinitions:
    """Everything that journeys are made by.

    Attributes:
        spell: what one stay, an emergency and a readmission are.
        delay: the two eras.
        reasons: reasons for delay, dated.
        reablement: who is followed to the 91st day.
        fragmentation: windows and codes of the six symptoms.
        long_term: services that are long-term support.
        carers: services that support carers.
    """

    spell: SpellRule
    delay: DelayRule
    reasons: tuple[DelayReason, ...]
    reablement: ReablementRule
    fragmentation: FragmentationRule
    long_term: tuple[str, ...]
    carers: tuple[str, ...]


def load_care(folders: Sequence[Path]) -> CareDefinitions:
    """Read the definitions of journeys.

    Args:
        folders: definitions folders, the shipped one first; a later one replaces single keys and rows.

    Raises:
        ConfigError: a file or key is missing, or of another type than the shipped one.
    """
    services = read_rows(folders, _SERVICES, "service")
    return CareDefinitions(
        spell=_spell(folders),
        delay=_delay(folders),
        reasons=tuple(_reason(row) for row in read_rows(folders, _REASONS, "code")),
        reablement=_reablement(folders),
        fragmentation=_fragmentation(folders, _marked(services, "is_for_children")),
        long_term=_marked(services, "is_long_term"),
        carers=_marked(services, "is_for_carers"),
    )


def _marked(services: Sequence[Mapping[str, str]], column: str) -> tuple[str, ...]:
    return tuple(row["service"] for row in services if flag(row, column))


def _spell(folders: Sequence[Path]) -> SpellRule:
    keys = read_keys(folders, "services/spells.toml")
    return SpellRule(
        transfer_days=keys.number("transfer_days"),
        transfer_places=keys.words("transfer_places"),
        transfer_methods=keys.words("transfer_methods"),
        emergency_methods=keys.words("emergency_methods"),
        died=keys.words("died"),
        readmission_days=keys.number("readmission_days"),
    )


def _delay(folders: Sequence[Path]) -> DelayRule:
    keys = read_keys(folders, "services/delays.toml")
    return DelayRule(dtoc_until=keys.day("dtoc_until"), not_delayed=keys.words("not_delayed"))


def _reason(row: Mapping[str, str]) -> DelayReason:
    responsible = tuple(part for part in row.get("responsible", "").split("|") if part)
    since = first_day(row, "valid_from", _REASONS) or date.min
    return DelayReason(row["code"], responsible, since, day_after(row, "valid_to", _REASONS))


def _reablement(folders: Sequence[Path]) -> ReablementRule:
    keys = read_keys(folders, "services/reablement.toml")
    return ReablementRule(
        services=keys.words("services"),
        care_homes=keys.words("care_homes"),
        follow_up_days=keys.number("follow_up_days"),
        start_within_days=keys.number("start_within_days"),
        start_before_days=keys.number("start_before_days"),
    )


def _fragmentation(folders: Sequence[Path], child_services: tuple[str, ...]) -> FragmentationRule:
    keys = read_keys(folders, "fragmentation/fragmentation.toml")
    return FragmentationRule(
        assessment_days=keys.number("assessment_days"),
        not_completed=keys.words("not_completed"),
        visit_methods=keys.words("visit_methods"),
        trips=keys.number("trips"),
        trip_days=keys.number("trip_days"),
        trip_settings=keys.words("trip_settings"),
        accepted=keys.words("accepted"),
        referral_days=keys.number("referral_days"),
        child_services=child_services,
        adult_age=keys.number("adult_age"),
        transition_days=keys.number("transition_days"),
        avoidable_codes=_codes(folders, keys.words("avoidable_lists")),
        fall_codes=_codes(folders, keys.words("fall_lists")),
    )


def _codes(folders: Sequence[Path], lists: Sequence[str]) -> tuple[str, ...]:
    """Beginnings of codes from diagnosis lists; one that needs a second diagnosis is left out: here only one counts."""
    found: set[str] = set()
    for name in lists:
        files = [rows for folder in folders if (rows := read_csv(folder / "diagnoses" / f"{name}.csv"))]
        found |= {
            row["code"].replace(".", "").strip().upper() for row in (files or [()])[-1] if not row.get("requires")
        }
    return tuple(sorted(found))
