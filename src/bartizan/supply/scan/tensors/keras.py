"""Descriptions of Keras models: JSON that names classes and functions, which loading imports and calls."""

# ruff: noqa: SIM905  words are read best as text
from __future__ import annotations

import base64
import binascii
import re
from pathlib import Path
from typing import Any, Final

from bartizan.supply.scan.blob import Held
from bartizan.supply.scan.limits import TooMuch, Unreadable
from bartizan.supply.scan.look import Look
from bartizan.supply.scan.rule import Rule
from bartizan.supply.scan.tensors import keras_rules as rules
from bartizan.supply.scan.tensors.json_values import LONGEST, parsed
from bartizan.supply.scan.tensors.outside import leads_out
from bartizan.supply.scan.texts.json_rules import LOADS
from bartizan.supply.scan.texts.named_classes import class_rule

RULES: Final = rules.RULES

_DEEPEST: Final = 500


def _names() -> dict[str, frozenset[str]]:
    text = Path(__file__).with_name("keras_names.txt").read_text(encoding="utf-8")
    words = " ".join(line for line in text.splitlines() if not line.startswith("#"))
    classes, _, functions = words.partition("functions:")
    return {
        "classes": frozenset(classes.removeprefix("classes:").split()),
        "functions": frozenset(functions.split()),
    }


_NAMES: Final = _names()
_CLASSES: Final = _NAMES["classes"]
_FUNCTIONS: Final = _NAMES["functions"]
_PLAIN: Final = frozenset(
    "__keras_tensor__ __tensor__ __numpy__ __bytes__ __ellipsis__ __slice__ __tuple__ __list__ __dict__".split()
)
"""What Keras writes in place of values that are no objects."""
_PACKAGES: Final = re.compile(r"(?:keras|tf_keras|keras_core|tensorflow\.keras|tensorflow\.python\.keras)(?:\.|$)")
_FAMILY: Final = re.compile(r"keras_(?:hub|nlp|cv|rs|tuner)(?:\.|$)")
_HARMLESS: Final = frozenset(
    """
    activations losses metrics initializers constraints regularizers optimizers layers ops random quantizers
    dtype_policies engine mixed_precision feature_column applications
    """.split()
)
"""Parts of Keras whose functions only compute."""
_SOURCES: Final = frozenset({"src", "api", "_tf_keras", "keras", "v1", "v2", "_v1", "_v2", "python", "legacy"})
_REACHING: Final = frozenset(
    """
    get_file extract_archive load_model load_weights save_model save_weights model_from_json model_from_config
    model_from_yaml enable_unsafe_deserialization func_load func_dump deserialize_keras_object load_img save_img
    load_data plot_model download_file urlretrieve run_script import_module TFSMLayer load_lora open_file register
    set_backend set_floatx import_object decode_predictions
    """.split()
)
_TENSORFLOW: Final = re.compile(r"tensorflow\.(?:python\.)?(?:framework|data\.ops|ops\.ragged|util)(?:\.|$)")
_PATHS: Final = frozenset("filepath file_path filename path origin url fname vocabulary_file vocab_file".split())
_VOCABULARY: Final = frozenset({"vocabulary", "idf_weights"})
_IDENTIFIER: Final = re.compile(rb"[A-Za-z_][\w./:$ -]{1,80}")


def judge_text(text: str, look: Look, at: int | None = None, *, is_strict: bool = True) -> Any:
    """Look at a description, and return what it says. Raises Unreadable where it is no JSON, and TooMuch.

    ``is_strict``: whether classes that are not of Keras are worth a word.
    """
    found = parsed(text, look)
    for key in found.double:
        look.found(rules.DOUBLE, key, at)
    judge(found.value, look, at, is_strict=is_strict)
    return found.value


def judge(value: Any, look: Look, at: int | None = None, *, is_strict: bool = True) -> None:
    """Look at a description that was read. Raises TooMuch."""
    judging = _Judging(look, at, is_strict)
    waiting = [(value, 0)]
    count = 0
    while waiting:
        one, depth = waiting.pop()
        if depth > _DEEPEST:
            raise TooMuch(f"a description nested more than {_DEEPEST} deep", at)
        count += 1
        if count & 0xFFF == 0:
            look.spend(0x1000)
        if isinstance(one, dict):
            judging.object(one)
            waiting += [(inner, depth + 1) for inner in one.values() if isinstance(inner, (dict, list, str))]
        elif isinstance(one, list):
            waiting += [(inner, depth + 1) for inner in one if isinstance(inner, (dict, list))]
        elif isinstance(one, str) and '"class_name"' in one and one.lstrip()[:1] in ("{", "["):
            waiting.append((_within(one, look), depth + 1))


def _within(text: str, look: Look) -> Any:
    """A description within a text; None: it is none."""
    try:
        return parsed(text, look).value
    except TooMuch:
        raise
    except Unreadable:
        return None


