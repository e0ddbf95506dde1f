"""Time the search for a person among a million, with records as four sources might hold them.

Usage: python -m benchmarks.search [--people 1000000] [--folder /tmp/search] [--searches 40]

Names follow the law of Zipf and Mandelbrot: one person in eighty has the commonest surname. A tenth of the records
carry a fault. The identity store is made once and kept. Each kind of search is timed cold (first of its kind) and warm.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from pathlib import Path

import duckdb
import numpy as np

from joinedup.store.definition_files import read_csv
from joinedup.store.identities import IdentityFiles, IdentityStore
from joinedup.store.people_grants import PersonQuery, SearchGrant
from joinedup.store.people_search import Search, load_search
from joinedup.store.template import DEFINITIONS

RELEASE = "bench"
SYLLABLES = (
    "ha",
    "ri",
    "mo",
    "den",
    "wick",
    "ley",
    "for",
    "sta",
    "ber",
    "ton",
    "wal",
    "ker",
    "gra",
    "nor",
    "ash",
    "mer",
)
GRANT = SearchGrant("benchmark")


def surnames(count: int) -> list[str]:
    """Invented surnames of two to four syllables, each once."""
    found: dict[str, None] = {}
    rng = np.random.default_rng(5)
    while len(found) < count:
        parts = rng.integers(0, len(SYLLABLES), size=rng.integers(2, 5))
        found["".join(SYLLABLES[part] for part in parts).upper()] = None
    return list(found)


def make(folder: Path, people: int) -> IdentityStore:
    """The identity store of so many people, four records each; made unless it is there."""
    store = IdentityStore(folder / "identity")
    if store.is_kept(RELEASE):
        return store
    started = time.perf_counter()
    with duckdb.connect(config={"temp_directory": str(folder / "spill")}) as db:
        db.execute(_PEOPLE.format(people=people, **_names(db)))
        for name, query in _FILES.items():
            db.execute(f"COPY ({query}) TO '{folder / name}.parquet' (FORMAT parquet)")
    made = time.perf_counter()
    files = IdentityFiles((folder / "records.parquet",), folder / "words.parquet", (folder / "link.parquet",))
    store.keep(RELEASE, files, folder / "spill")
    print(f"kept in {time.perf_counter() - made:.1f} s (records made in {made - started:.1f} s)")
    for path in sorted((folder / "identity").rglob("*.parquet")):
        print(f"  {path.name}: {path.stat().st_size / 1e6:.0f} MB")
    return store


def _names(db: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Tables of names by rank, and how many of each there are."""
    roots = sorted({row["root"] for row in read_csv(DEFINITIONS / "linkage" / "nicknames.csv")})
    names = {"surnames": surnames(20_000), "forenames": roots}
    for table, known in names.items():
        db.execute(f"CREATE TABLE {table} AS SELECT unnest(?) AS name, unnest(range(?)) AS rank", [known, len(known)])
    return {table: len(known) for table, known in names.items()}


#: Ranks are drawn by the law of Zipf and Mandelbrot with an offset of 10.
_PEOPLE = """CREATE TABLE people AS SELECT p AS person_id, hash(p) AS h,
    CASE WHEN check_digit < 10 THEN (400000000 + p) * 10 + check_digit END AS number,
    floor(10 * (pow(1 + {surnames} / 10.0, (hash(p, 1) % 1000003) / 1000003.0) - 1)) AS s,
    floor(10 * (pow(1 + {forenames} / 10.0, (hash(p, 2) % 1000003) / 1000003.0) - 1)) AS f,
    DATE '1925-01-01' + CAST(hash(p, 3) % 36000 AS INTEGER) AS dob,
    chr(65 + CAST(hash(p // 40, 4) % 20 AS INTEGER)) || chr(65 + CAST(hash(p // 40, 5) % 20 AS INTEGER))
        || (1 + hash(p // 40, 6) % 20) || (hash(p // 40, 7) % 10) || chr(65 + CAST(hash(p // 40, 8) % 20 AS INTEGER))
        || chr(65 + CAST(hash(p // 40, 9) % 20 AS INTEGER)) AS postcode
    FROM (SELECT p, (11 - list_sum([(10 - i) * ((400000000 + p) // CAST(pow(10, 8 - i) AS BIGINT) % 10)
        FOR i IN range(9)]) % 11) % 11 AS check_digit FROM range({people}) r(p))"""
