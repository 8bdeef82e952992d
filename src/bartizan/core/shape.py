"""Turn plain data into frozen values, and tell every problem of a file in one go.

`msgspec.convert` is fast and stops at the first error. Where it finds one, this walks the parts: it reports unknown
keys with the nearest valid one, missing keys, wrong types and values outside a closed vocabulary, each at its line.
Every struct that is read from a file forbids unknown keys; a contract test holds that.
"""

from __future__ import annotations

import enum
import types
import typing
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any, Literal, TypeVar, Union, get_args, get_origin

import msgspec

from bartizan.core.errors import InputError, Problem, nearest
from bartizan.core.source import Document, PathKey

T = TypeVar("T")
_LISTS = (tuple, list, frozenset)


def to_value(document: Document, wanted: type[T]) -> T:
    """The document's data as ``wanted``: a struct, or a type built of structs. Raises InputError with all problems."""
    try:
        return msgspec.convert(document.data, wanted, strict=True)
    except (msgspec.ValidationError, OverflowError) as error:
        faults = faults_of(document, document.data, wanted)
        raise InputError([f.problem for f in faults] or [document.problem((), str(error))]) from None


class Fault(msgspec.Struct, frozen=True):
    """A problem with the path of the part that has it, so that the other parts can still be used."""

    path: PathKey
    problem: Problem


def faults_of(document: Document, data: object, wanted: Any, at: PathKey = ()) -> list[Fault]:
    """Where this data, which stands ``at`` this place of the document, is not of the shape that is wanted."""
    walk = _Walk(document)
    walk.check(data, wanted, at)
    return walk.faults


class SoundParts(msgspec.Struct, frozen=True):
    """What remains of data when the parts with a fault are left out."""

    data: dict[Any, Any]
    unread: frozenset[str]
    """Ids of entries that were left out whole."""
    places: dict[str, list[int]]
    """For each list of entries, where those that remain stood."""

    def place(self, path: PathKey) -> PathKey:
        """The path in the whole data of a path in what remains."""
        if len(path) > 1 and path[0] in self.places:
            return (path[0], self.places[str(path[0])][int(path[1])], *path[2:])
        return path


def sound_parts(data: object, wanted: type[msgspec.Struct], bad: Iterable[PathKey]) -> SoundParts | None:
    """The data of a struct without what has a fault at one of these paths; None where the data is no mapping at all.

    Of an entry in a list of the struct, the fields with a fault are left out; where the rest is no entry any more, the
    entry is.
    """
    if not isinstance(data, Mapping):
        return None
    fields: dict[PathKey, set[str | int]] = {}
    whole: set[str | int] = set()
    kinds = {key: args[0] for key, (kind, _) in _fields(wanted).items() if (args := get_args(kind))[1:] == (Ellipsis,)}
    for path in bad:
        if len(path) > 1 and path[0] in kinds and isinstance(data[path[0]], list):
            fields.setdefault(path[:2], set()).update(path[2:3])
        else:
            whole.update(path[:1])
    kept = {key: value for key, value in data.items() if key not in whole}
    unread: set[str] = set()
    places: dict[str, list[int]] = {}
    for key in {str(path[0]) for path in fields} & kept.keys():
        places[key], entries = [], []
        for i, entry in enumerate(kept[key]):
            sound = _without(entry, fields.get((key, i)), kinds[key])
            if sound is not None:
                places[key].append(i)
                entries.append(sound)
            elif isinstance(entry, Mapping) and isinstance(entry.get("id"), str):
                unread.add(entry["id"])
        kept[key] = entries
    return SoundParts(kept, frozenset(unread), places)


def _without(entry: Any, bad: set[str | int] | None, kind: Any) -> Any:
    """The entry without its bad fields; None where that is no entry of its kind."""
    if bad is None:
        return entry
    sound = {k: v for k, v in entry.items() if k not in bad} if isinstance(entry, Mapping) else entry
    try:
        msgspec.convert(sound, kind)
    except msgspec.ValidationError:
        return None
    return sound


@cache
def _fields(struct: type[msgspec.Struct]) -> dict[str, tuple[Any, bool]]:
    """Encoded field name -> (type, required)."""
    hints = typing.get_type_hints(struct)
    return {f.encode_name: (hints[f.name], f.required) for f in msgspec.structs.fields(struct)}


