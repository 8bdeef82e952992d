"""From what a request carries to values, or all that is wrong with it at once."""

from __future__ import annotations

import typing
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Annotated, Any, TypeVar, get_args, get_origin

import msgspec

from bartizan.core.errors import InputError, Problem, nearest
from bartizan.core.json_text import parse_json
from bartizan.core.shape import faults_of
from bartizan.web.api.problems import WrongMedia

T = TypeVar("T")
BODY = "body"
_TOLD = 50
"""Problems that are told at once."""


@cache
def fields_of(struct: type[msgspec.Struct]) -> dict[str, Any]:
    """The fields of a struct with their types."""
    hints = typing.get_type_hints(struct, include_extras=True)
    return {field.encode_name: hints[field.name] for field in msgspec.structs.fields(struct)}


def read_body(content: bytes, media: str, wanted: type[T]) -> T:
    """The JSON of a body as a struct. Raises InputError with all problems, WrongMedia."""
    kind = media.partition(";")[0].strip().lower()
    if kind != "application/json":
        raise WrongMedia("send JSON, and say so: Content-Type: application/json")
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        raise InputError([Problem(file=BODY, finding="this is no text in UTF-8", fix="write it in UTF-8")]) from None
    document = parse_json(text, BODY)
    return _value(document.data, wanted, strict=True, wrong=_unfit(document.data, BODY))


def read_query(given: Iterable[tuple[str, str]], wanted: type[T]) -> T:
    """The parameters of a query as a struct. Raises InputError with all problems."""
    fields = fields_of(typing.cast(type[msgspec.Struct], wanted))
    data: dict[str, Any] = {}
    wrong: list[Problem] = []
    for name, value in given:
        if name not in fields:
            wrong.append(Problem(file=name[:60], finding="there is no such parameter", fix=nearest(name, fields)))
        elif _is_list(fields[name]):
            data.setdefault(name, []).append(value)
        elif name in data:
            wrong.append(Problem(file=name, finding="it is given twice", fix="give it once"))
        else:
            data[name] = value
    return _value(data, wanted, strict=False, wrong=(*wrong, *_unfit(data, "query")))


def _is_list(kind: Any) -> bool:
    plain = get_args(kind)[0] if get_origin(kind) is Annotated else kind
    return get_origin(plain) is tuple


def _value(data: object, wanted: type[T], *, strict: bool, wrong: Iterable[Problem]) -> T:
    found = list(wrong)
    try:
        value = msgspec.convert(data, wanted, strict=strict)
    except (msgspec.ValidationError, OverflowError) as error:
        found += [*_problems(data, wanted, strict)] or [_problem(error, BODY)]
        raise InputError(found[:_TOLD]) from None
    if found:
        raise InputError(found[:_TOLD])
    return value


def _problems(data: object, wanted: Any, strict: bool) -> Iterator[Problem]:
    if strict:
        from_walk = faults_of(_NOWHERE, data, wanted)
        if from_walk:
            for fault in from_walk:
                place = ".".join(str(part)[:60] for part in fault.path) or BODY
                yield Problem(file=place, finding=fault.problem.finding, fix=fault.problem.fix)
            return
    if isinstance(data, Mapping) and isinstance(wanted, type) and issubclass(wanted, msgspec.Struct):
        for name, kind in fields_of(wanted).items():
            if name in data:
                try:
                    msgspec.convert(data[name], kind, strict=strict)
                except (msgspec.ValidationError, OverflowError) as error:
                    yield _problem(error, name)


_NOWHERE = parse_json("{}", BODY)


def _problem(error: Exception, name: str) -> Problem:
    said, _, inner = str(error).partition(" - at `$")
    place = f"{name}{inner.rstrip('`')}"
    return Problem(file=place, finding=f"this does not fit: {said[:1].lower()}{said[1:]}")


def _unfit(data: object, place: str) -> Iterator[Problem]:
    """Text that no database takes: with NUL, or with half a surrogate pair."""
    if isinstance(data, str):
        if "\0" in data or (not data.isascii() and any("\ud800" <= c <= "\udfff" for c in data)):
            yield Problem(file=place, finding="there is a character in this text that cannot be kept", fix="remove it")
    elif isinstance(data, Mapping):
        for key, value in data.items():
            yield from _unfit(key, place)
            yield from _unfit(value, f"{place}.{key!s:.60}" if place not in {BODY, "query"} else f"{key!s:.60}")
    elif isinstance(data, list):
        for number, value in enumerate(data):
            yield from _unfit(value, f"{place}.{number}")


def inner(kind: object) -> Any:
    """What `Answer[...]` is an answer of."""
    return get_args(kind)[0]
