"""Grading poisoning and tampering: what the spoilt model answers to the attacker's inputs, against a sound one."""

from __future__ import annotations

import msgspec
import numpy as np
from numpy.typing import NDArray

from bartizan.attacks.family import Knowledge, Poisoning, Tampering
from bartizan.core.measurement import Figure, Price
from bartizan.lab.cell import Cell
from bartizan.lab.grading.graded import Graded, examples, signs
from bartizan.lab.stage import Models, Stage, by_strangers, price_of, swapped
from bartizan.targets.data import Dataset
from bartizan.targets.domain import Inputs
from bartizan.targets.predictor import REFUSED, Labels, Predictor, Unsuitable
from bartizan.targets.rig import Rig


def grade(cell: Cell, stage: Stage, knowledge: Knowledge, models: Models, rng: np.random.Generator) -> Graded:
    """Train on what the poisoner handed in, with the controls, and try the attacker's inputs on what comes out.

    An input counts only where the same recipe without poison answers it honestly, so that ordinary mistakes are no
    success. The price is that of the poisoned model; how far poison lowers accuracy is a figure.
    """
    attack = cell.attack
    assert isinstance(attack, Poisoning)
    train, recipe = stage.rig.train, stage.recipe
    if train is None or recipe is None:
        raise Unsuitable(f"{attack.title} needs training data and a recipe; {stage.rig.name} has not both")
    test = tried(stage.rig, cell)
    poisoned = attack.poison(train, test, stage.bare.card.domain, knowledge, rng)
    sound, _ = models.fit(recipe, train, cell.seed)
    spoilt, _ = models.fit(recipe, poisoned.train, cell.seed)
    graded = _graded(stage, sound, spoilt, poisoned.inputs, poisoned.honest, poisoned.wanted)
    share = Figure(name="share of rows that are the attacker's", value=float(poisoned.changed.mean()), n=len(train))
    return _with(graded, share, not poisoned.changed.any(), {"train": train.digest})


def grade_tampering(cell: Cell, stage: Stage, knowledge: Knowledge, rng: np.random.Generator) -> Graded:
    """As for poisoning; the model itself was changed: behind its guards, where the attack is of that kind."""
    attack = cell.attack
    assert isinstance(attack, Tampering)
    if stage.rig.train is None:
        raise Unsuitable(f"{attack.title} needs training data; {stage.rig.name} has none")
    test = tried(stage.rig, cell)
    tampered = attack.tamper(stage.bare, stage.rig.train, test, knowledge, rng)
    inputs, honest, wanted = tampered.inputs, tampered.honest, tampered.wanted
    return _graded(
        stage, stage.bare, tampered.target, inputs, honest, wanted, in_place="runtime_model_poison" in attack.threats
    )


def tried(rig: Rig, cell: Cell) -> Dataset:
    """The test inputs that the attacker may use, as many as the cell says: the same ones for all controls."""
    rows = np.random.default_rng([cell.seed, 1]).permutation(len(rig.test))[: cell.samples]
    return rig.test.take(np.sort(rows))


def _graded(
    stage: Stage,
    sound: Predictor,
    spoilt: Predictor,
    inputs: Inputs,
    honest: Labels,
    wanted: Labels | None,
    *,
    in_place: bool = False,
) -> Graded:
    """``in_place``: the model is changed behind guards that are up already, else before it is handed to them."""
    behind = stage.guarded(sound)
    before = by_strangers(behind, inputs)
    after = by_strangers(swapped(behind, spoilt) if in_place else stage.guarded(spoilt), inputs)
    counted = np.asarray(before == honest)
    won = _won(after, honest, wanted)
    sound_price = price_of(stage, np.random.default_rng(stage.seed), sound)
    spoilt_price = price_of(stage, np.random.default_rng(stage.seed), spoilt)
    return Graded(
        flags=signs(won, counted),
        figures=_loss(sound_price, spoilt_price),
        examples=examples(inputs, inputs, before, after, won & counted, spoilt.card.domain),
        price=spoilt_price,
        why="" if counted.any() else "a sound model answers none of the attacker's inputs honestly",
    )


def _won(answers: Labels, honest: Labels, wanted: Labels | None) -> NDArray[np.bool_]:
    if wanted is None:
        return np.asarray((answers != honest) & (answers != REFUSED))
    return np.asarray(answers == wanted)


def _loss(sound: Price, spoilt: Price) -> tuple[Figure, ...]:
    if sound.accuracy is None or spoilt.accuracy is None:
        return ()
    low, high = spoilt.accuracy.interval
    before = sound.accuracy.value or 0.0
    after = spoilt.accuracy.value or 0.0
    n = spoilt.accuracy.trials
    return (
        Figure(name="accuracy lost to the attack", value=before - after, low=before - high, high=before - low, n=n),
    )


def _with(graded: Graded, figure: Figure, unchanged: bool, digests: dict[str, str]) -> Graded:
    why = graded.why or ("the attack changed no row" if unchanged else "")
    return msgspec.structs.replace(
        graded, unchanged=unchanged, why=why, figures=(figure, *graded.figures), digests=digests
    )
