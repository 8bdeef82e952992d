from __future__ import annotations

import numpy as np

from bartizan.controls.adversarial_training import PgdTraining
from bartizan.controls.distillation import DefensiveDistillation, RobustDistillation
from bartizan.targets.torch_models import TorchPredictor
from tests.controls import short

RADIUS = 0.1


def test_the_student_of_a_robust_teacher_is_robust_and_accurate() -> None:
    train, test, _ = short.images()
    student = RobustDistillation(radius=RADIUS, steps=2).harden(short.network()).fit(train, 0)
    plain = short.plain()
    before = short.beaten(plain, test, short.pgd(plain, test, RADIUS))
    assert short.beaten(student, test, short.pgd(student, test, RADIUS)) < before - 0.15
    assert short.accuracy(student, test) > short.accuracy(plain, test) - 0.06


def test_a_recipe_that_is_robust_already_is_the_teacher_as_it_is() -> None:
    robust = PgdTraining(steps=2).harden(short.network(epochs=1))
    distilled = RobustDistillation(teach=False).harden(robust)
    assert distilled.teacher is robust  # type: ignore[attr-defined]
    assert "adversarial_robust_distillation(" in distilled.name


def test_defensive_distillation_hides_gradients_and_does_not_help_against_who_looks_past_them() -> None:
    train, test, _ = short.images()
    student = DefensiveDistillation().harden(short.network()).fit(train, 0)
    assert isinstance(student, TorchPredictor)
    assert short.accuracy(student, test) > short.accuracy(short.plain(), test) - 0.12
    sure, usual = (np.sort(model.logits(test.x), axis=1) for model in (student, short.plain()))  # type: ignore[attr-defined]
    assert np.median(sure[:, -1] - sure[:, -2]) > 3 * np.median(usual[:, -1] - usual[:, -2])
    assert short.beaten(student, test, short.pgd(student, test, RADIUS, 20)) > 0.3