class _Judging:
    def __init__(self, look: Look, at: int | None, is_strict: bool) -> None:
        self._look, self._at, self._is_strict = look, at, is_strict
        self._said: set[tuple[str, str]] = set()

    def _say(self, rule: Rule, what: str) -> None:
        if len(self._said) < 500 and (rule.id, what) not in self._said:
            self._said.add((rule.id, what))
            self._look.found(rule, what, self._at)

    def object(self, one: dict[str, Any]) -> None:
        """Look at one object."""
        name = one.get("class_name", one.get("spec_name"))
        self._modules(one)
        if "class_name" not in one:
            return
        if not isinstance(name, str):
            self._say(rules.ODD, f"class_name: {name!r}")
            return
        config = one.get("config")
        short = re.split(r"[>.]", name)[-1]
        if name == "__lambda__":
            self._code(config.get("code", config.get("value")) if isinstance(config, dict) else config)
        elif short == "Lambda" and self._is_of_keras(one):
            self._lambda(config if isinstance(config, dict) else {})
        elif short in ("TFSMLayer", "TorchModuleWrapper", "FlaxLayer", "JaxLayer"):
            self._wrapper(short, config if isinstance(config, dict) else {})
        else:
            self._named(one, name, config)
        if isinstance(config, dict):
            self._files(short, config)

    @staticmethod
    def _is_of_keras(one: dict[str, Any]) -> bool:
        module = one.get("module")
        return not isinstance(module, str) or _is_keras(module) or module == "builtins"

    # Code

    def _code(self, code: Any) -> None:
        self._say(rules.LAMBDA, f"code that uses {_words(code)}")

    def _lambda(self, config: dict[str, Any]) -> None:
        for key in ("function", "output_shape", "mask"):
            function = config.get(key)
            if isinstance(function, list) and function and _is_compiled(function[0], key):
                self._code(function[0])
            elif isinstance(function, dict):
                if function.get("class_name") not in ("__lambda__", "function"):
                    self._say(rules.NAMED_LAMBDA, f"{key}: {function.get('class_name')!r}")
                elif function.get("class_name") == "function":
                    self._say(rules.NAMED_LAMBDA, f"{key}: {function.get('module')}.{function.get('config')}")
            elif isinstance(function, str) and key == "function":
                self._string(config, function)
            elif key == "function":
                self._say(rules.NAMED_LAMBDA, f"{key}: {function!r}")

    def _string(self, config: dict[str, Any], function: str) -> None:
        if config.get("function_type") == "lambda" or (_is_code(function) and len(function) > 80):
            self._code(function)
        elif function in _REACHING:
            self._say(rules.FUNCTION, function)
        else:
            self._say(rules.NAMED_LAMBDA, f"function: {config.get('module')}.{function}")

    def _wrapper(self, name: str, config: dict[str, Any]) -> None:
        self._say(rules.WRAPPER, name)
        held = config.get("module")
        if name == "TorchModuleWrapper" and isinstance(held, dict):
            held = held.get("config", held.get("value"))
            held = held.get("value", held.get("data")) if isinstance(held, dict) else held
        if name == "TorchModuleWrapper" and isinstance(held, str):
            data = _unpacked(held)
            if data is None:
                self._say(rules.ODD, f"module of {name}: {held[:60]!r}")
            else:
                self._look.into(f"{name}.module", Held(data))

    # Names

    def _modules(self, one: dict[str, Any]) -> None:
        """Whatever an object names as a module, with what it takes from it."""
        for key, module in one.items():
            if not (key == "module" or key.endswith("_module")) or module is None:
                continue
            if key == "module" and not isinstance(module, str):
                if one.keys() & {"class_name", "registered_name"}:
                    self._say(rules.ODD, f"module: {str(module)[:80]}")
                continue
            if not isinstance(module, str) or len(module) > 300 or not _looks_named(module):
                if isinstance(module, str) and "class_name" in one:
                    self._say(rules.ODD, f"{key}: {module[:80]}")
                continue
            for name in self._taken(one, key):
                self._module(module.strip(), name)

    @staticmethod
    def _taken(one: dict[str, Any], key: str) -> list[str]:
        """What is taken from a module that an object names."""
        if key == "module" and isinstance(one.get("class_name"), str):
            name, config = one["class_name"], one.get("config")
            names = [config] if name == "function" and isinstance(config, str) else [name]
            registered = one.get("registered_name")
            if isinstance(registered, str) and ">" not in registered and registered not in ("function", *names):
                names.append(registered)
            return names
        stem = key.removesuffix("module").rstrip("_")
        candidates = [f"{stem}_name", stem, "name"] if stem else ["function", "spec_name", "config", "name"]
        return [name for each in candidates if isinstance(name := one.get(each), str)][:1] or [""]

    def _module(self, module: str, name: str) -> None:
        path = f"{module}.{name}"
        if module == "builtins" and (name in _FUNCTIONS or name in ("function", "") or name in _PLAIN):
            return
        if _is_keras(module) or _FAMILY.match(module):
            self._of_keras(module, name)
        elif class_rule(path) is LOADS or (module.partition(".")[0] in ("builtins", "torch") and module != "builtins"):
            self._say(rules.MODULE, path)
        elif module == "builtins":
            self._say(rules.CUSTOM, path)
        elif module.partition(".")[0] in ("tensorflow", "tensorflow_core"):
            self._of_tensorflow(module, name)
        else:
            self._say(rules.CUSTOM, path)

    def _of_keras(self, module: str, name: str) -> None:
        part = next((step for step in module.split(".")[1:] if step not in _SOURCES), "")
        is_class = name[:1].isupper()
        if name in _REACHING or "__" in name.strip("_"):
            self._say(rules.FUNCTION, f"{module}.{name}")
        elif part in _HARMLESS or name == "" or name in _PLAIN:
            return
        elif part in ("datasets", "preprocessing", "utils", "saving", "config", "backend", "export", "callbacks"):
            self._say(rules.CUSTOM if is_class else rules.FUNCTION, f"{module}.{name}")
        elif not is_class and name not in _FUNCTIONS:
            self._say(rules.CUSTOM if _FAMILY.match(module) else rules.FUNCTION, f"{module}.{name}")

    def _of_tensorflow(self, module: str, name: str) -> None:
        is_io = re.search(r"\.(?:io|io_ops|gen_io_ops|load_library|script_ops|gfile|file_io|lib)\b", module)
        if is_io or re.search(r"file|py_func|load|numpy_function|exec|write|save", name):
            self._say(rules.MODULE, f"{module}.{name}")
        elif not _TENSORFLOW.match(module):
            self._say(rules.CUSTOM, f"{module}.{name}")

    def _named(self, one: dict[str, Any], name: str, config: Any) -> None:
        registered = one.get("registered_name")
        module = one.get("module")
        if name == "function":
            if not isinstance(config, str):
                self._say(rules.ODD, f"a function {str(config)[:80]}")
            if isinstance(config, str) and module in (None, "builtins"):
                if config in _REACHING:
                    self._say(rules.FUNCTION, config)
                elif config not in _FUNCTIONS and self._is_strict:
                    self._say(rules.CUSTOM, config)
            return
        if isinstance(registered, str) and ">" in registered and not registered.startswith(("keras", "Keras")):
            self._say(rules.CUSTOM, registered)
        elif not isinstance(module, str) and name not in _PLAIN and name != "__typespec__":
            bare = name.rpartition(">")[2].rpartition(".")[2] if name.startswith(("keras", "Keras")) else name
            if bare in _REACHING:
                self._say(rules.FUNCTION, name)
            elif bare not in _CLASSES and self._is_strict:
                self._say(rules.CUSTOM, name)

    # Files

    def _files(self, name: str, config: dict[str, Any]) -> None:
        for key in sorted(config.keys() & (_PATHS | _VOCABULARY)):
            path = config[key]
            if not isinstance(path, str) or not path or (key in _VOCABULARY and "class_name" in path):
                continue
            how = leads_out(path)
            self._say(rules.PATH if how else rules.FILE, f"{name}: {key} {path!r}{': ' + how if how else ''}")


