"""Membership by one look at the answer: models are surer of what they were trained on."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from bartizan.attacks.family import Knowledge, Membership
from bartizan.attacks.membership.signals import Signal, signal
from bartizan.core.terms import ThreatId
from bartizan.targets.data import Dataset
from bartizan.targets.domain import Modality
from bartizan.targets.predictor import Capability, Predictor

_ENOUGH = 10
"""A class with fewer known outsiders than this is not set apart."""


class Threshold(Membership, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Takes the surest answers for members. One query a record, and one for each outsider it is set by."""

    id: ClassVar[str] = "membership_threshold"
    title: ClassVar[str] = "Membership by threshold"
    threats: ClassVar[tuple[ThreatId, ...]] = (ThreatId("membership_inference"),)
    needs: ClassVar[frozenset[Capability]] = frozenset({"scores"})
    modalities: ClassVar[tuple[Modality, ...]] = ("image", "table", "text")
    source: ClassVar[str] = (
        "L. Song, P. Mittal, Systematic Evaluation of Privacy Risks, USENIX Security 2021, section 3"
    )

    signal: Signal = "modified_entropy"
    """What is looked at: the true class's loss, the highest confidence, the entropy, or the entropy that knows it."""
    by_class: bool = False
    """Whether scores are measured against outsiders of the same class: the records in reserve."""

    def suspect(
        self, target: Predictor, records: Dataset, knowledge: Knowledge, rng: np.random.Generator
    ) -> NDArray[np.float64]:
        """The signal of each record; with ``by_class``, in deviations from that of its class in reserve."""
        found = signal(target.scores(records.x), records, self.signal)
        if not self.by_class or knowledge.reserve is None:
            return found
        outsiders = knowledge.reserve
        return _set_by_class(found, records, signal(target.scores(outsiders.x), outsiders, self.signal), outsiders)


def _set_by_class(
    found: NDArray[np.float64], records: Dataset, ordinary: NDArray[np.float64], outsiders: Dataset
) -> NDArray[np.float64]:
    middle, width = np.median(ordinary), ordinary.std() + 1e-12
    measured = (found - middle) / width
    for label in range(records.classes):
        of_class = ordinary[outsiders.y == label]
        if len(of_class) >= _ENOUGH:
            mine = records.y == label
            measured[mine] = (found[mine] - np.median(of_class)) / (of_class.std() + 0.1 * width)
    return np.asarray(measured)
