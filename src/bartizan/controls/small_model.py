"""Smaller models: less room to memorise single records, so that membership and inversion tell less."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any, ClassVar

from bartizan.controls.distillation import Distilled, Lesson
from bartizan.controls.family import Hardening
from bartizan.controls.hardened import Prepared, mark
from bartizan.controls.ranges import Count, Part, Positive, Strength
from bartizan.core.extras import need
from bartizan.core.terms import ControlId
from bartizan.targets.predictor import Unsuitable
from bartizan.targets.recipe import Recipe
from bartizan.targets.sklearn_models import SklearnRecipe
from bartizan.targets.torch_models import Network, Training


class SmallModel(Hardening, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Fewer channels in a network; shallower and coarser trees; stronger regularisation of linear models."""

    id: ClassVar[ControlId] = ControlId("small_model")
    title: ClassVar[str] = "Small model"
    source: ClassVar[str] = (
        "Shokri et al. 2017, 'Membership inference attacks', section VIII; Yeom et al. 2018, section 3"
    )

    width: Part = 0.5
    """Networks: share of the channels and units that each hidden layer keeps."""
    decay: Strength = 0.0
    """Networks: weight decay."""
    distil: bool = False
    """Networks: the small one learns from the answers of the large one instead of from labels alone."""
    depth: Count = 4
    """Trees: at most so many questions in a row."""
    leaf: Count = 5
    """Trees: at least so many training rows behind each answer."""
    penalty: Positive = 10.0
    """Linear models: how many times stronger they are regularised."""

    def harden(self, recipe: Recipe) -> Recipe:
        """The recipe of a smaller model. Unsuitable where nothing is known that would make it smaller."""
        if isinstance(recipe, Prepared):
            return recipe.over(self.harden(recipe.inner))
        if isinstance(recipe, Training):
            return self._slim(recipe)
        if isinstance(recipe, SklearnRecipe):
            return SklearnRecipe(self._simple(recipe), recipe.domain, f"{recipe.name} + {mark(self)}")
        raise Unsuitable(f"{self.title}: nothing is known that makes {recipe.name} smaller")

    def _slim(self, plain: Training) -> Recipe:
        if plain.base is not None:
            raise Unsuitable(f"{self.title}: {plain.name} starts from a trained network, whose size is given")
        slim = plain.with_(mark(self), build=slimmed(plain.build, self.width), decay=max(plain.decay, self.decay))
        slim.build()
        if not self.distil:
            return slim
        return Distilled(plain, plain.with_("slim", build=slim.build, decay=slim.decay), Lesson(3.0, 0.7), mark(self))

    def _simple(self, recipe: SklearnRecipe) -> Any:
        estimator = need("sklearn.base").clone(recipe.estimator)
        last = estimator.steps[-1][1] if hasattr(estimator, "steps") else estimator
        changed = self._settings(last.get_params())
        if not changed:
            raise Unsuitable(f"{self.title}: {type(last).__name__} has no depth and no penalty that could be set")
        last.set_params(**changed)
        return estimator

    def _settings(self, known: dict[str, Any]) -> dict[str, Any]:
        """What to set of the parameters that the estimator knows; never to a larger model than it was."""
        found: dict[str, Any] = {}
        if "max_depth" in known:
            deep = known["max_depth"]
            found["max_depth"] = self.depth if deep is None or deep <= 0 else min(deep, self.depth)
        for name in ("min_samples_leaf", "min_child_samples"):
            if isinstance(known.get(name), int):
                found[name] = max(known[name], self.leaf)
        if isinstance(known.get("C"), float | int):
            found["C"] = known["C"] / self.penalty
        for name in ("alpha", "l2_regularization", "reg_lambda"):
            if "C" not in known and isinstance(known.get(name), float | int):
                found[name] = (known[name] or 0.1) * self.penalty
        if isinstance(known.get("hidden_layer_sizes"), tuple):
            found["hidden_layer_sizes"] = tuple(max(1, round(n * self.width)) for n in known["hidden_layer_sizes"])
        return found


def slimmed(build: Callable[[], Network], width: float) -> Callable[[], Network]:
    """Builds the same chain of layers with that share of the channels; inputs and classes stay.

    Building raises Unsuitable where the network is no chain (Sequential) of linear, convolutional and plain layers.
    """

    def build_slim() -> Network:
        layers = list(_layers(build()))
        weighing = [layer for layer in layers if type(layer).__name__ in ("Linear", "Conv2d")]
        if not weighing:
            raise Unsuitable("a network without linear or convolutional layers cannot be slimmed")
        slim, before, now = [], 0, 0
        for layer in layers:
            last = layer is weighing[-1]
            made, before, now = _slim_layer(layer, before, now, 1.0 if last else width)
            slim.append(made)
        return need("torch").nn.Sequential(*slim)

    return build_slim


def _layers(network: Network) -> list[Network]:
    if type(network).__name__ != "Sequential":
        return [network]
    return [layer for part in network for layer in _layers(part)]


def _slim_layer(layer: Network, before: int, now: int, width: float) -> tuple[Network, int, int]:
    """The layer for ``now`` channels instead of ``before`` (0: as they are), and how many leave it, then and now."""
    nn, kind = need("torch").nn, type(layer).__name__
    if kind == "Linear":
        entering = layer.in_features // before * now if before else layer.in_features
        leaving = max(1, round(layer.out_features * width))
        return nn.Linear(entering, leaving, bias=layer.bias is not None), layer.out_features, leaving
    if kind == "Conv2d" and layer.groups == 1:
        leaving = max(1, round(layer.out_channels * width))
        settings = {name: getattr(layer, name) for name in ("stride", "padding", "dilation", "padding_mode")}
        bias = layer.bias is not None
        made = nn.Conv2d(now or layer.in_channels, leaving, layer.kernel_size, bias=bias, **settings)
        return made, layer.out_channels, leaving
    if kind.startswith("BatchNorm"):
        return type(layer)(now or layer.num_features, layer.eps, layer.momentum, layer.affine), before, now
    if list(layer.parameters()):
        raise Unsuitable(f"a layer {layer} cannot be slimmed; give a smaller network instead")
    return copy.deepcopy(layer), before, now
