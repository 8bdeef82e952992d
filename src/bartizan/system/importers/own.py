"""What a BOM that `bartizan bom` wrote says beyond its format: ids, kinds, and which parts a part names."""

from __future__ import annotations

import re
from typing import get_args

from bartizan.system.description import KINDS, Component
from bartizan.system.importers.node import Node, Unused, cleaned
from bartizan.system.importers.prefill import Prefill
from bartizan.system.reading import REFERENCES, RESERVED

SYSTEM = "system"
OTHER_KINDS = ("tool", "runtime", "development")
"""Kinds for which the format has no type of its own."""
SILENT = frozenset({"id", "kind", *REFERENCES})
"""Properties that are read here."""
_SINGLE = frozenset({"based_on", "runs_on"})
_ID = re.compile(r"[a-z][a-z0-9_-]{0,63}")
_KINDS = {str(one.__struct_config__.tag): one for one in get_args(Component)}


def own(node: Node, field: str) -> str:
    """The value of its property `bartizan:FIELD`; empty where it has none."""
    return _property(node, field)[0]


def _property(node: Node, field: str) -> tuple[str, str]:
    """(value, path) of a property."""
    held = node.data.get("properties")
    for i, one in enumerate(held if isinstance(held, list) else ()):
        if isinstance(one, dict) and one.get("name") == f"bartizan:{field}" and isinstance(one.get("value"), str):
            return cleaned(one["value"]), f"{node.at('properties')}[{i}]"
    return "", ""


def own_id(node: Node) -> str:
    """The id that a part had in the description that the BOM was made of; empty where it has none that can be one."""
    ident = own(node, "id")
    return ident if _ID.fullmatch(ident) and ident not in RESERVED else ""


def own_kind(node: Node) -> str:
    """The kind that it had: one of a description's, or `system`."""
    kind = own(node, "kind")
    return kind if kind in (*KINDS, SYSTEM) else ""


def take_references(nodes: dict[str, Node], prefill: Prefill) -> None:
    """Set the fields that name other parts, as far as those are in the BOM. ``nodes``: by the ids they got.

    Of a part that has its id from a description, nothing is guessed from dependencies: that says all that it names.
    """
    for ident, node in nodes.items():
        for field in REFERENCES:
            value, path = _property(node, field)
            if own_id(node) == ident:
                prefill.drop(ident, field)
            if value:
                _take(ident, field, value, path, prefill)


def _take(ident: str, field: str, value: str, path: str, prefill: Prefill) -> None:
    kind = prefill.components[ident]["kind"]
    if field not in _KINDS[kind].__struct_fields__:
        _report(prefill, path, f"{kind} has no field '{field}'")
    elif value in ("none", "unknown") and field not in _SINGLE:
        prefill.put(ident, field, [] if value == "none" else value, path)
    else:
        names = list(dict.fromkeys(word.strip() for word in value.split(",")))
        fitting = {str(one.__struct_config__.tag) for one in REFERENCES[field]}
        gone = [name for name in names if prefill.components.get(name, {}).get("kind") not in fitting]
        if gone or (field in _SINGLE and len(names) > 1):
            # Half a list would say that there is nobody else.
            _report(prefill, path, f"{field} names '{(gone or names)[0]:.40}', which is not among the parts read")
        else:
            prefill.put(ident, field, names[0] if field in _SINGLE else names, path)


def _report(prefill: Prefill, path: str, why: str) -> None:
    prefill.unused.append(Unused(path=path, why=why))
