from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

from bartizan.core.errors import Unreachable
from bartizan.core.extras import need
from bartizan.lab.reference import rigs as reference
from bartizan.targets.border import BadAnswer, Budget
from bartizan.targets.callables import CallablePredictor
from bartizan.targets.data import Dataset
from bartizan.targets.domain import Domain, Feature, Inputs
from bartizan.targets.predictor import Predictor
from bartizan.targets.probe import Probe, probe
from bartizan.targets.rig import Rig
from bartizan.targets.sklearn_models import SklearnPredictor
from bartizan.targets.torch_models import TorchPredictor
from tests import rigs
from tests.targets import models

TABLE = Domain(modality="table", shape=(2,), low=-10.0, high=10.0)


def _points(n: int = 200) -> Dataset:
    x = np.random.default_rng(0).normal(size=(n, 2))
    return Dataset(x=x, y=(x[:, 0] > 0).astype(np.int64), classes=2)


def _right(x: Inputs) -> Inputs:
    return (x[:, 0] > 0).astype(np.int64)


def _sure(x: Inputs) -> Inputs:
    return np.column_stack([1 - _right(x), _right(x)]).astype(float)


def _probed(data: Dataset | None = None, budget: Budget | None = None, clock: Any = None, **kind: Any) -> Probe:
    target = CallablePredictor(TABLE, 2, name="odd", **kind)
    rig = Rig(name="odd", target=target, test=_points() if data is None else data)
    return probe(rig, budget, clock=clock) if clock else probe(rig, budget)


def _short_digits() -> Rig:
    rigs.one_thread()
    return reference.digits(epochs=1)


def _texts(found: tuple[Any, ...]) -> str:
    return "\n".join(str(finding) for finding in found)


@pytest.mark.parametrize("rig", [_short_digits, rigs.tumours], ids=["digits", "tumours"])
def test_a_sound_rig_has_no_findings(rig: Any) -> None:
    found = probe(rig())
    assert found.findings == ()
    found.require()
    assert found.accuracy is not None
    assert found.interval[0] < found.accuracy <= found.interval[1]
    assert found.seconds is not None
    assert found.seconds > 0
    assert found.alone is not None
    assert found.queries < 1000
    assert found.width < 0.2


def test_texts_are_probed_as_texts() -> None:
    data = Dataset(x=models.TEXTS, y=np.array([1, 0, 1, 0] * 5), classes=2, name="messages")
    target = SklearnPredictor(models.words(), models.TEXT)
    found = probe(Rig(name="spam", target=target, test=data))
    assert found.errors == ()
    assert "20 test samples are few" in _texts(found.warnings)
    numbers = Rig(name="spam", target=target, test=Dataset(x=np.zeros((5, 2)), y=np.zeros(5, np.int64), classes=2))
    assert "are no texts" in _texts(probe(numbers).errors)


@pytest.mark.parametrize(
    ("kind", "finding"),
    [
        ({"labels": lambda x: np.zeros((len(x), 2), int)}, "labels of shape (64, 2)"),
        ({"labels": lambda x: np.full(len(x), 7)}, "its card says 2 classes"),
        ({"labels": lambda x: x[:, 0]}, "not integers"),
        ({"labels": _right, "scores": lambda x: _sure(x) * np.nan}, "hold NaN"),
        ({"labels": _right, "scores": lambda x: _sure(x) * 3}, "no probabilities"),
        ({"labels": lambda x: np.full(len(x), -1)}, "refuses every input"),
        ({"labels": lambda x: 1 / 0}, "asked for labels, it crashed with ZeroDivisionError"),
        ({"labels": _right, "differentiate": lambda x: (_sure(x), lambda w: x[:1])}, "a gradient of shape (1, 2)"),
        ({"labels": _right, "differentiate": lambda x: (_sure(x), lambda w: x * np.nan)}, "gradients hold NaN"),
    ],
)
def test_an_answer_that_makes_figures_worthless_is_an_error(kind: Any, finding: str) -> None:
    found = _probed(**kind)
    assert finding in _texts(found.errors)
    with pytest.raises(BadAnswer, match=r"^odd: ") as caught:
        found.require()
    assert "odd: odd:" not in str(caught.value)


def test_all_errors_are_told_at_once() -> None:
    found = _probed(labels=lambda x: 1 / 0, scores=lambda x: np.zeros((len(x), 3)))
    assert len(found.errors) == 2
    assert found.accuracy is None


