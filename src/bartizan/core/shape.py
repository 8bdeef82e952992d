"""Turn plain data into frozen values, and tell every problem of a file in one go.

`msgspec.convert` stops at the first error. This walks the parts: it reports unknown keys with the nearest valid one,
missing keys, wrong types and values outside a closed vocabulary, each at its line, and returns values only when there
is no problem.
"""

from __future__ import annotations

import enum
import types
import typing
from collections.abc import Mapping
from functools import cache
from typing import Any, Literal, TypeVar, Union, get_args, get_origin

import msgspec

from bartizan.core.errors import InputError, Problem, nearest
from bartizan.core.source import Document, PathKey

T = TypeVar("T")


def to_value(document: Document, wanted: type[T], at: PathKey = ()) -> T:
    """The document's data as ``wanted`` (a msgspec struct or a type built of them). Raises InputError with all problems."""
    data = document.data
    for key in at:
        data = data[key]  # type: ignore[index]
    walk = _Walk(document)
    walk.check(data, wanted, at)
    if walk.problems:
        raise InputError(walk.problems)
    try:
        return msgspec.convert(data, wanted, strict=True, dec_hook=_refuse)
    except msgspec.ValidationError as error:
        raise InputError([document.problem(at, str(error))]) from None


def _refuse(wanted: type, value: object) -> object:
    raise NotImplementedError(f"no way to read {value!r} as {wanted}")


@cache
def _fields(struct: type[msgspec.Struct]) -> dict[str, tuple[Any, bool]]:
    """Encoded field name -> (type, required)."""
    hints = typing.get_type_hints(struct)
    return {f.encode_name: (hints[f.name], f.required) for f in msgspec.structs.fields(struct)}


def _name(wanted: Any) -> str:
    names = {str: "text", int: "a whole number", float: "a number", bool: "yes or no", type(None): "nothing"}
    if wanted in names:
        return names[wanted]
    origin = get_origin(wanted)
    if origin in {tuple, list, frozenset}:
        return "a list"
    if origin is dict or (isinstance(wanted, type) and issubclass(wanted, msgspec.Struct)):
        return "keys with values"
    return "a value"


class _Walk:
    def __init__(self, document: Document) -> None:
        self.document = document
        self.problems: list[Problem] = []

    def say(self, path: PathKey, finding: str, fix: str = "") -> None:
        self.problems.append(self.document.problem(path, finding, fix))

    def check(self, data: object, wanted: Any, path: PathKey) -> None:
        wanted = getattr(wanted, "__supertype__", wanted)
        origin = get_origin(wanted)
        if origin is typing.Annotated:
            self.check(data, get_args(wanted)[0], path)
        elif origin in {Union, types.UnionType}:
            self._union(data, get_args(wanted), path)
        elif origin is Literal:
            self._choice(data, get_args(wanted), path)
        elif isinstance(wanted, type) and issubclass(wanted, enum.Enum):
            self._choice(data, tuple(member.value for member in wanted), path)
        elif isinstance(wanted, type) and issubclass(wanted, msgspec.Struct):
            self._struct(data, wanted, path)
        elif origin in {tuple, list, frozenset}:
            self._list(data, get_args(wanted)[0], path)
        elif origin is dict:
            self._mapping(data, *get_args(wanted), path)
        elif wanted is not Any and wanted is not object:
            self._scalar(data, wanted, path)

    def _struct(self, data: object, wanted: type[msgspec.Struct], path: PathKey) -> None:
        if not isinstance(data, Mapping):
            self.say(path, f"expected keys with values, found {_show(data)}")
            return
        fields = _fields(wanted)
        tag = wanted.__struct_config__.tag_field
        for key in data:
            if key not in fields and key != tag:
                self.say((*path, key), f"unknown key '{key}'", nearest(str(key), fields))
        for key, (kind, required) in fields.items():
            if key in data:
                self.check(data[key], kind, (*path, key))
            elif required:
                self.say(path, f"'{key}' is missing", f"add '{key}:'")

    def _union(self, data: object, options: tuple[Any, ...], path: PathKey) -> None:
        structs = [o for o in options if isinstance(o, type) and issubclass(o, msgspec.Struct)]
        if structs and isinstance(data, Mapping):
            self._tagged(data, structs, path)
            return
        if data is None and type(None) in options:
            return
        trials = []
        for option in options:
            trial = _Walk(self.document)
            trial.check(data, option, path)
            if not trial.problems:
                return
            trials.append((option, trial.problems))
        if (literals := _literals(options)) and isinstance(data, str | bool):
            self._choice(data, literals, path)
        elif isinstance(data, list) and (lists := [p for o, p in trials if get_origin(o) in {tuple, list}]):
            self.problems.extend(lists[0])
        else:
            wanted = " or ".join(dict.fromkeys(_name(o) for o in options if o is not type(None)))
            self.say(path, f"expected {wanted}, found {_show(data)}")

    def _tagged(self, data: Mapping[Any, Any], structs: list[type[msgspec.Struct]], path: PathKey) -> None:
        field = structs[0].__struct_config__.tag_field
        if field is None:
            self._struct(data, structs[0], path)
            return
        by_tag = {str(s.__struct_config__.tag): s for s in structs}
        if field not in data:
            self.say(path, f"'{field}' is missing", f"use one of: {', '.join(by_tag)}")
        elif data[field] not in by_tag:
            self.say((*path, field), f"unknown {field} '{data[field]}'", nearest(str(data[field]), by_tag))
        else:
            self._struct(data, by_tag[data[field]], path)

    def _choice(self, data: object, choices: tuple[Any, ...], path: PathKey) -> None:
        if any(data == c and type(data) is type(c) for c in choices):
            return
        words = [_word(c) for c in choices]
        self.say(path, f"{_show(data)} is not one of the choices", nearest(_word(data), words) or f"use one of: {words}")

    def _list(self, data: object, inner: Any, path: PathKey) -> None:
        if not isinstance(data, list | tuple):
            self.say(path, f"expected a list, found {_show(data)}", "put it in [ ]")
            return
        for i, item in enumerate(data):
            self.check(item, inner, (*path, i))

    def _mapping(self, data: object, key_type: Any, inner: Any, path: PathKey) -> None:
        if not isinstance(data, Mapping):
            self.say(path, f"expected keys with values, found {_show(data)}")
            return
        for key, item in data.items():
            self.check(key, key_type, (*path, key))
            self.check(item, inner, (*path, key))

    def _scalar(self, data: object, wanted: Any, path: PathKey) -> None:
        fits = isinstance(data, wanted) and (wanted is bool or not isinstance(data, bool))
        if wanted is float and isinstance(data, int) and not isinstance(data, bool):
            fits = True
        if not fits:
            fix = "put it in quotes" if wanted is str and isinstance(data, bool | int | float) else ""
            self.say(path, f"expected {_name(wanted)}, found {_show(data)}", fix)


def _literals(options: tuple[Any, ...]) -> tuple[Any, ...]:
    choices: list[Any] = []
    for option in options:
        if get_origin(option) is Literal:
            choices.extend(get_args(option))
        elif isinstance(option, type) and issubclass(option, enum.Enum):
            choices.extend(member.value for member in option)
        elif option is bool:
            choices.extend((True, False))
        elif option is not type(None):
            return ()
    return tuple(choices)


def _word(value: object) -> str:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


def _show(value: object) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return _word(value)
    if isinstance(value, Mapping):
        return "keys with values"
    if isinstance(value, list):
        return "a list"
    text = str(value)
    return f"'{text if len(text) <= 60 else text[:57] + '...'}'"
