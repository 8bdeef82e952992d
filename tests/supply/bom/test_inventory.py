from __future__ import annotations

import bz2
import gzip
import hashlib
import json
import lzma
import os
import pickle
import zlib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bartizan.core.errors import InputError
from bartizan.supply.bom import walking
from bartizan.supply.bom.inventory import inventory
from bartizan.supply.bom.values import Edge
from tests.supply.bom.folders import gguf, hub_folder, plain_pickle, safetensors, zipped


def test_a_folder_from_a_hub_is_one_model_with_its_card(tmp_path: Path) -> None:
    found = inventory(hub_folder(tmp_path / "sorter"))
    (model,) = found.of("model")
    assert model.name == "Ticket sorter"
    assert [one.path for one in model.files] == [f"model-0000{n}-of-00002.safetensors" for n in (1, 2)]
    assert model.licences == ("cc-by-nc-4.0",)
    card = model.card
    assert card is not None
    assert (card.task, card.architecture_family, card.architecture) == (
        "text-classification",
        "bert",
        "BertForSequenceClassification",
    )
    assert card.base == ("somewhere/bert",)
    assert card.languages == ("no",)
    assert [(one.type, one.value, one.slice) for one in card.metrics] == [("accuracy", "0.91", "held out")]
    assert Edge(source=model.ref, target="tickets.csv", kind="trained_on") in found.edges
    assert Edge(source=model.ref, target="pkg:pypi/numpy@2.0.1", kind="depends") in found.edges
    assert any("no exact version" in text and "torch-vision" in text for text in found.remarks)


def test_digests_are_those_of_the_files(tmp_path: Path) -> None:
    folder = hub_folder(tmp_path / "sorter")
    for part in inventory(folder).parts:
        for one in part.files:
            raw = (folder / one.path).read_bytes()
            assert (one.sha256, one.size) == (hashlib.sha256(raw).hexdigest(), len(raw))


@pytest.mark.parametrize(
    ("raw", "format_", "kind"),
    [
        (safetensors(), "safetensors", "model"),
        (gguf({"general.name": "x"}), "GGUF", "model"),
        (plain_pickle(), "pickle", "model"),
        (zlib.compress(plain_pickle()), "compressed pickle", "model"),
        (gzip.compress(plain_pickle()), "compressed pickle", "model"),
        (bz2.compress(plain_pickle()), "compressed pickle", "model"),
        (lzma.compress(plain_pickle()), "compressed pickle", "model"),
        (zipped({"a/data.pkl": b"x", "a/version": b"3"}), "PyTorch", "model"),
        (zipped({"schema.json": b"{}"}), "skops", "model"),
        (zipped({"metadata.json": b"{}", "config.json": b"{}"}), "Keras", "model"),
        (zipped({"a.npy": b"x"}), "NumPy arrays", "data"),
        (b"\x93NUMPY\x01\x00", "NumPy array", "data"),
        (b"PAR1....PAR1", "Parquet", "data"),
        (b"tree\nversion=v4\n", "LightGBM", "model"),
        (b'{"learner": {}}', "XGBoost", "model"),
        (b"\x89PNG\r\n\x1a\n", "PNG", "data"),
        (b"hello there, this is text", "text", "file"),
    ],
)
def test_a_file_is_told_by_its_content(raw: bytes, format_: str, kind: str, tmp_path: Path) -> None:
    (tmp_path / "thing.dat").write_bytes(raw)
    (part,) = inventory(tmp_path / "thing.dat").parts
    assert part.kind == kind
    assert part.files[0].formats == (format_,)


def test_what_a_file_says_of_itself_is_taken(tmp_path: Path) -> None:
    (tmp_path / "a.gguf").write_bytes(
        gguf({"general.architecture": "llama", "general.name": "Tiny", "general.license": "apache-2.0"})
    )
    (tmp_path / "b.safetensors").write_bytes(safetensors({"modelspec.license": "MIT", "modelspec.title": "B"}))
    (tmp_path / "c.skops").write_bytes(
        zipped({"schema.json": json.dumps({"_skops_version": "0.11", "__class__": "Pipeline"}).encode()})
    )
    found = inventory(tmp_path)
    told = {part.name: (part.licences, part.card.architecture if part.card else "") for part in found.of("model")}
    assert told == {"Tiny": (("apache-2.0",), "llama"), "B": (("MIT",), ""), "c": ((), "Pipeline")}
    assert "pkg:pypi/skops@0.11" in {part.ref for part in found.of("library")}


