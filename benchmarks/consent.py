"""The ledger of consent and its gate: `python benchmarks/consent.py [--short]`.

Appends in batches of 1,000, each on the disk before the next (fsync); verification of all that was appended, on a
ledger of one act for each person and purpose, which is the worst case for it; and the gate: rows of Parquet, each asked
for three purposes at once, with 1 in 20 people withdrawn. Memory is the peak of the process that filters.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import polars

from bartizan.consent.entries import Given, Opening, Purpose, Withdrawn
from bartizan.consent.ledger import Ledger, open_ledger, wording_of
from bartizan.consent.people import Pseudonyms
from bartizan.consent.verifying import verify
from bartizan.core.moments import now
from bartizan.tables.consented.asking import Question
from bartizan.tables.reading import opened
from bartizan.workflows.consenting import Whose, filtered

PURPOSES = ("scoring", "training", "offers")
PEOPLE = Pseudonyms(hashlib.sha256(b"benchmark").digest(), "benchmark")
AT = "2026-01-02T00:00:00Z"
BATCH = 1000


def main() -> int:
    """Measure and print; exit 1 where a bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--short", action="store_true", help="a hundredth of it; judges nothing")
    parser.add_argument("--gate", nargs=2, metavar=("LEDGER", "TABLE"), help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.gate:
        return gate(Path(asked.gate[0]), Path(asked.gate[1]))
    people, rows = (10_000, 100_000) if asked.short else (1_000_000, 10_000_000)
    with tempfile.TemporaryDirectory() as folder:
        place, table = Path(folder) / "consent.db", Path(folder) / "rows.parquet"
        fine = _ledger(place, people)
        _table(table, rows, people)
        done = subprocess.run(
            [sys.executable, __file__, "--gate", str(place), str(table)], capture_output=True, text=True, check=True
        )
        found = json.loads(done.stdout.splitlines()[-1])
    bar = 20 * rows / 10_000_000
    fine &= found["seconds"] < bar
    print(
        f"gate: {rows:,} rows x {len(PURPOSES)} purposes, {people:,} people: {found['seconds']:.1f} s wall, "
        f"{found['cpu']:.1f} s CPU (bar {bar:.1f}); {found['allowed']:,} rows pass; peak {found['peak']:,} MB"
    )
    print("bars met" if fine else "MISSED")
    return 0 if fine or asked.short else 1


def _ledger(place: Path, people: int) -> bool:
    ledger = open_ledger(place, Opening(controller="benchmark", contact="nobody", key=PEOPLE.key, opened_at=AT))
    with ledger, ledger.recording("benchmark", AT) as batch:
        for name in PURPOSES:
            batch.add(Purpose(purpose=name, title=name, basis="consent", data=("rows",)))
            batch.add(wording_of(name, "1", "en", f"May we use your data for {name}?"))
    acts = [(person, name) for person in range(people) for name in PURPOSES]
    begun = time.perf_counter()
    with Ledger(place) as ledger:
        for start in range(0, len(acts), BATCH):
            with ledger.recording("benchmark", AT) as batch:
                for person, name in acts[start : start + BATCH]:
                    pseudonym = PEOPLE.of(f"customer-{person}").hex()
                    batch.add(Given(person=pseudonym, purpose=name, wording="1", at=AT, how="form"))
        speed = len(acts) / (time.perf_counter() - begun)
        begun = time.perf_counter()
        outcome = verify(ledger)
        checked = outcome.entries / (time.perf_counter() - begun)
        with ledger.recording("benchmark", now()) as batch:
            for person in range(0, people, 20):
                pseudonym = PEOPLE.of(f"customer-{person}").hex()
                batch.add(Withdrawn(person=pseudonym, purpose="training", at=now(), how="form"))
    print(f"append: {len(acts):,} acts, batches of {BATCH:,}: {speed:,.0f} a second (bar 5,000)")
    print(f"verify: {outcome.entries:,} entries: {checked:,.0f} a second (bar 100,000)", flush=True)
    return speed >= 5000 and checked >= 100_000


def _table(place: Path, rows: int, people: int) -> None:
    dice = random.Random(7)
    step = 1_000_000
    frames = []
    for start in range(0, rows, step):
        count = min(step, rows - start)
        frames.append(
            polars.DataFrame(
                {
                    "customer": [f"customer-{dice.randrange(people)}" for _ in range(count)],
                    "amount": polars.arange(start, start + count, eager=True),
                }
            )
        )
    polars.concat(frames).write_parquet(place)


def gate(place: Path, path: Path) -> int:
    """Filter in a process of its own; prints what it took as JSON."""
    begun, cpu = time.perf_counter(), time.process_time()
    with Ledger(place) as ledger:
        question = Question(purposes=PURPOSES, person="customer", today="2026-11-22")
        found = filtered(
            ledger, opened(path), question, Whose(pseudonyms=PEOPLE), out=path.with_name("usable.parquet"),
            name="usable", by="benchmark", now=now,
        )  # fmt: skip
    took = {
        "seconds": time.perf_counter() - begun,
        "cpu": time.process_time() - cpu,
        "allowed": found.passed.allowed,
        "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }
    print(json.dumps(took))
    return 0


if __name__ == "__main__":
    sys.exit(main())
