from __future__ import annotations

import os
from pathlib import Path

import pytest

from bartizan.controls.model_confidentiality import (
    CHUNK,
    is_sealed,
    key_from_file,
    key_from_variable,
    new_key,
    opened,
    seal,
    unseal,
)
from bartizan.controls.model_sealed import RuntimeModelConfidentiality
from bartizan.core.errors import InputError
from bartizan.targets.predictor import Unsuitable
from tests import rigs


@pytest.fixture
def key(monkeypatch: pytest.MonkeyPatch) -> bytes:
    monkeypatch.setenv("BARTIZAN_MODEL_KEY", new_key())
    return key_from_variable("BARTIZAN_MODEL_KEY")


def _sealed(folder: Path, key: bytes, size: int) -> tuple[bytes, Path]:
    clear = rigs.rng().bytes(size)
    (folder / "model.onnx").write_bytes(clear)
    seal(folder / "model.onnx", folder / "model.sealed", key)
    return clear, folder / "model.sealed"


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK])
def test_a_model_of_any_size_comes_back_as_it_was(tmp_path: Path, key: bytes, size: int) -> None:
    clear, sealed = _sealed(tmp_path, key, size)
    assert opened(sealed, key) == clear
    unseal(sealed, tmp_path / "again.onnx", key)
    assert (tmp_path / "again.onnx").read_bytes() == clear
    assert (tmp_path / "again.onnx").stat().st_mode & 0o077 == 0


def test_nothing_of_the_model_shows_and_sealing_twice_looks_different(tmp_path: Path, key: bytes) -> None:
    (tmp_path / "m").write_bytes(b"secret weights " * 100)
    seal(tmp_path / "m", tmp_path / "a", key)
    seal(tmp_path / "m", tmp_path / "b", key)
    first, second = ((tmp_path / name).read_bytes() for name in "ab")
    assert b"secret" not in first
    assert first[24:] != second[24:]
    assert is_sealed(tmp_path / "a")
    assert not is_sealed(tmp_path / "m")


@pytest.mark.parametrize("place", [3, 20, 35, 41, CHUNK, CHUNK + 100, -1])
def test_one_changed_byte_anywhere_is_refused_and_writes_nothing(tmp_path: Path, key: bytes, place: int) -> None:
    _, sealed = _sealed(tmp_path, key, 2 * CHUNK + 5)
    raw = bytearray(sealed.read_bytes())
    raw[place] ^= 1
    sealed.write_bytes(raw)
    with pytest.raises(InputError, match=r"changed or cut off|does not open it|no sealed model"):
        unseal(sealed, tmp_path / "again", key)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["model.onnx", "model.sealed"]


def test_cutting_moving_and_adding_chunks_is_refused(tmp_path: Path, key: bytes) -> None:
    _, sealed = _sealed(tmp_path, key, 3 * CHUNK)
    raw, head, step = sealed.read_bytes(), 40, CHUNK + 16
    first, second, third = (raw[head + k * step : head + (k + 1) * step] for k in range(3))
    for parts in ([first, second], [second, first, third], [first, second, third, third], [first, third], []):
        sealed.write_bytes(raw[:head] + b"".join(parts))
        with pytest.raises(InputError, match="changed or cut off"):
            opened(sealed, key)


def test_a_wrong_key_is_told_from_a_changed_file(tmp_path: Path, key: bytes) -> None:
    _, sealed = _sealed(tmp_path, key, 100)
    with pytest.raises(InputError, match="this key does not open it"):
        opened(sealed, bytes(32))
    with pytest.raises(InputError, match="no sealed model"):
        opened(tmp_path / "model.onnx", key)


def test_keys_come_from_outside_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model, elsewhere = tmp_path / "models" / "m.sealed", tmp_path / "keys"
    for folder in (model.parent, elsewhere):
        folder.mkdir()
    good = elsewhere / "key"
    good.write_text(new_key())
    good.chmod(0o600)
    assert len(key_from_file(good, model)) == 32
    good.chmod(0o644)
    with pytest.raises(InputError, match="others than its owner"):
        key_from_file(good, model)
    (model.parent / "key").write_text(new_key())
    os.symlink(model.parent / "key", elsewhere / "link")
    for beside in (model.parent / "key", elsewhere / "link"):
        with pytest.raises(InputError, match="own folder"):
            key_from_file(beside, model)
    monkeypatch.delenv("NO_SUCH_KEY", raising=False)
    with pytest.raises(InputError, match="not set"):
        key_from_variable("NO_SUCH_KEY")
    monkeypatch.setenv("NO_SUCH_KEY", "hunter2")
    with pytest.raises(InputError, match="no key of 32 bytes") as told:
        key_from_variable("NO_SUCH_KEY")
    assert "hunter2" not in str(told.value)


def test_the_check_proves_a_sealed_file_and_finds_the_clear_one_beside_it(tmp_path: Path, key: bytes) -> None:
    _, sealed = _sealed(tmp_path, key, 5000)
    rig = rigs.tumours()
    check = RuntimeModelConfidentiality(file=str(sealed))
    assert [proof.passed for proof in check.check(rig, rigs.rng())] == [True, True, False]
    (tmp_path / "model.onnx").unlink()
    proofs = check.check(rig, rigs.rng())
    assert all(proof.passed for proof in proofs)
    assert (proofs[1].hits, proofs[1].trials) == (5, 5)
    (tmp_path / "plain").write_bytes(b"weights")
    assert not RuntimeModelConfidentiality(file=str(tmp_path / "plain")).check(rig, rigs.rng())[0].passed
    with pytest.raises(Unsuitable, match="name the sealed file"):
        RuntimeModelConfidentiality().check(rig, rigs.rng())


def test_files_that_cannot_be_read_or_written_are_named(tmp_path: Path, key: bytes) -> None:
    with pytest.raises(InputError, match=r"nothing\.onnx: cannot be read"):
        seal(tmp_path / "nothing.onnx", tmp_path / "s", key)
    (tmp_path / "m").write_bytes(b"x")
    with pytest.raises(InputError, match="cannot be written"):
        seal(tmp_path / "m", tmp_path / "no folder" / "s", key)
