"""Universal binary JSON, as XGBoost writes it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import xgboost
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.supply.scan.tensors.building import damaged, found, levels, looked

DATA = np.random.default_rng(0).random((60, 4))
TARGET = (DATA[:, 0] > 0.5).astype(int)


def saved(path: Path, name: str, **options: object) -> bytes:
    model = xgboost.XGBClassifier(n_estimators=3, nthread=1, **options).fit(DATA, TARGET)
    model.save_model(path / name)
    return (path / name).read_bytes()


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return saved(tmp_path_factory.mktemp("xgboost"), "m.ubj")


def test_models_of_xgboost_are_quiet(tmp_path: Path, model: bytes) -> None:
    assert looked(model) == (("UBJSON",), [])
    assert looked(saved(tmp_path, "linear.ubj", booster="gblinear")) == (("UBJSON",), [])
    assert looked(saved(tmp_path, "dart.ubj", booster="dart")) == (("UBJSON",), [])
    assert looked(saved(tmp_path, "m.json")) == (("JSON",), [])


def test_what_lies_behind_a_model_is_looked_at(model: bytes) -> None:
    assert {"marked.behind", "marked.program"} <= set(found(model + b"\x7fELF" + bytes(60)))
    assert found(model + bytes(100)) == []


def test_models_cut_off_are_an_error(model: bytes) -> None:
    assert all("error" in levels(model[:end]) for end in range(30, len(model), 61))


@pytest.mark.parametrize(
    ("value", "rule"),
    [
        (b"[" * 300, "file.limit"),
        (b"[$l#L\x7f" + bytes(7), "file.broken"),
        (b"[$Z#L\x7f" + bytes(7), ""),
        (b"[#L\x7f" + bytes(7), "file.broken"),
        (b"[$[#L\x7f" + bytes(7), "file.broken"),
        (b"[$i]", "file.broken"),
        (b"Si\xff", "file.broken"),
        (b"SS", "file.broken"),
        (b"q", "file.broken"),
        (b"", "file.broken"),
        (b"[i\1U\2I\0\3l\0\0\0\4L\0\0\0\0\0\0\0\5d\0\0\0\0D\0\0\0\0\0\0\0\0ZTFNCaSU\2abHU\0011[]{}]", ""),
        (b"{$i#U\1U\1a\5", ""),
        (b"[$U#U\3abc", ""),
        (b"[$S#U\2U\1aU\1b", ""),
    ],
)
def test_every_kind_of_value_is_passed_over(value: bytes, rule: str) -> None:
    whole = b"{L" + (1).to_bytes(8, "big") + b"a" + value + b"}"
    assert found(whole) == ([rule] if rule else [])


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_changed_files_never_fail(model: bytes, data: st.DataObject) -> None:
    assert "scanner.failed" not in found(damaged(data, model[:900]))


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_random_bytes_never_fail(data: bytes) -> None:
    assert "scanner.failed" not in found(b"{L" + (1).to_bytes(8, "big") + b"a" + data)
