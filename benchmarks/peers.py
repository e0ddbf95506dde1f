"""What others would write by hand for month facts: a bare scan, DuckDB SQL, pandas. Each runs as a process of its own.

Usage: python -m benchmarks.peers bare_scan|hand_written_sql|pandas FILES.json
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import duckdb

COLUMNS = ("record_key", "setting", "payer", "quantity", "source_cost_pence")
UNIT_PENCE = 12_345  # one price for every event: the least that any costing must do


def bare_scan(files: list[str]) -> None:
    """Read the columns that month facts need and add them up: the bound nobody gets below."""
    sums = ", ".join(f"sum(hash({column}) % 7)" for column in COLUMNS)
    print(duckdb.execute(f"SELECT {sums} FROM read_parquet(?)", [files]).fetchall())


def hand_written_sql(files: list[str]) -> None:
    """Month facts in one query with one flat price: no price book, payers, stays over months or packages."""
    query = f"""
        CREATE TABLE fact AS
        SELECT date_trunc('month', start) AS month, record_key, setting, coalesce(payer, organisation) AS payer,
               count(*) AS events, sum(coalesce(source_cost_pence, round(quantity * {UNIT_PENCE}))::BIGINT) AS pence
        FROM read_parquet(?) GROUP BY ALL
    """
    duckdb.execute("SET preserve_insertion_order = false")
    duckdb.execute(query, [files])
    print(duckdb.execute("SELECT count(*), sum(pence) FROM fact").fetchall())


def pandas(files: list[str]) -> None:
    """The same facts in pandas."""
    import pandas as pd

    frames = [pd.read_parquet(file, columns=[*COLUMNS, "organisation", "start"]) for file in files]
    rows = pd.concat(frames, ignore_index=True)
    rows["month"] = pd.to_datetime(rows["start"]).dt.to_period("M")
    rows["payer"] = rows["payer"].fillna(rows["organisation"])
    priced = (rows["quantity"].astype(float) * UNIT_PENCE).round()
    rows["pence"] = rows["source_cost_pence"].fillna(priced)
    facts = rows.groupby(["month", "record_key", "setting", "payer"], dropna=False)["pence"].agg(["count", "sum"])
    print(len(facts), facts["sum"].sum())


if __name__ == "__main__":
    {"bare_scan": bare_scan, "hand_written_sql": hand_written_sql, "pandas": pandas}[sys.argv[1]](
        json.loads(Path(sys.argv[2]).read_text())
    )