def test_a_crash_in_the_middle_is_told() -> None:
    calls = itertools.count()

    def tired(x: Inputs) -> Inputs:
        if next(calls) >= 1:
            raise RuntimeError("out of memory")
        return _right(x)

    assert "asked a second time, it crashed with RuntimeError: out of memory" in _texts(_probed(labels=tired).errors)


def test_answers_that_change_are_an_error_unless_they_are_meant() -> None:
    rng = np.random.default_rng(0)

    def drawn(x: Inputs) -> Inputs:
        return np.where(rng.random(len(x)) < 0.3, 1 - _right(x), _right(x))

    assert "not deterministic" in _texts(_probed(labels=drawn).errors)
    assert _probed(labels=drawn, random=True).errors == ()


def test_a_network_in_training_mode_is_caught_by_another_order() -> None:
    nn = need("torch").nn

    class Batchwise(nn.Module):  # type: ignore[misc,name-defined]
        def forward(self, x: Any) -> Any:
            return x - x[:1]

    data = _points()
    target = TorchPredictor(Batchwise(), TABLE, 2)
    found = probe(Rig(name="batchwise", target=target, test=data))
    assert "in another order" in _texts(found.errors)
    assert "training mode" in _texts(found.errors)


def test_labels_and_scores_that_disagree_are_told() -> None:
    found = _probed(labels=lambda x: 1 - _right(x), scores=_sure)
    assert "64 of 64 inputs its label is not the class with its highest score" in _texts(found.warnings)
    assert "no better than always naming the commonest class" in _texts(found.warnings)


def test_a_small_data_set_says_how_wide_its_interval_is() -> None:
    found = _probed(_points(10), labels=_right)
    assert "10 test samples are few: where half succeed, the 95 % interval is 0.53 wide" in _texts(found.warnings)
    assert "0 of 10 still allows 27.8%" in _texts(found.warnings)
    assert round(found.width, 2) == 0.53
    assert "there are no test data" in _texts(_probed(_points().take([]), labels=_right).errors)


def test_a_target_slower_than_the_budget_is_told() -> None:
    ticks = itertools.count()
    found = _probed(labels=_right, budget=Budget(queries=1000, seconds=10), clock=lambda: 6.4 * next(ticks))
    assert found.seconds == pytest.approx(0.1)
    assert "100 ms a sample, so 10 s give 100 queries, not 1,000 queries" in _texts(found.warnings)
    slow = Budget(queries=1000, seconds=10, per_second=5)
    assert "take longer than the budget of time" in _texts(_probed(labels=_right, budget=slow).warnings)
    assert _probed(labels=_right, budget=Budget(queries=100, seconds=60)).warnings == ()


def test_inputs_that_do_not_fit_the_domain_are_told() -> None:
    data, narrow = _points(), (Feature(name="a", low=0.0, high=0.5), Feature(name="b"))
    domain = Domain(modality="table", shape=(2,), features=narrow)
    rig = Rig(name="odd", target=CallablePredictor(domain, 2, labels=_right), test=data)
    assert "of 200 test inputs lie outside of the domain's bounds" in _texts(probe(rig).warnings)
    holes = data.x.copy()
    holes[::2, 0] = np.nan
    assert "100 of 200 test inputs hold NaN" in _texts(
        _probed(Dataset(x=holes, y=data.y, classes=2), labels=_right).errors
    )
    wide = Dataset(x=np.hstack([data.x, data.x]), y=data.y, classes=2)
    assert "has shape (4,), the domain says (2,)" in _texts(_probed(wide, labels=_right).errors)


def test_classes_that_do_not_occur_or_do_not_fit_are_told() -> None:
    data = _points()
    three = Dataset(x=data.x, y=data.y, classes=3)
    target: Predictor = CallablePredictor(TABLE, 3, labels=_right)
    assert "1 of 3 classes do not occur" in _texts(probe(Rig(name="r", target=target, test=three)).warnings)
    assert "3 classes, the target 2" in _texts(_probed(three, labels=_right).errors)


def test_rows_of_every_class_are_asked_even_if_the_data_are_sorted() -> None:
    data = _points(2000)
    seen: list[Inputs] = []

    def watched(x: Inputs) -> Inputs:
        seen.append(x)
        return _right(x)

    _probed(data.take(np.argsort(data.y)), labels=watched)
    assert _right(seen[0]).mean() == 0.5


def test_a_server_that_is_gone_is_no_finding_but_an_error_of_its_own() -> None:
    def gone(x: Inputs) -> Inputs:
        raise Unreachable("the server did not answer")

    with pytest.raises(Unreachable):
        _probed(labels=gone)
