"""HDF5 files, written by h5py: descriptions of models in all the ways it keeps texts, and data that lie elsewhere."""

from __future__ import annotations

import io
import json
import tracemalloc
from collections.abc import Callable
from typing import Any

import h5py
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.supply.scan.tensors.building import damaged, found, levels, looked, said

CODE = "YWJjIG9zLnN5c3RlbQ=="
"""`abc os.system`, which is no code at all."""
LAMBDA = {"class_name": "Lambda", "config": {"name": "l", "function": [CODE, None, None], "function_type": "lambda"}}
DENSE = {"class_name": "Dense", "config": {"name": "d", "units": 2, "activation": "relu", "use_bias": True}}
VERSIONS: list[Any] = ["earliest", "latest", ("earliest", "v108"), ("v110", "v110")]


def sequential(*layers: dict[str, Any]) -> str:
    return json.dumps({"class_name": "Sequential", "config": {"name": "s", "layers": list(layers)}})


GOOD, EVIL = sequential(DENSE), sequential(DENSE, LAMBDA)


def written(fill: Callable[[h5py.File], object], **options: Any) -> bytes:
    file = io.BytesIO()
    with h5py.File(file, "w", **options) as made:
        fill(made)
    return file.getvalue()


def weights(made: h5py.File) -> None:
    """What Keras 2 writes, and more that is ordinary."""
    made.attrs["keras_version"] = "2.15.0"
    made.attrs["backend"] = "tensorflow"
    made.attrs["model_config"] = GOOD
    made.attrs["training_config"] = json.dumps(
        {"loss": "mse", "optimizer_config": {"class_name": "Adam", "config": {}}}
    )
    group = made.create_group("model_weights")
    group.attrs["layer_names"] = [b"dense", b"dense_1"]
    for name in ("dense", "dense_1"):
        layer = group.create_group(name)
        layer.attrs["weight_names"] = [f"{name}/kernel:0".encode(), f"{name}/bias:0".encode()]
        layer.create_dataset(f"{name}/kernel:0", data=np.ones((3, 4), "f4"))
        layer.create_dataset(f"{name}/bias:0", data=np.zeros(4, "f4"))


def plain(made: h5py.File) -> None:
    """Data in all ordinary layouts."""
    made.create_dataset(
        "chunked", data=np.arange(900.0).reshape(30, 30), chunks=(7, 7), compression="gzip", shuffle=True
    )
    made.create_dataset("lzf", data=np.arange(900), chunks=True, compression="lzf", fletcher32=True)
    made.create_dataset("texts", data=["a", "b" * 300], dtype=h5py.string_dtype())
    made.create_dataset("grows", data=np.zeros((2, 2)), maxshape=(None, 2))
    made.create_dataset("table", data=np.zeros(3, [("a", "i4"), ("b", "f8", (2,))]))
    made.create_dataset("none", data=h5py.Empty("f4"))
    made["hard"] = made["chunked"]
    made["soft"] = h5py.SoftLink("/chunked")
    made["texts"].attrs["about"] = made["hard"].ref
    for number in range(40):
        made.attrs[f"a{number}"] = number
        made.create_group("many").create_dataset("x", data=number) if not number else None
        made["many"].create_dataset(f"x{number}", data=0.5)


def both(made: h5py.File) -> None:
    weights(made)
    plain(made)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("fill", [weights, plain])
def test_ordinary_files_of_all_versions_are_quiet(fill: Callable[[h5py.File], object], version: Any) -> None:
    assert looked(written(fill, libver=version)) == (("HDF5",), [])
    assert found(written(fill, libver=version, track_order=True)) == []
    assert found(written(both, libver=version)) == []


def test_a_file_behind_a_users_own_block_is_read() -> None:
    assert found(written(weights, userblock_size=512)) == []
    assert "keras.lambda-code" in found(written(lambda made: made.attrs.update(model_config=EVIL), userblock_size=1024))
    before = bytearray(written(weights, userblock_size=512))
    before[:10] = b"#!/bin/sh\n"
    assert "hdf5.around" in found(bytes(before))


def fixed(text: str) -> Any:
    return np.bytes_(text.encode())


def listed(text: str) -> Any:
    return np.array([text.encode()])


def padded(text: str) -> Any:
    return np.array(text.encode(), dtype=f"S{len(text) + 50}")


