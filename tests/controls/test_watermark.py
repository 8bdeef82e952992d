from __future__ import annotations

import functools

import msgspec
import pytest

from bartizan.controls.watermark import ModelWatermarking, WatermarkCheck, markers
from bartizan.controls.watermark_answers import AnswerWatermarking
from bartizan.controls.watermark_proof import VARIABLE, accidental, resembles
from bartizan.lab.reference.rigs import DIGITS
from bartizan.targets.data import Dataset
from bartizan.targets.domain import Domain
from bartizan.targets.predictor import Predictor, Unsuitable
from bartizan.targets.rig import Rig
from bartizan.targets.torch_models import TorchPredictor, Training
from tests import rigs
from tests.controls import dense


def _found(rig: Rig, target: Predictor, secret: str = "ours") -> tuple[bool, int]:
    (proof,) = WatermarkCheck(secret=secret).check(msgspec.structs.replace(rig, target=target), rigs.rng())
    assert proof.hits is not None
    assert proof.trials == 40
    return proof.passed, proof.hits


@functools.cache
def _marked() -> TorchPredictor:
    rig = rigs.digits()
    assert rig.recipe is not None
    assert rig.train is not None
    target = ModelWatermarking(secret="ours").harden(rig.recipe).fit(rig.train, 0)
    assert isinstance(target, TorchPredictor)
    return target


def _taught(labels_from: Predictor, x: Dataset, epochs: int) -> Predictor:
    return dense.training(epochs).fit(Dataset(x=x.x, y=labels_from.labels(x.x), classes=10), 5)


def test_the_mark_is_found_in_the_marked_model_and_neither_in_another_nor_with_another_secret() -> None:
    rig = rigs.digits()
    assert _found(rig, _marked()) == (True, 40)
    assert not _found(rig, rig.target)[0]
    assert not _found(rig, _marked(), "theirs")[0]
    right = [(target.labels(rig.test.x) == rig.test.y).mean() for target in (rig.target, _marked())]
    assert right[1] > right[0] - 0.03


def test_a_forest_can_be_marked_too() -> None:
    rig = rigs.tumours("forest")
    assert rig.recipe is not None
    assert rig.train is not None
    assert _found(rig, ModelWatermarking(secret="ours").harden(rig.recipe).fit(rig.train, 0))[0]
    assert not _found(rig, rig.target)[0]


def test_a_trained_in_mark_survives_fine_tuning_and_does_not_survive_extraction() -> None:
    rig = rigs.digits()
    recipe, reserve = rig.recipe, rig.reserve
    assert isinstance(recipe, Training)
    assert reserve is not None
    tuned = recipe.with_("tuned", base=_marked().network, epochs=3).fit(reserve, 1)
    assert _found(rig, tuned)[0]
    assert not _found(rig, _taught(_marked(), reserve, 12))[0]  # as the docs say: queries seldom carry it


def test_marked_answers_survive_extraction_by_a_copy_that_knows_its_queries_by_heart() -> None:
    rig = rigs.digits()
    assert rig.reserve is not None
    guarded = AnswerWatermarking(secret="ours", share=0.05).mount(rig.target, rig.test, rigs.rng())
    copy = _taught(guarded, rig.reserve, 150)
    marks = guarded.marks
    assert 12 <= len(marks) <= 35
    assert resembles(copy, marks, 9).passed
    assert not resembles(rig.target, marks, 9).passed
    honest = _taught(rig.target, rig.reserve, 12)
    assert not resembles(honest, marks, 9).passed


def test_marked_answers_are_few_always_the_same_and_agree_with_the_scores() -> None:
    rig = rigs.digits()
    guarded = AnswerWatermarking(secret="ours", share=0.03).mount(rig.target, rig.test, rigs.rng())
    first, again = guarded.labels(rig.test.x), guarded.labels(rig.test.x)
    assert (first == again).all()
    assert (guarded.scores(rig.test.x).argmax(axis=1) == first).all()
    assert 0 < (first != rig.target.labels(rig.test.x)).mean() < 0.07
    other = AnswerWatermarking(secret="theirs", share=0.03).mount(rig.target, rig.test, rigs.rng())
    assert (other.labels(rig.test.x) != first).any()


def test_the_chance_of_an_accident_is_exact_and_too_few_markers_prove_nothing() -> None:
    assert accidental(2, 2, 0.1) == pytest.approx(0.01)
    assert accidental(0, 5, 0.1) == 1.0
    few = resembles(_marked(), markers(b"ours", DIGITS, 10, 3))
    assert few.hits == few.trials == 3
    assert not few.passed
    assert "too few" in few.what


def test_without_a_secret_nothing_is_marked_and_the_secret_shows_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    recipe = rigs.digits().recipe
    assert recipe is not None
    monkeypatch.delenv(VARIABLE, raising=False)
    with pytest.raises(Unsuitable, match=VARIABLE):
        ModelWatermarking().harden(recipe)
    monkeypatch.setenv(VARIABLE, "hush-hush")
    named = ModelWatermarking().harden(recipe)
    assert "hush-hush" not in named.name
    assert named.digest == ModelWatermarking(secret="hush-hush").harden(recipe).digest
    assert named.digest != ModelWatermarking(secret="other").harden(recipe).digest


def test_what_cannot_be_marked_says_why() -> None:
    with pytest.raises(Unsuitable, match="two classes"):
        AnswerWatermarking(secret="s").mount(rigs.tumours().target, rigs.tumours().test, rigs.rng())
    with pytest.raises(Unsuitable, match="bounds"):
        markers(b"s", Domain(modality="table", shape=(2,), high=float("inf")), 2, 10)
