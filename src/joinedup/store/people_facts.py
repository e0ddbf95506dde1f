"""What one release knows of people, opened once: its files, its codes in words, and who became whom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from joinedup.rules.foundation.errors import ReleaseError
from joinedup.store.codes import load_codes
from joinedup.store.connection import Row, read_files
from joinedup.store.definition_files import read_rows
from joinedup.store.identities import IdentityStore, open_identities
from joinedup.store.objects import Objects
from joinedup.store.people_pseudonyms import Pseudonyms
from joinedup.store.people_search import Search, load_search
from joinedup.store.people_sensitive import SensitiveParts, load_sensitive
from joinedup.store.place import Place, PlaceKind, load_place
from joinedup.store.release import Manifest, current_release, read_manifest
from joinedup.store.template import DEFINITIONS
from joinedup.store.timelines import TimelineFiles, Timelines

#: Tables without which a release knows nobody.
_NEEDED: Final = ("facts/link", "facts/timeline_people", "facts/identity_event")
_BUCKETS: Final = 32


@dataclass(frozen=True, slots=True)
class PeopleFacts:
    """One release of a place, as readers of people see it.

    Attributes:
        place: the place as it was when the release was opened.
        manifest: what the release rests on.
        identities: names and numbers.
        timelines: events of every record.
        pseudonyms: merges and splits.
        sensitive: what is sensitive.
        search: how a search weighs what was typed.
        conditions, reasons: code -> label, of long-term conditions and of reasons for delay.
        neighbourhoods: small area -> neighbourhood.
        received: source -> the last day the place received anything from it.
    """

    place: Place
    manifest: Manifest
    identities: IdentityStore
    timelines: Timelines
    pseudonyms: Pseudonyms
    sensitive: SensitiveParts
    search: Search
    conditions: Mapping[str, str]
    reasons: Mapping[str, str]
    neighbourhoods: Mapping[str, str]
    received: Mapping[str, date]

    @property
    def release(self) -> str:
        """Its id."""
        return self.manifest.release

    @property
    def today(self) -> date:
        """The place's day."""
        return self.place.today

    @property
    def test_numbers(self) -> bool:
        """Whether test NHS numbers count in this place."""
        return self.place.kind is not PlaceKind.LIVE

    def files(self, *tables: str) -> list[Path]:
        """Where the objects of some tables lie, months and buckets by their whole name."""
        return _paths(self.place, self.manifest, *tables)

    def months(self, table: str) -> tuple[str, ...]:
        """Names of the monthly parts of a table, oldest first."""
        return tuple(sorted(name for name in self.manifest.objects if name.startswith(f"{table}@")))

    def rows(self, tables: Sequence[str], columns: str, test: str, values: Sequence[object]) -> list[Row]:
        """Rows of some tables that pass a test; none where the release has no such table.

        Raises:
            ReleaseError: a file is missing or damaged.
        """
        return read_files(self.release, self.files(*tables), columns, test, values)

    def of_records(self, tables: Sequence[str], columns: str, records: Sequence[int], more: str = "") -> list[Row]:
        """Rows of some tables that belong to some records."""
        if not records:
            return []
        return self.rows(tables, columns, f"record_key IN ({', '.join('?' * len(records))}) {more}", records)

    def records_of(self, person_id: int) -> tuple[int, ...]:
        """Record keys of one person; () when they are not known."""
        return self.timelines.records([person_id]).get(person_id, ())


def open_people(folder: Path) -> PeopleFacts:
    """Open the current release of a place.

    Raises:
        ConfigError: the folder is not a place.
        ReleaseError: there is no release, it knows no people, or files of it are missing; the message says what to do.
    """
    place = load_place(folder)
    manifest = read_manifest(place.folder, current_release(place.folder))
    identities = open_identities(place)
    _refuse_incomplete(place, manifest, identities)
    folders = [DEFINITIONS, place.definitions]
    timelines = Timelines(_timeline_files(place, manifest), manifest.release)
    conditions = load_codes(folders).get("condition")
    return PeopleFacts(
        place=place,
        manifest=manifest,
        identities=identities,
        timelines=timelines,
        pseudonyms=Pseudonyms(_moves(place, manifest), lambda ids: timelines.records(list(ids))),
        sensitive=load_sensitive(folders),
        search=load_search(folders),
        conditions={code.code: code.label for code in conditions.codes} if conditions else {},
        reasons={row["code"]: row["label"] for row in read_rows(folders, "services/delay_reasons.csv", "code")},
        neighbourhoods={row["lsoa"]: row["neighbourhood"] for row in place.geography()},
        received=_received(manifest),
    )


def _refuse_incomplete(place: Place, manifest: Manifest, identities: IdentityStore) -> None:
    if any(table not in manifest.objects for table in _NEEDED):
        raise ReleaseError(f"release {manifest.release} knows no people: it was built from statistics only")
    facts = [table for table in manifest.objects if table.startswith("facts/")]
    missing = [path for path in _paths(place, manifest, *facts) if not path.is_file()]
    if missing:
        raise ReleaseError(
            f"release {manifest.release} is incomplete: {len(missing)} file(s) of what it knows of people are missing; "
            "run `joinedup build` to make it anew"
        )
    if not identities.is_kept(manifest.release):
        raise ReleaseError(
            f"the names and numbers of release {manifest.release} are not in {place.identity}; run `joinedup build`, "
            "or set JOINEDUP_IDENTITY to where they are kept"
        )


def _paths(place: Place, manifest: Manifest, *tables: str) -> list[Path]:
    objects = Objects(place.objects)
    return [path for table in tables for path in objects.paths(manifest.objects.get(table, ()))]


def _timeline_files(place: Place, manifest: Manifest) -> TimelineFiles:
    base = tuple(tuple(_paths(place, manifest, f"facts/timeline@{number:02d}")) for number in range(_BUCKETS))
    return TimelineFiles(base, {}, tuple(_paths(place, manifest, "facts/timeline_people")))


def _moves(place: Place, manifest: Manifest) -> list[tuple[date, int, int]]:
    test = "kind IN ('merged', 'split') AND other_person_id IS NOT NULL"
    columns = '"at", person_id, other_person_id'
    files = _paths(place, manifest, "facts/identity_event")
    return [(day, was, became) for day, was, became in read_files(manifest.release, files, columns, test)]


def _received(manifest: Manifest) -> dict[str, date]:
    found: dict[str, date] = {}
    for item in manifest.inputs:
        day = date.fromisoformat(item.received)
        found[item.source] = max(found.get(item.source, day), day)
    return found