def as_null_terminated(text: str) -> Any:
    return np.bytes_(text.encode() + b"\0")


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("kept", [str, fixed, listed, padded, as_null_terminated])
def test_code_in_a_description_is_found_however_the_text_is_kept(kept: Callable[[str], Any], version: Any) -> None:
    def fill(made: h5py.File) -> None:
        weights(made)
        made.attrs["model_config"] = kept(EVIL)

    assert found(written(fill, libver=version)) == ["keras.lambda-code"]
    assert "os.system" in said(written(fill, libver=version))


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("kept", [str, fixed])
@pytest.mark.parametrize("others", [0, 30])
@pytest.mark.parametrize("size", [0, 5_000, 61_000])
def test_code_is_found_among_many_attributes_and_in_long_ones(
    kept: Callable[[str], Any], version: Any, others: int, size: int
) -> None:
    text = EVIL.replace('"class_name"', '"n": "' + "x" * size + '", "class_name"', 1) if size else EVIL

    def fill(made: h5py.File) -> None:
        for number in range(others):
            made.attrs[f"a{number}"] = "text" * number
        made.attrs["model_config"] = kept(text)

    assert "keras.lambda-code" in found(written(fill, libver=version))


@pytest.mark.parametrize("size", [10, 5_000, 100_000])
@pytest.mark.parametrize("kept", [str, fixed])
def test_a_description_whose_words_are_escaped_is_found(kept: Callable[[str], Any], size: int) -> None:
    hidden = EVIL.replace("class_name", "cl\\u0061ss_name").replace("Lambda", "L\\u0061mbda")
    text = hidden.replace('"config"', '"n": "' + "x" * size + '", "config"', 1)

    def fill(made: h5py.File) -> None:
        for number in range(20):
            made.attrs[f"a{number}"] = 0
        made.attrs["model_config"] = kept(text)

    assert "keras.lambda-code" in found(written(fill, libver="latest"))


def test_a_description_with_keys_of_its_own_first_is_found() -> None:
    text = EVIL.replace('"class_name": "Sequential"', '"zzz": 1, "class_name": "Sequential"')

    def fill(made: h5py.File) -> None:
        for number in range(20):
            made.attrs[f"a{number}"] = 0
        made.attrs["model_config"] = np.bytes_(text.replace('"name"', f'"{"x" * 70_000}": 1, "name"', 1).encode())

    assert levels(written(fill, libver="latest")) & {"detect", "review"}


def test_a_description_in_pieces_is_for_a_person_to_look_at() -> None:
    def fill(made: h5py.File) -> None:
        for number, at in enumerate(range(0, len(EVIL), 60)):
            made.attrs[f"model_config{number}"] = EVIL[at : at + 60]

    assert "hdf5.not-understood" in found(written(fill))


def test_a_kind_that_is_kept_elsewhere_hides_no_code() -> None:
    def fill(made: h5py.File) -> None:
        made["kind"] = np.dtype("S4000")
        made.attrs.create("model_config", EVIL.encode(), dtype=made["kind"])

    assert "keras.lambda-code" in found(written(fill))


def test_code_in_a_group_within_a_group_is_found() -> None:
    def fill(made: h5py.File) -> None:
        made.create_group("a/b/c").attrs["model_config"] = EVIL

    assert "keras.lambda-code" in found(written(fill))


def linked(path: str, others: int = 0) -> Callable[[h5py.File], None]:
    def fill(made: h5py.File) -> None:
        for number in range(others):
            made[f"x{number}"] = number
        made["w"] = h5py.ExternalLink(path, "/x")

    return fill


def put_elsewhere(path: str) -> Callable[[h5py.File], None]:
    return lambda made: made.create_dataset("e", (10,), dtype="u1", external=[(path, 0, 10)])


def put_together(*paths: str) -> Callable[[h5py.File], None]:
    def fill(made: h5py.File) -> None:
        made.create_dataset("d", data=np.zeros(10))
        layout = h5py.VirtualLayout((10 * len(paths),), dtype="f8")
        for number, path in enumerate(paths):
            layout[10 * number : 10 * number + 10] = h5py.VirtualSource(path, "/d", (10,))
        made.create_virtual_dataset("v", layout)

    return fill


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("many", [0, 30])
@pytest.mark.parametrize("path", ["/etc/passwd", "../x.h5", "C:\\x", "s3://b/x.h5"])
def test_links_out_of_the_folder_are_found(path: str, many: int, version: Any) -> None:
    assert found(written(linked(path, many), libver=version)) == ["hdf5.escapes"]


