"""Descriptions of Keras models, as they lie in .keras files: what they import, call and read."""

from __future__ import annotations

import base64
import io
import json
import marshal
import zipfile
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bartizan.supply.scan.blob import Held
from bartizan.supply.scan.formats import FORMATS as ALL
from bartizan.supply.scan.look import Look
from tests.supply.scan.tensors.building import damaged, formats, found, levels, looked, said

CODE = base64.b64encode(marshal.dumps(compile("__import__('os').system('echo x')", "m", "eval"))).decode()
"""Compiled, and never loaded."""


def described(module: str | None, name: str, config: Any = None, **more: Any) -> dict[str, Any]:
    return {"module": module, "class_name": name, "config": {} if config is None else config, **more}


POLICY = described("keras", "DTypePolicy", {"name": "float32"}, registered_name=None, shared_object_id=139819505655632)
ZEROS = described("keras.initializers", "Zeros", registered_name=None)
TENSOR = {
    "class_name": "__keras_tensor__",
    "config": {"shape": [None, 5], "dtype": "float32", "keras_history": ["a", 0, 0]},
}
DENSE = described(
    "keras.layers",
    "Dense",
    {"name": "dense", "trainable": True, "dtype": POLICY, "units": 3, "activation": "relu", "bias_initializer": ZEROS},
    registered_name=None,
    build_config={"input_shape": [None, 4]},
)


def model(*layers: Any, **more: Any) -> dict[str, Any]:
    """A model as Keras 3 writes it."""
    compiled = {
        "optimizer": described(
            "keras.optimizers", "Adam", {"name": "adam", "learning_rate": 0.001}, registered_name=None
        ),
        "loss": described("builtins", "function", "mean_squared_error", registered_name="function"),
        "metrics": ["accuracy"],
        "run_eagerly": False,
    }
    layers = (described("keras.layers", "InputLayer", {"batch_shape": [None, 4], "dtype": "float32"}), *layers)
    whole = described("keras", "Sequential", {"name": "s", "trainable": True, "dtype": POLICY, "layers": list(layers)})
    return {
        **whole,
        "registered_name": None,
        "build_config": {"input_shape": [None, 4]},
        "compile_config": compiled,
        **more,
    }


