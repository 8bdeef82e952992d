"""Models behind an HTTP scoring address as targets, by the two protocols that most servers speak.

    kserve    Open Inference Protocol, version 2: POST /v2/models/{name}/infer with named tensors
              (KServe, Triton, Seldon, OpenVINO, TorchServe)
    mlflow    POST /invocations with inputs, instances or dataframe_split (MLflow, SageMaker, Databricks)

Sources: https://github.com/kserve/open-inference-protocol and MLflow's scoring server. Nobody's server is asked
anything without a `Permission`. What is sent again was not scored before: the server was busy, or was not reached.
"""

from __future__ import annotations

import datetime
import math
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import numpy as np

from bartizan.core.target_spec import Wire
from bartizan.targets.border import BadAnswer
from bartizan.targets.callables import best_of, indexes
from bartizan.targets.domain import Domain, Inputs, flat
from bartizan.targets.endpoint import Caller, Endpoint
from bartizan.targets.permission import Permission, check_permission
from bartizan.targets.predictor import Capability, Card, Labels, Predictor, Scores


class HttpPredictor(Predictor):
    """A model behind an address. Its digest cannot be known. Close it, or use it in a ``with``."""

    def __init__(
        self,
        endpoint: Endpoint,
        wire: Wire,
        domain: Domain,
        classes: int,
        permission: Permission | None,
        *,
        name: str = "",
        today: Callable[[], datetime.date] = datetime.date.today,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._address = endpoint.url.rstrip("/") + _path(wire)
        self._permission, self._today = permission, today
        check_permission(permission, self._address, today())
        self._caller, self._wire = Caller(endpoint, sleep=sleep), wire
        told: set[Capability] = {"labels", "scores"} if wire.answers == "probabilities" else {"labels"}
        self._card = Card(name=name or self._address, classes=classes, domain=domain, capabilities=frozenset(told))

    def __enter__(self) -> HttpPredictor:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Hang up."""
        self._caller.close()

    @property
    def card(self) -> Card:
        """What is known about it."""
        return self._card

    def labels(self, x: Inputs) -> Labels:
        """As it answers, or the likeliest class where it answers probabilities."""
        if self._wire.answers == "probabilities":
            return best_of(self.scores(x))
        answer = self._ask(x).reshape(-1)
        return indexes(answer, self._wire.class_labels) if self._wire.class_labels else _whole(answer, self._address)

    def scores(self, x: Inputs) -> Scores:
        """As it answers; two classes may come as one column, the probability of the second."""
        if self._wire.answers == "labels":
            return super().scores(x)
        answer = _numbers(self._ask(x), self._address)
        if self._card.classes == 2 and (answer.ndim == 1 or answer.shape[1:] == (1,)):
            second = answer.reshape(-1)
            return np.column_stack([1 - second, second])
        return answer

    def _ask(self, x: Inputs) -> Inputs:
        """The answers to all samples, in batches, as one array."""
        check_permission(self._permission, self._address, self._today())
        size = max(1, self._wire.batch)
        parts = [self._batch(x[i : i + size]) for i in range(0, len(x), size)]
        if not parts:
            return np.zeros((0, self._card.classes) if self._wire.answers == "probabilities" else (0,))
        if len({part.shape[1:] for part in parts}) > 1:
            raise BadAnswer(f"{self._address} answers some batches in another shape than others")
        return np.concatenate(parts)

    def _batch(self, x: Inputs) -> Inputs:
        columns = [feature.name for feature in self._card.domain.features]
        answer = self._caller.post(_path(self._wire), _body(self._wire, x, columns))
        found = _tensor(answer, self._wire.output) if self._wire.form == "kserve" else _predictions(answer)
        if found is None or found.ndim == 0 or len(found) != len(x):
            shape = "nothing of the kind" if found is None else f"an array of shape {found.shape}"
            wanted = "outputs with shape and data" if self._wire.form == "kserve" else "predictions"
            raise BadAnswer(f"{self._address} answers {shape}; expected {wanted}, one for each of {len(x)} samples")
        return found


def _path(wire: Wire) -> str:
    return f"/v2/models/{quote(wire.model, safe='')}/infer" if wire.form == "kserve" else "/invocations"


_DATATYPES = {"f4": "FP32", "f8": "FP64", "i8": "INT64", "i4": "INT32"}


def _body(wire: Wire, x: Inputs, columns: list[str]) -> dict[str, object]:
    if wire.form == "kserve":
        texts = x.dtype == object or x.dtype.kind == "U"
        datatype = wire.datatype or ("BYTES" if texts else _DATATYPES.get(x.dtype.str[1:], "FP64"))
        tensor = {"name": wire.input, "shape": list(x.shape), "datatype": datatype, "data": x.reshape(-1).tolist()}
        return {"inputs": [tensor]}
    if wire.form == "mlflow-dataframe":
        rows = flat(x)
        names = columns or (["text"] if rows.shape[1] == 1 else [str(i) for i in range(rows.shape[1])])
        return {"dataframe_split": {"columns": names, "data": rows.tolist()}}
    return {wire.form.removeprefix("mlflow-"): x.tolist()}


def _tensor(answer: Any, wanted: str) -> Inputs | None:
    """A KServe output tensor; None where there is none of that name, or more than one and none was named."""
    outputs = answer.get("outputs") if isinstance(answer, dict) else None
    if not isinstance(outputs, list):
        return None
    fitting = [o for o in outputs if isinstance(o, dict) and (not wanted or o.get("name") == wanted)]
    if len(fitting) != 1:
        return None
    data, shape = _array(fitting[0].get("data")), fitting[0].get("shape")
    sound = isinstance(shape, list) and all(type(n) is int and 0 <= n < 2**31 for n in shape)
    if data is None or not isinstance(shape, list) or not sound or data.size != math.prod(shape):
        return None
    shaped: Inputs = data.reshape(tuple(shape))
    return shaped[:, 0] if shape[1:] == [1] else shaped


def _predictions(answer: Any) -> Inputs | None:
    """MLflow's predictions; older servers answer the list alone."""
    return _array(answer.get("predictions") if isinstance(answer, dict) else answer)


def _array(data: Any) -> Inputs | None:
    if not isinstance(data, list):
        return None
    try:
        array = np.asarray(data)
    except (ValueError, OverflowError):  # rows of different lengths
        return None
    return array if array.dtype.kind in "iufU" else np.asarray(data, object)


def _numbers(answer: Inputs, address: str) -> Scores:
    try:
        return np.asarray(answer, np.float64)
    except (TypeError, ValueError):
        raise BadAnswer(f"{address} answers words or gaps where probabilities are expected") from None


def _whole(answer: Inputs, address: str) -> Labels:
    numbers = _numbers(answer, address)
    if not (np.isfinite(numbers) & (numbers == np.rint(numbers)) & (np.abs(numbers) < 2**31)).all():
        raise BadAnswer(f"{address} answers labels that are no whole numbers; say 'answers: probabilities'?")
    return numbers.astype(np.int64)