@pytest.mark.parametrize("version", VERSIONS)
def test_raw_data_in_another_file_are_found(version: Any) -> None:
    assert found(written(put_elsewhere("../secret"), libver=version)) == ["hdf5.escapes"]
    assert found(written(put_elsewhere("weights.bin"), libver=version)) == ["hdf5.external"]


@pytest.mark.parametrize("version", ["latest", ("v110", "v110")])
def test_data_put_together_of_others_are_found(version: Any) -> None:
    assert found(written(put_together("/etc/other.h5"), libver=version)) == ["hdf5.escapes"]
    assert found(written(put_together("other.h5"), libver=version)) == ["hdf5.external"]
    assert "hdf5.escapes" in found(written(put_together(".", "../secret.h5"), libver=version))
    assert found(written(put_together("."), libver=version)) == ["hdf5.external"]


def test_what_lies_beside_it_in_the_same_folder_is_for_a_person_to_look_at() -> None:
    assert found(written(linked("other.h5"))) == ["hdf5.external"]


def test_soft_links_within_the_file_are_quiet() -> None:
    assert found(written(lambda made: made.update(a=1, b=h5py.SoftLink("/a"), c=h5py.SoftLink("/nowhere")))) == []


def test_one_long_text_many_times_takes_little_memory() -> None:
    def fill(made: h5py.File) -> None:
        made.attrs["model_config"] = [GOOD + " " * 500_000] * 200

    made = written(fill)
    small = written(lambda made: made.attrs.update(model_config=[GOOD + " " * 500_000]))
    tracemalloc.start()
    assert found(small) == []
    assert found(made) == []
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 50 << 20


def test_groups_that_lead_to_each_other_end() -> None:
    def fill(made: h5py.File) -> None:
        made.create_group("a")["b"] = made["/"]

    assert found(written(fill)) == []


def test_links_kept_packed_are_for_a_person_to_look_at() -> None:
    """A heap may have filters, as data have: what is in it cannot be read."""
    made = bytearray(written(linked("../x.h5", 30), libver="latest"))
    at = made.index(b"FRHP")
    made[at + 7 : at + 9] = b"\x20\0"
    assert "hdf5.not-understood" in found(bytes(made))


def test_a_filter_that_nobody_knows_is_found() -> None:
    def fill(made: h5py.File) -> None:
        made.create_dataset("x", data=np.zeros((10, 10)), chunks=(5, 5), compression="gzip")

    made = written(fill)
    assert "hdf5.filter" in found(
        made.replace(b"\x01\0\x08\0\x01\0\x01\0deflate", b"\x99\x01\x08\0\x01\0\x01\0deflate")
    )


def test_what_lies_behind_is_looked_at() -> None:
    _, findings = looked(written(weights) + b"\x7fELF" + bytes(60))
    assert {one.rule.id for one in findings} == {"hdf5.around", "marked.program"}


def test_large_files_take_little_memory() -> None:
    made = written(lambda made: made.create_dataset("w", data=np.ones(4_000_000, "f4")))
    tracemalloc.start()
    assert found(made) == []
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 12 << 20


@pytest.mark.parametrize("place", [8, 13, 14, 9])
def test_odd_superblocks_are_an_error(place: int) -> None:
    made = bytearray(written(weights, libver="latest" if place == 9 else "earliest"))
    made[place] = 77
    assert "file.broken" in found(bytes(made))


SEEDS = [written(weights), written(linked("../x", 12), libver="latest"), written(put_together("../x"), libver="latest")]


@settings(max_examples=150, deadline=None)
@given(st.data(), st.sampled_from(SEEDS))
def test_changed_files_never_fail(data: st.DataObject, seed: bytes) -> None:
    assert "scanner.failed" not in found(damaged(data, seed))


@settings(deadline=None)
@given(st.binary(max_size=300), st.sampled_from([b"\0", b"\2", b"\3"]))
def test_random_bytes_never_fail(data: bytes, version: bytes) -> None:
    assert "scanner.failed" not in found(b"\x89HDF\r\n\x1a\n" + version + data)


@pytest.mark.parametrize("version", ["earliest", "latest"])
def test_a_dangerous_file_cut_off_is_never_clean(version: str) -> None:
    made = written(lambda made: made.attrs.update(model_config=EVIL), libver=version)
    assert all(levels(made[:end]) for end in range(1, len(made), 7))
