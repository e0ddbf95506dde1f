"""What an evaluation reads: a file of one's own, or people, areas or earlier results of a place."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Final

from joinedup.pipeline.evaluation.place_areas import open_areas
from joinedup.pipeline.evaluation.place_people import open_people
from joinedup.pipeline.evaluation.synthesis_results import open_result_files, open_studies
from joinedup.rules.foundation.errors import UsageError
from joinedup.rules.programme.protocol_place import PlaceAreas, PlacePeople, PlaceStudies
from joinedup.store.evaluation_tables import EvaluationTable, Table
from joinedup.store.protocols import ProtocolFile


@contextmanager
def opened(file: ProtocolFile, data: Path | None, place: Path | None) -> Iterator[Table]:
    """The table that a protocol is evaluated on, open for as long as it is read.

    Raises:
        UsageError: neither or both of data and place are given, or the protocol is not about the one given.
    """
    if (data is None) == (place is None):
        raise UsageError("give either a table of your own (--data) or the folder of a place (--place)")
    if data is not None:
        if isinstance(file.protocol.place, PlaceStudies):
            with open_result_files(file, data) as results:
                yield results
            return
        if file.protocol.place is not None:
            raise UsageError(f"{file.path.name} asks for a place's own records; run it with --place FOLDER")
        yield EvaluationTable(data)
    elif place is not None:
        with place_table(file, place) as table:
            yield table


def place_table(file: ProtocolFile, place: Path) -> AbstractContextManager[Table]:
    """What a protocol asks of a place.

    Raises:
        UsageError: the protocol asks for nothing that a place holds.
        ReleaseError: the place was not built yet.
    """
    opener = OPENERS.get(type(file.protocol.place))
    if opener is None:
        raise UsageError(
            f"{file.path.name} asks for nothing of a place: name population.scheme, population.measure or "
            "data.results in it, or run it on a table with --data"
        )
    return opener(file, place)


#: By what a protocol asks of a place: PlacePeople, PlaceAreas or PlaceStudies.
OPENERS: Final[Mapping[type, Callable[[ProtocolFile, Path], AbstractContextManager[Table]]]] = {
    PlacePeople: open_people,
    PlaceAreas: open_areas,
    PlaceStudies: open_studies,
}
