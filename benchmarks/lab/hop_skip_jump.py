"""HopSkipJump L2 by labels on breast_cancer, against ART's: CPU a sample, success, distance; one run, same models.

Run: python benchmarks/lab/hop_skip_jump.py [--short]. Needs adversarial-robustness-toolbox and xgboost beside Bartizan.

Both sides take ten steps from 100 answers on (about 2,370 queries a sample), on the same 100 correctly answered samples
of the half that the model was not trained on, measurements scaled to 0..1. Each starts as it does by default: ART from
uniform noise, Bartizan from the attacked samples themselves. A failure has an infinite distance; the last line compares
where both succeed. Intervals: bootstrap, 95 %, over repetitions for CPU, over samples (paired) for distances.
"""

from __future__ import annotations

import argparse
import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

from collections.abc import Iterator
from typing import Any

import msgspec
import numpy as np
from art.attacks.evasion import HopSkipJump as Theirs
from art.estimators.classification import SklearnClassifier, XGBoostClassifier
from numpy.typing import NDArray
from paired import interval, mean, timed, verdict
from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import minmax_scale
from xgboost import XGBClassifier

from bartizan.attacks.family import Knowledge
from bartizan.attacks.hop_skip_jump import HopSkipJump
from bartizan.targets.border import Border
from bartizan.targets.data import Dataset
from bartizan.targets.domain import Domain
from bartizan.targets.limit import Limit, distance
from bartizan.targets.sklearn_models import SklearnPredictor

_STEPS = 10
_BARS = {"random forest 100": 10, "gradient boosting 100": 10, "logistic regression": 4, "XGBoost": 4}
_DOMAIN = Domain(modality="table", shape=(30,), low=0.0, high=1.0)


class Run(msgspec.Struct):
    """One side's work on one model in one repetition."""

    seconds: float
    """CPU, a sample."""
    apart: NDArray[np.float64]
    """L2, infinite where the model is not fooled."""
    queries: float


def models(seed: int) -> dict[str, Any]:
    """Unfitted, by the name of their bar."""
    return {
        "random forest 100": RandomForestClassifier(100, random_state=seed),
        "gradient boosting 100": GradientBoostingClassifier(n_estimators=100, random_state=seed),
        "logistic regression": LogisticRegression(max_iter=2000),
        "XGBoost": XGBClassifier(n_estimators=100, random_state=seed, n_jobs=1),
    }


def judged(model: Any, data: Dataset, found: NDArray[Any], seconds: float, queries: float) -> Run:
    """Graded by the model's own ``predict``, on what came back as it came back."""
    wrong = model.predict(found) != data.y
    apart = np.where(wrong, distance("l2", found, data.x), np.inf)
    return Run(seconds=seconds / len(data), apart=apart, queries=queries / len(data))


def ours(model: Any, data: Dataset, seed: int) -> Run:
    """Bartizan's."""
    target = Border(SklearnPredictor(model, _DOMAIN))
    attack, limit = HopSkipJump(steps=_STEPS), Limit(norm="l2", radius=np.inf)

    def work() -> NDArray[Any]:
        found = data.x
        for found in attack.propose(target, data, limit, Knowledge(), np.random.default_rng(seed)):  # noqa: B007
            pass
        return found

    found, seconds = timed(work)
    return judged(model, data, found, seconds, target.ledger.queries)


def theirs(model: Any, data: Dataset, seed: int) -> Run:
    """ART's, with its defaults but for ten steps; the queries counted at its classifier."""
    xgboost = isinstance(model, XGBClassifier)
    wrap = XGBoostClassifier(model, clip_values=(0.0, 1.0), nb_features=30, nb_classes=2) if xgboost else None
    classifier = wrap or SklearnClassifier(model, clip_values=(0.0, 1.0))
    asked, predict = [0], classifier.predict

    def counted(x: NDArray[Any], **options: Any) -> NDArray[Any]:
        asked[0] += len(x)
        return np.asarray(predict(x, **options))

    classifier.predict = counted
    np.random.seed(seed)
    attack = Theirs(classifier, norm=2, max_iter=_STEPS, verbose=False)
    found, seconds = timed(lambda: attack.generate(data.x))
    return judged(model, data, found, seconds, asked[0])


