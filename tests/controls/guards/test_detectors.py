"""Detectors on real models: false alarms as they are told, and true ones on what they are made for."""

from __future__ import annotations

import numpy as np
import pytest

from bartizan.controls.family import Guard
from bartizan.controls.guards.anomalous_input import AnomalousInputHandling
from bartizan.controls.guards.evasion_input import DetectorNetwork, FeatureSqueezing, KernelDensity
from bartizan.controls.guards.squeezing import fewer_levels, median_filtered
from bartizan.controls.guards.suspicion import Detector, threshold_at
from bartizan.targets.border import Border
from bartizan.targets.data import Dataset
from bartizan.targets.domain import Domain, Inputs
from bartizan.targets.predictor import REFUSED, Unsuitable
from bartizan.targets.rig import Rig
from tests import rigs

DETECTORS = (
    AnomalousInputHandling(false_positives=0.05),
    AnomalousInputHandling(false_positives=0.05, space="best"),
    AnomalousInputHandling(false_positives=0.05, method="isolation"),
    AnomalousInputHandling(false_positives=0.05, method="neighbours"),
    FeatureSqueezing(),
    KernelDensity(),
    DetectorNetwork(),
)


def named(guard: object) -> str:
    return f"{getattr(guard, 'name', '')}-{getattr(guard, 'method', '')}"


def mounted(guard: Guard, rig: Rig, clean: Dataset) -> Detector:
    found = guard.mount(rig.target, clean, rigs.rng())
    assert isinstance(found, Detector)
    return found


def steps_uphill(rig: Rig, n: int, radius: float = 0.15, steps: int = 8) -> Inputs:
    """Projected gradient on the unguarded model."""
    origin, y = rig.test.x[:n], rig.test.y[:n]
    x = origin.copy()
    for _ in range(steps):
        logits, pull = rig.target.differentiate(x)
        exps = np.exp(logits - logits.max(axis=1, keepdims=True))
        up = pull(exps / exps.sum(axis=1, keepdims=True) - np.eye(10)[y])
        x = np.clip(np.clip(x + 0.04 * np.sign(up), origin - radius, origin + radius), 0, 1).astype(np.float32)
    return x


@pytest.mark.parametrize("guard", DETECTORS, ids=named)
@pytest.mark.parametrize("kind", ["images", "table"])
def test_false_alarms_on_unseen_ordinary_inputs_are_about_as_many_as_told(guard: Guard, kind: str) -> None:
    rig = rigs.digits() if kind == "images" else rigs.tumours()
    assert rig.reserve is not None
    answers = mounted(guard, rig, rig.reserve).labels(rig.test.x)
    # 5 % are nominal; the threshold comes from at most 225 inputs and is tried on at most 450
    assert np.mean(answers == REFUSED) < 0.13
    passed = answers != REFUSED
    assert (answers[passed] == rig.target.labels(rig.test.x[passed])).all()


@pytest.mark.parametrize("guard", DETECTORS[:4], ids=named)
def test_noise_is_anomalous(guard: Guard) -> None:
    rig = rigs.tumours()
    assert rig.reserve is not None
    low, high = rig.target.card.domain.bounds()
    noise = rigs.rng().uniform(low, high, (100, 30))
    assert np.mean(mounted(guard, rig, rig.reserve).labels(noise) == REFUSED) > 0.9


@pytest.mark.parametrize(
    ("guard", "least"), [(FeatureSqueezing(), 0.4), (KernelDensity(), 0.3), (DetectorNetwork(), 0.5)], ids=str
)
def test_inputs_of_an_attack_that_does_not_know_the_detector_are_found(guard: Guard, least: float) -> None:
    rig = rigs.digits()
    assert rig.reserve is not None
    attacked = steps_uphill(rig, 150)
    fooled = rig.target.labels(attacked) != rig.test.y[:150]
    assert fooled.mean() > 0.5
    found = mounted(guard, rig, rig.reserve).labels(attacked) == REFUSED
    assert found[fooled].mean() > least


def test_an_attack_that_follows_the_squeezed_views_passes_the_squeezing_detector_more_often() -> None:
    rig = rigs.digits()
    assert rig.reserve is not None
    guarded = mounted(FeatureSqueezing(), rig, rig.reserve)
    aware = Rig(name="guarded", target=guarded, test=rig.test)
    answers = [guarded.labels(steps_uphill(r, 200)) for r in (rig, aware)]
    fooled = [np.mean((labels != rig.test.y[:200]) & (labels != REFUSED)) for labels in answers]
    assert fooled[1] > fooled[0] + 0.02


@pytest.mark.parametrize("guard", DETECTORS[:4], ids=named)
def test_what_is_not_finite_is_refused(guard: Guard) -> None:
    rig = rigs.tumours()
    assert rig.reserve is not None
    x = rig.test.x[:4].copy()
    x[1, 4] = np.nan
    found = Border(mounted(guard, rig, rig.reserve)).labels(x)
    assert found[1] == REFUSED


def test_the_threshold_is_the_conformal_quantile_or_says_how_many_inputs_it_takes() -> None:
    assert threshold_at(np.arange(99.0), 0.1) == 89
    with pytest.raises(Unsuitable, match="takes 99"):
        threshold_at(np.arange(98.0), 0.01)
    with pytest.raises(Unsuitable, match="cannot be judged"):
        threshold_at(np.array([1.0, np.nan]), 0.5)
    with pytest.raises(ValueError, match="between 0 and 1"):
        threshold_at(np.arange(9.0), 0.0)


def test_squeezers_keep_shape_type_and_bounds() -> None:
    domain = Domain(modality="image", shape=(1, 4, 4))
    x = rigs.rng().random((3, 1, 4, 4)).astype(np.float32)
    squeezed = fewer_levels(x, domain, 1)
    assert set(np.unique(squeezed)) == {0, 1}
    assert squeezed.dtype == median_filtered(x, 2).dtype == np.float32
    assert median_filtered(x, 3).shape == x.shape


def test_features_that_are_not_there_and_texts_are_not_applicable() -> None:
    rig = rigs.tumours()
    with pytest.raises(Unsuitable, match="no hidden layer"):
        AnomalousInputHandling(space="features").mount(rig.target, rig.test, rigs.rng())
    with pytest.raises(Unsuitable, match="too few"):
        AnomalousInputHandling(false_positives=0.001).mount(rig.target, rig.test, rigs.rng())
