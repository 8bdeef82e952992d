"""Rows that come twice, nearly twice, or twice with another label."""

from __future__ import annotations

import itertools
import zlib
from collections import defaultdict
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from bartizan.core.errors import printable
from bartizan.core.extras import need
from bartizan.tables.quality.doubt import Doubt, Rule, Skipped
from bartizan.tables.quality.sample import Sample

SAME: Final = Rule(
    id="duplicates.same",
    title="Rows that come more than once",
    why="They weigh more than others, and end up in training and test alike, so that a test flatters.",
)
CONTRARY: Final = Rule(
    id="duplicates.contrary",
    title="The same row with different labels",
    why="One of the labels is wrong, or was turned on purpose.",
    threat="data_poison",
)
NEAR: Final = Rule(
    id="duplicates.near",
    title="Texts that are nearly the same",
    why="Copies with small changes weigh more than others; poison is often one text many times over.",
)
RULES: Final = (SAME, CONTRARY, NEAR)
_FEWEST: Final = 2
_HASHES: Final = 64
_BANDS: Final = 16
_ALIKE: Final = 0.8
_WORDS: Final = 3
_PRIME: Final = (1 << 61) - 1


def duplicate_doubts(sample: Sample) -> list[Doubt]:
    """Exact copies over all columns but the source; copies with another label; nearly equal texts (Jaccard from .8).

    Near copies: MinHash over three-word shingles, sixteen bands of four (Broder 1997; Leskovec et al., Mining of
    Massive Datasets, section 3.4), then the shingles themselves are compared.
    """
    if sample.frame.height < _FEWEST:
        raise Skipped("a row needs others to be compared with")
    found = []
    columns = [name for name in sample.frame.columns if name != sample.source]
    groups = _groups(sample.frame.select(columns))
    again = [place for group in groups for place in group[1:]]
    if again:
        sure = f"{len(again):,} of {sample.frame.height:,} rows repeat an earlier one exactly"
        found.append(Doubt(rule=SAME, what=f"{len(groups):,} rows and their copies", sure=sure, rows=sample.at(again)))
    if sample.label:
        found += _contrary(sample)
    texts = [name for name in sample.features if sample.role(name) == "text"]
    return found + [one for name in texts if (one := _near(sample, name))]


def _groups(frame: Any) -> list[list[int]]:
    """Places of rows that are the same, two or more together, each group in order."""
    polars = need("polars")
    if not frame.width:
        return []
    hashed = polars.DataFrame({"of": frame.hash_rows(), "place": np.arange(frame.height)})
    grouped = hashed.group_by("of").agg("place").filter(polars.col("place").list.len() > 1)
    return [sorted(places) for places in grouped["place"].to_list()]


def _contrary(sample: Sample) -> list[Doubt]:
    labels = sample.frame[sample.label].to_list()
    groups = _groups(sample.frame.select(sample.features))
    bad = [group for group in groups if len({labels[place] for place in group}) > 1]
    if not bad:
        return []
    rows = sample.at([place for group in bad for place in group])
    sure = f"{len(rows):,} of {sample.frame.height:,} rows are equal in all but their label"
    return [Doubt(rule=CONTRARY, what=f"{len(bad):,} rows with several labels", sure=sure, rows=rows)]


def _near(sample: Sample, name: str) -> Doubt | None:
    texts = [text or "" for text in sample.frame[name].to_list()]
    shingled = [_shingles(text) for text in texts]
    again: set[int] = set()
    for bucket in _buckets(shingled):
        for first, second in _pairs(bucket):
            a, b = shingled[first], shingled[second]
            if texts[first] != texts[second] and len(a & b) >= _ALIKE * len(a | b):
                again.add(max(first, second))
    if not again:
        return None
    sure = f"{len(again):,} of {len(texts):,} texts share {_ALIKE:.0%} of their three-word pieces with an earlier one"
    return Doubt(rule=NEAR, what=printable(name), sure=sure, columns=(name,), rows=sample.at(sorted(again)))


def _pairs(bucket: list[int]) -> list[tuple[int, int]]:
    """Each with the first of its bucket, and with its neighbour: linear in the size of the bucket."""
    first = bucket[0]
    return sorted({(first, one) for one in bucket[1:]} | set(itertools.pairwise(bucket)))


def _shingles(text: str) -> frozenset[int]:
    words = text.lower().split()[:2_000]
    if len(words) <= _WORDS:
        return frozenset({zlib.crc32(" ".join(words).encode())}) if words else frozenset()
    return frozenset(zlib.crc32(" ".join(words[n : n + _WORDS]).encode()) for n in range(len(words) - _WORDS + 1))


def _buckets(shingled: list[frozenset[int]]) -> list[list[int]]:
    rng = np.random.default_rng(0)
    a, b = rng.integers(1, 1 << 31, (2, _HASHES), dtype=np.uint64)
    buckets: dict[tuple[int, bytes], list[int]] = defaultdict(list)
    for place, shingles in enumerate(shingled):
        if not shingles:
            continue
        values: npt.NDArray[np.uint64] = np.fromiter(shingles, np.uint64, len(shingles))
        lowest = ((values[:, None] * a + b) % np.uint64(_PRIME)).min(0).reshape(_BANDS, -1)
        for band, part in enumerate(lowest):
            buckets[(band, part.tobytes())].append(place)
    return [places for places in buckets.values() if len(places) > 1]
