"""Tables through a plan, and the measures as somebody would count them by hand."""

from __future__ import annotations

import math
import tempfile
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import polars as pl

from bartizan.tables.protect.keys import Key
from bartizan.tables.protect.plan import Plan, read_plan
from bartizan.tables.protect.protecting import Protected, protect
from bartizan.tables.reading import opened

KEY = Key(secret=bytes(range(1, 33)))
OTHER = Key(secret=bytes(range(2, 34)))


def plan_of(folder: Path, text: str) -> Plan:
    file = folder / "plan.yaml"
    file.write_text(text)
    return read_plan(file)


def through(frame: pl.DataFrame, text: str, key: Key | None = None) -> tuple[pl.DataFrame, Protected]:
    """What a plan makes of a table, and what is told of it."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        frame.write_parquet(folder / "in.parquet")
        out = folder / "out.parquet"
        done = protect(opened(folder / "in.parquet"), plan_of(folder, text), key, out, lambda _: None)
        return pl.read_parquet(out), done


def by_hand(rows: list[dict[str, Any]], quasi: list[str], sensitive: str) -> tuple[int, int, float, float]:
    """k, distinct l, entropy l, and t with all values equally far; one row after the other."""
    classes: dict[tuple[Any, ...], list[Any]] = defaultdict(list)
    for row in rows:
        classes[tuple(row[name] for name in quasi)].append(row[sensitive])
    whole = Counter(row[sensitive] for row in rows)
    entropies, apart = [], []
    for values in classes.values():
        shares = {value: count / len(values) for value, count in Counter(values).items()}
        entropies.append(math.exp(-sum(share * math.log(share) for share in shares.values())))
        apart.append(sum(abs(shares.get(value, 0) - count / len(rows)) for value, count in whole.items()) / 2)
    return (
        min(map(len, classes.values())),
        min(len(set(values)) for values in classes.values()),
        min(entropies),
        max(apart),
    )
