"""Transfer: the search is done on models of the attacker's own, and only its result is shown to the target."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import numpy as np

from bartizan.attacks.family import Evasion, Knowledge
from bartizan.attacks.surrogate import allowed, ascend, harvest, own_recipe, train
from bartizan.core.terms import ThreatId
from bartizan.targets.data import Dataset
from bartizan.targets.domain import Domain, Inputs
from bartizan.targets.limit import Limit
from bartizan.targets.predictor import Predictor, Unsuitable
from bartizan.targets.recipe import Recipe


class Transfer(Evasion, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Trains surrogates on the reserve with the target's answers, attacks them, and replays.

    The way up is sought on all surrogates at once, and does not end where they are fooled. Or another attack,
    ``inner``, is run on one of them.
    """

    id: ClassVar[str] = "transfer"
    title: ClassVar[str] = "transfer from a surrogate"
    threats: ClassVar[tuple[ThreatId, ...]] = (
        ThreatId("evasion"),
        ThreatId("transfer_attack"),
        ThreatId("partial_knowledge_evasion"),
    )
    source: ClassVar[str] = "Papernot et al. 2017, section 4; Dong et al. 2018, algorithm 1"

    answers: int = 1000
    """Inputs of the reserve that the target is asked about to train the surrogates; 0: none, true labels are used."""
    knows_recipe: bool = True
    """Whether the attacker knows how the target is made; else, and where nobody knows, a small network stands in."""
    copies: int = 3
    """Surrogates, which differ in their seeds."""
    steps: int = 30
    """Gradients on each surrogate."""
    decay: float = 1.0
    """How much of the former direction stays."""
    inner: Evasion | None = None
    """Another attack to use, on one surrogate."""

    def propose(
        self, target: Predictor, origin: Dataset, limit: Limit, knowledge: Knowledge, rng: np.random.Generator
    ) -> Iterator[Inputs]:
        """One item: what the surrogates were fooled with. Raises Unsuitable without a reserve, or for an L0 limit."""
        if limit.norm == "l0" and self.inner is None:
            raise Unsuitable(f"{self.title} searches by L2 or Linf, not by {limit.norm}")
        data = harvest(target, knowledge, self.answers, rng)
        if not len(origin):
            yield origin.x
            return
        domain = target.card.domain
        if self.inner is None:
            surrogates = self._surrogates(domain, data, knowledge, rng)
            yield ascend(surrogates, origin, limit, self.steps, self.decay)
            return
        surrogate = train(self._known(knowledge) or own_recipe(domain), data, 1, rng)[0]
        if why := self.inner.unfit(surrogate):
            raise Unsuitable(f"{self.title}: {why}")
        found = origin.x
        for found in self.inner.propose(surrogate, origin, limit, Knowledge(reserve=data), rng):  # noqa: B007
            pass
        yield allowed(domain, limit, limit.project(found, origin.x), origin.x)

    def _known(self, knowledge: Knowledge) -> Recipe | None:
        return knowledge.recipe if self.knows_recipe else None

    def _surrogates(
        self, domain: Domain, data: Dataset, knowledge: Knowledge, rng: np.random.Generator
    ) -> list[Predictor]:
        """Of the target's own recipe where that gives gradients: networks transfer better than a tree's edges."""
        recipe = self._known(knowledge)
        if recipe is not None:
            first = train(recipe, data, 1, rng)
            if "gradients" in first[0].card.capabilities:
                return first + train(recipe, data, self.copies - 1, rng)
        return train(own_recipe(domain), data, self.copies, rng)
