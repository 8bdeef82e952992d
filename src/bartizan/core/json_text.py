"""Read JSON from text that was already read; duplicate keys, NaN and what nests too deep are refused."""

from __future__ import annotations

import json

from bartizan.core.errors import InputError, Problem
from bartizan.core.source import Document


def parse_json(text: str, file: str) -> Document:
    """The one JSON document in a text; `file` is what messages call it. Only a syntax error has a line.

    Raises InputError.
    """
    problems: list[Problem] = []

    def once(pairs: list[tuple[str, object]]) -> dict[str, object]:
        found: dict[str, object] = {}
        for key, value in pairs:
            if key in found:
                problems.append(Problem(file=file, finding=f"the key {key[:60]!r} is given twice", fix="keep one"))
            found.setdefault(key, value)
        return found

    def refuse(word: str) -> object:
        problems.append(Problem(file=file, finding=f"{word} is no JSON number", fix="write a number, or null"))
        return None

    try:
        data = json.loads(text, object_pairs_hook=once, parse_constant=refuse)
    except json.JSONDecodeError as error:
        raise InputError([Problem(file=file, line=error.lineno, finding=f"not JSON: {error.msg}")]) from None
    except (RecursionError, ValueError) as error:
        why = "nested too deep" if isinstance(error, RecursionError) else "a number of too many digits"
        raise InputError([Problem(file=file, finding=f"not JSON: {why}")]) from None
    if problems:
        raise InputError(problems)
    return Document(file=file, data=data, lines={})
