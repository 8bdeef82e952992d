"""Ordinary files, written by the libraries themselves."""

# ruff: noqa: E501  one file a line
from __future__ import annotations

import io
import json
import pickle
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import joblib  # type: ignore[import-untyped]
import lightgbm
import numpy as np
import onnx
import pandas as pd  # type: ignore[import-untyped]
import safetensors.numpy
import safetensors.torch
import scipy.sparse
import skops.io
import torch
import xgboost
from skl2onnx import to_onnx
from sklearn.datasets import load_iris
from sklearn.ensemble import GradientBoostingClassifier, IsolationForest, RandomForestClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.svm import SVC

from tests.supply.corpus.case import Case
from tests.supply.corpus.graphs import gguf, h5, keras, layer

X, Y = load_iris(return_X_y=True)
X32 = X.astype(np.float32)
_CHAT = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n' }}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)


def saved(save: Callable[[Path], object], name: str = "m") -> bytes:
    """What a library writes to a path."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / name
        save(file)
        return file.read_bytes()


def _dumped(thing: object, protocol: int) -> bytes:
    return pickle.dumps(thing, protocol)


def _joblib(thing: object, compress: Any) -> bytes:
    return saved(lambda file: joblib.dump(thing, file, compress=compress))


def _arrays(**kwargs: Any) -> bytes:
    out = io.BytesIO()
    np.savez(out, **kwargs)
    return out.getvalue()


def _compressed_arrays(**kwargs: Any) -> bytes:
    out = io.BytesIO()
    np.savez_compressed(out, **kwargs)
    return out.getvalue()


def _array(value: Any, **how: Any) -> bytes:
    out = io.BytesIO()
    np.save(out, value, **how)
    return out.getvalue()


def _torch(thing: object, **how: Any) -> bytes:
    out = io.BytesIO()
    torch.save(thing, out, **how)
    return out.getvalue()


def _network() -> Any:
    return torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.ReLU(), torch.nn.BatchNorm1d(8), torch.nn.Linear(8, 3))


def _checkpoint() -> dict[str, Any]:
    network = _network()
    optimizer = torch.optim.Adam(network.parameters())
    network(torch.ones(2, 4)).sum().backward()
    optimizer.step()
    return {"epoch": 3, "model": network.state_dict(), "optimizer": optimizer.state_dict(), "loss": torch.tensor(0.5)}


def _xgboost(name: str) -> bytes:
    model = xgboost.XGBClassifier(n_estimators=3, n_jobs=1).fit(X, Y)
    return saved(model.save_model, name)


def _lightgbm() -> Any:
    return lightgbm.LGBMClassifier(n_estimators=3, verbose=-1, n_jobs=1).fit(X, Y)


def _frame() -> pd.DataFrame:
    return pd.DataFrame(
        {"a": [1, 2], "b": ["x", "y"], "c": pd.Categorical(["u", "v"]), "d": pd.date_range("2026", periods=2)}
    )


def _onnx_sklearn() -> bytes:
    return bytes(to_onnx(LogisticRegression(max_iter=1_000).fit(X, Y), X32[:1]).SerializeToString())


def _onnx_plain() -> bytes:
    helper = onnx.helper
    value = helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, [1])
    out = helper.make_tensor_value_info("y", onnx.TensorProto.FLOAT, [1])
    graph = helper.make_graph([helper.make_node("Relu", ["x"], ["y"])], "g", [value], [out])
    return bytes(helper.make_model(graph).SerializeToString())


def _model(made: Callable[[], Any]) -> Callable[[], Any]:
    return lambda: made().fit(X, Y)


ESTIMATORS: tuple[tuple[str, Callable[[], Any]], ...] = (
    ("logistic regression", _model(lambda: LogisticRegression(max_iter=1_000))),
    ("forest", _model(lambda: RandomForestClassifier(5, random_state=0))),
    ("boosting", _model(lambda: GradientBoostingClassifier(n_estimators=3, random_state=0))),
    ("support vectors", _model(SVC)),
    ("neighbours", _model(KNeighborsClassifier)),
    ("network", _model(lambda: MLPClassifier((4,), solver="lbfgs", max_iter=10_000, random_state=0))),
    ("pipeline", _model(lambda: make_pipeline(StandardScaler(), LogisticRegression(max_iter=1_000)))),
    ("isolation forest", _model(lambda: IsolationForest(n_estimators=5, random_state=0))),
    ("words", lambda: TfidfVectorizer().fit(["a first text", "and a second one"])),
    ("categories", lambda: OneHotEncoder().fit([["a"], ["b"]])),
    ("xgboost", lambda: xgboost.XGBClassifier(n_estimators=3, n_jobs=1).fit(X, Y)),
    ("lightgbm", _lightgbm),
)
_COMPRESSIONS: tuple[tuple[str, Any], ...] = (
    ("not compressed", 0), ("zlib", ("zlib", 3)), ("gzip", ("gzip", 3)), ("bz2", ("bz2", 3)), ("lzma", ("lzma", 3)),
    ("xz", ("xz", 3)), ("lz4", ("lz4", 3)),
)  # fmt: skip
_OTHERS: tuple[tuple[str, str, Callable[[], bytes]], ...] = (
    ("numpy: floats", "x.npy", lambda: _array(X)),
    ("numpy: Fortran order", "x.npy", lambda: _array(np.asfortranarray(X))),
    ("numpy: texts", "x.npy", lambda: _array(np.array(["a", "bc"]))),
    ("numpy: records", "x.npy", lambda: _array(np.zeros(3, [("a", "<f8"), ("b", "S3", (2,))]))),
    ("numpy: a scalar", "x.npy", lambda: _array(np.float64(1))),
    ("numpy: empty", "x.npy", lambda: _array(np.zeros((0, 3)))),
    ("numpy: days", "x.npy", lambda: _array(np.array(["2026-01-01"], "datetime64[D]"))),
    ("numpy: objects that are texts", "x.npy", lambda: _array(np.array(["a", None], object), allow_pickle=True)),
    ("numpy: several", "x.npz", lambda: _arrays(x=X, y=Y)),
    ("numpy: several, compressed", "x.npz", lambda: _compressed_arrays(x=X, y=Y)),
    ("numpy: a pickled array", "x.pkl", lambda: _dumped({"x": X}, 5)),
    ("scipy: sparse", "s.pkl", lambda: _dumped(scipy.sparse.csr_matrix(X), 4)),
    ("scipy: sparse in npz", "s.npz", lambda: saved(lambda file: scipy.sparse.save_npz(file, scipy.sparse.csr_matrix(X)), "s.npz")),
    ("pandas: a frame", "f.pkl", lambda: _dumped(_frame(), 5)),
    ("pandas: compressed", "f.pkl.gz", lambda: saved(lambda file: _frame().to_pickle(file, compression="gzip"), "f.pkl.gz")),
    ("torch: weights", "m.pt", lambda: _torch(_network().state_dict())),
    ("torch: a checkpoint", "m.ckpt", lambda: _torch(_checkpoint())),
    ("torch: a network", "m.pth", lambda: _torch(_network())),
    ("torch: the format before zip", "m.bin", lambda: _torch(_network().state_dict(), _use_new_zipfile_serialization=False)),
    ("torch: half precision", "m.bin", lambda: _torch({"w": torch.ones(4, dtype=torch.bfloat16)})),
    ("safetensors: numpy", "m.safetensors", lambda: bytes(safetensors.numpy.save({"a": X32, "b": Y}))),
    ("safetensors: torch, with metadata", "m.safetensors", lambda: bytes(safetensors.torch.save(_network().state_dict(), {"format": "pt"}))),
    ("safetensors: nothing in it", "m.safetensors", lambda: bytes(safetensors.numpy.save({}))),
    ("xgboost: ubj", "m.ubj", lambda: _xgboost("m.ubj")),
    ("xgboost: json", "m.json", lambda: _xgboost("m.json")),
    ("lightgbm: text", "m.txt", lambda: saved(_lightgbm().booster_.save_model)),
    ("onnx: of scikit-learn", "m.onnx", _onnx_sklearn),
    ("onnx: one operator", "m.onnx", _onnx_plain),
    ("skops: a model", "m.skops", lambda: skops.io.dumps(LogisticRegression(max_iter=1_000).fit(X, Y))),
    ("skops: a forest", "m.skops", lambda: skops.io.dumps(RandomForestClassifier(3).fit(X, Y))),
    ("keras: dense layers", "m.keras", lambda: keras(layer("Dense", "keras.layers", units=3, activation="relu"))),
    ("keras: weights", "m.weights.h5", lambda: h5({})),
    ("keras: h5", "m.h5", lambda: h5({"model_config": json.dumps(layer("Dense", "keras.layers", units=3)), "backend": "tensorflow"})),
    ("gguf: a template", "m.gguf", lambda: gguf(("general.architecture", "llama"), ("tokenizer.chat_template", _CHAT))),
    ("config", "config.json", lambda: json.dumps({"architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_size": 64, "torch_dtype": "bfloat16"}).encode()),
    ("tokenizer settings", "tokenizer_config.json", lambda: json.dumps({"chat_template": _CHAT, "model_max_length": 2048, "tokenizer_class": "LlamaTokenizer"}).encode()),
    ("tokenizer", "tokenizer.json", lambda: json.dumps({"version": "1.0", "model": {"type": "BPE", "vocab": {"a": 0, "b": 1}, "merges": ["a b"]}}).encode()),
    ("chat template", "chat_template.jinja", _CHAT.encode),
    ("readme", "README.md", lambda: b"---\nlicense: apache-2.0\n---\n# A model\n\nUse `pickle.load` never.\n"),
    ("requirements", "requirements.txt", lambda: b"numpy==2.4.6\ntorch==2.13.0  # CPU\nscikit-learn>=1.7\n"),
    ("vocabulary", "vocab.txt", "[PAD]\n[UNK]\nthe\n##ing\ncafé\n".encode),
    ("code of a model", "modeling.py", lambda: b"import torch\n\n\nclass Net(torch.nn.Module):\n    def forward(self, x):\n        return x * 2\n"),
)  # fmt: skip

BENIGN: tuple[Case, ...] = tuple(
    [Case(f"pickle of {name}", "m.pkl", lambda made=made: _dumped(made(), 5)) for name, made in ESTIMATORS]  # type: ignore[misc]
    + [Case(f"old pickle of {name}", "m.pkl", lambda made=made: _dumped(made(), 2)) for name, made in ESTIMATORS[:3]]  # type: ignore[misc]
    + [
        Case(f"joblib: {how}, {name}", "m.joblib", lambda made=made, compress=compress: _joblib(made(), compress))  # type: ignore[misc]
        for how, compress in _COMPRESSIONS
        for name, made in ESTIMATORS[1:2]
    ]
    + [Case(name, file, make) for name, file, make in _OTHERS]
)