def _is_keras(module: str) -> bool:
    return _PACKAGES.match(module) is not None


def _looks_named(module: str) -> bool:
    return re.fullmatch(r"\s*[^\W\d][\w.]*\s*", module) is not None


def _is_code(text: Any) -> bool:
    return isinstance(text, str) and re.fullmatch(r"[A-Za-z0-9+/=\s_-]{4,}", text) is not None


def _is_compiled(first: Any, key: str) -> bool:
    """Whether a list that begins so is a function; one of numbers or names is a shape."""
    return _is_code(first) if key == "output_shape" else isinstance(first, str)


def _unpacked(text: str) -> bytes | None:
    if len(text) > LONGEST:
        return None
    try:
        return base64.b64decode(re.sub(r"\s", "", text), altchars=None, validate=True)
    except (binascii.Error, ValueError):
        return None


def _words(code: Any) -> str:
    """The names in compiled code, as far as they can be told without unpacking it."""
    data = _unpacked(code[: 1 << 20]) if isinstance(code, str) and len(code) <= 1 << 20 else None
    if data is None:
        return repr(code)[:80]
    words = dict.fromkeys(found.decode("ascii", "replace") for found in _IDENTIFIER.findall(data)[:400])
    return ", ".join(list(words)[:24]) or repr(code)[:80]
