"""Link a million people's records: time, memory and accuracy; with --splink beside Splink on all of them.

Usage: python benchmarks/linkage.py [PEOPLE] [--splink]

The records are invented: names from syllables, numbers from the test range, faults at the rates that the
demonstration place also plants. Truth never reaches the linkage.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import date
from itertools import chain
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import splink.comparison_library as cl
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

from joinedup.pipeline.linking import LinkSettings, link
from joinedup.pipeline.linking_model import name_lists, shipped_model
from joinedup.store.engine import DuckDB

SOURCES = {  # share of people known to the source, share of its records without an NHS number
    "gp": (0.95, 0.05), "hospital": (0.45, 0.10), "community": (0.20, 0.15),
    "mental_health": (0.08, 0.15), "social_care": (0.17, 0.33), "police": (0.15, 0.30),
}  # fmt: skip
BEGINNINGS = """al an ar bel ber bor bra cal car con cor dal den dor el fal fen gar gil hal har hol ken kel lan mar
mel mor nor pel ral ros sel tan tor val wen wil yar"""
FAMILY_ENDINGS = """by croft dale den field ford ham land ley low man ner ridge row sell shaw son ster ton well wick
wood worth yer"""
SYLLABLES, ENDINGS = BEGINNINGS.split(), FAMILY_ENDINGS.split()


def _names(rng: np.random.Generator, n: int, count: int, power: float, forename: bool) -> np.ndarray:
    """n names drawn from `count` invented ones with frequencies that fall like 1 / rank^power."""
    pool: dict[str, None] = {}
    if forename:
        roots = sorted(set(name_lists().nicknames.values()))
        pool = dict.fromkeys(roots)
    while len(pool) < count:
        middle = SYLLABLES[rng.integers(len(SYLLABLES))] if rng.random() < 0.5 else ""
        end = ("a", "e", "ia", "is", "en")[rng.integers(5)] if forename else ENDINGS[rng.integers(len(ENDINGS))]
        pool[(SYLLABLES[rng.integers(len(SYLLABLES))] + middle + end).upper()] = None
    share = 1.0 / np.arange(1, count + 1) ** power
    values = np.array(list(pool)[:count], dtype=object)
    return values[rng.choice(count, n, p=share / share.sum())]


def _numbers(n: int, rng: np.random.Generator) -> np.ndarray:
    """n different numbers of the test range with right check digits, in no order."""
    body = rng.permutation(np.unique(rng.integers(900_000_000, 999_000_000, int(n * 1.3) + 50)))
    digits = (body[:, None] // 10 ** np.arange(8, -1, -1)) % 10
    check = (11 - (digits * np.arange(10, 1, -1)).sum(1) % 11) % 11
    return (body * 10 + check)[check < 10][:n]


@dataclass(frozen=True, slots=True)
class People:
    """Everyone, in order of household."""

    number: np.ndarray
    forename: np.ndarray
    surname: np.ndarray
    birth: np.ndarray  # datetime64[D]
    sex: np.ndarray
    home: np.ndarray
    former_surname: np.ndarray
    former_home: np.ndarray


def make_people(n: int, rng: np.random.Generator) -> People:
    """People in households that share surname and home, with twins and fathers and sons of one name."""
    size = rng.choice([1, 2, 3, 4, 5], n, p=[0.3, 0.34, 0.16, 0.14, 0.06])
    home = np.repeat(np.arange(n), size)[:n]
    family = _names(rng, n, 20_000, 0.9, False)
    own = _names(rng, n, 20_000, 0.9, False)
    surname = np.where(rng.random(n) < 0.85, family[home], own)
    forename = _names(rng, n, 900, 0.8, True)
    birth = (np.datetime64("1925-01-01") + (rng.beta(1.2, 1.15, n) * 36500).astype(int)).astype("datetime64[D]")
    sex = np.where(rng.random(n) < 0.51, "F", "M").astype(object)
    follows = np.r_[False, home[1:] == home[:-1]]
    twin = follows & (rng.random(n) < 0.03)
    junior = follows & ~twin & (rng.random(n) < 0.03)
    back = np.arange(n) - 1
    birth[twin] = birth[back[twin]]
    surname[twin] = surname[back[twin]]
    forename[junior], surname[junior] = forename[back[junior]], surname[back[junior]]
    sex[junior] = sex[back[junior]]
    birth[junior] = birth[back[junior]] + np.timedelta64(10_500, "D")
    number = _numbers(n, rng)
    moved, married = rng.random(n) < 0.12, (sex == "F") & (rng.random(n) < 0.06)
    return People(
        number, forename, surname, birth, sex, home,
        np.where(married, own, surname), np.where(moved, rng.integers(0, n, n), home),
    )  # fmt: skip


def _slip(values: np.ndarray, rng: np.random.Generator, rate: float) -> np.ndarray:
    """One typing slip in a share of the values: a letter changed, dropped, doubled or swapped."""
    result = values.copy()
    for i in np.flatnonzero(rng.random(len(values)) < rate):
        text = result[i]
        if text is None or len(text) < 3:
            continue
        at, kind = int(rng.integers(len(text) - 1)), int(rng.integers(4))
        letter = "ABCDEFGHIJKLMNOPRSTUVWY"[int(rng.integers(23))]
        result[i] = (
            text[:at] + letter + text[at + 1 :], text[:at] + text[at + 1 :], text[:at] + text[at] + text[at:],
            text[:at] + text[at + 1] + text[at] + text[at + 2 :],
        )[kind]  # fmt: skip
    return result


def make_records(people: People, rng: np.random.Generator) -> tuple[pa.Table, pa.Table]:
    """The records of every source with their faults, and the truth: record key to person."""
    short: dict[str, list[str]] = {}
    for name, root in name_lists().nicknames.items():
        short.setdefault(root, []).append(name)
    streets = np.array(
        [s.upper() + e.upper() + w for s in SYLLABLES for e in ENDINGS for w in (" ROAD", " STREET", " LANE")], object
    )
    tables, truths, offset = [], [], 0
    n = len(people.number)
    for order, (source, (known, no_number)) in enumerate(SOURCES.items()):
        who = np.flatnonzero(rng.random(n) < known)
        who = np.r_[who, who[rng.random(len(who)) < 0.01]]  # duplicates within a source
        count = len(who)
        old_name, old_home = rng.random(count) < 0.35, rng.random(count) < 0.35
        forename = people.forename[who].copy()
        for i in np.flatnonzero(rng.random(count) < 0.05):
            forename[i] = short.get(forename[i], [forename[i]])[0]
        surname = np.where(old_name, people.former_surname[who], people.surname[who])
        home = np.where(old_home, people.former_home[who], people.home[who])
        birth = people.birth[who].copy()
        age_days = (np.datetime64("2025-01-01") - birth).astype(int)
        forename = np.where((age_days < 400) & (rng.random(count) < 0.4), "BABY", forename)
        forename, surname = _slip(forename, rng, 0.02), _slip(surname, rng, 0.02)
        swap = rng.random(count) < 0.004
        forename[swap], surname[swap] = surname[swap], forename[swap]
        birth = _dates_with_slips(birth, rng)
        number, status = _with_number_faults(people, who, no_number, rng)
        postcode = np.array([_postcode(place) for place in (home // 12).tolist()], object)
        address = np.char.add((1 + home % 180).astype(str), " ").astype(object) + streets[(home // 12) % len(streets)]
        postcode[rng.random(count) < 0.04] = None
        address = _slip(address, rng, 0.03)
        address[rng.random(count) < 0.05] = None
        received = np.datetime64("2021-04-10") + rng.integers(0, 48, count) * 30
        tables.append(pa.table({
            "record_key": pa.array(np.zeros(count, np.int64)),
            "source": pa.array([source] * count), "organisation": pa.array([f"{source}_1"] * count),
            "nhs_number": pa.array(number, pa.string()), "nhs_number_status": pa.array(status, pa.string()),
            "token": pa.nulls(count, pa.string()), "forename": pa.array(forename, pa.string()),
            "surname": pa.array(surname, pa.string()), "date_of_birth": pa.array(birth, pa.date32()),
            "sex": pa.array(people.sex[who], pa.string()), "ethnicity": pa.nulls(count, pa.string()),
            "postcode": pa.array(postcode, pa.string()), "address": pa.array(address, pa.string()),
            "lsoa": pa.nulls(count, pa.string()), "practice": pa.nulls(count, pa.string()),
            "date_of_death": pa.nulls(count, pa.date32()), "valid_from": pa.array(received, pa.date32()),
            "valid_to": pa.nulls(count, pa.date32()), "received": pa.array(received, pa.date32()),
            "source_order": pa.array(np.full(count, order)),
        }))  # fmt: skip
        truths.append(who)
        offset += count
    records, truth = pa.concat_tables(tables), np.concatenate(truths)
    keys = rng.permutation(np.arange(1, len(truth) + 1, dtype=np.int64) * 4_611_686_018_427_387_847)
    records = records.set_column(0, "record_key", pa.array(keys))
    return records, pa.table({"record_key": keys, "truth": truth})


def _postcode(place: int) -> str:
    """An invented postcode for a street of twelve homes."""
    letters = "ABDEFGHJLN"[place // 6900 % 10] + "PQRSTUWXYZ"[place // 69000 % 10]
    return f"Z{chr(65 + place % 23)}{1 + place // 23 % 30} {place // 690 % 10}{letters}"


def _dates_with_slips(birth: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    result = birth.copy()
    chosen = np.flatnonzero(rng.random(len(birth)) < 0.035)
    days = [date.fromisoformat(str(day)) for day in birth[chosen]]
    for i, day in zip(chosen, days, strict=True):
        result[i] = np.datetime64(_date_with_slip(day, rng))
    out = result.astype(object)
    out[rng.random(len(birth)) < 0.02] = None
    return out


def _date_with_slip(day: date, rng: np.random.Generator) -> date:
    kind = rng.integers(3)
    if kind == 0 and day.day <= 12:
        return day.replace(month=day.day, day=day.month)
    if kind == 1:
        return day.replace(year=day.year + (10 if rng.random() < 0.5 else 1), day=min(day.day, 28))
    return day.replace(day=1 + int(rng.integers(28)))


def _with_number_faults(
    people: People, who: np.ndarray, missing: float, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Numbers missing, wrong (1%) and another person's (0.3%); only a right one is ever verified, mostly."""
    count, n = len(who), len(people.number)
    number = people.number[who].copy()
    wrong, another = rng.random(count) < 0.01, rng.random(count) < 0.003
    number[wrong] = _numbers(int(wrong.sum()), rng)
    number[another] = people.number[rng.integers(0, n, int(another.sum()))]
    text = number.astype(str).astype(object)
    text[rng.random(count) < missing] = None
    return text, np.full(count, None, object)