_NAMED = """SELECT person_id * 4 + k AS record_key, person_id, number, forenames.name AS forename,
    CASE WHEN hash(person_id, k) % 10 = 0 THEN surnames.name || 'E' ELSE surnames.name END AS surname, dob, postcode, k
    FROM people JOIN surnames ON surnames.rank = s JOIN forenames ON forenames.rank = f CROSS JOIN range(4) c(k)"""
_FILES = {
    "link": "SELECT p * 4 + k AS record_key, p AS person_id FROM (SELECT person_id AS p FROM people), range(4) c(k)",
    "words": f"SELECT record_key, number, forename, surname, strftime(dob, '%Y%m%d') AS dob, postcode FROM ({_NAMED})",
    "records": f"SELECT record_key, 'source' || k AS source, 'ORG' AS organisation, number::VARCHAR AS nhs_number, "
    "'01' AS nhs_number_status, forename, surname, dob AS date_of_birth, 'F' AS sex, NULL::VARCHAR AS ethnicity, "
    "postcode, (record_key % 90) || ' High Street' AS address, NULL::VARCHAR AS lsoa, NULL::VARCHAR AS practice, "
    "NULL::DATE AS date_of_death, DATE '2020-01-01' AS valid_from, NULL::DATE AS valid_to, "
    f"DATE '2020-02-01' AS received, NULL::VARCHAR AS token, k AS source_order FROM ({_NAMED})",
}


def asked(store: IdentityStore, people: int, count: int) -> dict[str, list[PersonQuery]]:
    """Queries of each kind about people drawn at random."""
    rng = np.random.default_rng(7)
    drawn = [int(each) for each in rng.integers(0, people, count)]
    told = store.read(GRANT, RELEASE, drawn)
    kinds: dict[str, Callable[[str, str, date, str, str], PersonQuery]] = {
        "number": lambda f, s, d, p, n: PersonQuery(n),
        "initial, surname, birth": lambda f, s, d, p, n: PersonQuery("", f[:1], s, d),
        "surname, birth": lambda f, s, d, p, n: PersonQuery("", "", s, d),
        "names, birth": lambda f, s, d, p, n: PersonQuery("", f, s, d),
        "names swapped, birth": lambda f, s, d, p, n: PersonQuery("", s, f, d),
        "misspelt, birth off by a day": lambda f, s, d, p, n: PersonQuery("", f, s[:-1] + "X", d + timedelta(days=1)),
        "surname, postcode": lambda f, s, d, p, n: PersonQuery("", "", s, None, p),
        "names, birth, postcode": lambda f, s, d, p, n: PersonQuery("", f, s, d, p),
    }
    rows = [versions[0] for versions in told.values() if versions[0].nhs_number]
    return {
        kind: [
            make(r.forename or "", r.surname or "", r.date_of_birth or date.min, r.postcode or "", r.nhs_number or "")
            for r in rows
        ]
        for kind, make in kinds.items()
    }


def timed(store: IdentityStore, rule: Search, queries: Sequence[PersonQuery]) -> tuple[list[float], float]:
    """Seconds that each query took, the shown records included, and how many people it showed in the mean."""
    taken, shown = [], 0
    for query in queries:
        started = time.perf_counter()
        hits = rule.find(store, RELEASE, GRANT, query)
        store.read(GRANT, RELEASE, [person for person, _ in hits])
        taken.append(time.perf_counter() - started)
        shown += len(hits)
    return taken, shown / len(queries)


def main() -> None:
    """Make the store if need be and time each kind of search."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=1_000_000)
    parser.add_argument("--folder", type=Path, default=Path("/tmp/search"))
    parser.add_argument("--searches", type=int, default=40)
    given = parser.parse_args()
    (given.folder / "spill").mkdir(parents=True, exist_ok=True)
    store, rule = make(given.folder, given.people), load_search([DEFINITIONS])
    for kind, queries in asked(store, given.people, given.searches).items():
        taken, shown = timed(store, rule, queries)
        warm = sorted(taken[1:])
        print(
            f"{kind:30} first {taken[0] * 1000:5.0f} ms, median {statistics.median(warm) * 1000:5.0f} ms, "
            f"worst {warm[-1] * 1000:5.0f} ms, shown {shown:.1f}"
        )


if __name__ == "__main__":
    main()
