"""What a format does not know: every text in it is found, so that no new field is a way around the guards.

A text is let pass unread only where its field is listed as one that holds names or a closed vocabulary, and it is
shaped like a name: up to 128 letters, digits and marks without a space. A key that is not shaped so counts as text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

from bartizan.controls.chat.exchange import Step

Place: TypeAlias = tuple[Step, ...]
_NAME = re.compile(r"[\w.:/@+=~#$%*-]{0,128}\Z", re.ASCII)
_OPAQUE = re.compile(r"[A-Za-z0-9+/=_-]*\Z")

NAMES: dict[str, str] = {
    "type": "which of a few kinds a piece is",
    "object": "which of a few kinds a piece is",
    "role": "one of a few roles",
    "status": "one of a few states",
    "id": "an id",
    "call_id": "an id",
    "item_id": "an id",
    "tool_call_id": "an id",
    "tool_use_id": "an id",
    "file_id": "an id of a file that lies at the supplier",
    "container_id": "an id",
    "finish_reason": "one of a few reasons",
    "stop_reason": "one of a few reasons",
    "detail": "how closely an image is looked at",
    "format": "a format's name",
    "effort": "one of a few levels",
    "cache_control": "how long a prompt stays in a cache",
    "ttl": "a time",
    "phase": "one of a few phases",
    "model": "a model's name",
}
"""Fields of all formats that may pass where they are shaped like a name."""
OPAQUE: dict[str, str] = {
    "signature": "sealed by the supplier; base64, else it is read",
    "encrypted_content": "sealed by the supplier; base64, else it is read",
    "encrypted_index": "sealed by the supplier; base64, else it is read",
    "obfuscation": "padding of random letters; base64, else it is read",
}
"""Fields whose content nobody but the supplier can read: they pass where they are base64."""


def is_name(text: str) -> bool:
    """Whether a text is shaped like a name: too poor to say anything."""
    return _NAME.match(text) is not None


def leaves(value: Any, place: Place, key: str, passes: Mapping[str, str]) -> Iterator[tuple[Place, str]]:
    """All texts in a value that stands under ``key``, each with its place; a key that is a text has the place ().

    The texts of a list stand under the list's key. Depth is bounded by who parsed the value.
    """
    if isinstance(value, str):
        if value and not _may_pass(value, key, passes):
            yield place, value
    elif isinstance(value, dict):
        for name, inner in value.items():
            if not is_name(name):
                yield (), name
            yield from leaves(inner, (*place, name), name, passes)
    elif isinstance(value, list):
        for i, inner in enumerate(value):
            yield from leaves(inner, (*place, i), key, passes)


def _may_pass(text: str, key: str, passes: Mapping[str, str]) -> bool:
    if key in passes:
        return is_name(text)
    return key in OPAQUE and _OPAQUE.match(text) is not None


def others(
    obj: dict[str, Any], place: Place, known: frozenset[str], passes: Mapping[str, str]
) -> Iterator[tuple[Place, str]]:
    """All texts in the fields of an object that are not ``known``."""
    if obj.keys() <= known:
        return
    for name, value in obj.items():
        if name not in known:
            if not is_name(name):
                yield (), name
            yield from leaves(value, (*place, name), name, passes)
