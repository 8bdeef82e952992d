"""What controls for privacy, protection and watching buy, and what they cost, on scikit-learn's digits and tumours.

Run: python benchmarks/lab/protection.py [--short]. Needs nothing but Bartizan with its extras for torch and private
training. There is no peer in it: it says what Bartizan's own controls are worth, so that the guide can.

Each row is the mean over repetitions, each with its own split and seeds, with the lowest and the highest.
"""

from __future__ import annotations

import argparse
import copy
import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import time
from collections.abc import Callable, Iterator

import numpy as np

from bartizan.controls.continuous_validation import ContinuousValidation, StreamValidation
from bartizan.controls.data_minimize import DataMinimize
from bartizan.controls.earlier_answers import record
from bartizan.controls.family import Check
from bartizan.controls.federated import Aggregation, FederatedLearning, partition
from bartizan.controls.private_linear import PrivateLinear
from bartizan.controls.private_training import PrivateTraining
from bartizan.controls.watermark import ModelWatermarking, markers
from bartizan.controls.watermark_answers import AnswerWatermarking
from bartizan.controls.watermark_proof import resembles
from bartizan.core.extras import need
from bartizan.lab.reference import rigs
from bartizan.targets.data import Dataset
from bartizan.targets.predictor import Predictor
from bartizan.targets.recipe import Recipe
from bartizan.targets.rig import Rig
from bartizan.targets.torch_models import TorchPredictor, Training

Figures = Iterator[tuple[str, float]]


def right(target: Predictor, test: Dataset) -> float:
    return float((target.labels(test.x) == test.y).mean())


def trained(rig: Rig) -> tuple[Dataset, Dataset, Recipe]:
    assert rig.train is not None
    assert rig.reserve is not None
    assert rig.recipe is not None
    return rig.train, rig.reserve, rig.recipe


def privacy(seed: int) -> Figures:
    rig, tumours = rigs.digits(seed), rigs.tumours(seed)
    train, _, recipe = trained(rig)
    yield "digits, no privacy: accuracy", right(rig.target, rig.test)
    for epsilon in (2.0, 8.0):
        private = PrivateTraining(epsilon=epsilon).harden(recipe).fit(train, seed)
        yield f"digits, DP-SGD, epsilon {epsilon:g} at delta 1e-4: accuracy", right(private, rig.test)
    train, _, recipe = trained(tumours)
    yield "tumours, logistic, no privacy: accuracy", right(tumours.target, tumours.test)
    for epsilon in (1.0, 8.0):
        linear = PrivateLinear(epsilon=epsilon).harden(recipe).fit(train, seed)
        yield f"tumours, perturbed objective, epsilon {epsilon:g}: accuracy", right(linear, tumours.test)
    small = DataMinimize().harden(recipe).fit(train, seed)
    yield "tumours, minimised: columns dropped of 30", float(len(small.dropped))
    yield "tumours, minimised: accuracy", right(small, tumours.test)


def federation(seed: int) -> Figures:
    rig = rigs.digits(seed)
    train, _, recipe = trained(rig)
    y = train.y.copy()
    rows = partition(train, 5, "iid", seed)[0]
    y[rows] = (y[rows] + 1) % 10
    poisoned = Dataset(x=train.x, y=y, classes=10)
    rules: tuple[Aggregation, ...] = ("secure mean", "median", "trimmed mean", "krum")
    for rule in rules:
        federated = FederatedLearning(aggregation=rule).harden(recipe)
        yield f"5 clients, {rule}: accuracy", right(federated.fit(train, seed), rig.test)
        yield f"5 clients, {rule}, one flips its labels: accuracy", right(federated.fit(poisoned, seed), rig.test)


def watermarks(seed: int) -> Figures:
    rig = rigs.digits(seed)
    train, reserve, recipe = trained(rig)
    assert isinstance(recipe, Training)
    secret = f"secret {seed}"
    marks = markers(secret.encode(), rig.target.card.domain, 10, 40)

    def matching(target: Predictor) -> float:
        return (resembles(target, marks).hits or 0) / 40

    marked = ModelWatermarking(secret=secret).harden(recipe).fit(train, seed)
    assert isinstance(marked, TorchPredictor)
    yield "trained in: accuracy lost", right(rig.target, rig.test) - right(marked, rig.test)
    yield "trained in: markers that match", matching(marked)
    yield "trained in, an unmarked model: markers that match", matching(rig.target)
    yield "after 5 epochs of fine-tuning", matching(recipe.with_("t", base=marked.network, epochs=5).fit(reserve, seed))
    yield "after pruning half of all weights", matching(pruned(marked, 0.5))
    copied = Dataset(x=reserve.x, y=marked.labels(reserve.x), classes=10)
    yield "in a copy made by 450 queries", matching(recipe.with_("c", epochs=40).fit(copied, seed + 1))
    guarded = AnswerWatermarking(secret=secret, share=0.02).mount(rig.target, reserve, np.random.default_rng(seed))
    copied = Dataset(x=reserve.x, y=guarded.labels(reserve.x), classes=10)
    for epochs in (15, 40, 80):
        stolen = recipe.with_("c", epochs=epochs).fit(copied, seed + 1)
        found = resembles(stolen, guarded.marks, 9)
        share = (found.hits or 0) / max(1, found.trials or 0)
        yield f"marked answers, 2 %, in a copy of {epochs} epochs: marks that match", share
        yield f"marked answers, 2 %, in a copy of {epochs} epochs: proven (1) or not (0)", float(found.passed)


def pruned(marked: TorchPredictor, share: float) -> Predictor:
    """The model without its smallest weights, layer by layer."""
    torch = need("torch")
    network = copy.deepcopy(marked.network)
    with torch.no_grad():
        for value in network.parameters():
            if value.ndim > 1:
                value.mul_(value.abs() > value.abs().quantile(share))
    return TorchPredictor(network, marked.card.domain, 10)


def watching(seed: int) -> Figures:
    rig = rigs.digits(seed)
    train, _, recipe = trained(rig)
    earlier = record(rig.target, rig.test)
    rng = np.random.default_rng(seed)
    checks: dict[str, Check] = {
        "against records": ContinuousValidation(earlier=earlier),
        "against a model of the reserve": ContinuousValidation(),
        "as a stream": StreamValidation(earlier=earlier),
    }
    for share in (0.0, 0.1, 0.2, 0.3):
        y, rows = train.y.copy(), rng.permutation(len(train))[: int(share * len(train))]
        y[rows] = (y[rows] + 1) % 10
        target = recipe.fit(Dataset(x=train.x, y=y, classes=10), seed + 100)
        later = Rig(name="later", target=target, test=rig.test, reserve=rig.reserve, recipe=recipe)
        for name, check in checks.items():
            alarm = not all(proof.passed for proof in check.check(later, rng))
            yield f"{share:.0%} of labels shifted by one, {name}: alarms", float(alarm)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--short", action="store_true", help="one repetition")
    repetitions = 1 if parser.parse_args().short else 5
    need("torch").set_num_threads(1)
    parts: tuple[Callable[[int], Figures], ...] = (privacy, federation, watermarks, watching)
    for part in parts:
        start, figures = time.process_time(), [dict(part(seed)) for seed in range(repetitions)]
        print(f"\n{part.__name__}: {repetitions} repetitions, {time.process_time() - start:.0f} s CPU\n")
        print("| what | mean | lowest | highest |\n|---|---|---|---|")
        for name in figures[0]:
            values = [once[name] for once in figures]
            print(f"| {name} | {np.mean(values):.3f} | {min(values):.3f} | {max(values):.3f} |")


if __name__ == "__main__":
    main()
