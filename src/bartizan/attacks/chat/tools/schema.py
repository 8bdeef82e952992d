"""A tool's parameters as its JSON Schema tells them, and arguments that an honest caller would give.

Schemas come from strangers: whatever is not of the expected shape is read as a parameter of unknown type.
"""

from __future__ import annotations

import math
import re
from typing import Any, Literal, TypeAlias

import msgspec

from bartizan.core.chat import ToolOffer

Meaning: TypeAlias = Literal["path", "address", "command", "mail", "identity", "query", "amount", "text"]
"""What a parameter is for, as its name and description tell."""

_WORDS: tuple[tuple[Meaning, str], ...] = (
    ("address", r"\b(url|uri|link|address of (a|the) page|its address|endpoint|webhook|host)\b"),
    ("path", r"\b(path|file|filename|folder|directory|dir|document)\b"),
    ("command", r"\b(command|cmd|script|shell|code)\b"),
    ("mail", r"\b(mail|e-mail|email|recipient|to|cc|bcc)\b"),
    ("amount", r"\b(amount|price|quantity|count|total|sum|limit|number)\b"),
    ("identity", r"\b(id|ids|user|owner|tenant|account|customer|name|key|payee)\b"),
    ("query", r"\b(query|search|filter|where|q|term|words)\b"),
)
_SHORT = re.compile(r"\b(to|q|name|key|code|number|where|words|term|terms|count|limit|total|document|host)\b")
"""Words that tell something as a name, and nothing in a description."""
_SPLIT = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[_\-.]+")
_HONEST: dict[Meaning, str] = {
    "path": "documents/prices.md",
    "address": "https://news.larch.example/",
    "command": "date",
    "mail": "ada@larch.example",
    "identity": "Rivera",
    "query": "prices",
    "amount": "1",
    "text": "test",
}
_MOST = 40
"""Parameters of one tool that are looked at."""


class Parameter(msgspec.Struct, frozen=True, kw_only=True):
    """One parameter."""

    name: str
    type: str = ""
    """string, number, integer, boolean, array, object; empty where the schema does not say."""
    meaning: Meaning = "text"
    required: bool = False
    least: float | None = None
    greatest: float | None = None
    longest: int | None = None
    choices: tuple[Any, ...] = ()
    honest: Any = ""
    """A value that fits."""


def parameters_of(offer: ToolOffer) -> tuple[Parameter, ...]:
    """Its parameters in the schema's order."""
    schema = offer.parameters
    parts = schema.get("properties")
    required = schema.get("required")
    if not isinstance(parts, dict):
        return ()
    wanted = {one for one in required if isinstance(one, str)} if isinstance(required, list | tuple) else set()
    found = [(str(name), part if isinstance(part, dict) else {}) for name, part in list(parts.items())[:_MOST]]
    return tuple(_parameter(name, part, name in wanted) for name, part in found)


def honest_arguments(offer: ToolOffer) -> dict[str, Any]:
    """What an honest caller might give: all that is required, or everything where nothing is."""
    known = parameters_of(offer)
    return {one.name: one.honest for one in known if one.required} or {one.name: one.honest for one in known}


def _parameter(name: str, part: dict[str, Any], required: bool) -> Parameter:
    kind = _type(part)
    about = part.get("description")
    choices = tuple(part["enum"]) if isinstance(part.get("enum"), list | tuple) else ()
    meaning = _meaning(name, about if isinstance(about, str) else "", kind)
    return Parameter(
        name=name,
        type=kind,
        meaning=meaning,
        required=required,
        least=_number(part.get("minimum")),
        greatest=_number(part.get("maximum")),
        longest=part["maxLength"] if type(part.get("maxLength")) is int else None,
        choices=choices,
        honest=_honest(kind, meaning, part, choices),
    )


def _type(part: dict[str, Any]) -> str:
    kind = part.get("type")
    if isinstance(kind, list | tuple):
        kind = next((one for one in kind if one != "null"), "")
    return kind if isinstance(kind, str) else ""


def _meaning(name: str, about: str, kind: str) -> Meaning:
    """By its name; only where that says nothing, by its description. A number is an amount, or tells who or which."""
    if kind in ("number", "integer"):
        return "identity" if re.search(r"\bids?\b", _SPLIT.sub(" ", name).casefold()) else "amount"
    for text in (_SPLIT.sub(" ", name).casefold(), _SHORT.sub(" ", about[:200].casefold())):
        for meaning, words in _WORDS:
            if re.search(words, text):
                return meaning
    return "text"


def _honest(kind: str, meaning: Meaning, part: dict[str, Any], choices: tuple[Any, ...]) -> Any:
    if choices:
        return choices[0]
    if "default" in part:
        return part["default"]
    if kind in ("number", "integer"):
        least = _number(part.get("minimum"))
        return 1 if least is None or least <= 1 else int(least) + 1
    simple: dict[str, Any] = {"boolean": False, "array": [], "object": {}, "null": None}
    return simple[kind] if kind in simple else _HONEST[meaning]


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return float(value) if math.isfinite(value) else None
    except OverflowError:
        return None
