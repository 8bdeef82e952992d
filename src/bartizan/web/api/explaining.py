"""Help texts of the OpenAPI document: the docstring under a field of a struct is the description of its property."""

from __future__ import annotations

import re
import typing
from collections.abc import Iterable, Iterator
from typing import Any, get_args, get_origin

import msgspec

from bartizan.workflows.schemas import field_docs


def explain(components: dict[str, Any], kinds: Iterable[object]) -> None:
    """Add descriptions to the schemas of all structs that these types are built of."""
    for name, kind in _named(kinds):
        properties = components.get(name, {}).get("properties", {})
        for field, text in field_docs(kind).items():
            if field in properties:
                properties[field].setdefault("description", " ".join(text.split()))


def _named(kinds: Iterable[object]) -> Iterator[tuple[str, type[msgspec.Struct]]]:
    """Every struct within, by each name that a schema may have for it."""
    seen: set[object] = set()
    waiting = list(kinds)
    while waiting:
        kind = waiting.pop()
        if kind in seen:
            continue
        seen.add(kind)
        struct = get_origin(kind) or kind
        waiting += get_args(kind)
        if isinstance(struct, type) and issubclass(struct, msgspec.Struct):
            waiting += typing.get_type_hints(struct, include_extras=True).values()
            yield struct.__name__, struct
            yield f"{struct.__module__}.{struct.__name__}", struct
            if get_args(kind):
                inner = ", ".join(getattr(part, "__name__", str(part)) for part in get_args(kind))
                yield re.sub(r"[^\w.]", "_", f"{struct.__name__}[{inner}]"), struct
