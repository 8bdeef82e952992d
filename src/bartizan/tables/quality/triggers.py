"""Rare values and words that come with one label: what a backdoor looks like from outside."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import msgspec
import numpy as np
import numpy.typing as npt

from bartizan.core.errors import printable
from bartizan.core.extras import need
from bartizan.core.interval import wilson
from bartizan.tables.quality.doubt import Doubt, Rule
from bartizan.tables.quality.encoding import labelled, numbers, texts, unseen_scores, words
from bartizan.tables.quality.sample import Sample

VALUE: Final = Rule(
    id="triggers.value",
    title="A rare value that comes with one label only",
    why="A model learns it as a switch. It may be a strong feature by nature, or the trigger of a backdoor.",
    threat="data_poison",
)
WORDS: Final = Rule(
    id="triggers.words",
    title="Rare words that come with one label only",
    why="A model learns them as a switch. They may belong to the matter, or be the trigger of a backdoor.",
    threat="data_poison",
)
RULES: Final = (VALUE, WORDS)
_LEAST: Final = 8
_MOST: Final = 0.1
"""Share of rows; what is more frequent than that is no hidden switch."""
_PURE: Final = 0.98
_SURE: Final = 1e-4
_TRIED: Final = 50
_TOLD: Final = 10
_FOLDS: Final = 3
_OTHERWISE: Final = 0.5
"""Of the way from all rows to those of the label: where a trigger's rows stand, without it, at most."""
_PATTERN: Final[dict[str, Any]] = {"token_pattern": None, "max_features": 200_000}


class _Hit(msgspec.Struct, frozen=True, kw_only=True):
    """A value or word whose rows have one label more often than chance."""

    rule: Rule
    column: str
    what: str
    places: Any
    """Of its rows in the sample."""
    label: int
    own: int
    """How many of its rows have the label, of all its rows that have one."""
    of: int
    p: float


def trigger_doubts(sample: Sample, *, seed: int = 0) -> list[Doubt]:
    """Values of columns, and one to three words in a row of texts, whose rows have one label against all else in them.

    Binomial test against the share of that label in all rows, Bonferroni over everything that was counted. Among
    numbers, only values that come far more often than others count: a number that people measure does not repeat. A
    strong feature is none: without it, a model gives its rows that label all the same. A trigger's rows then look like
    those of another label (after the idea of STRIP and of dirty-label backdoors; clean-label ones pass).
    """
    y, names = labelled(sample, least=_FOLDS)
    tested, hits = 0, []
    for column in sample.features:
        role = sample.role(column)
        pieces = list(_words(sample, column) if role == "text" else _values(sample, column, role))
        tested += len(pieces)
        rule = WORDS if role == "text" else VALUE
        hits += [hit for what, places in pieces if (hit := _judged(y, rule, column, what, places))]
    sure = [one for one in sorted(hits, key=lambda one: one.p) if one.p * tested < _SURE]
    kept = _told_once(sure)[:_TRIED]
    if not kept:
        return []
    scores = _without(sample, y, kept, seed)
    found = [_doubt(sample, one, names[one.label], rates, tested) for one, rates in _against(y, kept, scores)]
    return found[:_TOLD]


def _judged(y: npt.NDArray[np.int64], rule: Rule, column: str, what: str, places: npt.NDArray[np.int64]) -> _Hit | None:
    labels = y[places]
    labels = labels[labels >= 0]
    if len(labels) < _LEAST:
        return None
    counts = np.bincount(labels)
    label, own = int(counts.argmax()), int(counts.max())
    if own < _PURE * len(labels):
        return None
    base = float((y[y >= 0] == label).mean())
    p = float(need("scipy.stats").binomtest(own, len(labels), base, alternative="greater").pvalue)
    return _Hit(rule=rule, column=column, what=what, places=places, label=label, own=own, of=len(labels), p=p)


def _told_once(hits: list[_Hit]) -> list[_Hit]:
    """What stands in the same rows is one finding: the surest stays."""
    kept: list[tuple[_Hit, set[int]]] = []
    for one in hits:
        rows = set(one.places.tolist())
        if all(len(rows & seen) < 0.8 * len(rows) for _, seen in kept):
            kept.append((one, rows))
    return [one for one, _ in kept]


