"""The arguments of a tool call, read so that nobody else can read them differently, and the values in them."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from typing import Any

MOST_DEEP = 16
"""Levels of nesting in a call's arguments."""
LONGEST_NAME = 200
"""Characters of an argument's name."""


class BadArguments(Exception):
    """Arguments that are no plain JSON object. The text says what is wrong, without their content."""


def arguments_of(text: str, *, longest: int, most_values: int) -> dict[str, Any]:
    """The arguments of a call; an empty text means none.

    Raises BadArguments for what is no JSON object, has a key twice, NaN or a number beyond a double, an unpaired
    surrogate, more than ``longest`` characters, more than ``most_values`` values, or more than 16 levels.
    """
    if len(text) > longest:
        raise BadArguments(f"they have more than {longest} characters")
    if not text.strip():
        return {}
    try:
        text.encode("utf-8")
        found = json.loads(text, object_pairs_hook=_object, parse_constant=_constant, parse_float=_float)
    except RecursionError:
        raise BadArguments(f"they are nested deeper than {MOST_DEEP}") from None
    except UnicodeEncodeError:
        raise BadArguments("they hold half a character") from None
    except ValueError:
        raise BadArguments("they are not JSON") from None
    if not isinstance(found, dict):
        raise BadArguments("they are not a JSON object")
    many = sum(1 for _ in _nodes(found, 0))
    if many > most_values:
        raise BadArguments(f"they hold more than {most_values} values")
    return found


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise BadArguments("they have a name twice")
    if any(len(one) > LONGEST_NAME for one in made):
        raise BadArguments(f"a name in them is longer than {LONGEST_NAME} characters")
    return made


def _constant(name: str) -> Any:
    raise BadArguments(f"they hold {name}, which is not JSON")


def _float(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise BadArguments("they hold a number that is too large")
    return number


def _nodes(value: Any, depth: int) -> Iterator[Any]:
    if depth > MOST_DEEP:
        raise BadArguments(f"they are nested deeper than {MOST_DEEP}")
    yield value
    if isinstance(value, str):
        try:
            value.encode("utf-8")  # an escape can write half a character too
        except UnicodeEncodeError:
            raise BadArguments("they hold half a character") from None
    elif isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _nodes(part, depth + 1)


def values_at(arguments: Any, path: str) -> list[Any]:
    """What stands at a path such as ``to`` or ``items.*.price``. Lists on the way and at its end give their items."""
    found = [arguments]
    for step in path.split("."):
        after: list[Any] = []
        for one in found:
            if step == "*" and isinstance(one, dict | list):
                after += one.values() if isinstance(one, dict) else one
            elif step != "*":
                after += [each[step] for each in _flat([one]) if isinstance(each, dict) and step in each]
        found = after
    return _flat(found)


def _flat(values: list[Any]) -> list[Any]:
    out: list[Any] = []
    for one in values:
        out += _flat(one) if isinstance(one, list) else [one]
    return out


def texts_in(value: Any) -> Iterator[str]:
    """All texts in arguments, names left out."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from texts_in(part)
