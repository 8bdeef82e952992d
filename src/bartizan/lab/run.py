"""One run: put the controls on, let the attack propose, grade it, and say what it was done on.

Whatever goes wrong is an outcome, not an end: "not applicable", "stopped" and "failed" are measurements too.
"""

from __future__ import annotations

import importlib.metadata
import time
from collections.abc import Callable

import msgspec
import numpy as np

from bartizan import __version__
from bartizan.attacks.family import (
    Attack,
    Attribute,
    Evasion,
    Exhaustion,
    Extraction,
    Inversion,
    Knowledge,
    Membership,
    Poisoning,
    Tampering,
)
from bartizan.core.errors import BartizanError, BudgetSpent, MissingExtra, Unreachable, described
from bartizan.core.measurement import Family, Measurement, RunOutcome
from bartizan.lab.cell import Cell, digest_of, in_words, parameters
from bartizan.lab.grading import attribute, evasion, exhaustion, extraction, inversion, membership, poisoning
from bartizan.lab.grading.graded import Graded
from bartizan.lab.stage import GuardedRecipe, Models, Stage, price_of, put_on
from bartizan.lab.store import Store
from bartizan.targets.border import Border
from bartizan.targets.predictor import Unsuitable
from bartizan.targets.rig import Rig

_PACKAGES = ("numpy", "scipy", "scikit-learn", "torch", "xgboost-cpu", "lightgbm", "onnxruntime", "opacus", "cleanlab")

FAMILIES: dict[type[Attack], Family] = {
    Evasion: "evasion",
    Poisoning: "poisoning",
    Tampering: "tampering",
    Membership: "membership",
    Attribute: "attribute",
    Inversion: "inversion",
    Extraction: "extraction",
    Exhaustion: "exhaustion",
}


def family_of(attack: Attack) -> Family:
    """The family that an attack belongs to."""
    return next(name for kind, name in FAMILIES.items() if isinstance(attack, kind))


class Run:
    """Runs cells on one rig, with what was trained and measured before at hand."""

    def __init__(self, rig: Rig, store: Store, *, today: str, clock: Callable[[], float] = time.process_time) -> None:
        self.rig, self.store, self.today = rig, store, today
        self.models = Models()
        self.digest = digest_of(rig)
        self._clock = clock

    def key(self, cell: Cell) -> str:
        """The key of a cell on this rig. A target without a digest may change unseen: then the day is part of it."""
        return cell.key(self.digest if self.rig.target.card.digest else f"{self.digest} {self.today}")

    def measure(self, cell: Cell) -> Measurement:
        """The measurement of a cell: the kept one, or a new one, which is kept unless it was stopped or failed.

        Raises Unreachable where the target can no longer be asked: what comes after it would fail as well.
        """
        kept = self.store.find(self.key(cell))
        if kept is not None:
            return kept
        measured = self._measure(cell)
        if measured.outcome not in ("stopped", "failed"):
            self.store.keep(measured)
        return measured

    def _measure(self, cell: Cell) -> Measurement:
        try:
            stage = put_on(self.rig, cell.controls, cell.seed, self.models)
            return self._on(stage, cell)
        except Unsuitable as why:
            return self._empty(cell, "not_applicable", str(why))
        except BudgetSpent as why:
            return self._empty(cell, "stopped", str(why))
        except (MissingExtra, Unreachable):
            raise
        except BartizanError as why:
            return self._empty(cell, "failed", str(why))
        except Exception as why:  # a model's own code may raise anything: that ends its run, not the others
            return self._empty(cell, "failed", described(why))

    def _on(self, stage: Stage, cell: Cell) -> Measurement:
        target = stage.guarded()
        unfit = cell.attack.unfit(target)
        if unfit:
            return self._empty(cell, "not_applicable", unfit)
        border = Border(target, cell.budget)
        start = self._clock()
        graded = self._graded(stage, cell, border)
        spent = self._clock() - start
        price = graded.price if graded.price.accuracy else price_of(stage, np.random.default_rng(cell.seed))
        asked = border.ledger.queries
        price = msgspec.structs.replace(
            price,
            queries=asked,
            money=asked * self.rig.query_price if self.rig.query_price else None,
            seconds=spent,
            target_seconds=border.ledger.seconds,
        )
        return msgspec.structs.replace(
            self._empty(cell, _outcome(graded), graded.why),
            success=graded.success,
            baseline=graded.baseline,
            flags=graded.flags,
            figures=graded.figures,
            curves=graded.curves,
            examples=graded.examples,
            strong=cell.attack.strong and not graded.unchanged and not border.is_spent,
            price=price,
            digests={"model": stage.bare.card.digest, **graded.digests} if stage.bare.card.digest else graded.digests,
        )

    def _graded(self, stage: Stage, cell: Cell, border: Border) -> Graded:
        attack, known = cell.attack, self._knowledge(stage, cell.attack)
        rng = np.random.default_rng([cell.seed, 2])
        if isinstance(attack, Poisoning):
            return poisoning.grade(cell, stage, known, self.models, rng)
        if isinstance(attack, Tampering):
            return poisoning.grade_tampering(cell, stage, known, rng)
        if isinstance(attack, Exhaustion):
            return exhaustion.grade(cell, stage, border, rng)
        grade = _GRADERS[family_of(attack)]
        return grade(cell, stage, border, known, rng)

    def _knowledge(self, stage: Stage, attack: Attack) -> Knowledge:
        """The attacker knows the recipe with its hardenings and has data of the kind: no security by obscurity.

        Who tells members by shadows makes them with the same guards, as those change the scores that are compared.
        """
        rig = self.rig
        population = rig.train.join(rig.test) if rig.train is not None else None
        if population is not None and rig.reserve is not None:
            population = population.join(rig.reserve)
        recipe = stage.recipe
        if recipe is not None and stage.guards and isinstance(attack, Membership):
            recipe = GuardedRecipe(stage, recipe)
        return Knowledge(reserve=rig.reserve, population=population, recipe=recipe, store=self.store.made)

    def _empty(self, cell: Cell, outcome: RunOutcome, why: str) -> Measurement:
        attack = cell.attack
        return Measurement(
            key=self.key(cell),
            rig=self.rig.name,
            family=family_of(attack),
            attack=attack.id,
            parameters=parameters(attack),
            title=attack.title,
            threats=attack.threats,
            controls=tuple(in_words(control) for control in cell.controls),
            seed=cell.seed,
            limit=str(cell.limit or ""),
            knowledge=_in_words(self.rig),
            outcome=outcome,
            why=why,
            versions=versions(),
            held_on=self.today,
        )


def _outcome(graded: Graded) -> RunOutcome:
    if graded.unchanged:
        return "unchanged"
    return "measured" if graded.success.trials else "stopped"


def _in_words(rig: Rig) -> str:
    has = [
        f"{len(rig.reserve)} inputs of the same kind" if rig.reserve is not None else "",
        "the recipe" if rig.recipe is not None else "",
        "answers of the target",
    ]
    return ", ".join(filter(None, has))


def versions() -> dict[str, str]:
    """The versions of Bartizan and of the packages that a result may depend on, those that are installed."""
    found = {"bartizan": __version__}
    for package in _PACKAGES:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


_GRADERS = {
    "evasion": evasion.grade,
    "membership": membership.grade,
    "attribute": attribute.grade,
    "inversion": inversion.grade,
    "extraction": extraction.grade,
}
