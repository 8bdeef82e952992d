"""Train the classifier of planted instructions, and write its file.

Run: python benchmarks/gateway/injection_train.py --packages SITE_PACKAGES --debian FOLDER [--out FILE] [--held-out]

The packages are named in injection_train_texts.py. With --held-out the texts of injection_heldout.py are read too, only
to leave out training texts that are near one of them. Same packages, same seed, same file; the digests of what went in
and of what came out are printed.
"""

from __future__ import annotations

import argparse
import hashlib
import random
from collections import Counter
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from injection_heldout import held_out
from injection_reading import Text
from injection_train_texts import to_learn

from bartizan.controls.chat.injection.classifier import FILE, Head, Model
from bartizan.controls.chat.injection.features import BITS, FEWEST, MASK, hashes, tokens, windows
from bartizan.controls.chat.injection.normalise import fold
from bartizan.core.extras import need

SEED = 6
_FOLDS = 4
_ROUNDS = 3
_SHARE = 0.34
"""Of a bad text's windows, those that are taken to be the bad ones."""
_STRENGTH = 4.0
_LEAST_RATES = (0.002, 0.01, 0.02, 0.05, 0.1)
_NEAR = 0.5
"""Share of a text's runs of five words that are also in a held-out text: more is too near."""


class Set:
    """Texts as matrices of windows: ``rows`` is sparse, ``doc`` says which text a window is of."""

    def __init__(self, texts: list[Text]) -> None:
        self.bad = np.array([one.bad for one in texts])
        indexes: list[int] = []
        values: list[float] = []
        ends = [0]
        self.doc: Any = []
        for number, one in enumerate(texts):
            words = tokens(fold(one.text))
            single, pairs = hashes(words) if words else ([], [])
            for start, end in windows(len(words)):
                value = 1 / np.sqrt(max(FEWEST, end - start))
                here = [*single[start:end], *pairs[start + 1 : end]]
                indexes.extend([one & MASK for one in here])
                values.extend([value] * len(here))
                ends.append(len(indexes))
                self.doc.append(number)
        self.doc = np.array(self.doc)
        shape = (len(ends) - 1, MASK + 1)
        self.rows: Any = need("scipy.sparse").csr_matrix((values, indexes, ends), shape=shape)
        self.rows.sum_duplicates()
        self.windows = np.bincount(self.doc, minlength=len(texts))


def fitted(found: Set, docs: Any, rounds: int = _ROUNDS) -> Any:
    """Logistic regression over the windows of these texts; of bad texts, over their worst ones as it goes on."""
    linear = need("sklearn.linear_model")
    mine = np.flatnonzero(np.isin(found.doc, docs))
    label = found.bad[found.doc[mine]]
    kept = np.ones(len(mine), dtype=bool)
    fit: Any = None
    for _ in range(rounds):
        rows = mine[kept]
        weight = _weights(found, rows, label[kept])
        fit = linear.LogisticRegression(C=_STRENGTH, max_iter=60, tol=1e-3)
        fit.fit(found.rows[rows], label[kept], sample_weight=weight)
        kept = _worst(found, mine, label, fit.decision_function(found.rows[mine]))
    return fit


def _weights(found: Set, rows: Any, label: Any) -> Any:
    """Each text counts for at most four windows; bad and good texts for the same in all."""
    many = np.bincount(found.doc[rows], minlength=len(found.bad))
    weight = np.minimum(1.0, 4.0 / np.maximum(many[found.doc[rows]], 1))
    weight[~label] = np.maximum(weight[~label], 0.25)
    weight[label] *= weight[~label].sum() / weight[label].sum() * 0.5
    return weight


def _worst(found: Set, mine: Any, label: Any, logit: Any) -> Any:
    kept = ~label
    order = np.lexsort((-logit, found.doc[mine]))
    rank = np.empty(len(mine), dtype=int)
    docs = found.doc[mine][order]
    first = np.concatenate(([True], docs[1:] != docs[:-1]))
    starts = np.maximum.accumulate(np.where(first, np.arange(len(docs)), 0))
    rank[order] = np.arange(len(docs)) - starts
    most = np.maximum(1, np.ceil(found.windows[found.doc[mine]] * _SHARE))
    return kept | (label & (rank < most))


def per_text(found: Set, fit: Any, docs: Any) -> Any:
    """The highest logit of each text's windows."""
    logit = fit.decision_function(found.rows)
    out = np.full(len(found.bad), -np.inf)
    np.maximum.at(out, found.doc, logit)
    return out[docs]