def samples(name: str, seed: int, n: int) -> tuple[Any, Dataset]:
    """A fitted model and correctly answered samples that it was not trained on."""
    raw = load_breast_cancer()
    x = minmax_scale(raw.data)
    train, test, y_train, y_test = train_test_split(
        x, raw.target, test_size=0.5, random_state=seed, stratify=raw.target
    )
    model = models(seed)[name].fit(train, y_train)
    right = np.flatnonzero(model.predict(test) == y_test)[:n]
    return model, Dataset(x=test[right], y=y_test[right], classes=2)


def ratio_of_medians(mine: NDArray[Any], other: NDArray[Any]) -> tuple[float, float, float]:
    """Ours over theirs, with its interval over samples drawn with replacement, in pairs."""
    draws = np.random.default_rng(0).integers(0, len(mine), (2000, len(mine)))
    ratios = np.median(mine[draws], axis=1) / np.median(other[draws], axis=1)
    low, high = np.nanquantile(ratios, [0.025, 0.975])
    return float(np.median(mine) / np.median(other)), float(low), float(high)


def line(name: str, pairs: list[tuple[Run, Run]]) -> Iterator[str]:
    """What the table says of a model."""
    bar = _BARS[name]
    ratios = [other.seconds / mine.seconds for mine, other in pairs]
    mine, other = (np.concatenate([pair[i].apart for pair in pairs]) for i in (0, 1))
    ratio, low, high = ratio_of_medians(mine, other)
    wins = (float(np.isfinite(mine).mean()), float(np.isfinite(other).mean()))
    ms = [[1000 * pair[i].seconds for pair in pairs] for i in (0, 1)]
    queries = [np.mean([pair[i].queries for pair in pairs]) for i in (0, 1)]
    quick, n = float(np.mean(ratios)) >= bar, len(pairs)
    yield f"{name}: {n} repetitions of {len(pairs[0][0].apart)} samples"
    yield f"  CPU ms a sample   {interval(ms[0], mean)}   ART {interval(ms[1], mean)}"
    yield f"  ART / ours        {interval(ratios, mean)}   bar {bar}: {verdict(quick, n)}"
    yield f"  queries a sample  {queries[0]:.0f}   ART {queries[1]:.0f}"
    yield f"  success           {wins[0]:.3f}   ART {wins[1]:.3f}   not below: {verdict(wins[0] >= wins[1], n)}"
    yield (
        f"  median L2         {np.median(mine):.4f}   ART {np.median(other):.4f}   "
        f"ratio {ratio:.3f} ({low:.3f} to {high:.3f})   not above: {verdict(ratio <= 1, n)}"
    )
    both = np.isfinite(mine) & np.isfinite(other)
    ratio, low, high = ratio_of_medians(mine[both], other[both])
    yield f"  where both succeed (n={both.sum()}), ratio of medians {ratio:.3f} ({low:.3f} to {high:.3f})"


def main() -> None:
    """Print what each model's comparison gave."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--short", action="store_true", help="a smoke test: 1 repetition, 5 samples on the forest")
    options.add_argument("--only", choices=list(_BARS))
    options.add_argument("--repetitions", type=int, default=5)
    options.add_argument("--samples", type=int, default=100)
    given = options.parse_args()
    for name in [given.only] if given.only else _BARS:
        pairs = []
        for seed in range(1 if given.short else given.repetitions):
            model, data = samples(name, seed, given.samples if not given.short else 5 if "forest" in name else 20)
            pairs.append((ours(model, data, seed), theirs(model, data, seed)))
        print("\n".join(line(name, pairs)), flush=True)


if __name__ == "__main__":
    main()
