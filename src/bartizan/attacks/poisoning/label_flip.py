"""Label flips: right inputs with wrong labels, anywhere to do harm or from one class to another."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from bartizan.attacks.family import Knowledge, Poisoned, Poisoning
from bartizan.attacks.poisoning.backdoor import victims
from bartizan.core.terms import ThreatId
from bartizan.targets.data import Dataset
from bartizan.targets.domain import Domain, Modality
from bartizan.targets.predictor import Labels, Unsuitable


class RandomLabelFlip(Poisoning, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Gives rows drawn at random another label, drawn at random: the model shall become worse at everything."""

    id: ClassVar[str] = "label_flip"
    title: ClassVar[str] = "Random label flips"
    threats: ClassVar[tuple[ThreatId, ...]] = (
        ThreatId("sabotage_data_poison"),
        ThreatId("data_poison"),
        ThreatId("supply_chain_data_poison"),
    )
    modalities: ClassVar[tuple[Modality, ...]] = ("image", "table", "text")
    source: ClassVar[str] = "Biggio, Nelson and Laskov 2011, section 3.1 (random flips)"

    share: float = 0.3
    """Flipped rows, as a share of all of the training data."""

    def poison(
        self,
        train: Dataset,
        test: Dataset,
        domain: Domain,
        knowledge: Knowledge,
        rng: np.random.Generator,
    ) -> Poisoned:
        """Any wrong answer to any test input is what they want. Raises Unsuitable where there is one class alone."""
        if train.classes < 2:
            raise Unsuitable("the data have one class, and a flip needs another")
        rows = rng.permutation(len(train))[: round(self.share * len(train))]
        steps = rng.integers(1, train.classes, len(rows))
        return _flipped(train, rows, (train.y[rows] + steps) % train.classes, test, None)


class TargetedLabelFlip(Poisoning, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Gives rows of one class the label of another, so that the model takes the one for the other."""

    id: ClassVar[str] = "targeted_label_flip"
    title: ClassVar[str] = "Label flips from one class to another"
    threats: ClassVar[tuple[ThreatId, ...]] = (
        ThreatId("targeted_data_poison"),
        ThreatId("data_poison"),
        ThreatId("supply_chain_data_poison"),
    )
    modalities: ClassVar[tuple[Modality, ...]] = ("image", "table", "text")
    source: ClassVar[str] = "Tolpegin et al. 2020, section 3.2"

    victim: int = 1
    """The class that shall be misjudged."""
    wanted: int = 0
    """The class it shall be taken for."""
    share: float = 0.6
    """Flipped rows, as a share of the victim class."""

    def poison(
        self,
        train: Dataset,
        test: Dataset,
        domain: Domain,
        knowledge: Knowledge,
        rng: np.random.Generator,
    ) -> Poisoned:
        """The test inputs of the victim class shall get the wanted label. Raises Unsuitable where one is missing."""
        rows = rng.permutation(victims(train, self.wanted, self.victim))
        rows = rows[: max(1, round(self.share * len(rows)))]
        tried = test.take(victims(test, self.wanted, self.victim))
        return _flipped(train, rows, np.full(len(rows), self.wanted), tried, self.wanted)


def _flipped(train: Dataset, rows: Labels, labels: Labels, tried: Dataset, wanted: int | None) -> Poisoned:
    y, changed = train.y.copy(), np.zeros(len(train), bool)
    y[rows] = labels
    changed[rows] = True
    return Poisoned(
        train=Dataset(x=train.x, y=y, classes=train.classes, name=train.name),
        changed=changed,
        inputs=tried.x,
        honest=tried.y,
        wanted=None if wanted is None else np.full(len(tried), wanted, np.int64),
    )
