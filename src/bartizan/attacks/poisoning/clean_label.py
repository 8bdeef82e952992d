"""Clean-label backdoor: every label is right, and a person who checks the rows finds nothing wrong.

The model learns the trigger only where it needs it to tell the class. So images are first spoilt: moved away from their
class by the gradients of a model of the attacker's own, until the trigger is the easier reason for the label. On small
images no network that was tried learnt a faint wave over rows that stay as they are (Barni et al. 2019, section 3).
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from bartizan.attacks.family import Knowledge, Poisoned, Poisoning
from bartizan.attacks.poisoning.backdoor import triggered
from bartizan.attacks.poisoning.triggers import AnyTrigger, trigger_for
from bartizan.core.terms import ThreatId
from bartizan.targets.data import Dataset
from bartizan.targets.domain import Domain, Inputs, Modality
from bartizan.targets.limit import Limit
from bartizan.targets.predictor import Labels, Predictor, Unsuitable

_STEPS = 10


class CleanLabelBackdoor(Poisoning, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Plants a trigger in rows of the wanted class, and leaves all labels as they are."""

    id: ClassVar[str] = "clean_label_backdoor"
    title: ClassVar[str] = "Backdoor by a trigger with right labels"
    threats: ClassVar[tuple[ThreatId, ...]] = (
        ThreatId("targeted_data_poison"),
        ThreatId("data_poison"),
        ThreatId("supply_chain_data_poison"),
    )
    modalities: ClassVar[tuple[Modality, ...]] = ("image", "table")
    source: ClassVar[str] = "Turner, Tsipras and Madry 2019, section 4.2"

    trigger: AnyTrigger | None = None
    """The mark; None: one that suits the data."""
    wanted: int = 0
    """The class that the trigger shall give, and the one whose rows are changed."""
    share: float = 0.8
    """Poisoned rows, as a share of the wanted class."""
    spoil: float = 0.5
    """Images only: how far they are moved away from their class, in Linf and as a share of the range of a pixel, by a
    model that the attacker makes from the reserve; 0: not at all."""

    def poison(
        self, train: Dataset, test: Dataset, domain: Domain, knowledge: Knowledge, rng: np.random.Generator
    ) -> Poisoned:
        """Rows are changed in place. Raises Unsuitable where a class is missing, or spoiling has no gradients."""
        trigger = self.trigger or trigger_for(train, domain)
        inputs, honest = triggered(trigger, test, domain, self.wanted, None)
        rows = rng.permutation(np.flatnonzero(train.y == self.wanted))
        rows = rows[: round(self.share * len(rows))]
        if not len(rows):
            raise Unsuitable(f"no row of class {self.wanted} to plant a trigger in")
        x, changed = train.x.copy(), np.zeros(len(train), bool)
        if self.spoil > 0 and domain.modality == "image":
            x[rows] = self._spoilt(x[rows], train.y[rows], domain, knowledge, rng)
        x[rows] = domain.feasible(trigger.plant(x[rows], domain), train.x[rows])
        changed[rows] = True
        return Poisoned(
            train=Dataset(x=x, y=train.y, classes=train.classes, name=train.name),
            changed=changed,
            inputs=inputs,
            honest=honest,
            wanted=np.full(len(honest), self.wanted, np.int64),
        )

    def _spoilt(self, x: Inputs, y: Labels, domain: Domain, knowledge: Knowledge, rng: np.random.Generator) -> Inputs:
        if knowledge.recipe is None or knowledge.reserve is None:
            raise Unsuitable("to spoil the features of rows, an attacker needs data and a recipe to make a model from")
        model = knowledge.recipe.fit(knowledge.reserve, int(rng.integers(2**31)))
        if "gradients" not in model.card.capabilities:
            raise Unsuitable(f"to spoil the features of rows, a model needs gradients, which {model.card.name} lacks")
        limit = Limit(norm="linf", radius=self.spoil * (domain.high - domain.low))
        moved = x.copy()
        for _ in range(_STEPS):
            step = 2.5 * limit.radius / _STEPS * np.sign(_uphill(model, moved, y))
            moved = domain.feasible(limit.project((moved + step).astype(x.dtype), x), x)
        return moved


def _uphill(model: Predictor, x: Inputs, y: Labels) -> Inputs:
    """The gradient of the cross-entropy by the input."""
    logits, pull = model.differentiate(x)
    odds = np.exp(logits - logits.max(axis=1, keepdims=True))
    weights = odds / odds.sum(axis=1, keepdims=True)
    weights[np.arange(len(y)), y] -= 1
    return pull(weights)