def test_a_pickle_of_scikit_learn_names_its_version(tmp_path: Path) -> None:
    linear = pytest.importorskip("sklearn.linear_model")
    sklearn = pytest.importorskip("sklearn")
    (tmp_path / "m.pkl").write_bytes(pickle.dumps(linear.LogisticRegression().fit([[0], [1]], [0, 1])))
    (library,) = inventory(tmp_path).of("library")
    assert (library.name, library.version) == ("scikit-learn", sklearn.__version__)


def test_a_licence_file_speaks_where_the_card_does_not(tmp_path: Path) -> None:
    (tmp_path / "m.pkl").write_bytes(plain_pickle())
    (tmp_path / "LICENSE").write_text("MIT License\n\nPermission is hereby granted, free of charge, to any person")
    (model,) = inventory(tmp_path).of("model")
    assert model.licences == ("MIT",)


def test_no_link_leads_out_of_the_folder(tmp_path: Path) -> None:
    folder = tmp_path / "models"
    folder.mkdir()
    (tmp_path / "secret.pkl").write_bytes(plain_pickle())
    (folder / "inside.pkl").write_bytes(plain_pickle())
    (folder / "out.pkl").symlink_to("../secret.pkl")
    (folder / "up").symlink_to("..")
    (folder / "loop").symlink_to("loop")
    (folder / "again.pkl").symlink_to("inside.pkl")
    os.mkfifo(folder / "pipe")
    found = inventory(folder)
    assert {part.ref for part in found.parts} == {"inside.pkl", "again.pkl"}
    assert [text.split(" (")[0] for text in found.remarks] == [
        f"not read: {name}" for name in ("loop", "out.pkl", "pipe", "up")
    ]


def test_names_that_garble_a_screen_are_written_out_and_stay_apart(tmp_path: Path) -> None:
    for name in ("a\x1b[31m.pkl", "a\\x1b[31m.pkl", "pkg:pypi", os.fsdecode(b"\xff.pkl")):
        (tmp_path / name).write_bytes(plain_pickle())
    refs = [part.ref for part in inventory(tmp_path).parts]
    assert len(set(refs)) == 4
    assert all(ref.isprintable() for ref in refs)


def test_a_bomb_beside_a_model_is_a_remark(tmp_path: Path) -> None:
    (tmp_path / "m.pkl").write_bytes(plain_pickle())
    (tmp_path / "README.md").write_text("---\na: &a [x, x]\nb: [*a, *a]\n---\n")
    (tmp_path / "config.json").write_text("[" * 100_000)
    (tmp_path / "uv.lock").write_bytes(b"\xff")
    (tmp_path / "requirements.txt").write_text("x" * 9_000_000)
    found = inventory(tmp_path)
    assert len(found.of("model")) == 1
    assert len(found.remarks) == 4


def test_there_is_an_end_to_files_and_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walking, "MOST_FILES", 2)
    monkeypatch.setattr(walking, "DEEPEST", 1)
    for name in ("a", "b", "c"):
        (tmp_path / f"{name}.pkl").write_bytes(plain_pickle())
    deep = tmp_path / "A" / "B" / "C"
    deep.mkdir(parents=True)
    found = inventory(tmp_path)
    assert len(found.parts) == 2
    assert any("first 2 files" in text for text in found.remarks)


def test_a_path_that_leads_nowhere_is_wrong_input(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        inventory(tmp_path / "gone")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(
    start=st.sampled_from(
        [b"", b"GGUF\x03\0\0\0", b"PK\x03\x04", b"\x80\x04", b"\x08\x07\x12", b"---\n", b"\x93NUMPY"]
    ),
    rest=st.binary(max_size=300),
)
def test_no_file_breaks_the_inventory(start: bytes, rest: bytes, tmp_path: Path) -> None:
    for name in ("README.md", "m.bin", "requirements.txt"):
        (tmp_path / name).write_bytes(start + rest)
    assert sum(len(part.files) for part in inventory(tmp_path).parts if part.kind != "library") == 3
