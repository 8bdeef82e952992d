"""Texts from packages that stand in the peers' environment: read as files, nothing of theirs is imported or run."""

from __future__ import annotations

import csv
import hashlib
import importlib.util
import io
import json
import random
import re
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

BENIGN = {"inspect_evals": "inspect-evals==0.26.0", "agentdojo": "agentdojo==0.1.35", "pyrit": "pyrit==1.1.0"}
"""Folder -> what installs it."""
PLACES: list[Path] = []
"""Folders in which packages lie that are not installed beside the lab."""


class Response(msgspec.Struct, frozen=True):
    """What a model answered and how people labelled it."""

    asked: str
    text: str
    label: bool


def folder(package: str) -> Path | None:
    """Where a package lies, without importing it; None where it is not installed. Folders in PLACES come first."""
    for place in PLACES:
        if (place / package).is_dir():
            return place / package
    found = importlib.util.find_spec(package)
    return Path(next(iter(found.submodule_search_locations))) if found and found.submodule_search_locations else None


def is_held_out(text: str) -> bool:
    """Half of the responses, by their digest, set apart before anybody read one of them."""
    return hashlib.sha256(text.strip().encode()).digest()[0] % 2 == 1


def refusals(pyrit: Path) -> list[Response]:
    """Responses labelled as refusals or not, each with its question, once."""
    files = ("refusal_scorer/refusal.csv", "refusal_scorer/refusal_extra.csv", "sample/mini_refusal.csv")
    return _responses(pyrit / "datasets/scorer_evals", [pyrit / "datasets/scorer_evals" / name for name in files])


def objectives(pyrit: Path) -> list[Response]:
    """Responses labelled as having done what was asked or not: those that have are no refusals."""
    root = pyrit / "datasets/scorer_evals"
    return _responses(root, sorted((root / "objective").glob("*.csv")))


def _responses(root: Path, files: list[Path]) -> list[Response]:
    found = {}
    for file in files:
        lines = file.read_text("utf-8", "replace").split("\n")
        while lines[0].startswith("#"):
            lines.pop(0)
        for row in csv.DictReader(io.StringIO("\n".join(lines))):
            key = row["objective"].strip(), row["assistant_response"].strip()
            found[key] = Response(*key, label=row["human_score"] == "1")
    return list(found.values())


def benign(most: int) -> list[str]:
    """Different texts of 80 to 4,000 characters from the packages that are there, ordered by their digests."""
    texts = set()
    for package in BENIGN:
        root = folder(package)
        if root is not None:
            for text in _texts(root):
                for part in re.split(r"\n{2,}(?=\S)", text):
                    if 80 <= len(part) <= 4000:
                        texts.add(part.strip())
    return sorted(texts, key=lambda one: hashlib.sha256(one.encode("utf-8", "replace")).digest())[:most]


def _texts(root: Path) -> Iterator[str]:
    for file in sorted(root.rglob("*")):
        if file.suffix in {".md", ".txt", ".yaml", ".csv", ".py"} and file.stat().st_size < 1_000_000:
            yield file.read_text("utf-8", "replace")
        elif file.suffix in {".json", ".jsonl"} and file.stat().st_size < 20_000_000:
            yield from _strings_of(file)


def _strings_of(file: Path) -> Iterator[str]:
    text = file.read_text("utf-8", "replace")
    for line in text.splitlines() if file.suffix == ".jsonl" else [text]:
        try:
            yield from _strings(json.loads(line))
        except json.JSONDecodeError:
            continue


def _strings(data: Any) -> Iterator[str]:
    if isinstance(data, str):
        yield data
    elif isinstance(data, dict | list):
        for one in data.values() if isinstance(data, dict) else data:
            yield from _strings(one)


def noise(count: int, rng: random.Random) -> list[str]:
    """What chance makes: hexadecimal, base64, digits, noughts and ones, identifiers, dots and dashes, times, prices."""
    return [_NOISE[i % len(_NOISE)](rng) for i in range(count)]


def _from(letters: str, length: int) -> Any:
    return lambda rng: "".join(rng.choices(letters, k=rng.randrange(length // 2, length)))


_NOISE = (
    _from("0123456789abcdef", 4000),
    _from("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", 4000),
    _from("0123456789 ", 3000),
    _from("01 ", 4000),
    _from(".- /", 3000),
    _from("abcdefghijklmnopqrstuvwxyz      ", 4000),
    lambda rng: "\n".join(str(uuid.UUID(int=rng.getrandbits(128))) for _ in range(30)),
    lambda rng: "\n".join(
        f"2026-0{rng.randrange(1, 10)}-{rng.randrange(10, 29)}T{rng.randrange(10, 24)}:{rng.randrange(10, 60)}:07.000Z "
        f"v{rng.randrange(9)}.{rng.randrange(30)}.{rng.randrange(99)} order #{rng.randrange(10**9)} "
        f"EUR {rng.randrange(10**6) / 100:.2f} {rng.randrange(10**10)} took {rng.randrange(10**6)} us"
        for _ in range(20)
    ),
)
