"""ONNX models as targets, run by ONNX Runtime on one thread.

Read are models with one input and either a tensor of probabilities or logits, or what scikit-learn's converter writes:
a label and a map of probabilities. The whole model is read from bytes, so what is digested is what runs.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np

from bartizan.core.errors import described
from bartizan.core.extras import need
from bartizan.core.source import read_bytes
from bartizan.core.target_spec import Given
from bartizan.targets.border import BadAnswer
from bartizan.targets.callables import best_of, indexes
from bartizan.targets.domain import Domain, Inputs, flat
from bartizan.targets.predictor import Capability, Card, Labels, Predictor, Scores, Unsuitable

LARGEST = 2_000_000_000
"""Bytes of a model; the format itself allows no more in one file."""

_TYPES = {
    "tensor(float)": np.float32,
    "tensor(double)": np.float64,
    "tensor(int64)": np.int64,
    "tensor(string)": object,
}


class OnnxPredictor(Predictor):
    """A model in a file, or its bytes. ``given`` says what its scores are; ``classes`` is needed where it is not told.

    ``class_labels``: the labels that it answers, in the order of their classes, where they are not 0, 1, ...
    """

    def __init__(
        self,
        model: Path | bytes,
        domain: Domain,
        classes: int | None = None,
        name: str = "",
        *,
        given: Given = "probabilities",
        class_labels: tuple[Any, ...] = (),
    ) -> None:
        raw = model if isinstance(model, bytes) else read_bytes(model, LARGEST)
        self._session = _opened(raw, name or "an ONNX model")
        self._input = _single_input(self._session)
        self._label, self._score = _outputs(self._session)
        self._given, self._class_labels = given, class_labels
        told = classes or len(class_labels) or self._classes()
        if not told:
            raise Unsuitable(f"{name or 'an ONNX model'} does not tell how many classes it has; say so")
        capabilities: set[Capability] = {"labels"} if self._score is None else {"labels", "scores"}
        self._card = Card(
            name=name or (model.stem if isinstance(model, Path) else "ONNX model"),
            classes=told,
            domain=domain,
            capabilities=frozenset(capabilities),
            digest=hashlib.sha256(raw).hexdigest(),
        )

    @property
    def card(self) -> Card:
        """What is known about it; the digest is the file's SHA-256."""
        return self._card

    def labels(self, x: Inputs) -> Labels:
        """Its own label, or the class with the highest score where it has none that tells a class."""
        if self._label is not None and (self._class_labels or self._label.type == "tensor(int64)"):
            answer = np.asarray(self._run(x, self._label.name)).reshape(len(x), -1)[:, 0]
            return indexes(answer, self._class_labels) if self._class_labels else answer
        return best_of(self.scores(x))

    def scores(self, x: Inputs) -> Scores:
        """Probabilities: as they come, or the softmax of what comes as logits; two classes may come as one column."""
        if self._score is None:
            return super().scores(x)
        answer = self._run(x, self._score.name)
        values = _rows(answer) if isinstance(answer, list) else np.asarray(answer, np.float64)
        if values.ndim == 1 or values.shape[1:] == (1,):
            second = values.reshape(-1)
            values = np.column_stack([np.zeros_like(second) if self._given == "logits" else 1 - second, second])
        if self._given == "probabilities":
            return values
        exps = np.exp(values - values.max(axis=1, keepdims=True, initial=-np.inf))
        return np.asarray(exps / exps.sum(axis=1, keepdims=True))

    def _run(self, x: Inputs, output: str) -> Any:
        shape = self._input.shape
        wanted = _TYPES[self._input.type]
        entered = np.ascontiguousarray(x, wanted) if wanted is not object else x.astype(object)
        if len(shape) > 0 and len(shape) != entered.ndim:  # a table for a network that flattens, or texts in a column
            entered = flat(entered) if len(shape) == 2 else entered
        return self._session.run([output], {self._input.name: entered})[0]

    def _classes(self) -> int:
        if self._score is None or not isinstance(self._score.shape[-1:], list):
            return 0
        last = self._score.shape[-1] if self._score.shape else 0
        return max(2, last) if isinstance(last, int) else 0


def _opened(raw: bytes, name: str) -> Any:
    runtime = need("onnxruntime")
    options = runtime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4
    try:
        return runtime.InferenceSession(raw, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # the runtime's errors have no common root of their own
        raise Unsuitable(f"{name} cannot be opened by ONNX Runtime: {described(error)}") from None


def _single_input(session: Any) -> Any:
    inputs = session.get_inputs()
    if len(inputs) != 1 or inputs[0].type not in _TYPES:
        found = ", ".join(f"{i.name} {i.type}" for i in inputs)
        raise Unsuitable(f"an ONNX model must have one input of numbers or texts; this one has {found or 'none'}")
    return inputs[0]


def _outputs(session: Any) -> tuple[Any, Any]:
    """The output of labels and that of scores; None where there is none."""
    outputs = session.get_outputs()
    labels = [o for o in outputs if o.type in {"tensor(int64)", "tensor(string)"}]
    scores = [o for o in outputs if o.type in {"tensor(float)", "tensor(double)"} or o.type.startswith("seq(map(")]
    if not labels and not scores:
        raise Unsuitable(f"an ONNX model must answer labels or scores; this one answers {outputs[0].type}")
    return (labels[0] if labels else None), (scores[0] if scores else None)


def _rows(maps: list[dict[Any, float]]) -> Scores:
    """Maps of class to probability as rows, classes in their order."""
    if not maps:
        return np.zeros((0, 0))
    order = sorted(maps[0])
    if any(row.keys() != maps[0].keys() for row in maps):
        raise BadAnswer("an ONNX model gives probabilities of other classes for some samples than for others")
    return np.array([[row[key] for key in order] for row in maps], np.float64)
