"""Folders of models, as they lie on disks; nothing in them is ever loaded."""

from __future__ import annotations

import io
import json
import pickle
import struct
import zipfile
from collections.abc import Mapping
from pathlib import Path


def safetensors(metadata: Mapping[str, object] | None = None) -> bytes:
    header: dict[str, object] = {"w": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}
    if metadata is not None:
        header["__metadata__"] = metadata
    raw = json.dumps(header).encode()
    return struct.pack("<Q", len(raw)) + raw + b"\0\0\0\0"


def gguf(settings: Mapping[str, str]) -> bytes:
    def text(value: str) -> bytes:
        return struct.pack("<Q", len(value.encode())) + value.encode()

    pairs = b"".join(text(key) + struct.pack("<I", 8) + text(value) for key, value in settings.items())
    return b"GGUF" + struct.pack("<IQQ", 3, 0, len(settings)) + pairs


def zipped(members: Mapping[str, bytes]) -> bytes:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return whole.getvalue()


CARD = """---
license: cc-by-nc-4.0
pipeline_tag: text-classification
datasets: [tickets, somewhere/else]
base_model: somewhere/bert
language: no
model-index:
- name: Ticket sorter
  results:
  - dataset: {name: held out}
    metrics: [{type: accuracy, value: 0.91}]
---
# Ticket sorter
"""


def hub_folder(folder: Path) -> Path:
    """A folder as from a hub: a card, settings, weights in two parts, a table, and a list of packages."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "README.md").write_text(CARD)
    (folder / "config.json").write_text('{"model_type": "bert", "architectures": ["BertForSequenceClassification"]}')
    for number in (1, 2):
        (folder / f"model-0000{number}-of-00002.safetensors").write_bytes(safetensors({"part": str(number)}))
    (folder / "tickets.csv").write_text("text,label\nhello,1\n")
    (folder / "requirements.txt").write_text("numpy==2.0.1\nTorch_Vision[all]>=2\nsafetensors==0.5.3+local # here\n")
    return folder


def plain_pickle() -> bytes:
    return pickle.dumps({"weights": [1.0, 2.0]})
