"""How far a table hides people, as lines for a screen and as JSON for programs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec

from bartizan import __version__
from bartizan.core.errors import printable
from bartizan.tables.protect.anonymity import Anonymity, Asked, Diversity, Risk, shortfalls


def anonymity_lines(path: Path, found: Anonymity, asked: Asked) -> Iterator[str]:
    """The measures, the risks, the smallest classes with their values covered, and what is not as was asked for."""
    yield f"{printable(str(path))}: {found.rows:,} rows, by {printable(', '.join(found.quasi))}"
    yield from measure_lines(found)
    yield from _worst(found)
    wrong = shortfalls(found, asked)
    yield from (f"  NOT REACHED: {printable(one)}" for one in wrong)
    if not wrong:
        yield f"  reached: k of {asked.k}{_values(asked) if found.diversity else ''}"


def _values(asked: Asked) -> str:
    far = f", t of {asked.t:g}" if asked.t is not None else ""
    return (f", {asked.diversity} l of {asked.l:g}" if asked.l > 1 else "") + far


def measure_lines(found: Anonymity) -> Iterator[str]:
    """The measures and the risks."""
    share = f" ({found.below / found.rows:.2%})" if found.rows else ""
    yield f"  k = {found.k}: the smallest of {found.classes:,} classes has so many rows"
    yield f"  {found.below:,} rows{share} are in classes of fewer than {found.wanted}; {found.alone:,} stand alone"
    yield from map(_diversity, found.diversity)
    yield _risk("who knows that a person is in it", found.prosecutor, found.wanted)
    if found.journalist is not None:
        yield _risk("who knows the population only", found.journalist, found.wanted)


def _diversity(one: Diversity) -> str:
    distance = "values in a row" if one.distance == "ordered" else "values equally far"
    return (
        f"  {printable(one.column, 60)}: l = {one.distinct} distinct, {one.entropy:.3g} by entropy, "
        f"of {one.values:,} values; t = {one.t:.3f} ({distance})"
    )


def _risk(who: str, one: Risk, k: int) -> str:
    above = f"{one.above:.2%} of rows above 1 in {k}" if one.above else f"no row above 1 in {k}"
    return f"  chance to find a row, for {who}: {one.highest:.3g} at most, {one.mean:.3g} on average, {above}"


def _worst(found: Anonymity) -> Iterator[str]:
    if not found.worst or found.k >= found.wanted:
        return
    yield "  the smallest classes, covered:"
    for one in found.worst:
        values = ", ".join(f"{name}={value}" for name, value in one.values.items())
        yield f"    {one.rows:,} row{'s' if one.rows != 1 else ''}: {printable(values, 300)}"


def anonymity_document(path: Path, found: Anonymity, asked: Asked, digest: str) -> str:
    """All of it."""
    made = {
        "bartizan_data_anonymity": 1,
        "version": __version__,
        "path": str(path).encode("utf-8", "replace").decode(),
        "sha256": digest,
        "asked": asked,
        "not_reached": shortfalls(found, asked),
        "found": found,
    }
    return msgspec.json.format(msgspec.json.encode(made), indent=2).decode() + "\n"