def written(config: Any, **files: bytes) -> bytes:
    """A .keras file."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as packed:
        packed.writestr("metadata.json", '{"keras_version": "3.15.1", "date_saved": "2026-11-23@06:40:26"}')
        packed.writestr("config.json", config if isinstance(config, (str, bytes)) else json.dumps(config))
        for name, data in files.items():
            packed.writestr(name, data)
    return file.getvalue()


def judged(*layers: Any) -> list[str]:
    """The rules by which something is found in a model with these layers."""
    return found(written(model(*layers)))


def lambda_layer(function: Any, **more: Any) -> dict[str, Any]:
    return described("keras.layers", "Lambda", {"name": "l", "function": function, **more}, registered_name=None)


def test_ordinary_models_are_quiet() -> None:
    operation = described(
        "keras.src.ops.numpy", "Add", {"name": "add"}, inbound_nodes=[{"args": [TENSOR, TENSOR], "kwargs": {}}]
    )
    text = described(
        "keras.layers", "TextVectorization", {"standardize": "lower", "vocabulary": None, "encoding": "utf-8"}
    )
    looks_up = described("keras.layers", "StringLookup", {"vocabulary": ["a", "b"], "mask_token": None})
    functional = {**model(DENSE, operation), "module": "keras.src.models.functional", "class_name": "Functional"}
    for config in (model(DENSE), model(DENSE, operation, text, looks_up), functional):
        assert looked(written(config)) == (("zip",), [])
    assert looked(json.dumps(model(DENSE)).encode()) == (("Keras model description",), [])


def test_models_of_keras_2_are_quiet() -> None:
    layers = [
        {"class_name": "InputLayer", "config": {"batch_input_shape": [None, 4], "dtype": "float32", "name": "i"}},
        {
            "class_name": "Conv2D",
            "config": {"name": "c", "kernel_initializer": {"class_name": "GlorotUniform", "config": {}}},
        },
        {"class_name": "Bidirectional", "config": {"layer": {"class_name": "LSTM", "config": {"units": 2}}}},
    ]
    whole = {"class_name": "Functional", "config": {"name": "m", "layers": layers}, "keras_version": "2.15.0"}
    assert looked(json.dumps({**whole, "backend": "tensorflow"}).encode()) == (("Keras model description",), [])


@pytest.mark.parametrize(
    "layer",
    [
        lambda_layer({"class_name": "__lambda__", "config": {"code": CODE, "defaults": None, "closure": None}}),
        lambda_layer({"class_name": "__lambda__", "config": {"code": CODE + "\n"}}),
        lambda_layer([CODE, None, None], function_type="lambda"),
        lambda_layer("keras.ops.relu", output_shape=[CODE, None, None]),
        {"class_name": "Lambda", "config": {"function": [CODE, None, None], "function_type": "lambda"}},
        described(None, "Lambda", {"function": {"class_name": "__lambda__", "config": {"code": CODE}}}),
        described("keras.src.layers.core.lambda_layer", "Lambda", {"function": [CODE, None, None]}),
        described(
            "keras.layers", "Dense", {"kernel_initializer": {"class_name": "__lambda__", "config": {"code": CODE}}}
        ),
        described("keras.layers", "TimeDistributed", {"layer": lambda_layer([CODE, None, None])}),
    ],
)
def test_code_in_layers_is_found_and_its_names_are_quoted(layer: dict[str, Any]) -> None:
    assert "keras.lambda-code" in judged(layer)
    assert "__import__" in said(written(model(layer)))


def test_layers_that_call_functions_of_the_program_are_for_a_person_to_look_at() -> None:
    assert judged(lambda_layer("my_function", function_type="function", module="app"))[0] == "keras.lambda"
    named = described("builtins", "function", "my_function", registered_name="function")
    assert "keras.lambda" in judged(lambda_layer(named))


@pytest.mark.parametrize(
    ("module", "name", "config"),
    [
        ("os", "system", {"command": "echo x"}),
        ("subprocess", "Popen", {"args": ["echo"]}),
        ("builtins", "eval", {"source": "1"}),
        ("builtins", "exec", None),
        ("posix", "system", None),
        ("shutil", "rmtree", {"path": "/"}),
        ("pickle", "loads", None),
        ("importlib", "import_module", {"name": "os"}),
        ("ctypes", "CDLL", None),
        ("runpy", "run_path", None),
        ("torch", "load", None),
        ("numpy.f2py.diagnose", "run_command", None),
        ("tensorflow.io", "write_file", None),
        ("tensorflow.python.ops.gen_io_ops", "write_file", None),
        ("webbrowser", "open", {"url": "http://h"}),
    ],
)
def test_modules_that_run_things_are_found(module: str, name: str, config: Any) -> None:
    assert "keras.module" in judged(described(module, name, config, registered_name=name))
    assert "keras.module" in judged(described("builtins", "x", described(module, name, config)))
    assert f"{module}.{name}" in said(written(model(described(module, name, config))))


def test_functions_and_modules_under_other_keys_are_found() -> None:
    assert "keras.module" in judged(described("os", "function", "system", registered_name="function"))
    assert "keras.module" in judged(
        described("keras.layers", "Dense", {}, registered_name="x", fn_module="os", fn_name="system")
    )
    spec = {"class_name": "__typespec__", "module": "subprocess", "spec_name": "Popen", "config": [["echo"]]}
    assert "keras.module" in judged(spec)
    old = {"class_name": "Lambda", "config": {"function": "system", "function_type": "function", "module": "os"}}
    assert "detect" in levels(written(model(old)))


def test_classes_of_others_are_for_a_person_to_look_at() -> None:
    for layer in (
        described("my_package.layers", "Mine", registered_name="Mine"),
        described(None, "Mine", registered_name="my_package>Mine"),
        {"class_name": "Mine", "config": {}},
        described("tensorflow_text", "BertTokenizer"),
        described(None, "function", "my_loss", registered_name="function"),
    ):
        assert judged(layer) == ["keras.custom"]


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("keras.utils", "get_file"),
        ("keras.src.utils.file_utils", "get_file"),
        ("keras.models", "load_model"),
        ("keras.saving", "load_model"),
        ("keras.config", "enable_unsafe_deserialization"),
        ("keras.src.saving.serialization_lib", "enable_unsafe_deserialization"),
        ("keras._tf_keras.keras.utils", "get_file"),
        ("tensorflow.keras.utils", "get_file"),
        ("keras.utils", "function"),
    ],
)
def test_functions_of_keras_that_reach_out_are_found(module: str, name: str) -> None:
    config = "get_file" if name == "function" else {"origin": "http://h/x", "fname": "y"}
    assert "keras.reaching-function" in judged(described(module, name, config, registered_name=name))


@pytest.mark.parametrize("path", ["/etc/passwd", "../../secret", "http://h/x", "file:///etc/passwd", "\\\\h\\share"])
def test_layers_that_read_files_elsewhere_are_found(path: str) -> None:
    for name in ("StringLookup", "IntegerLookup", "TextVectorization"):
        assert judged(described("keras.layers", name, {"vocabulary": path})) == ["keras.path"]
    assert "keras.path" in judged(described("keras.layers", "TFSMLayer", {"filepath": path, "call_endpoint": "serve"}))


def test_layers_that_read_files_beside_them_are_for_a_person_to_look_at() -> None:
    assert judged(described("keras.layers", "StringLookup", {"vocabulary": "vocabulary.txt"})) == ["keras.file"]


def test_a_model_of_torch_within_it_is_looked_at() -> None:
    pickled = base64.b64encode(b"\x80\x04cos\nsystem\n(S'echo x'\ntR.").decode()
    wrapped = described(
        "keras.layers", "TorchModuleWrapper", {"module": {"class_name": "__bytes__", "config": {"value": pickled}}}
    )
    text = described("keras.layers", "TorchModuleWrapper", {"module": pickled})
    for layer in (wrapped, text):
        look = Look(ALL)
        look.at(Held(json.dumps(model(layer)).encode()))
        assert "detect" in {one.level for one in look.findings}
        assert "keras.wrapped-model" in {one.rule.id for one in look.findings}


def test_words_that_are_escaped_hide_nothing() -> None:
    text = json.dumps(model(described("os", "system", {"command": "echo x"})))
    hidden = text.replace('"class_name"', '"cl\\u0061ss_name"').replace('"module"', '"m\\u006fdule"')
    assert "keras.module" in found(written(hidden))
    assert formats(hidden.replace('"os"', '"\\u006fs"').encode()) == ("Keras model description",)
    assert "keras.module" in found(written(text.encode("utf-16")))
    assert "keras.module" in found(written(" \n" * 5_000 + text))
    assert "keras.module" in found(written("{" + '"x": 1,' * 2_000 + text[1:]))


def test_keys_that_come_twice_are_found_and_what_the_first_says_too() -> None:
    text = json.dumps(model(DENSE)).replace('"module": "keras.layers"', '"module": "os", "module": "keras.layers"')
    assert "keras.double-key" in found(written(text))


def test_descriptions_within_texts_are_looked_at() -> None:
    inner = json.dumps({"class_name": "Lambda", "config": {"function": [CODE, None, None]}})
    assert "keras.lambda-code" in found(written({"module": "keras", "class_name": "Sequential", "config": inner}))


def test_names_that_are_no_names_are_odd() -> None:
    assert "keras.odd" in judged({"module": "keras.layers", "class_name": ["Dense"], "config": {}})
    assert "keras.odd" in judged({"module": {"a": 1}, "class_name": "Dense", "config": {}})
    assert "keras.odd" in judged(described("os; x", "system"))


def test_what_is_no_json_or_nested_without_end_is_an_error() -> None:
    text = json.dumps(model(DENSE))
    assert "file.broken" in found(text[:-1].encode())
    assert "file.broken" in found((text + "x").encode())
    deep = '{"class_name": "Sequential", "config": ' + "[" * 100_000
    assert "file.limit" in found(deep.encode())
    nested: Any = DENSE
    for _ in range(600):
        nested = [nested]
    assert "file.limit" in judged(nested)


SEED = json.dumps(model(DENSE, lambda_layer([CODE, None, None]), described("os", "system"))).encode()


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_changed_files_never_fail(data: st.DataObject) -> None:
    assert "scanner.failed" not in found(damaged(data, SEED))


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.sampled_from(["os", "system", "Lambda", CODE]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["class_name", "module", "config", "registered_name", "function", "filepath", "vocabulary", "x"]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=20,
)


@settings(max_examples=200, deadline=None)
@given(JSON_VALUES)
def test_any_description_is_judged(value: Any) -> None:
    assert "scanner.failed" not in found(json.dumps({"class_name": "Sequential", "config": value}).encode())


def test_a_dangerous_description_cut_off_is_never_clean() -> None:
    assert all(levels(SEED[:end]) for end in range(9, len(SEED), 7))
