"""Distillation: a student learns from the softened answers of a teacher.

Robust distillation lets it match a robust teacher on attacked inputs. The older defensive distillation is kept beside
it to be measured: it hides gradients and was broken in 2017, and the lab should say so.
"""

from __future__ import annotations

import copy
from typing import Any, ClassVar

from bartizan.controls.adversarial_training import Climb, PgdTraining, mistakes
from bartizan.controls.family import Hardening
from bartizan.controls.hardened import Hardened, mark, numbers_only, retrain
from bartizan.controls.ranges import Count, Positive, Share
from bartizan.core.extras import need
from bartizan.core.terms import ControlId
from bartizan.targets.data import Dataset
from bartizan.targets.predictor import Predictor
from bartizan.targets.recipe import Recipe
from bartizan.targets.torch_models import Loss, Network, Tensor, Training


class Distilled(Hardened):
    """Trains a teacher, and then a student that learns from it. What is served is the student.

    It ends the chain of trainings: to train adversarially as well, harden first and distil the result.
    """

    def __init__(self, teacher: Training, student: Training, lesson: Lesson, mark: str) -> None:
        super().__init__(teacher, mark)
        self.teacher, self.student, self.lesson = teacher, student, lesson

    @property
    def name(self) -> str:
        """The student's name, and how it was taught."""
        return f"{self.student.name} + {self.mark}"

    def fit(self, data: Dataset, seed: int) -> Predictor:
        """The student. Teacher and student are trained on the same data with the same seed."""
        teacher = self.teacher.train(data, seed).requires_grad_(False)
        return self.student.with_(self.mark, loss=self.lesson.by(teacher)).fit(data, seed)


class Lesson:
    """What a student minimises: (1 - weight) x own mistakes + weight x T^2 x distance from the teacher's answers."""

    def __init__(self, temperature: float, weight: float, climb: Climb | None = None) -> None:
        self.temperature, self.weight, self.climb = temperature, weight, climb

    def by(self, teacher: Network) -> Loss:
        """The loss under this teacher; where there is a climb, the student answers attacked inputs."""

        def loss(network: Network, x: Tensor, y: Tensor, generator: Any) -> Tensor:
            torch = need("torch")
            with torch.no_grad():
                taught = (teacher(x) / self.temperature).softmax(1)
            given = self.climb(network, x, mistakes(y), generator) if self.climb else x
            said = (network(given) / self.temperature).log_softmax(1)
            copied = self.temperature**2 * torch.nn.functional.kl_div(said, taught, reduction="batchmean")
            own = torch.nn.functional.cross_entropy(network(x), y) if self.weight < 1 else 0.0
            return self.weight * copied + (1 - self.weight) * own

        return loss


class RobustDistillation(Hardening, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The teacher is trained adversarially; the student matches its answers to clean inputs on attacked ones."""

    id: ClassVar[ControlId] = ControlId("adversarial_robust_distillation")
    title: ClassVar[str] = "Adversarially robust distillation"
    source: ClassVar[str] = "Goldblum, Fowl, Feizi and Goldstein 2020, 'Adversarially robust distillation', section 4"

    radius: Positive = 0.1
    """Of the attacks on teacher and student, as a share of the span of each value."""
    steps: Count = 7
    """Of these attacks."""
    temperature: Positive = 2.0
    """Of the answers while learning; the student is served at 1. Higher: smoother, and classes blur."""
    weight: Share = 0.9
    """Of the teacher's answers; the rest goes to the true labels."""
    longer: Positive = 2.0
    """How many times the epochs of the plain recipe the student learns."""
    teach: bool = True
    """Train the teacher adversarially first. False: the recipe that is hardened makes a robust one already."""

    def harden(self, recipe: Recipe) -> Recipe:
        """Teacher and student of the same build. Unsuitable for what is no network, and for texts."""
        domain = numbers_only(recipe, self.title)
        climb = Climb(domain=domain, radius=self.radius, steps=self.steps, step=max(0.3, 1 / self.steps))
        return retrain(
            recipe, self.title, lambda plain: self._distilled(plain, Lesson(self.temperature, self.weight, climb))
        )

    def _distilled(self, plain: Training, lesson: Lesson) -> Distilled:
        teacher: Recipe = PgdTraining(radius=self.radius, steps=self.steps).harden(plain) if self.teach else plain
        assert isinstance(teacher, Training)
        student = copy.copy(plain)
        student.epochs = max(1, round(plain.epochs * self.longer))
        return Distilled(teacher, student, lesson, mark(self))


class DefensiveDistillation(Hardening, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Teacher and student are trained at a high temperature and served at 1, where the softmax is saturated.

    It hides gradients and moves the boundary little: attacks on logits, and those without gradients, pass it
    (Carlini and Wagner 2017, section VIII). Here to be measured, not to be relied on.
    """

    id: ClassVar[ControlId] = ControlId("adversarial_robust_distillation")
    variant: ClassVar[str] = "defensive"
    title: ClassVar[str] = "Defensive distillation (weak: hides gradients)"
    source: ClassVar[str] = "Papernot et al. 2016, 'Distillation as a defense', section IV"

    temperature: Positive = 10.0
    """Of teacher and student while they learn."""
    longer: Positive = 2.0
    """How many times the epochs of the plain recipe: warm answers take longer to learn."""

    def harden(self, recipe: Recipe) -> Recipe:
        """Teacher and student of the same build. Unsuitable for what is no network."""
        return retrain(recipe, self.title, self._distilled)

    def _distilled(self, plain: Training) -> Distilled:
        def warm(network: Network, x: Tensor, y: Tensor, generator: Any) -> Tensor:
            return need("torch").nn.functional.cross_entropy(network(x) / self.temperature, y)

        student = copy.copy(plain)
        student.epochs = max(1, round(plain.epochs * self.longer))
        return Distilled(student.with_(mark(self), loss=warm), student, Lesson(self.temperature, 1.0), mark(self))
