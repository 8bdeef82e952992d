"""The profile of tables: megabytes of CSV per CPU second, and what it finds in columns whose contents are known.

    python benchmarks/tables/profiling.py [--gate] [--short] [--presidio]

Columns have names that say nothing ("c17"), so that only their values tell; then names that people give them.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Callable
from pathlib import Path

import polars as pl

sys.path.insert(0, str(Path(__file__).parents[1] / "gateway"))

from sensitive_values import Values

from bartizan.core.interval import wilson
from bartizan.tables.profile.beside import Presidio
from bartizan.tables.profile.profiling import profiled

BAR = 50.0
ROWS = 400
BY_FORM = (
    *("email", "iban", "card", "ip_address", "mac_address", "us_ssn", "it_codice_fiscale", "fr_nir", "es_dni"),
    *("pl_pesel", "se_personnummer", "fi_hetu", "br_cpf", "uk_nino", "aws_key", "gcp_key", "github_token", "jwt"),
    *("slack_token", "stripe_key", "openai_key", "huggingface_token", "private_key", "phone"),
)
BY_NAME = {
    "full_name": "name", "customer_phone": "phone", "date_of_birth": "date_of_birth", "street_address": "address",
    "passport_number": "passport", "patient_id": "medical_record", "driving_licence_no": "driving_licence",
}  # fmt: skip
_Decoy = Callable[[random.Random, int], str]
DECOYS: dict[str, _Decoy] = {
    "uuid": lambda rng, _: str(uuid.UUID(int=rng.getrandbits(128))),
    "sha256": lambda rng, _: hashlib.sha256(rng.randbytes(8)).hexdigest(),
    "order_no": lambda rng, at: f"ORD-{2_000_000 + at}",
    "ean13": lambda rng, _: str(rng.randrange(10**12, 10**13)),
    "unix_time": lambda rng, _: str(rng.randrange(1_500_000_000, 1_800_000_000)),
    "timestamp": lambda rng, _: (
        f"2026-{rng.randrange(1, 13):02}-{rng.randrange(1, 29):02}T10:{rng.randrange(60):02}:00Z"
    ),
    "amount": lambda rng, _: f"{rng.random() * 10_000:.2f}",
    "float": lambda rng, _: repr(rng.random()),
    "latlon": lambda rng, _: f"{rng.uniform(-90, 90):.6f},{rng.uniform(-180, 180):.6f}",
    "version": lambda rng, _: f"{rng.randrange(20)}.{rng.randrange(20)}.{rng.randrange(20)}",
    "sku": lambda rng, _: f"{rng.choice('ABCDEF')}{rng.randrange(1000, 9999)}-{rng.choice('XYZ')}",
    "path": lambda rng, _: f"/data/2026/part-{rng.randrange(10**5):05}.parquet",
    "url": lambda rng, _: f"https://shop.example.com/items/{rng.randrange(10**6)}?page={rng.randrange(9)}",
    "text": lambda rng, _: (
        f"The parcel no. {rng.randrange(10**6)} arrived {rng.randrange(2, 9)} days late, box damaged."
    ),
    "colour": lambda rng, _: f"#{rng.randrange(16**6):06x}",
    "category": lambda rng, _: rng.choice(("north", "south", "east", "west")),
}


def rate(hits: int, of: int) -> str:
    """A share with its count and interval."""
    low, high = wilson(hits, of)
    return f"{hits}/{of} ({low:.0%} to {high:.0%})"


def known(folder: Path, seed: int) -> tuple[Path, dict[str, str]]:
    """A table, and what each column holds; "" for nothing."""
    values, rng = Values(seed), random.Random(seed)
    columns, holds = {}, {}
    for number, kind in enumerate(BY_FORM):
        columns[f"c{number}"], holds[f"c{number}"] = [values.make(kind) for _ in range(ROWS)], kind
    for name, kind in BY_NAME.items():
        columns[name], holds[name] = [values.make(kind) for _ in range(ROWS)], kind
    for name, make in DECOYS.items():
        columns[f"d_{name}"], holds[f"d_{name}"] = [make(rng, at) for at in range(ROWS)], ""
    file = folder / f"known{seed}.csv"
    pl.DataFrame(columns).write_csv(file)
    return file, holds


def quality(folder: Path, seeds: int, *, presidio: bool) -> tuple[int, int, int, int]:
    """Columns found of those that hold something, and called something of those that hold nothing."""
    beside = Presidio() if presidio else None
    found = of = false = nothing = theirs = their_false = 0
    for seed in range(seeds):
        file, holds = known(folder, seed)
        made = profiled(file, presidio=beside)
        for column in made.columns:
            kinds = {held.kind for held in column.kinds if held.share.share >= 0.05}
            entities = column.beside.entities if column.beside else {}
            seen = any(count >= column.beside.read * 0.05 for count in entities.values()) if column.beside else False
            if wanted := holds[column.name]:
                of, found, theirs = of + 1, found + (wanted in kinds), theirs + seen
                if wanted not in kinds:
                    print(f"  missed: {wanted} (called {', '.join(sorted(kinds)) or 'nothing'})")
            else:
                nothing, false, their_false = nothing + 1, false + bool(kinds), their_false + seen
                if kinds:
                    print(f"  false alarm: {column.name} called {', '.join(sorted(kinds))}")
    if presidio:
        print(
            f"presidio: says anything of {rate(theirs, of)} of such columns, of {rate(their_false, nothing)} of others"
        )
    return found, of, false, nothing


def large(folder: Path, rows: int) -> Path:
    """A CSV file as exports are: 12 columns, some about people."""
    values, rng = Values(1), random.Random(1)
    pool = 5_000
    made: dict[str, list[str]] = {kind: [values.make(kind) for _ in range(pool)] for kind in ("email", "phone", "iban")}
    made |= {name: [make(rng, at) for at in range(pool)] for name, make in DECOYS.items() if name in LARGE}
    frame = pl.DataFrame(made)
    file = folder / "large.csv"
    with file.open("wb") as out:
        for part in range(rows // pool):
            ids = pl.Series("id", range(part * pool, (part + 1) * pool))
            mails = pl.format("{}.{}", pl.lit(part), pl.col("email"))
            frame.sample(fraction=1, shuffle=True, seed=part).with_columns(ids, email=mails).write_csv(
                out, include_header=not part
            )
    return file


LARGE = ("order_no", "timestamp", "amount", "sku", "text", "url", "category", "unix_time")

_CHILD = """
import json, resource, sys, time
from pathlib import Path
from bartizan.tables.profile.profiling import profiled
made = profiled(Path(sys.argv[1]))
used = resource.getrusage(resource.RUSAGE_SELF)
peak = int(Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0])
print(json.dumps([used.ru_utime + used.ru_stime, peak / 1024, made.rows]))
"""


def speed(file: Path) -> tuple[float, float, int]:
    """CPU seconds with start, peak megabytes, rows: of a process of its own."""
    done = subprocess.run([sys.executable, "-c", _CHILD, str(file)], capture_output=True, check=True)
    cpu, peak, rows = json.loads(done.stdout)
    return cpu, peak, rows


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--gate", action="store_true")
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--presidio", action="store_true")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        found, of, false, nothing = quality(folder, 2 if asked.short else 10, presidio=asked.presidio)
        print(f"columns that hold something, found as what they are: {rate(found, of)}")
        print(f"columns that hold nothing, called something:         {rate(false, nothing)}")
        file = large(folder, 50_000 if asked.short else 3_000_000)
        megabytes = file.stat().st_size / 1e6
        cpu, peak, rows = speed(file)
        per_second = megabytes / cpu
        print(
            f"{rows:,} rows, {megabytes:.0f} MB: {cpu:.2f} s CPU, {per_second:.0f} MB/s (bar {BAR:.0f}), {peak:.0f} MB"
        )
    return int(asked.gate and (per_second < BAR or found / of < 0.95 or false / nothing > 0.05))


if __name__ == "__main__":
    sys.exit(main())
