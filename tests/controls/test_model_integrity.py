from __future__ import annotations

import copy

import msgspec
import numpy as np
import pytest

from bartizan.controls.model_integrity import IntegrityCheck, ModelChanged, RuntimeModelIntegrity, change_one_weight
from bartizan.targets.domain import Inputs
from bartizan.targets.predictor import REFUSED, Card, Labels, Predictor, Unsuitable
from tests import rigs


class Far(Predictor):
    """A model behind an address: no weights to look at."""

    def __init__(self, inner: Predictor) -> None:
        self.inner = inner
        self._card = msgspec.structs.replace(inner.card, capabilities=frozenset({"labels"}), digest="")

    @property
    def card(self) -> Card:
        return self._card

    def labels(self, x: Inputs) -> Labels:
        return self.inner.labels(x)


@pytest.mark.parametrize("name", ["digits", "tumours"])
def test_from_the_look_that_finds_a_changed_weight_every_input_is_refused(name: str) -> None:
    rig = rigs.digits() if name == "digits" else rigs.tumours()
    target, x = copy.deepcopy(rig.target), rig.test.x[:30]
    watched = RuntimeModelIntegrity(interval=60).mount(target, rig.test, rigs.rng())
    assert (watched.labels(x) == rig.target.labels(x)).all()
    change_one_weight(target)
    assert (watched.labels(x) == REFUSED).all()  # 60 inputs since the last look
    assert not watched.scores(x).any()
    assert watched.changed


def test_between_two_looks_a_changed_model_still_answers() -> None:
    rig = rigs.digits()
    target = copy.deepcopy(rig.target)
    watched = RuntimeModelIntegrity(interval=10_000).mount(target, rig.test, rigs.rng())
    change_one_weight(target)
    assert (watched.labels(rig.test.x[:20]) != REFUSED).all()


def test_a_model_that_is_not_the_expected_release_is_not_mounted() -> None:
    rig = rigs.digits()
    RuntimeModelIntegrity(expected=rig.target.card.digest).mount(rig.target, rig.test, rigs.rng())
    changed = copy.deepcopy(rig.target)
    change_one_weight(changed)
    with pytest.raises(ModelChanged, match="not what was released"):
        RuntimeModelIntegrity(expected="ab" * 32).mount(rig.target, rig.test, rigs.rng())
    with pytest.raises(Unsuitable, match="no digest"):
        RuntimeModelIntegrity(expected="v1.2").mount(rig.target, rig.test, rigs.rng())


def test_a_model_out_of_reach_is_watched_by_its_answers() -> None:
    rig = rigs.digits()
    far = Far(rig.target)
    watched = RuntimeModelIntegrity(interval=1).mount(far, rig.test, rigs.rng())
    assert (watched.labels(rig.test.x[:5]) != REFUSED).all()
    far.inner = _swapped(rig.target)
    assert (watched.labels(rig.test.x[:5]) == REFUSED).all()


def _swapped(target: Predictor) -> Predictor:
    class Swapped(Far):
        def labels(self, x: Inputs) -> Labels:
            return np.asarray((self.inner.labels(x) + 1) % 10)

    return Swapped(target)


def test_a_model_that_cannot_be_looked_at_any_more_is_refused() -> None:
    rig = rigs.digits()
    far = Far(rig.target)
    watched = RuntimeModelIntegrity(interval=1).mount(far, rig.test, rigs.rng())
    del far.inner
    assert (watched.labels(rig.test.x[:5]) == REFUSED).all()


@pytest.mark.parametrize("name", ["digits", "logistic", "forest"])
def test_the_check_tries_the_alarm_on_a_copy_and_compares_with_the_release(name: str) -> None:
    rig = rigs.digits() if name == "digits" else rigs.tumours(name)
    before = rig.target.labels(rig.test.x)
    proofs = IntegrityCheck(expected=rig.target.card.digest).check(rig, rigs.rng())
    assert [proof.passed for proof in proofs] == [True, True]
    assert (proofs[1].hits, proofs[1].trials) == (20, 20)
    assert (rig.target.labels(rig.test.x) == before).all()
    assert [proof.passed for proof in IntegrityCheck(expected="ab" * 32).check(rig, rigs.rng())] == [False, True]
