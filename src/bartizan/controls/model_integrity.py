"""Runtime model integrity: the model that answers is the one that was released, at load and at intervals."""

from __future__ import annotations

import copy
import hashlib
import threading
from typing import Any, ClassVar

import numpy as np

from bartizan.controls.family import Check, Guard, Proof
from bartizan.core.digest import DIGEST_FIX, sha256_in
from bartizan.core.errors import BartizanError
from bartizan.core.extras import need
from bartizan.core.terms import ControlId
from bartizan.targets.data import Dataset
from bartizan.targets.domain import Inputs
from bartizan.targets.predictor import REFUSED, Labels, Predictor, Pull, Scores, Unsuitable, Wrapped
from bartizan.targets.rig import Rig
from bartizan.targets.sklearn_models import SklearnPredictor
from bartizan.targets.torch_models import TorchPredictor, state_digest


class ModelChanged(BartizanError):
    """A model is not the one that was released; its text gives both digests."""


class RuntimeModelIntegrity(Guard, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Compares the model with its release when it is mounted, and with itself before every so many answers.

    A network or scikit-learn model is compared by the SHA-256 of its weights as they are in memory; any other by its
    answers to some ordinary inputs, which an attacker who knows them could keep as they were. From the first
    difference on every input is refused. What happens between two looks is answered by whatever model is there.
    """

    id: ClassVar[ControlId] = ControlId("runtime_model_integrity")
    title: ClassVar[str] = "Digest at load and at intervals"

    interval: int = 1000
    """Inputs between two looks: a look costs reading all weights once. 1: before each batch."""
    expected: str = ""
    """SHA-256 of the release, as the model's card gives it. Empty: what is mounted counts as released."""
    canaries: int = 32
    """For a model whose weights are out of reach: so many inputs whose answers are compared."""

    def mount(self, target: Predictor, clean: Dataset, rng: np.random.Generator) -> WatchedModel:
        """The target under watch. Raises ModelChanged where it is not the release that is expected.

        Unsuitable for a target that answers at random and whose weights are out of reach.
        """
        refuse_other_release(target, self.expected)
        chosen = rng.permutation(len(clean))[: self.canaries]
        return WatchedModel(target, self.interval, clean.x[chosen])


class WatchedModel(Wrapped):
    """A predictor that is compared with what it was, and refuses everything once it is another."""

    def __init__(self, inner: Predictor, interval: int, canaries: Inputs) -> None:
        super().__init__(inner)
        self._interval, self._canaries = max(1, interval), canaries
        self._released = live_digest(inner, canaries)
        self._since = 0
        self._lock = threading.Lock()
        self.changed = False
        """Whether a difference was seen."""

    def labels(self, x: Inputs) -> Labels:
        """As the inner one; REFUSED for every input once the model has changed."""
        return self.inner.labels(x) if self._sound(len(x)) else np.full(len(x), REFUSED, np.int64)

    def scores(self, x: Inputs) -> Scores:
        """As the inner one; zeros once the model has changed."""
        return self.inner.scores(x) if self._sound(len(x)) else np.zeros((len(x), self.card.classes))

    def differentiate(self, x: Inputs) -> tuple[Scores, Pull]:
        """As the inner one; zeros once the model has changed."""
        if self._sound(len(x)):
            return self.inner.differentiate(x)
        return np.zeros((len(x), self.card.classes)), lambda weights: np.zeros_like(x)

    def _sound(self, n: int) -> bool:
        with self._lock:
            self._since += n
            if self._since >= self._interval and not self.changed:
                self._since = 0
                try:
                    self.changed = live_digest(self.inner, self._canaries) != self._released
                except Exception:  # a model that cannot be looked at any more is not the one that was released
                    self.changed = True
            return not self.changed


class IntegrityCheck(Check, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Looks whether the model is the release, and whether the guard notices when one weight of a copy is changed."""

    id: ClassVar[ControlId] = ControlId("runtime_model_integrity")
    variant: ClassVar[str] = "check"
    title: ClassVar[str] = "The model is the one that was released"

    expected: str = ""
    """SHA-256 of the release, as the model's card gave it then. Empty: only the second proof is tried."""

    def check(self, rig: Rig, rng: np.random.Generator) -> tuple[Proof, ...]:
        """A proof for the digest, where one is expected, and one for a copy with a changed weight, where that works."""
        proofs: list[Proof] = []
        if self.expected:
            try:
                refuse_other_release(rig.target, self.expected)
                proofs.append(Proof(passed=True, what=f"{rig.target.card.name} has the digest of its release"))
            except ModelChanged as changed:
                proofs.append(Proof(passed=False, what=str(changed)))
        try:
            proofs.append(self._tampered(rig, rng))
        except Unsuitable:
            if not proofs:
                raise
        return tuple(proofs)

    def _tampered(self, rig: Rig, rng: np.random.Generator) -> Proof:
        victim = copy.deepcopy(rig.target)
        watched = RuntimeModelIntegrity(interval=1).mount(victim, rig.test, rng)
        few = rig.test.x[:20]
        before = int((watched.labels(few) == REFUSED).sum())
        change_one_weight(victim)
        refused = int((watched.labels(few) == REFUSED).sum())
        what = f"one weight of a copy changed: {refused} of {len(few)} inputs were refused after, {before} before"
        return Proof(passed=refused == len(few) and before == 0, what=what, hits=refused, trials=len(few))


def refuse_other_release(target: Predictor, expected: str) -> None:
    """Raise ModelChanged where a digest is expected and the target's card or weights have another."""
    if not expected:
        return
    wanted = sha256_in(expected)
    if wanted is None:
        raise Unsuitable(f"'{expected}' is no digest; {DIGEST_FIX}")
    found = _weights_digest(target) or target.card.digest
    if not found:
        raise Unsuitable(f"{target.card.name}: its digest cannot be known from here")
    if wanted not in (found, target.card.digest):
        raise ModelChanged(f"{target.card.name} is not what was released: its digest is {found}, not {wanted}")


def live_digest(target: Predictor, canaries: Inputs) -> str:
    """SHA-256 of the weights as they are now, or of the answers to the canaries where weights are out of reach."""
    digest = _weights_digest(target)
    if digest:
        return digest
    if target.card.random:
        raise Unsuitable(f"{target.card.name} answers at random, and its weights are out of reach: nothing to compare")
    answers = target.labels(canaries).astype(np.int64).tobytes()
    if "scores" in target.card.capabilities:  # rounded: batches of another size may differ in the last bits
        answers += np.round(target.scores(canaries), 4).tobytes()
    return hashlib.sha256(answers).hexdigest()


def _weights_digest(target: Predictor) -> str:
    core = _core(target)
    if isinstance(core, TorchPredictor):
        return state_digest(core.network)
    if isinstance(core, SklearnPredictor):
        return hashlib.sha256(str(need("joblib").hash(core.estimator)).encode()).hexdigest()
    return ""


def _core(target: Predictor) -> Predictor:
    """What answers, without what was put around it."""
    while isinstance(target, Wrapped):
        target = target.inner
    return target


def change_one_weight(target: Predictor) -> None:
    """Change one weight of a network, a linear model or a tree in place. Unsuitable where none can be found.

    For trying alarms: hand it a copy.
    """
    core = _core(target)
    weights: Any = None
    if isinstance(core, TorchPredictor):
        weights = next(iter(core.network.state_dict().values())).view(-1)
    elif isinstance(core, SklearnPredictor):
        weights = _sklearn_weights(core.estimator)
    if weights is None or not len(weights):
        raise Unsuitable(f"{target.card.name}: no weight of it can be changed for a try")
    weights[0] += 1.0


def _sklearn_weights(estimator: Any) -> Any:
    """Coefficients, or what the leaves of the first tree say, as a flat view; None where there is neither."""
    last = estimator.steps[-1][1] if hasattr(estimator, "steps") else estimator
    if hasattr(last, "coef_"):
        return last.coef_.reshape(-1)
    first = np.ravel(getattr(last, "estimators_", last))[0]
    return first.tree_.value.reshape(-1) if hasattr(first, "tree_") else None