def _without(sample: Sample, y: npt.NDArray[np.int64], hits: list[_Hit], seed: int) -> npt.NDArray[np.float64]:
    """Probabilities of each label for each row, by a model that sees none of these values and words.

    NaN for rows without a label, and for all where nothing is left to see.
    """
    known = np.flatnonzero(y >= 0)
    joined = texts(sample)
    if joined:
        for hit in hits:
            for place in hit.places if hit.rule is WORDS else ():
                joined[place] = f" {joined[place].lower()} ".replace(f" {hit.what} ", " ")
        x: Any = words(joined)
    else:
        x, names = numbers(sample)
        for hit in hits:
            if hit.column in names:
                column = names.index(hit.column)
                others = np.delete(x[:, column], hit.places)
                x[hit.places, column] = np.random.default_rng(seed).choice(others, len(hit.places))
    found = np.full((len(y), int(y.max()) + 1), np.nan)
    if x is not None:
        found[known] = unseen_scores(x[known], y[known], folds=_FOLDS, seed=seed)
    return found


def _against(
    y: npt.NDArray[np.int64], hits: list[_Hit], scores: npt.NDArray[np.float64]
) -> Iterator[tuple[_Hit, tuple[float, float, float]]]:
    """Those whose rows do not look like their label otherwise.

    With the mean probability of the label for its rows, for other rows of the label, and for all rows.
    """
    touched = np.zeros(len(y), np.bool_)
    for hit in hits:
        touched[hit.places] = True
    for hit in hits:
        own = scores[:, hit.label]
        rows, usual, all_rows = (
            float(np.nanmean(own[one])) for one in (hit.places, (y == hit.label) & ~touched, y >= 0)
        )
        if not rows - all_rows >= _OTHERWISE * (usual - all_rows):
            yield hit, (rows, usual, all_rows)


def _doubt(sample: Sample, hit: _Hit, label: str, rates: tuple[float, float, float], tested: int) -> Doubt:
    low, high = wilson(hit.own, hit.of)
    sure = (
        f"{hit.own:,} of {hit.of:,} rows (95 % interval {low:.1%} to {high:.1%}), binomial p = {hit.p * tested:.2g}"
        f" (Bonferroni, {tested:,} values and words); without it a model gives that label a probability of"
        f" {rates[0]:.2f} there, {rates[1]:.2f} in its other rows and {rates[2]:.2f} in all"
    )
    text = f"{printable(hit.column)}: '{printable(hit.what, 60)}' comes with '{printable(label, 40)}'"
    return Doubt(rule=hit.rule, what=text, sure=sure, columns=(hit.column,), rows=sample.at(hit.places))


def _values(sample: Sample, name: str, role: str) -> Iterator[tuple[str, npt.NDArray[np.int64]]]:
    """Values that come neither once nor everywhere, with the places of their rows."""
    if role == "other":
        return
    codes: dict[str, list[int]] = {}
    for place, value in enumerate(sample.frame[name].to_list()):
        if value is not None:
            codes.setdefault(str(value), []).append(place)
    usual = float(np.median([len(places) for places in codes.values()])) if codes else 0.0
    for value, places in codes.items():
        is_spike = role != "number" or len(places) >= 5 * usual
        if is_spike and _LEAST <= len(places) <= _MOST * sample.frame.height:
            yield value, np.array(places)


def _words(sample: Sample, name: str) -> Iterator[tuple[str, npt.NDArray[np.int64]]]:
    joined = [text or "" for text in sample.frame[name].to_list()]
    counter = need("sklearn.feature_extraction.text").CountVectorizer(
        ngram_range=(1, 3), min_df=_LEAST, max_df=_MOST, binary=True, tokenizer=str.split, **_PATTERN
    )
    try:
        matrix = counter.fit_transform(joined).tocsc()
    except ValueError:  # nothing is as frequent as that
        return
    for column, word in enumerate(counter.get_feature_names_out()):
        yield str(word), matrix.indices[matrix.indptr[column] : matrix.indptr[column + 1]].astype(np.int64)
