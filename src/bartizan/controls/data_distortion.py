"""Training data are altered, so that finely tuned poison loses its hold while what they mean stays.

Networks see another alteration in each batch; other models are fitted to altered copies. Strengths are shares of the
span of each value.
"""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from bartizan.controls.family import Hardening
from bartizan.controls.hardened import Prepared, mark, numbers_only, retrain
from bartizan.controls.input_distortion import noisy_span, squeezed
from bartizan.controls.ranges import Bits, Count, Positive, Share, Strength
from bartizan.core.extras import need
from bartizan.core.terms import ControlId
from bartizan.targets.data import Dataset
from bartizan.targets.domain import Domain
from bartizan.targets.predictor import Unsuitable
from bartizan.targets.recipe import Recipe
from bartizan.targets.torch_models import Network, Tensor, Training

_ID = ControlId("train_data_distortion")


class TrainingNoise(Hardening, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Gaussian noise on the inputs; also what randomised smoothing asks of its model."""

    id: ClassVar[ControlId] = _ID
    variant: ClassVar[str] = "noise"
    title: ClassVar[str] = "Noise on training data"
    source: ClassVar[str] = "Bishop 1995, 'Training with noise'; for smoothing Cohen et al. 2019, section 3.3"

    strength: Strength = 0.1
    """Standard deviation, as a share of the span of each value. Categories stay."""
    copies: Count = 5
    """Models other than networks: noisy copies of each row that they are fitted to, instead of the row."""

    def harden(self, recipe: Recipe) -> Recipe:
        """The recipe on noisy data. Unsuitable for texts."""
        domain = numbers_only(recipe, self.title)
        try:
            return retrain(recipe, self.title, lambda plain: self._in_batches(plain, domain))
        except Unsuitable:
            return Prepared(recipe, mark(self), lambda data, rng: self._in_copies(data, domain, rng))

    def _in_batches(self, plain: Training, domain: Domain) -> Training:
        usual, scale = plain.loss, self.strength * noisy_span(domain)

        def loss(network: Network, x: Tensor, y: Tensor, generator: Any) -> Tensor:
            torch = need("torch")
            noise = torch.randn(x.shape, generator=generator).to(x.device)
            return usual(network, x + noise * torch.as_tensor(scale, dtype=x.dtype, device=x.device), y, generator)

        return plain.with_(mark(self), loss=loss)

    def _in_copies(self, data: Dataset, domain: Domain, rng: np.random.Generator) -> Dataset:
        many = data.take(np.tile(np.arange(len(data)), self.copies))
        noisy = many.x + rng.standard_normal(many.x.shape) * self.strength * noisy_span(domain)
        return Dataset(x=noisy.astype(data.x.dtype), y=many.y, classes=data.classes, name=data.name)


class TrainingSqueeze(Hardening, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Fewer levels of each value, and a median over neighbouring pixels. Mount input_distortion/squeeze alike."""

    id: ClassVar[ControlId] = _ID
    variant: ClassVar[str] = "squeeze"
    title: ClassVar[str] = "Squeezed training data"
    source: ClassVar[str] = "Xu, Evans and Qi 2018, 'Feature squeezing', section 3"

    bits: Bits = 4
    """Of each value; 2 ** bits levels between its bounds."""
    window: Count = 1
    """Side of the square whose median a pixel becomes; 1: none. Images only."""

    def harden(self, recipe: Recipe) -> Recipe:
        """The recipe on squeezed data. Unsuitable for texts, and with a window for tables."""
        domain = numbers_only(recipe, self.title)
        if self.window > 1 and domain.modality != "image":
            raise Unsuitable(f"{self.title}: a median needs neighbouring pixels, and {recipe.name} reads a table")

        def change(data: Dataset, rng: np.random.Generator) -> Dataset:
            x = squeezed(data.x, domain, self.bits, self.window).astype(data.x.dtype)
            return Dataset(x=x, y=data.y, classes=data.classes, name=data.name)

        return Prepared(recipe, mark(self), change)


class Mixup(Hardening, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Learns from blends of two inputs, with both labels in the same proportion."""

    id: ClassVar[ControlId] = _ID
    variant: ClassVar[str] = "mixup"
    title: ClassVar[str] = "Mixup"
    source: ClassVar[str] = (
        "Zhang et al. 2018, 'mixup: beyond empirical risk minimization'; as defence Borgnia et al. 2021"
    )

    strength: Positive = 0.4
    """Both parameters of the beta distribution that the blend is drawn from: 0 nearly none, 1 any blend alike."""

    def harden(self, recipe: Recipe) -> Recipe:
        """The same training on blends. Unsuitable for what is no network, and for texts."""
        numbers_only(recipe, self.title)
        return retrain(recipe, self.title, self._blended)

    def _blended(self, plain: Training) -> Training:
        usual = plain.loss

        def loss(network: Network, x: Tensor, y: Tensor, generator: Any) -> Tensor:
            torch = need("torch")
            other = torch.randperm(len(y), generator=generator)
            seed = int(torch.randint(2**31, (1,), generator=generator))
            part = float(np.random.default_rng(seed).beta(self.strength, self.strength))
            blend = part * x + (1 - part) * x[other]
            first, second = usual(network, blend, y, generator), usual(network, blend, y[other], generator)
            return part * first + (1 - part) * second

        return plain.with_(mark(self), loss=loss)


class Cutout(Hardening, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Learns from images in which a square at a random place is blank, so that no small patch decides."""

    id: ClassVar[ControlId] = _ID
    variant: ClassVar[str] = "cutout"
    title: ClassVar[str] = "Cutout"
    source: ClassVar[str] = "DeVries and Taylor 2017, 'Improved regularization with cutout', section 3"

    side: Share = 0.4
    """Of the square, as a share of the image's."""

    def harden(self, recipe: Recipe) -> Recipe:
        """The same training on images with holes. Unsuitable for what is no network, and for tables and texts."""
        domain = numbers_only(recipe, self.title)
        if domain.modality != "image":
            raise Unsuitable(f"{self.title} blanks squares of images, and {recipe.name} reads a {domain.modality}")
        return retrain(recipe, self.title, lambda plain: self._holed(plain, domain.low))

    def _holed(self, plain: Training, blank: float) -> Training:
        usual = plain.loss

        def loss(network: Network, x: Tensor, y: Tensor, generator: Any) -> Tensor:
            torch = need("torch")
            centres = torch.rand((2, len(x), 1), generator=generator).to(x.device)
            inside = [
                ((torch.arange(length, device=x.device) + 0.5) / length - centre).abs() < self.side / 2
                for length, centre in zip(x.shape[-2:], centres, strict=True)
            ]
            hole = (inside[0][:, :, None] & inside[1][:, None, :]).reshape(len(x), *[1] * (x.ndim - 3), *x.shape[-2:])
            return usual(network, x.masked_fill(hole, blank), y, generator)

        return plain.with_(mark(self), loss=loss)
