from __future__ import annotations

import functools
import math

import msgspec
import numpy as np
import pytest

from bartizan.controls.continuous_validation import ContinuousValidation, StreamValidation, first_alarm
from bartizan.controls.earlier_answers import EarlierAnswers, record
from bartizan.targets.data import Dataset
from bartizan.targets.predictor import Predictor, Unsuitable
from bartizan.targets.rig import Rig
from bartizan.targets.torch_models import Training
from tests import rigs
from tests.controls import dense


@functools.cache
def _trained(flipped: float, seed: int) -> Predictor:
    rig = dense.digits()
    assert isinstance(rig.recipe, Training)
    assert rig.train is not None
    y = rig.train.y.copy()
    rows = rigs.rng().permutation(len(y))[: int(flipped * len(y))]
    y[rows] = (y[rows] + 1) % 10
    return rig.recipe.fit(Dataset(x=rig.train.x, y=y, classes=10), seed)


def _rig(target: Predictor) -> Rig:
    return msgspec.structs.replace(dense.digits(), target=target)


def _earlier() -> EarlierAnswers:
    return record(dense.digits().target, dense.digits().test)


def test_poisoned_retraining_is_flagged_and_another_seed_is_not() -> None:
    check, stream = ContinuousValidation(earlier=_earlier()), StreamValidation(earlier=_earlier())
    for target, fine in ((_trained(0.35, 1), False), (_trained(0.0, 1), True)):
        overall, worst = check.check(_rig(target), rigs.rng())
        assert overall.passed is fine, overall.what
        assert fine is worst.passed or not fine
        (watched,) = stream.check(_rig(target), rigs.rng())
        assert watched.passed is fine, watched.what
        assert watched.trials is not None
        assert watched.trials == 449 if fine else watched.trials < 300


def test_a_class_that_is_lost_is_flagged_though_the_average_hides_it() -> None:
    rig = dense.digits()
    right = rig.target.labels(rig.test.x)
    answers = tuple(int(a) for a in np.where(rig.test.y == 3, 3, right))
    earlier = msgspec.structs.replace(_earlier(), answers=answers)
    overall, worst = ContinuousValidation(earlier=earlier, margin=0.2).check(_rig(_Stubborn(rig.target)), rigs.rng())
    assert overall.passed
    assert not worst.passed
    assert worst.what.startswith("class 3: ")


class _Stubborn(Predictor):
    """Takes half of all threes for eights."""

    def __init__(self, inner: Predictor) -> None:
        self.inner = inner

    @property
    def card(self):  # type: ignore[no-untyped-def]
        return self.inner.card

    def labels(self, x):  # type: ignore[no-untyped-def]
        labels = self.inner.labels(x).copy()
        labels[np.flatnonzero(labels == 3)[::2]] = 8
        return labels


def test_without_records_a_model_of_the_reserve_is_the_measure() -> None:
    overall, _ = ContinuousValidation().check(_rig(_trained(0.35, 1)), rigs.rng())
    assert "trained on 450 reserved rows" in overall.what
    assert not overall.passed
    bare = Rig(name="bare", target=dense.digits().target, test=dense.digits().test)
    with pytest.raises(Unsuitable, match="no earlier answers"):
        ContinuousValidation().check(bare, rigs.rng())


def test_answers_on_another_test_set_are_no_measure() -> None:
    rig = dense.digits()
    fewer = msgspec.structs.replace(rig, test=rig.test.take(slice(0, 100)))
    with pytest.raises(Unsuitable, match="not the one"):
        ContinuousValidation(earlier=_earlier()).check(fewer, rigs.rng())
    again = msgspec.json.decode(msgspec.json.encode(_earlier()), type=EarlierAnswers)
    assert again == _earlier()


def test_false_alarms_of_the_stream_are_as_rare_as_they_shall_be() -> None:
    rng = rigs.rng(8)
    alarms = [first_alarm(rng.random(1000) < 0.05, 0.05, 0.15, math.log(10_000)) for _ in range(200)]
    assert sum(alarm is not None for alarm in alarms) <= 40  # 200,000 answers, at most 20 expected
    seen = [first_alarm(rng.random(1000) < 0.2, 0.05, 0.15, math.log(10_000)) for _ in range(50)]
    found = [alarm for alarm in seen if alarm is not None]
    assert len(found) == 50
    assert np.mean(found) < 120


def test_the_cumulative_sum_is_pages_recursion() -> None:
    wrong = rigs.rng(1).random(400) < 0.12
    level, expected = 0.0, None
    for k, error in enumerate(wrong):
        level = max(0.0, level + (math.log(0.2 / 0.05) if error else math.log(0.8 / 0.95)))
        if level > 4 and expected is None:
            expected = k
    assert expected is not None
    assert first_alarm(wrong, 0.05, 0.2, 4.0) == expected