def _pairs(*labels: np.ndarray) -> int:
    order = np.lexsort(labels)
    changed = np.zeros(len(order), bool)
    changed[0] = True
    for label in labels:
        changed[1:] |= label[order][1:] != label[order][:-1]
    counts = np.diff(np.r_[np.flatnonzero(changed), len(order)])
    return int((counts * (counts - 1) // 2).sum())


def pair_scores(person: np.ndarray, truth: np.ndarray) -> dict[str, float]:
    """Precision, recall and F1 over pairs of records."""
    both, said, true = _pairs(person, truth), _pairs(person), _pairs(truth)
    precision, recall = both / max(said, 1), both / max(true, 1)
    return {"precision": precision, "recall": recall, "f1": 2 * precision * recall / max(precision + recall, 1e-12)}


@dataclass(frozen=True, slots=True)
class Measured:
    """One run: what it took and how well it did."""

    what: str
    seconds: float
    cpu_seconds: float
    peak_mb: int
    scores: dict[str, float]


def _measure(what: str, run: Callable[[], Iterator[pa.Table]], truth: pa.Table) -> Measured:
    """Run in this process; the time is that of the first answer, the scores those of the best one."""
    before, started = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
    answers = run()
    first = next(answers)
    seconds, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_SELF)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    true = truth.sort_by("record_key")["truth"].to_numpy()
    scores = [pair_scores(each.sort_by("record_key")["person_id"].to_numpy(), true) for each in chain([first], answers)]
    return Measured(what, seconds, cpu, after.ru_maxrss // 1024, max(scores, key=lambda score: score["f1"]))


def ours(path: Path) -> Iterator[pa.Table]:
    """The product's own path, whole: people, events, households, report and review list, by the shipped model."""
    with tempfile.TemporaryDirectory() as scratch, DuckDB(Path(scratch)) as engine:
        yield link([path], engine, LinkSettings(b"k" * 32, True, date(2025, 4, 20)), shipped_model()).link


def splink_alone(path: Path) -> Iterator[pa.Table]:
    """Splink on all records at once, as its tutorials do; the best of several thresholds counts."""
    table = pq.read_table(path, columns=["record_key", *FIELDS]).rename_columns(["unique_id", *FIELDS])
    dob = pc.strftime(table["date_of_birth"], "%Y-%m-%d")
    table = table.set_column(table.column_names.index("date_of_birth"), "date_of_birth", dob)
    settings = SettingsCreator(
        link_type="dedupe_only",
        comparisons=[
            cl.ForenameSurnameComparison("forename", "surname"),
            cl.DateOfBirthComparison("date_of_birth", input_is_string=True),
            cl.ExactMatch("sex"),
            cl.PostcodeComparison("postcode"),
            cl.JaroWinklerAtThresholds("address", [0.9]),
            cl.ExactMatch("nhs_number"),
        ],
        blocking_rules_to_generate_predictions=[
            block_on("nhs_number"),
            block_on("date_of_birth", "surname"),
            block_on("date_of_birth", "forename"),
            block_on("postcode", "forename"),
            block_on("postcode", "date_of_birth"),
            block_on("forename", "surname", "substr(date_of_birth, 1, 4)"),
        ],
    )
    linker = Linker(DuckDBAPI().register(table), settings, log_level=None)
    exact = [block_on("nhs_number"), block_on("forename", "surname", "date_of_birth")]
    linker.training.estimate_probability_two_random_records_match(exact, recall=0.9)
    linker.training.estimate_u_using_random_sampling(max_pairs=2e6, seed=1)
    for rule in (block_on("nhs_number"), block_on("date_of_birth", "surname"), block_on("postcode", "forename")):
        linker.training.estimate_parameters_using_expectation_maximisation(rule, max_pairs=2e6)
    predicted = linker.inference.predict(threshold_match_probability=0.5)
    for threshold in SPLINK_THRESHOLDS:
        people = linker.clustering.cluster_pairwise_predictions_at_threshold(predicted, threshold)
        named = people.as_duckdbpyrelation().select("unique_id AS record_key, cluster_id AS person_id")
        yield named.to_arrow_table()


SPLINK_THRESHOLDS = (0.95, 0.99, 0.999, 0.9999, 0.99999, 0.9999999)
FIELDS = ("nhs_number", "forename", "surname", "date_of_birth", "sex", "postcode", "address")
RUNS = {"joinedup": ours, "splink on all records": splink_alone}


def main() -> None:
    """Make records, then measure each way of linking them in a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("people", nargs="?", type=int, default=1_000_000)
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "joinedup-linkage")
    parser.add_argument("--splink", action="store_true", help="also link them with Splink alone, and give ratios")
    parser.add_argument("--run", choices=list(RUNS))
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    records, truth = (options.folder / f"{name}-{options.people}.parquet" for name in ("records", "truth"))
    if options.run:
        found = _measure(options.run, lambda: RUNS[options.run](records), pq.read_table(truth))
        print(json.dumps({**asdict(found), **found.scores}))
        return
    rng = np.random.default_rng(1)
    made, known = make_records(make_people(options.people, rng), rng)
    pq.write_table(made, records)
    pq.write_table(known, truth)
    print(f"{options.people:,} people, {made.num_rows:,} records in {len(SOURCES)} sources")
    told = []
    for name in list(RUNS)[: 2 if options.splink else 1]:
        command = [sys.executable, __file__, str(options.people), "--folder", str(options.folder), "--run", name]
        said = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()[-1])
        told.append(said)
        print(
            f"{name:24} {said['seconds']:7.1f} s  {said['cpu_seconds']:7.1f} s CPU  {said['peak_mb']:6,} MB  "
            f"precision {said['precision']:.5f}  recall {said['recall']:.5f}  F1 {said['f1']:.5f}"
        )
    if options.splink:
        mine, theirs = told
        shares = {name: mine[name] / theirs[name] for name in ("cpu_seconds", "seconds", "peak_mb")}
        print("joinedup to Splink: " + ", ".join(f"{name} {share:.2f}" for name, share in shares.items()))


if __name__ == "__main__":
    main()
