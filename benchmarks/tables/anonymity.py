"""k-anonymity: how long Mondrian takes, what it loses, and that it was reached. In a process of its own each.

    python benchmarks/tables/anonymity.py [--gate] [--short]

The table is drawn: six quasi-identifiers of ordinary shapes (age, postcode, sex, marital state, country by frequency,
day of birth), one sensitive column, one more that is kept. `--gate` exits with 1 where a bar of the issue is missed.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import polars as pl

from bartizan.tables.protect.plan import read_plan
from bartizan.tables.protect.protecting import protect
from bartizan.tables.reading import opened

QUASI = ("age", "postcode", "sex", "married", "country", "entered")
SECONDS = 30.0
"""For 1,000,000 rows and k = 10: the bar."""


def drawn(rows: int, file: Path) -> None:
    """The table, as CSV."""
    rng = np.random.default_rng(0)
    countries = [f"country {number:02d}" for number in range(60)]
    weights = 1 / np.arange(1, 61)
    pl.DataFrame(
        {
            "age": rng.integers(18, 95, rows),
            "postcode": rng.integers(10_000, 99_999, rows),
            "sex": rng.choice(["f", "m", "x"], rows, p=[0.49, 0.5, 0.01]),
            "married": rng.choice(["single", "married", "divorced", "widowed"], rows),
            "country": rng.choice(countries, rows, p=weights / weights.sum()),
            "entered": np.datetime64("2005-01-01") + rng.integers(0, 7_000, rows),
            "illness": rng.choice([f"illness {number}" for number in range(30)], rows),
            "income": np.round(rng.gamma(4, 9_000, rows), 2),
        }
    ).write_csv(file)


def one(file: Path, text: str) -> None:
    """Protect, and print what it took."""
    plan = file.with_name("plan.yaml")
    plan.write_text(text)
    start, cpu = time.perf_counter(), time.process_time()
    done = protect(opened(file), read_plan(plan), None, file.with_name("out.parquet"), lambda _: None)
    took, used = time.perf_counter() - start, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
    assert done.anonymity is not None
    assert done.utility is not None
    print(took, used, peak, done.anonymity.k, done.anonymity.classes, done.utility.penalty, done.utility.class_size)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gate", action="store_true")
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--one", nargs=2, metavar=("FILE", "PLAN"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        one(Path(given.one[0]), given.one[1])
        return 0
    rows = 20_000 if given.short else 1_000_000
    asks = {
        "k = 10": "k: 10",
        "k = 10, l = 3": "k: 10, sensitive: illness, l: 3",
        "k = 10, t = .3": "k: 10, sensitive: illness, t: 0.3",
    }
    failed = False
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "people.csv"
        drawn(rows, file)
        print(f"{rows:,} rows x {len(QUASI)} quasi-identifiers, CSV of {file.stat().st_size >> 20} MB; seed 0")
        print("read, cut, written and measured again:")
        for name, asked in asks.items():
            columns = "columns: {illness: keep, income: keep}\n"
            text = f"{columns}anonymise: {{quasi: [{', '.join(QUASI)}], {asked}}}\n"
            command = [sys.executable, __file__, "--one", str(file), text]
            told = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
            file.with_name("out.parquet").unlink()
            took, used, peak, k, classes, penalty, size = map(float, told)
            print(
                f"  {name:<15} {took:6.1f} s ({used:.1f} s CPU), {peak:,.0f} MB; reached k = {k:.0f} in {classes:,.0f} "
                f"classes of {size:.2f} k on average; {penalty:.1%} lost (NCP)"
            )
            failed |= k < 10 or (name == "k = 10" and not given.short and took > SECONDS)
    if not given.short:
        print(f"bar: k = 10 in under {SECONDS:g} s: {'MISSED' if failed else 'met'}")
    return 1 if given.gate and failed else 0


if __name__ == "__main__":
    sys.exit(main())
