"""Deep partition aggregation: a vote of models that share no row, with the number of poisoned rows it withstands."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import ClassVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from bartizan.controls.ensemble import Council
from bartizan.controls.family import Hardening
from bartizan.controls.hardened import Hardened, mark
from bartizan.controls.ranges import Count
from bartizan.core.terms import ControlId
from bartizan.targets.data import Dataset
from bartizan.targets.domain import Inputs
from bartizan.targets.predictor import REFUSED, Card, Labels, Predictor, Pull, Scores, Unsuitable, Wrapped
from bartizan.targets.recipe import Recipe


class PartitionAggregation(Hardening, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Rows go to parts by a hash of their content; one model a part; the majority answers."""

    id: ClassVar[ControlId] = ControlId("model_ensemble")
    variant: ClassVar[str] = "partition"
    title: ClassVar[str] = "Deep partition aggregation"
    source: ClassVar[str] = "Levine and Feizi 2021, 'Deep partition aggregation', section 3.1 and theorem 1"

    parts: Count = 25
    """How many models. More: more poisoned rows are withstood, and each model knows less."""

    def harden(self, recipe: Recipe) -> Recipe:
        """The partition of that recipe. Any recipe will do that is deterministic."""
        return PartitionRecipe(recipe, mark(self), self.parts)


class PartitionRecipe(Hardened):
    """Fits one model to each part. A part's model depends on the rows of the part alone, not on their order."""

    def __init__(self, inner: Recipe, mark: str, parts: int) -> None:
        super().__init__(inner, mark)
        self.parts = parts

    def fit(self, data: Dataset, seed: int) -> Aggregated:
        """The vote. Raises Unsuitable where there are fewer than two rows a part."""
        if len(data) < 2 * self.parts:
            raise Unsuitable(f"{self.mark}: {len(data)} rows do not fill {self.parts} parts; take fewer parts")
        hashes = row_hashes(data)
        members = []
        for part in range(self.parts):
            rows = [i for i in range(len(data)) if int.from_bytes(hashes[i][:8], "big") % self.parts == part]
            rows.sort(key=lambda i: (hashes[i], data.y[i]))
            members.append(self._member(data.take(rows), seed + part) if rows else None)
        return Aggregated([member for member in members if member is not None], self.name)

    def _member(self, part: Dataset, seed: int) -> Predictor | None:
        """A model of these rows; one of fewer classes where some are missing; None where there is one alone."""
        try:
            return self.inner.fit(part, seed)
        except Unsuitable:
            present = np.unique(part.y)
            if len(present) < 2:
                return None
            fewer = Dataset(x=part.x, y=np.searchsorted(present, part.y), classes=len(present), name=part.name)
            return Renamed(self.inner.fit(fewer, seed), present, part.classes)


def row_hashes(data: Dataset) -> list[bytes]:
    """SHA-256 of each row's input. Without the label, so that a flipped label stays in its part."""
    if data.x.dtype == object:
        return [hashlib.sha256(str(x).encode("utf-8", "surrogatepass")).digest() for x in data.x]
    return [hashlib.sha256(np.ascontiguousarray(x).tobytes()).digest() for x in data.x]


class Renamed(Wrapped):
    """A model of some of the classes, answering in the names of all."""

    def __init__(self, inner: Predictor, present: NDArray[np.int64], classes: int) -> None:
        super().__init__(inner)
        self._present, self._classes = present, classes

    @property
    def card(self) -> Card:
        """The inner one's, with all the classes."""
        return msgspec.structs.replace(self.inner.card, classes=self._classes)

    def labels(self, x: Inputs) -> Labels:
        """The inner one's answers, renamed."""
        found = self.inner.labels(x)
        return np.where(found == REFUSED, REFUSED, self._present[found]).astype(np.int64)

    def scores(self, x: Inputs) -> Scores:
        """The inner one's, and 0 for classes that it does not know."""
        return self._widened(self.inner.scores(x), 0.0)

    def differentiate(self, x: Inputs) -> tuple[Scores, Pull]:
        """The inner one's; classes that it does not know lie far below."""
        logits, pull = self.inner.differentiate(x)
        return self._widened(logits, float(logits.min(initial=0.0)) - 50.0), lambda w: pull(w[:, self._present])

    def _widened(self, known: Scores, rest: float) -> Scores:
        wide = np.full((len(known), self._classes), rest)
        wide[:, self._present] = known[:, : len(self._present)]
        return wide


class Aggregated(Council):
    """The vote of the parts, with a certificate for each answer."""

    def __init__(self, members: Sequence[Predictor], name: str) -> None:
        if not members:
            raise Unsuitable(f"{name}: no part holds rows of two classes; take fewer parts")
        super().__init__(members, name)

    def certify(self, x: Inputs) -> tuple[Labels, NDArray[np.int64]]:
        """The answer to each input, and how many poisoned rows it withstands, shape (n,).

        A row that is added, taken away or relabelled counts once; one that is changed counts twice, as it may move to
        another part. It holds for the same recipe and seed, whatever the rows say. Each such row changes one vote at
        most, and so a lead by 2; of equal votes the lower class wins.
        """
        votes = self.votes(x)
        chosen = votes.argmax(axis=1)
        rows = np.arange(len(x))
        lower = np.arange(self.card.classes)[None, :] < chosen[:, None]
        rival = votes + lower
        rival[rows, chosen] = -1
        lead = votes[rows, chosen] - rival.max(axis=1)
        return chosen.astype(np.int64), (lead // 2).astype(np.int64)
