"""Bills of materials and threat models that are imported, and the cards, settings and lists beside a model."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

from bartizan.core.errors import InputError
from bartizan.core.json_text import parse_json
from bartizan.core.source import Document, parse_yaml
from bartizan.supply.bom.cards import beside
from bartizan.supply.bom.libraries import packages_in
from bartizan.supply.bom.licences import read
from bartizan.supply.bom.terms import ways_of
from bartizan.system.importers.formats import IMPORTERS
from bartizan.system.reading import check_system

_ROOT: Final = Path(__file__).parents[1]
_CARDS: Final = ("README.md", "config.json", "adapter_config.json", "model_index.json", "LICENSE")
_LISTS: Final = ("requirements.txt", "pyproject.toml", "poetry.lock", "Pipfile.lock")


def check(data: bytes) -> None:
    """Read them as what their first byte says. Raises what is not declared."""
    if not data:
        return
    kind, content = data[0], data[1:]
    if kind < 4:
        _imported(content.decode("utf-8", "replace"), is_json=kind < 2)
    elif kind < 4 + len(_CARDS):
        name = _CARDS[kind - 4]
        found = beside("", {name.lower(): name}, lambda _: content)
        for one in found.licences:
            ways_of(read(one))
    elif kind < 4 + len(_CARDS) + len(_LISTS):
        try:
            packages_in(_LISTS[kind - 4 - len(_CARDS)], content)
        except ValueError:
            return
    else:
        ways_of(read(content.decode("utf-8", "replace")))


def _imported(text: str, *, is_json: bool) -> None:
    try:
        document = parse_json(text, "x") if is_json else parse_yaml(text, "x")
        importer = next((one for one in IMPORTERS if one.recognises(document.data)), None)
        if importer is None:
            return
        data = importer.read(document, "x").data
    except InputError:
        return
    try:
        check_system(Document(file="x", data=data, lines={}))
    except InputError as error:
        raise AssertionError(f"what was imported does not read back: {error}") from None


def seeds() -> list[bytes]:
    """The files that importers are tested with, and small ones of every other kind."""
    files = _ROOT / "tests/system/importers/files"
    bom = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "components": [
            {
                "type": "machine-learning-model",
                "bom-ref": "m",
                "name": "M",
                "licenses": [{"license": {"id": "MIT"}}],
                "modelCard": {"modelParameters": {"task": "classification", "datasets": [{"ref": "d"}]}},
            },
            {"type": "data", "bom-ref": "d", "name": "D", "data": [{"type": "dataset", "classification": "PII"}]},
        ],
        "services": [{"bom-ref": "s", "name": "S", "endpoints": ["https://x.invalid"]}],
        "dependencies": [{"ref": "m", "dependsOn": ["d", "s"]}],
    }
    card = (
        b"---\nlicense: [apache-2.0, other]\nlicense_name: x\nbase_model: a/b\ndatasets: [c]\n"
        b"model-index:\n- name: n\n  results: [{metrics: [{type: f1, value: 0.5}]}]\n---\n"
    )
    rest = (
        card,
        b'{"architectures":["A"],"model_type":"llama","torch_dtype":"float16"}',
        b'{"base_model_name_or_path":"a/b","peft_type":"LORA"}',
        b'{"_class_name":"P","unet":["diffusers","U"]}',
        b"MIT License\n\nPermission is hereby granted, free of charge",
        b"a==1.0 --hash=sha256:" + b"0" * 64 + b"\nb[x] >= 2 ; python_version < '3'\n-r other.txt\n",
        b'[project]\ndependencies = ["a==1", "b"]\n[project.optional-dependencies]\nx = ["c"]\n',
        b'[[package]]\nname = "a"\nversion = "1"\nsource = {registry = "x"}\n',
        b'{"default": {"a": {"version": "==1", "hashes": ["sha256:00"]}}}',
        b"(MIT OR Apache-2.0) AND GPL-2.0-only WITH Classpath-exception-2.0",
    )
    found = [bytes([4 + at]) + content for at, content in enumerate(rest)]
    found += [b"\0" + (files / "retail-assistant-1.6.json").read_bytes(), b"\0" + json.dumps(bom).encode()]
    return [*found, b"\2" + (files / "helpdesk-otm.yaml").read_bytes()]
