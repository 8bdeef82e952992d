from __future__ import annotations

import hashlib
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bartizan.core.errors import InputError
from bartizan.core.extras import need
from bartizan.targets.border import Border
from bartizan.targets.onnx_models import OnnxPredictor
from bartizan.targets.predictor import Lacking, Unsuitable
from tests.targets import models

LOCALE = {"locale": "C"}
"""The one that every machine has."""


def _converted(model: Any, kind: str, *shape: Any, **options: Any) -> bytes:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        initial = [("x", getattr(need("skl2onnx.common.data_types"), kind)([None, *shape]))]
        given = {id(model): options} if options else {need("sklearn.feature_extraction.text").TfidfVectorizer: LOCALE}
        written = need("skl2onnx").convert_sklearn(model, initial_types=initial, options=given)
    return bytes(written.SerializeToString())


def _written(operation: str, answer: tuple[str, list[Any]], **options: Any) -> bytes:
    """A model of one operation on three numbers."""
    make, kinds = need("onnx.helper"), need("onnx").TensorProto
    entered = make.make_tensor_value_info("x", kinds.FLOAT, ["n", 3])
    left = make.make_tensor_value_info("answer", getattr(kinds, answer[0]), answer[1])
    graph = make.make_graph([make.make_node(operation, ["x"], ["answer"], **options)], "one", [entered], [left])
    whole = make.make_model(graph, ir_version=9, opset_imports=[make.make_opsetid("", 17)])
    return bytes(whole.SerializeToString())


@pytest.fixture(scope="module")
def wine_model() -> Any:
    data = models.wine()
    return models.scaled(need("sklearn.linear_model").LogisticRegression()).fit(data.x, data.y)


@pytest.mark.parametrize("maps", [True, False], ids=["probabilities as maps", "probabilities as a table"])
def test_a_converted_model_answers_as_the_one_it_was_made_from(wine_model: Any, maps: bool) -> None:
    data = models.wine()
    target = Border(OnnxPredictor(_converted(wine_model, "FloatTensorType", 13, zipmap=maps), models.domain(data), 3))
    np.testing.assert_allclose(target.scores(data.x), wine_model.predict_proba(data.x), atol=1e-6)
    assert (target.labels(data.x) == wine_model.predict(data.x)).all()


def test_a_model_from_a_file_has_the_digest_of_the_file(wine_model: Any, tmp_path: Path) -> None:
    file = tmp_path / "wine.onnx"
    file.write_bytes(_converted(wine_model, "FloatTensorType", 13, zipmap=False))
    target = OnnxPredictor(file, models.domain(models.wine()))
    assert target.card.digest == hashlib.sha256(file.read_bytes()).hexdigest()
    assert (target.card.name, target.card.classes) == ("wine", 3)
    assert (target.labels(models.wine().x) == wine_model.predict(models.wine().x)).mean() > 0.99


def test_texts_are_classified() -> None:
    target = OnnxPredictor(_converted(models.words(), "StringTensorType", 1), models.TEXT, 2)
    assert Border(target).labels(models.TEXTS[:4]).tolist() == [1, 0, 1, 0]


def test_a_network_that_gives_logits_gives_their_softmax() -> None:
    raw = _written("Identity", ("FLOAT", ["n", 3]))
    target = OnnxPredictor(raw, models.domain(models.wine()), given="logits")
    scores = Border(target).scores(np.array([[0.0, np.log(3.0), -np.inf], [1.0, 1.0, 1.0]]))
    np.testing.assert_allclose(scores, [[0.25, 0.75, 0.0], [1 / 3, 1 / 3, 1 / 3]], atol=1e-6)
    assert target.card.classes == 3


def test_labels_that_are_words_become_classes_in_the_order_that_is_given() -> None:
    data = models.tumours()
    words = np.array(["malignant", "benign"])[data.y]
    model = models.scaled(need("sklearn.linear_model").LogisticRegression()).fit(data.x, words)
    raw = _converted(model, "FloatTensorType", 30)
    named = OnnxPredictor(raw, models.domain(data), class_labels=("malignant", "benign"))
    assert (named.labels(data.x) == data.y).mean() > 0.95
    unnamed = OnnxPredictor(raw, models.domain(data), 2)  # by the order of its own probabilities: benign is first
    assert (unnamed.labels(data.x) == 1 - data.y).mean() > 0.95


def test_a_model_that_gives_only_labels_gives_no_scores() -> None:
    raw = _written("ArgMax", ("INT64", ["n"]), axis=1, keepdims=0)
    target = OnnxPredictor(raw, models.domain(models.wine()), 3)
    assert Border(target).labels(np.eye(3)).tolist() == [0, 1, 2]
    with pytest.raises(Lacking, match="gives no scores"):
        target.scores(np.eye(3))
    with pytest.raises(Unsuitable, match="does not tell how many classes"):
        OnnxPredictor(raw, models.domain(models.wine()))


def test_what_is_no_onnx_model_is_told_so(tmp_path: Path) -> None:
    with pytest.raises(Unsuitable, match="cannot be opened by ONNX Runtime"):
        OnnxPredictor(b"no model", models.domain(models.wine()), 3)
    with pytest.raises(InputError, match="no such file"):
        OnnxPredictor(tmp_path / "absent.onnx", models.domain(models.wine()), 3)