def across(found: Set, groups: Any) -> Any:
    """Each text's highest logit by a model that saw nothing of its fold."""
    out = np.zeros(len(found.bad))
    for fold_number in range(_FOLDS):
        held = np.flatnonzero(groups == fold_number)
        fit = fitted(found, np.flatnonzero(groups != fold_number), 2)
        out[held] = per_text(found, fit, held)
    return out


def near(texts: list[Text], others: list[Text]) -> set[int]:
    """Numbers of the texts that share many runs of five words with one of the others."""
    known = {run for one in others if one.bad for run in _runs(one.text)}
    out = set()
    for number, one in enumerate(texts):
        runs = _runs(one.text)
        if one.bad and runs and sum(run in known for run in runs) / len(runs) > _NEAR:
            out.add(number)
    return out


def _runs(text: str) -> set[bytes]:
    words = tokens(fold(text))
    return {b" ".join(words[at : at + 5]) for at in range(max(1, len(words) - 4))}


def penalty(logit: Any, found: Set) -> float:
    """What to take off for each logarithm of a text's windows, so that good texts of many are found as often as of one.

    Of the steps tried, the one at which their shares above the limit for one good text in a hundred differ least.
    """
    good = ~found.bad
    many = found.windows > 4
    best = (np.inf, 0.0)
    for step in np.arange(0, 3, 0.05):
        corrected = logit - step * np.log(found.windows)
        over = corrected > np.quantile(corrected[good], 0.99)
        best = min(best, (abs(over[good & many].mean() - over[good & ~many].mean()), float(step)))
    return best[1]


def main() -> None:
    """Train, report, write."""
    options = _options()
    texts = to_learn(options.packages, options.debian, SEED)
    if options.held_out:
        too_near = near(texts, held_out(options.packages, options.debian))
        print(f"left out, near a held-out text: {len(too_near)}")
        texts = [one for number, one in enumerate(texts) if number not in too_near]
    print("texts:", dict(Counter((one.source, "bad" if one.bad else "good") for one in texts)))
    print("digest of the texts:", hashlib.sha256("\0".join(one.text for one in texts).encode()).hexdigest())
    found = Set(texts)
    groups = np.array([random.Random(f"{SEED} {number // 3}").randrange(_FOLDS) for number in range(len(texts))])
    logit = across(found, groups)
    slope = penalty(logit, found)
    corrected = logit - slope * np.log(found.windows)
    platt = need("sklearn.linear_model").LogisticRegression(class_weight="balanced").fit(corrected[:, None], found.bad)
    fit = fitted(found, np.arange(len(texts)))
    raw = packed(fit, slope, float(platt.coef_[0, 0]), float(platt.intercept_[0]), corrected, texts)
    report(texts, corrected, found.bad)
    Path(options.out).write_bytes(raw)
    print("digest of the classifier:", hashlib.sha256(raw).hexdigest(), len(raw), "bytes")


def packed(fit: Any, per_window: float, slope: float, offset: float, logit: Any, texts: list[Text]) -> bytes:
    """The file: a line of JSON, then the weights."""
    weights = fit.coef_[0]
    scale = float(np.quantile(np.abs(weights[weights != 0]), 0.9995) / 127)
    small = np.clip(np.round(weights / scale), -127, 127).astype(np.int8)
    good = np.sort(logit[[not one.bad for one in texts]])
    head = Head(
        scale=scale,
        bias=float(fit.intercept_[0]),
        slope=slope,
        offset=offset,
        per_window=per_window,
        thresholds={},
        made_of={"bits": BITS, "seed": SEED, "bad": sum(one.bad for one in texts), "good": len(good)},
    )
    model = Model(head, small.tobytes())
    rates = {f"{rate}": round(model.probability(float(np.quantile(good, 1 - rate))), 4) for rate in _LEAST_RATES}
    line = msgspec.json.encode(msgspec.structs.replace(head, thresholds=rates))
    return line + b"\n" + bytes(small.tobytes())


def report(texts: list[Text], logit: Any, bad: Any) -> None:
    """What is found in each source at five good texts in a hundred, by models that did not see the text."""
    limit = np.quantile(logit[~bad], 0.95)
    for source, is_bad in sorted({(one.source, one.bad) for one in texts}):
        here = [number for number, one in enumerate(texts) if (one.source, one.bad) == (source, is_bad)]
        print(f"{source:40} {'bad ' if is_bad else 'good'} {np.mean(logit[here] > limit):6.3f} of {len(here)}")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0] if __doc__ else "")
    parser.add_argument("--packages", type=Path, required=True)
    parser.add_argument("--debian", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=FILE)
    parser.add_argument("--held-out", action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    main()
