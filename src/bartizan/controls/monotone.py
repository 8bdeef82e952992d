"""Monotone models: what an attacker can only raise can only raise the score, so that raising it never helps them."""

from __future__ import annotations

import copy
from typing import Any, ClassVar

from bartizan.controls.family import Hardening
from bartizan.controls.hardened import Prepared, domain_of
from bartizan.core.extras import need
from bartizan.core.terms import ControlId
from bartizan.targets.domain import Domain
from bartizan.targets.predictor import Unsuitable
from bartizan.targets.recipe import Recipe
from bartizan.targets.sklearn_models import SklearnRecipe

_KEEPS_ORDER = {
    "StandardScaler",
    "MinMaxScaler",
    "MaxAbsScaler",
    "RobustScaler",
    "QuantileTransformer",
    "SimpleImputer",
}
"""Steps of a pipeline that leave columns in place and rising ones rising."""


class Monotone(Hardening, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Constrains trees of two classes so that the score of class 1 only rises, or only falls, with a feature.

    Make class 1 the one that the attacker wants to avoid: "malicious", "default". A feature that they can only raise
    then belongs among the rising ones, and no change they can make to it alone gets them out of class 1.
    """

    id: ClassVar[ControlId] = ControlId("evasion_robust_model")
    variant: ClassVar[str] = "monotone"
    title: ClassVar[str] = "Monotone constraints"
    source: ClassVar[str] = "Incer et al. 2018, 'Adversarially robust malware detection using monotonic classification'"

    rising: tuple[str, ...] = ()
    """Names of features with which the score of class 1 may only rise."""
    falling: tuple[str, ...] = ()
    """Names of features with which it may only fall. Neither named: those that the domain says move one way only."""

    def harden(self, recipe: Recipe) -> Recipe:
        """The same estimator, constrained. Unsuitable where it knows no such constraints, or no feature is named."""
        if isinstance(recipe, Prepared):
            return recipe.over(self.harden(recipe.inner))
        if not isinstance(recipe, SklearnRecipe):
            raise Unsuitable(f"{self.title} are built into trees, and {recipe.name} is no scikit-learn estimator")
        signs = self._signs(domain_of(recipe, self.title))
        estimator = need("sklearn.base").clone(recipe.estimator)
        _constrain(estimator, signs)
        return SklearnRecipe(estimator, recipe.domain, f"{recipe.name} + {self.name}({_told(recipe.domain, signs)})")

    def _signs(self, domain: Domain) -> list[int]:
        names = [feature.name for feature in domain.features]
        unknown = sorted({*self.rising, *self.falling} - set(names))
        if unknown:
            raise Unsuitable(f"{self.title}: no feature is called {', '.join(unknown)}; there are: {', '.join(names)}")
        rising, falling = set(self.rising), set(self.falling)
        if not rising | falling:
            rising = {feature.name for feature in domain.features if feature.direction == "up"}
            falling = {feature.name for feature in domain.features if feature.direction == "down"}
        if not rising | falling or rising & falling:
            raise Unsuitable(
                f"{self.title} need features that may only rise or only fall, each in one list; none is named, "
                "and no feature of the domain moves one way only"
                if not rising | falling
                else f"{self.title}: {', '.join(sorted(rising & falling))} cannot both rise and fall"
            )
        return [(name in rising) - (name in falling) for name in names]


def _told(domain: Domain, signs: list[int]) -> str:
    return ", ".join(
        f"{'+' if sign > 0 else '-'}{f.name}" for f, sign in zip(domain.features, signs, strict=True) if sign
    )


def _constrain(estimator: Any, signs: list[int]) -> None:
    """Sets the constraints on the estimator, or on the last step of a pipeline."""
    *before, last = [step for _, step in getattr(estimator, "steps", [("", estimator)])]
    for step in before:
        if step != "passthrough" and type(step).__name__ not in _KEEPS_ORDER:
            raise Unsuitable(f"monotone constraints name columns, and {type(step).__name__} may move or turn them")
    kind = type(last).__name__
    if kind.startswith("LGBM"):
        last.set_params(monotone_constraints=signs)
    elif kind.startswith("XGB"):
        last.set_params(monotone_constraints=tuple(signs))
    elif "monotonic_cst" in last.get_params():
        last.set_params(monotonic_cst=copy.copy(signs))
    else:
        raise Unsuitable(
            f"{kind} knows no monotone constraints; HistGradientBoostingClassifier, RandomForestClassifier, "
            "ExtraTreesClassifier, DecisionTreeClassifier, XGBClassifier and LGBMClassifier do"
        )
