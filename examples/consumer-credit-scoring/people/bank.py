"""Makes the data of an invented bank in this folder: customers, loans, an index of notes, a log. Everything is drawn.

python bank.py
"""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import numpy as np
import polars as pl

PEOPLE = 400


def main() -> None:
    """Customers have one to three loans each; most of them agreed that a score learns from their loans."""
    rng = np.random.default_rng(0)
    names = [f"customer-{number:04}" for number in range(PEOPLE)]
    with sqlite3.connect("bank.db") as bank:
        bank.execute("CREATE TABLE customers (id TEXT PRIMARY KEY, name TEXT, email TEXT, income INTEGER)")
        rows = [
            (name, f"Person {name[-4:]}", f"{name}@mail.example", int(rng.integers(15, 90)) * 1000) for name in names
        ]
        bank.executemany("INSERT INTO customers VALUES (?, ?, ?, ?)", rows)
    loans = pl.DataFrame({"customer": [name for name in names for _ in range(int(rng.integers(1, 4)))]})
    share = rng.beta(2, 4, loans.height).round(3)
    loans = loans.with_columns(
        day=pl.lit("2026-03-01"),
        debt_share=pl.Series(share),
        late=pl.Series((rng.random(loans.height) < share).astype(int)),
    )
    loans.write_csv("loans.csv")
    notes = [{"customer": name, "note": f"{name} asked about a new loan."} for name in names[:40]]
    Path("notes.jsonl").write_text("".join(json.dumps(note) + "\n" for note in notes))
    np.save("vectors.npy", rng.normal(size=(len(notes), 8)).astype(np.float32))
    Path("web.log").write_text(
        "".join(f"10.0.0.{row % 250} login {name}@mail.example\n" for row, name in enumerate(names))
    )
    given = [
        f"{name},training,given,2026-03-01T09:00:00Z,1,app\n"
        for name in names
        if rng.random() < 0.9 or name[-2:] == "07"
    ]
    Path("given.csv").write_text("person,purpose,act,at,wording,how\n" + "".join(given))


main()
