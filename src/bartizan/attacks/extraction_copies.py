"""How a thief trains a copy from answers: on labels, or on scores where they are given."""

from __future__ import annotations

import hashlib
import math
import warnings
from typing import Any

import msgspec
import numpy as np

from bartizan.core.extras import need
from bartizan.targets.data import Dataset
from bartizan.targets.domain import Inputs
from bartizan.targets.predictor import Capability, Card, Labels, Predictor, Scores
from bartizan.targets.recipe import Recipe
from bartizan.targets.sklearn_models import SklearnPredictor, SklearnRecipe
from bartizan.targets.torch_models import TorchPredictor, Training


class Answers(msgspec.Struct, frozen=True, kw_only=True):
    """What was asked and what came back, without what was refused."""

    x: Inputs
    y: Labels
    scores: Scores | None = None
    """None: labels were all that was given."""

    def __len__(self) -> int:
        return len(self.y)

    def join(self, other: Answers) -> Answers:
        """These and then the others; of the same kind."""
        scores = None if self.scores is None or other.scores is None else np.concatenate([self.scores, other.scores])
        return Answers(x=np.concatenate([self.x, other.x]), y=np.concatenate([self.y, other.y]), scores=scores)


def copy_from(answers: Answers, recipe: Recipe | None, card: Card, seed: int, steps: int = 0) -> Predictor:
    """A copy trained on the answers, with all of the target's classes.

    With a recipe it has that architecture. Networks are distilled from scores (cross-entropy with soft targets, Hinton
    et al. 2015), with at least ``steps`` steps of the optimiser; scikit-learn models see each input once for each class
    that it may have, weighted by its score. Other recipes, and models that take no weights, learn the labels. Without a
    recipe the best of several ordinary models is taken, by agreement on answers that it was not trained on.
    """
    if len(np.unique(answers.y)) == 1 and answers.scores is None:
        return Constant(int(answers.y[0]), card)
    if isinstance(recipe, Training):
        return _network(answers, recipe, card, seed, steps)
    if recipe is not None and not isinstance(recipe, SklearnRecipe):
        return _among_present(answers.y, card, lambda data: recipe.fit(data, seed), answers.x)
    if isinstance(recipe, SklearnRecipe):
        return _estimator(answers, recipe.estimator, card, seed)
    return _ordinary(answers, card, seed)


def _network(answers: Answers, recipe: Training, card: Card, seed: int, steps: int) -> TorchPredictor:
    a_pass = math.ceil(len(answers) / recipe.batch)
    recipe = recipe.with_("copy", epochs=max(recipe.epochs, math.ceil(steps / a_pass)))
    if answers.scores is None:
        return recipe.fit(Dataset(x=answers.x, y=answers.y, classes=card.classes), seed)
    torch = need("torch")
    soft = torch.as_tensor(answers.scores, dtype=torch.float32, device=recipe.device)

    def distil(network: Any, x: Any, rows: Any, generator: Any) -> Any:
        return torch.nn.functional.cross_entropy(network(x), soft[rows])

    # the labels that the loss sees are row numbers, by which it finds the scores
    numbered = Dataset(x=answers.x, y=np.arange(len(answers)), classes=len(answers))
    network = recipe.with_("of scores", loss=distil).train(numbered, seed)
    return TorchPredictor(network, recipe.domain, card.classes, recipe.name, device=recipe.device)


def _estimator(answers: Answers, estimator: Any, card: Card, seed: int) -> Predictor:
    fresh = need("sklearn.base").clone(estimator)
    fresh.set_params(**{key: seed for key in fresh.get_params() if key.split("__")[-1] == "random_state"})
    keyword = _weight_keyword(fresh)
    x, y, weights = answers.x, answers.y, None
    if answers.scores is not None and keyword:
        rows, y = np.nonzero(answers.scores > 1e-3)
        x, weights = x[rows], answers.scores[rows, y]
    extra = {keyword: weights} if weights is not None else {}

    def fit(data: Dataset) -> Predictor:
        flat = data.x.reshape(len(data), -1) if data.x.ndim > 2 else data.x
        return SklearnPredictor(fresh.fit(flat, data.y, **extra), card.domain, "copy")

    return _among_present(y, card, fit, x)