def _name(wanted: Any) -> str:
    names = {str: "text", int: "a whole number", float: "a number", bool: "yes or no", type(None): "nothing"}
    wanted = getattr(wanted, "__supertype__", wanted)
    origin = get_origin(wanted)
    if origin is Literal:
        return " or ".join(f"'{_word(choice)}'" for choice in get_args(wanted))
    if wanted in names:
        return names[wanted]
    if origin in _LISTS:
        return "a list"
    if origin is dict or (isinstance(wanted, type) and issubclass(wanted, msgspec.Struct)):
        return "keys with values"
    return "a value"


class _Walk:
    def __init__(self, document: Document) -> None:
        self.document = document
        self.faults: list[Fault] = []

    def say(self, path: PathKey, finding: str, fix: str = "") -> None:
        self.faults.append(Fault(path, self.document.problem(path, finding, fix)))

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
        elif origin is tuple and get_args(wanted)[-1] is not Ellipsis:
            self._tuple(data, get_args(wanted), path)
        elif origin in _LISTS:
            self._list(data, get_args(wanted)[0], path)
        elif origin is dict:
            key, inner = get_args(wanted)
            self._mapping(data, key, inner, path)
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
                self.say((*path, key), f"unknown key {_show(key)}", nearest(str(key), fields))
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
        trials = [faults_of(self.document, data, option, path) for option in options]
        if not all(trials):
            return
        lists = [faults for faults, option in zip(trials, options, strict=True) if get_origin(option) in _LISTS]
        if isinstance(data, list) and lists:
            self.faults.extend(lists[0])
            return
        choices = _literals(options)
        if choices and isinstance(data, str | bool):
            self._choice(data, choices, path, "put it in [ ]" if lists else "")
        else:
            wanted = " or ".join(dict.fromkeys(_name(o) for o in options if o is not type(None)))
            self.say(path, f"expected {wanted}, found {_show(data)}", "put it in [ ]" if lists else "")

    def _tagged(self, data: Mapping[Any, Any], structs: list[type[msgspec.Struct]], path: PathKey) -> None:
        field = structs[0].__struct_config__.tag_field
        if field is None:
            self._struct(data, structs[0], path)
            return
        by_tag = {str(s.__struct_config__.tag): s for s in structs}
        tag = data.get(field)
        if field not in data:
            self.say(path, f"'{field}' is missing", f"use one of: {', '.join(by_tag)}")
        elif not isinstance(tag, str) or tag not in by_tag:
            near = nearest(tag, by_tag) if isinstance(tag, str) else ""
            self.say((*path, field), f"unknown {field} {_show(tag)}", near or f"use one of: {', '.join(by_tag)}")
        else:
            self._struct(data, by_tag[tag], path)

    def _choice(self, data: object, choices: tuple[Any, ...], path: PathKey, otherwise: str = "") -> None:
        """Data that must be one of the choices; ``otherwise`` is the fix when no choice is near."""
        if any(data == c and type(data) is type(c) for c in choices):
            return
        words = [_word(c) for c in choices]
        if isinstance(data, str) and any(isinstance(c, int) and data == str(c) for c in choices):
            self.say(path, f"expected a number, found the text {_show(data)}", "remove the quotes")
            return
        near = nearest(_word(data), words) if isinstance(data, str | bool | int | float) else ""
        if otherwise and not near.startswith("did you mean"):
            self.say(path, f"expected a list, found {_show(data)}", otherwise)
        else:
            fix = near or f"use one of: {', '.join(words)}"
            self.say(path, f"{_show(data)} is not one of the choices", fix)

    def _tuple(self, data: object, inner: tuple[Any, ...], path: PathKey) -> None:
        if isinstance(data, list | tuple) and len(data) == len(inner):
            for i, (item, wanted) in enumerate(zip(data, inner, strict=True)):
                self.check(item, wanted, (*path, i))
        else:
            found = f"a list of {len(data)}" if isinstance(data, list | tuple) else _show(data)
            self.say(path, f"expected a list of {len(inner)}, found {found}", f"write {len(inner)} values in [ ]")

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
    """The words that a union allows outright."""
    choices: list[Any] = []
    for option in options:
        if get_origin(option) is Literal:
            choices.extend(get_args(option))
        elif isinstance(option, type) and issubclass(option, enum.Enum):
            choices.extend(member.value for member in option)
        elif option is bool:
            choices.extend((True, False))
        elif getattr(option, "__supertype__", option) is str:
            return ()  # any text is allowed: what is wrong is the type
    return tuple(choices)


def _word(value: object) -> str:
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)


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
