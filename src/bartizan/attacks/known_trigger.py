"""After poisoning: the mark that was planted in the training data is shown to the finished model."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import numpy as np

from bartizan.attacks.family import Evasion, Knowledge
from bartizan.attacks.poisoning.triggers import AnyTrigger, trigger_for
from bartizan.core.terms import ThreatId
from bartizan.targets.data import Dataset
from bartizan.targets.domain import Inputs, Modality
from bartizan.targets.limit import Limit
from bartizan.targets.predictor import Predictor, Unsuitable


class KnownTrigger(Evasion, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Puts one mark on every input, without a search and without a query.

    It fools a model that was taught the mark. On a sound model its success is the rate that a mark has by chance, which
    the other is compared with. A mark is no small change: an L0 limit of its size suits it.
    """

    id: ClassVar[str] = "known_trigger"
    title: ClassVar[str] = "a known trigger, shown to the finished model"
    threats: ClassVar[tuple[ThreatId, ...]] = (ThreatId("evasion_after_poison"),)
    modalities: ClassVar[tuple[Modality, ...]] = ("image", "table", "text")
    source: ClassVar[str] = "Gu et al.: BadNets (2017), section 3.3"

    trigger: AnyTrigger | None = None
    """The mark; None: the one that the lab's backdoors plant by default in data like the reserve."""

    def unfit(self, target: Predictor) -> str:
        """Also where the mark is for inputs of another kind."""
        kind = target.card.domain.modality
        if self.trigger is not None and self.trigger.modality != kind:
            return f"its mark is for {self.trigger.modality} inputs, and {target.card.name} takes {kind} inputs"
        return super().unfit(target)

    def propose(
        self, target: Predictor, origin: Dataset, limit: Limit, knowledge: Knowledge, rng: np.random.Generator
    ) -> Iterator[Inputs]:
        """One item: every input with the mark."""
        domain = target.card.domain
        if self.trigger is None and not len(origin if knowledge.reserve is None else knowledge.reserve):
            raise Unsuitable(f"{self.title}: there are no data to choose a mark for; name one")
        trigger = self.trigger or trigger_for(knowledge.reserve or origin, domain)
        yield trigger.plant(origin.x, domain)
