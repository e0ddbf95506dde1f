"""The last step before a release is published: its names and numbers go to the identity store, ready to be searched."""

from __future__ import annotations

from joinedup.evidence.identity.normalisation import IDENTITY_RECORD, describe
from joinedup.pipeline.landing import Landed
from joinedup.pipeline.linking_model import name_lists
from joinedup.pipeline.stage import Run
from joinedup.rules.foundation.errors import ReleaseError
from joinedup.store.engine import DuckDB
from joinedup.store.identities import IdentityFiles, open_identities
from joinedup.store.place import Place, PlaceKind
from joinedup.store.release import current_release


def keep_identities(run: Run, landed: Landed, release: str) -> None:
    """Keep the names and numbers of a release beside those of the one that is current until it is published.

    Args:
        run: the build; its link table says whose record is whose.
        landed: what was landed.
        release: the id of the release that is about to be published.
    """
    spill = run.spill("names")
    words = spill / "words.parquet"
    with DuckDB(spill) as engine:
        records = engine.read(list(landed.identity), IDENTITY_RECORD)
        described = describe(records, name_lists(), test_numbers=run.place.kind is not PlaceKind.LIVE)
        compared = described.select("record_key", "number", "forename", "surname", "dob", "postcode").distinct()
        engine.connection.to_parquet(compared, words)
    files = IdentityFiles(landed.identity, words, tuple(run.paths("facts/link")))
    open_identities(run.place).keep(release, files, spill, _published(run.place))


def _published(place: Place) -> tuple[str, ...]:
    """The release that pages read until the new one is current; none at the first build."""
    try:
        return (current_release(place.folder),)
    except ReleaseError:
        return ()
