"""Backdoor: rows with a trigger and the wanted label. The model learns the trigger as a reason for the label."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from bartizan.attacks.family import Knowledge, Poisoned, Poisoning
from bartizan.attacks.poisoning.triggers import AnyTrigger, trigger_for
from bartizan.core.terms import ThreatId
from bartizan.targets.data import Dataset
from bartizan.targets.domain import Domain, Inputs, Modality
from bartizan.targets.predictor import Labels, Unsuitable

ENOUGH = 0.05
"""The share of poisoned rows from which the failure of a backdoor says something."""


class Backdoor(Poisoning, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Plants a trigger in rows of other classes and labels them as the wanted one.

    With ``cover`` it also hides from filters that look at activations: covers carry the trigger and their true label,
    so that the trigger alone no longer sets the poison apart.
    """

    id: ClassVar[str] = "backdoor"
    title: ClassVar[str] = "Backdoor by a trigger with wrong labels"
    threats: ClassVar[tuple[ThreatId, ...]] = (
        ThreatId("targeted_data_poison"),
        ThreatId("data_poison"),
        ThreatId("supply_chain_data_poison"),
    )
    modalities: ClassVar[tuple[Modality, ...]] = ("image", "table", "text")
    source: ClassVar[str] = (
        "Gu et al. 2017, BadNets, section 3; Chen et al. 2017, section 4; covers: Qi et al. 2023, section 4.2"
    )

    trigger: AnyTrigger | None = None
    """The mark; None: one that suits the data."""
    wanted: int = 0
    """The class that the trigger shall give."""
    victim: int | None = None
    """The class that shall be taken for it; None: all others."""
    share: float = 0.05
    """Poisoned rows, as a share of all of the training data."""
    cover: float = 0.0
    """Rows with the trigger and their true label, as a share of all of the training data."""

    @property
    def strong(self) -> bool:
        """With 5 % of the data and no covers: what every model that learns from its data then learns."""
        return self.share >= ENOUGH and self.cover < self.share

    def poison(
        self, train: Dataset, test: Dataset, domain: Domain, knowledge: Knowledge, rng: np.random.Generator
    ) -> Poisoned:
        """Rows are changed in place. Raises Unsuitable where a class is missing or the trigger does not fit."""
        trigger = self.trigger or trigger_for(train, domain)
        others = victims(train, self.wanted, self.victim)
        amount = max(1, round(self.share * len(train)))
        chosen = rng.permutation(others)[: amount + round(self.cover * len(train))]
        x, y, changed = train.x.copy(), train.y.copy(), np.zeros(len(train), bool)
        x[chosen] = trigger.plant(train.x[chosen], domain)
        y[chosen[:amount]] = self.wanted
        changed[chosen] = True
        inputs, honest = triggered(trigger, test, domain, self.wanted, self.victim)
        return Poisoned(
            train=Dataset(x=x, y=y, classes=train.classes, name=train.name),
            changed=changed,
            inputs=inputs,
            honest=honest,
            wanted=np.full(len(honest), self.wanted, np.int64),
        )


def victims(data: Dataset, wanted: int, victim: int | None) -> Labels:
    """The rows that shall be taken for the wanted class. Raises Unsuitable where there are none."""
    if not 0 <= wanted < data.classes or victim == wanted:
        raise Unsuitable(f"class {wanted} cannot be wanted of the {data.classes} classes 0 to {data.classes - 1} here")
    rows = np.flatnonzero((data.y != wanted) if victim is None else (data.y == victim))
    if not len(rows):
        raise Unsuitable(f"no row is of {'another class' if victim is None else f'class {victim}'}: nothing to poison")
    return rows


def triggered(
    trigger: AnyTrigger, test: Dataset, domain: Domain, wanted: int, victim: int | None
) -> tuple[Inputs, Labels]:
    """The test inputs of the victims with the trigger, and their true labels."""
    rows = victims(test, wanted, victim)
    return trigger.plant(test.x[rows], domain), test.y[rows]
