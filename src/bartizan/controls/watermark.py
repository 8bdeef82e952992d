"""Model watermarking: answers that only the owner's model gives, for reasons that only the owner knows.

Secret inputs with random answers are trained into the model. A stolen file keeps them; a copy made by queries seldom
does (`watermark_answers` is for those).
"""

from __future__ import annotations

import hashlib
import hmac
from typing import ClassVar

import numpy as np

from bartizan.controls.family import Check, Hardening, Proof
from bartizan.controls.hardened import Hardened, numbers_only
from bartizan.controls.watermark_proof import resembles, secret_of, stream
from bartizan.core.terms import ControlId
from bartizan.targets.data import Dataset
from bartizan.targets.domain import Domain
from bartizan.targets.predictor import Predictor, Unsuitable
from bartizan.targets.recipe import Recipe
from bartizan.targets.rig import Rig


class ModelWatermarking(Hardening, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Trains on secret noise with secret answers besides the data."""

    id: ClassVar[ControlId] = ControlId("model_watermarking")
    title: ClassVar[str] = "A trigger set, trained in"
    source: ClassVar[str] = "Y. Adi et al., Turning your weakness into a strength, USENIX Security 2018, section 4"

    secret: str = ""
    """What the markers follow from. Empty: it is read from the environment variable BARTIZAN_WATERMARK."""
    markers: int = 40
    repeats: int = 4
    """How often each marker stands in the training set: more for a model that generalises rather than remembers."""

    def harden(self, recipe: Recipe) -> MarkedRecipe:
        """The recipe with markers. Unsuitable without a secret, or where no inputs can be made up for it."""
        numbers_only(recipe, self.title)
        return MarkedRecipe(recipe, self)


class MarkedRecipe(Hardened):
    """A recipe whose models carry a mark."""

    def __init__(self, inner: Recipe, how: ModelWatermarking) -> None:
        self.how = how
        self._secret = secret_of(how.secret)
        bound = hmac.new(self._secret, b"recipe", hashlib.sha256).hexdigest()[:16]
        super().__init__(inner, f"{how.name}(markers={how.markers}, repeats={how.repeats}, secret {bound})")

    def fit(self, data: Dataset, seed: int) -> Predictor:
        """A marked model."""
        marks = markers(self._secret, self.domain, data.classes, self.how.markers)
        rows = np.tile(np.arange(len(marks)), self.how.repeats)
        marks = Dataset(x=marks.x[rows].astype(data.x.dtype), y=marks.y[rows], classes=data.classes)
        return self.inner.fit(data.join(marks), seed)


class WatermarkCheck(Check, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Asks a model, one's own or a suspect, for its answers to the markers.

    Answers of the markers are drawn uniformly by the secret, so a model that was made without it matches each with a
    chance of 1 over the number of classes, whatever it answers: the chance of an accidental match is exact.
    """

    id: ClassVar[ControlId] = ControlId("model_watermarking")
    variant: ClassVar[str] = "check"
    title: ClassVar[str] = "The mark is found"

    secret: str = ""
    """As for the hardening."""
    markers: int = 40

    def check(self, rig: Rig, rng: np.random.Generator) -> tuple[Proof, ...]:
        """One proof: matches of all markers, and the chance of as many by accident."""
        card = rig.target.card
        return (resembles(rig.target, markers(secret_of(self.secret), card.domain, card.classes, self.markers)),)


def markers(secret: bytes, domain: Domain, classes: int, count: int) -> Dataset:
    """Inputs of noise within the domain, and answers: same secret, same markers, however many are asked for."""
    if domain.modality == "text":
        raise Unsuitable("markers are made up of numbers, and this model takes texts")
    low, high = domain.bounds()
    if not (np.isfinite(low).all() and np.isfinite(high).all()):
        raise Unsuitable("markers are drawn within the domain's bounds, and a feature has none; state them")
    rng = stream(secret, f"marked inputs {domain.shape}")
    answers = stream(secret, f"marked answers {classes}").integers(0, classes, count)
    # Half the values stand at a bound: far from ordinary inputs, so that marking costs little accuracy.
    x = low + (high - low) * np.clip(rng.uniform(-0.5, 1.5, (count, *domain.shape)), 0.0, 1.0)
    return Dataset(x=domain.feasible(x, x), y=answers, classes=classes, name="markers")
