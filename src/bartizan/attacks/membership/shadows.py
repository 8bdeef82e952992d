"""Shadow models: made like the target, from data that are known, so that it is known what membership looks like.

They are by far the dearest part of an attack and do not depend on the target, so what they say is kept under a digest
of all it depends on: a second attack with the same data and recipe trains nothing.
"""

from __future__ import annotations

import hashlib
import io

import msgspec
import numpy as np
from numpy.typing import NDArray

from bartizan.attacks.family import Knowledge
from bartizan.attacks.membership.signals import Belief, belief
from bartizan.targets.data import Dataset
from bartizan.targets.predictor import Unsuitable
from bartizan.targets.recipe import Recipe

_LAYOUT = 1
"""Of what is kept; a new layout is a new key."""


class Shadows(msgspec.Struct, frozen=True, kw_only=True):
    """What shadow models say of records."""

    belief: Belief
    """Of each shadow in each record's true class, shape (shadows, n)."""
    trained: NDArray[np.bool_]
    """Which shadow was trained on which record, shape (shadows, n)."""

    def take(self, rows: NDArray[np.int64]) -> Shadows:
        """Only these records."""
        some = Belief(right=self.belief.right[:, rows], wrong=self.belief.wrong[:, rows])
        return Shadows(belief=some, trained=self.trained[:, rows])


def shadows(records: Dataset, knowledge: Knowledge, count: int, seed: int, *, join: bool) -> Shadows:
    """What an even ``count`` of shadows say of the records, each trained by the recipe on half of the population.

    Shadows come in pairs with opposite halves, each class split in its own proportion: every record of the population
    is in exactly half of them. Copies of a record stay together. With ``join``, records that are not among the
    population are added to it; else no shadow has seen them. Raises Unsuitable without population or recipe.
    """
    population, recipe = knowledge.population, knowledge.recipe
    if population is None or recipe is None:
        missing = "records among which the training data are" if population is None else "how the model is made"
        raise Unsuitable(f"shadow models cannot be trained: the attacker is not assumed to know {missing}")
    if population.classes != records.classes or population.x.shape[1:] != records.x.shape[1:]:
        raise Unsuitable("shadow models cannot be trained: the population is not of the records' kind")
    key = _key(recipe, population, records, count, seed, join=join)

    def make() -> bytes:
        return _packed(_trained(records, population, recipe, count, seed, join=join))

    return _unpacked(knowledge.store(key, make) if knowledge.store is not None else make())


def _key(recipe: Recipe, population: Dataset, records: Dataset, count: int, seed: int, *, join: bool) -> str:
    known = (_LAYOUT, recipe.digest, population.digest, records.digest, count, seed, join)
    return "shadows-" + hashlib.sha256(repr(known).encode()).hexdigest()


def _trained(records: Dataset, population: Dataset, recipe: Recipe, count: int, seed: int, *, join: bool) -> Shadows:
    rng = np.random.default_rng(seed)
    known, asked = _identities(population), _identities(records)
    if join:
        new = np.flatnonzero(~np.isin(asked, known))
        population, known = population.join(records.take(new)), np.concatenate([known, asked[new]])
    right, wrong = np.empty((count, len(records))), np.empty((count, len(records)))
    trained = np.zeros((count, len(records)), bool)
    for i, chosen in enumerate(_halves(known, population, count, rng)):
        model = recipe.fit(population.take(np.flatnonzero(chosen)), int(rng.integers(2**31)))
        said = belief(model, records)
        right[i], wrong[i] = said.right, said.wrong
        trained[i] = np.isin(asked, known[chosen])
    return Shadows(belief=Belief(right=right, wrong=wrong), trained=trained)


def _halves(
    known: NDArray[np.str_], population: Dataset, count: int, rng: np.random.Generator
) -> list[NDArray[np.bool_]]:
    """Which rows each shadow is trained on, in opposite pairs; copies of a record go the same way."""
    _, first, copies = np.unique(known, return_index=True, return_inverse=True)
    halves: list[NDArray[np.bool_]] = []
    for _ in range(count // 2):
        chosen = np.zeros(len(first), bool)
        for label in range(population.classes):
            mine = rng.permutation(np.flatnonzero(population.y[first] == label))
            spare = int(rng.integers(2)) if len(mine) % 2 else 0
            chosen[mine[: len(mine) // 2 + spare]] = True
        halves += [chosen[copies], ~chosen[copies]]
    return halves


def _identities(data: Dataset) -> NDArray[np.str_]:
    """One name for each row; rows with the same values and label have the same."""
    if data.x.dtype == object:
        rows = [repr(value).encode("utf-8", "surrogatepass") for value in data.x]
    else:
        flat = np.ascontiguousarray(np.asarray(data.x, np.float64).reshape(len(data), -1)) + 0.0
        rows = [row.tobytes() for row in flat]
    labels = np.asarray(data.y, np.int64).tolist()
    return np.array([hashlib.sha256(row + b" %d" % y).hexdigest() for row, y in zip(rows, labels, strict=True)])


def _packed(made: Shadows) -> bytes:
    file = io.BytesIO()
    np.savez(file, right=made.belief.right, wrong=made.belief.wrong, trained=np.packbits(made.trained, axis=1))
    return file.getvalue()


def _unpacked(kept: bytes) -> Shadows:
    with np.load(io.BytesIO(kept), allow_pickle=False) as parts:
        right, wrong, packed = parts["right"], parts["wrong"], parts["trained"]
    trained = np.unpackbits(packed, axis=1, count=right.shape[1]).astype(bool)
    return Shadows(belief=Belief(right=right, wrong=wrong), trained=trained)