def _weight_keyword(estimator: Any) -> str:
    steps = getattr(estimator, "steps", None)
    last = steps[-1][1] if steps else estimator
    if not need("sklearn.utils.validation").has_fit_parameter(last, "sample_weight"):
        return ""
    return f"{steps[-1][0]}__sample_weight" if steps else "sample_weight"


def _among_present(y: Labels, card: Card, fit: Any, x: Inputs) -> Predictor:
    """Few answers may lack a class: fit on those that came, and answer with their numbers in the target."""
    present, compact = np.unique(y, return_inverse=True)
    if len(present) == 1:
        return Constant(int(present[0]), card)
    inner = fit(Dataset(x=x, y=compact, classes=len(present)))
    return inner if len(present) == card.classes else Renumbered(inner, present, card.classes)


def _ordinary(answers: Answers, card: Card, seed: int) -> Predictor:
    """Of several ordinary models the one that agrees best with answers that were held out, trained on all of them."""
    candidates = _candidates(card)
    if len(candidates) == 1 or len(answers) < 40:
        return _quietly(answers, candidates[0], card, seed)
    order = np.random.default_rng(seed).permutation(len(answers))
    held, kept = order[: len(order) // 4], order[len(order) // 4 :]
    some = Answers(
        x=answers.x[kept], y=answers.y[kept], scores=None if answers.scores is None else answers.scores[kept]
    )
    agreed = [np.mean(_quietly(some, c, card, seed).labels(answers.x[held]) == answers.y[held]) for c in candidates]
    return _quietly(answers, candidates[int(np.argmax(agreed))], card, seed)


def _candidates(card: Card) -> list[Any]:
    linear, ensemble = need("sklearn.linear_model"), need("sklearn.ensemble")
    join = need("sklearn.pipeline").make_pipeline
    if card.domain.modality == "text":
        words = need("sklearn.feature_extraction.text").TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4))
        return [join(words, linear.LogisticRegression(C=10.0, max_iter=500))]
    scale = need("sklearn.preprocessing").StandardScaler
    network = need("sklearn.neural_network").MLPClassifier((128,), alpha=1e-3, max_iter=80, random_state=0)
    boosting = ensemble.HistGradientBoostingClassifier(max_iter=60, min_samples_leaf=5, random_state=0)
    models = [
        join(scale(), linear.LogisticRegression(max_iter=500)),
        join(scale(), network),
        ensemble.ExtraTreesClassifier(100, random_state=0),
    ]
    # boosting grows trees for each class, so it is dear where there are many; images are better served by the others
    return [*models, boosting] if card.domain.modality == "table" else models


def _quietly(answers: Answers, estimator: Any, card: Card, seed: int) -> Predictor:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", need("sklearn.exceptions").ConvergenceWarning)
        return _estimator(answers, estimator, card, seed)


class Constant(Predictor):
    """The copy of a target that answered the same to everything."""

    def __init__(self, label: int, card: Card) -> None:
        self.label = label
        digest = hashlib.sha256(f"constant {label} of {card.classes}".encode()).hexdigest()
        able: frozenset[Capability] = frozenset({"labels", "scores"})
        self._card = Card(name="constant", classes=card.classes, domain=card.domain, capabilities=able, digest=digest)

    @property
    def card(self) -> Card:
        """What is known about it."""
        return self._card

    def labels(self, x: Inputs) -> Labels:
        """The one label for all."""
        return np.full(len(x), self.label, np.int64)

    def scores(self, x: Inputs) -> Scores:
        """1 for that label."""
        return np.asarray(np.eye(self._card.classes)[self.labels(x)])


class Renumbered(Predictor):
    """A model of some of the classes that answers with their numbers among all."""

    def __init__(self, inner: Predictor, present: Labels, classes: int) -> None:
        self.inner, self.present = inner, np.asarray(present, np.int64)
        able = inner.card.capabilities - {"gradients"}
        self._card = msgspec.structs.replace(inner.card, classes=classes, capabilities=able)

    @property
    def card(self) -> Card:
        """The inner one's, with all classes."""
        return self._card

    def labels(self, x: Inputs) -> Labels:
        """The inner one's labels, renumbered."""
        return np.asarray(self.present[self.inner.labels(x)])

    def scores(self, x: Inputs) -> Scores:
        """The inner one's scores; 0 for the classes that it does not know."""
        scores = np.zeros((len(x), self._card.classes))
        scores[:, self.present] = self.inner.scores(x)
        return scores
