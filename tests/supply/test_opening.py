"""Opening a model's file: only the one that is allowed, and only where it is clean."""

from __future__ import annotations

import hashlib
import io
import pickle
from pathlib import Path
from typing import Any

import joblib  # type: ignore[import-untyped]
import numpy as np
import pytest
import safetensors.numpy
import torch
from sklearn.datasets import load_iris
from sklearn.ensemble import RandomForestClassifier

from bartizan.core.errors import InputError
from bartizan.supply.opening import load, read_clean
from tests.supply.corpus.archives import BAD

X, Y = load_iris(return_X_y=True)


def kept(folder: Path, data: bytes) -> tuple[Path, str]:
    file = folder / "model"
    file.write_bytes(data)
    return file, f"sha256:{hashlib.sha256(data).hexdigest()}"


def torch_file(thing: object, **how: Any) -> bytes:
    out = io.BytesIO()
    torch.save(thing, out, **how)
    return out.getvalue()


@pytest.mark.parametrize("compress", [0, ("gzip", 3), ("zlib", 3), ("bz2", 3), ("xz", 3), ("lz4", 3)], ids=str)
def test_a_clean_model_opens_and_predicts(tmp_path: Path, compress: Any) -> None:
    model = RandomForestClassifier(3, random_state=0).fit(X, Y)
    joblib.dump(model, tmp_path / "m", compress=compress)
    file, digest = kept(tmp_path, (tmp_path / "m").read_bytes())
    assert (load(file, digest).predict(X) == model.predict(X)).all()


def test_weights_and_arrays_open(tmp_path: Path) -> None:
    numbers = np.arange(6.0).reshape(2, 3)
    npy, npz = io.BytesIO(), io.BytesIO()
    np.save(npy, numbers)
    np.savez(npz, a=numbers)
    assert (load(*kept(tmp_path, npy.getvalue())) == numbers).all()
    assert (load(*kept(tmp_path, npz.getvalue()))["a"] == numbers).all()
    assert (load(*kept(tmp_path, safetensors.numpy.save({"a": numbers})))["a"] == numbers).all()
    weights = {"w": torch.from_numpy(numbers)}
    for data in (torch_file(weights), torch_file(weights, _use_new_zipfile_serialization=False)):
        assert (load(*kept(tmp_path, data))["w"].numpy() == numbers).all()


def test_what_is_not_clean_never_opens_even_if_it_is_allowed(tmp_path: Path) -> None:
    file, digest = kept(tmp_path, BAD)
    with pytest.raises(InputError, match=r"it is not clean.*posix\.system"):
        load(file, digest)


def test_a_class_that_nobody_knows_is_not_opened_either(tmp_path: Path) -> None:
    file, digest = kept(tmp_path, b"\x80\x04cmine\nModel\n)\x81.")
    with pytest.raises(InputError, match=r"it is not clean.*mine\.Model"):
        load(file, digest)


def test_only_the_file_that_is_allowed_is_read(tmp_path: Path) -> None:
    file, digest = kept(tmp_path, pickle.dumps([1]))
    with pytest.raises(InputError, match=digest):
        read_clean(file, "")
    with pytest.raises(InputError, match="not the one that is allowed"):
        read_clean(file, "sha256:" + "0" * 64)
    with pytest.raises(InputError, match="is no SHA-256"):
        read_clean(file, "yes")
    assert read_clean(file, digest) == pickle.dumps([1])
    assert load(file, digest) == [1]
