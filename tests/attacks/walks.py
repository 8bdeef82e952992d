"""What tests of query attacks share: a table of every kind of column, and running an attack to its end."""

from __future__ import annotations

import functools
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from bartizan.attacks.family import Evasion, Knowledge
from bartizan.core.errors import BudgetSpent
from bartizan.core.extras import need
from bartizan.targets.border import Border
from bartizan.targets.data import Dataset
from bartizan.targets.domain import Domain, Feature, Inputs
from bartizan.targets.limit import Limit
from bartizan.targets.predictor import REFUSED, Card, Labels, Predictor, Wrapped
from bartizan.targets.rig import Rig
from bartizan.targets.sklearn_models import SklearnPredictor
from tests.rigs import rng

LOANS = Domain(
    modality="table",
    shape=(5,),
    features=(
        Feature(name="age", low=18, high=90, direction="none"),
        Feature(name="income", low=0, high=200, direction="up"),
        Feature(name="debts", low=0, high=100, direction="down"),
        Feature(name="cards", kind="integer", low=0, high=12),
        Feature(name="region", kind="categorical", low=0, high=3, categories=(0, 1, 3)),
    ),
)


class LabelsOnly(Wrapped):
    """A target that gives away nothing but labels."""

    @property
    def card(self) -> Card:
        return msgspec.structs.replace(self.inner.card, capabilities=frozenset({"labels"}))


class Refusing(LabelsOnly):
    """Refuses every input whose first value was changed upwards past a threshold."""

    def __init__(self, inner: Predictor, above: float) -> None:
        super().__init__(inner)
        self.above = above

    def labels(self, x: Inputs) -> Labels:
        return np.where(x.reshape(len(x), -1)[:, 0] > self.above, REFUSED, self.inner.labels(x))


@functools.cache
def loans() -> Rig:
    """Generated applications and a forest; whether they are granted depends on all columns but the age."""
    draw = rng(3)
    x = np.column_stack(
        [
            draw.integers(18, 91, 600),
            draw.uniform(0, 200, 600),
            draw.uniform(0, 100, 600),
            draw.integers(0, 13, 600),
            draw.choice([0.0, 1.0, 3.0], 600),
        ]
    ).astype(float)
    y = (x[:, 1] / 200 - x[:, 2] / 100 - x[:, 3] / 12 + x[:, 4] / 6 > -0.4).astype(np.int64)
    forest = need("sklearn.ensemble").RandomForestClassifier(20, random_state=0).fit(x[:300], y[:300])
    data = Dataset(x=x, y=y, classes=2)
    return Rig(
        name="loans",
        target=SklearnPredictor(forest, LOANS),
        test=data.take(slice(300, 450)),
        reserve=data.take(slice(450, 600)),
    )


def right(rig: Rig, n: int, target: Predictor | None = None) -> Dataset:
    """So many test samples that the target answers rightly."""
    return rig.test.take(np.flatnonzero((target or rig.target).labels(rig.test.x) == rig.test.y)[:n])


def run(
    attack: Evasion, target: Predictor, data: Dataset, limit: Limit, knowledge: Knowledge | None = None, seed: int = 0
) -> tuple[Inputs, NDArray[np.bool_], Border]:
    """The last item, what of it is answered wrongly (and not refused), and the border that counted."""
    border = Border(target)
    found = data.x
    for found in attack.propose(border, data, limit, knowledge or Knowledge(), rng(seed)):  # noqa: B007
        pass
    assert found.shape == data.x.shape
    assert found.dtype == data.x.dtype
    labels = target.labels(found)
    return found, np.asarray((labels != data.y) & (labels != REFUSED)), border


def before_the_end(attack: Evasion, border: Border, data: Dataset, limit: Limit) -> Inputs:
    """What was shown last before the budget of the border was spent, which it must be."""
    found = data.x
    try:
        for found in attack.propose(border, data, limit, Knowledge(), rng()):  # noqa: B007
            pass
    except BudgetSpent:
        return found
    raise AssertionError("the budget was never spent")


def stays(attack: Evasion, target: Predictor, data: Dataset, limit: Limit, **known: Any) -> bool:
    """Whether the originals come back."""
    found, _, _ = run(attack, target, data, limit, **known)
    return bool((found == data.x).all())
