"""A tool's arguments against the JSON Schema that it offers; the part of JSON Schema that the mock tools use."""

from __future__ import annotations

import math
from typing import Any

LONGEST = 200_000
"""Characters of one argument that are looked at."""


def faults(schema: dict[str, Any], arguments: dict[str, Any]) -> list[str]:
    """Everything that does not fit, each in a line that helps a model to mend its call; empty where all does."""
    known: dict[str, dict[str, Any]] = schema.get("properties", {})
    found = [f"'{name}' is missing" for name in schema.get("required", ()) if name not in arguments]
    found += [f"there is no parameter '{name[:60]}'" for name in arguments if name not in known]
    for name, part in known.items():
        if name in arguments:
            wrong = _fault(part, arguments[name])
            found += [f"'{name}' {wrong}"] if wrong else []
    return found


def _fault(part: dict[str, Any], value: object) -> str:
    kind = part.get("type")
    if kind == "string":
        return _text_fault(part, value)
    if kind == "number":
        return _number_fault(part, value)
    return ""


def _text_fault(part: dict[str, Any], value: object) -> str:
    if not isinstance(value, str):
        return "must be a text"
    if len(value) > part.get("maxLength", LONGEST):
        return f"is longer than {part.get('maxLength', LONGEST)} characters"
    if len(value) < part.get("minLength", 0):
        return "is empty"
    return ""


def _number_fault(part: dict[str, Any], value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return "must be a number"
    return "" if _is_finite(value) else "must be a finite number"


def _is_finite(value: float) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:
        return False


def as_text(value: object) -> str:
    """Any JSON value as a text, as careless tools read it."""
    if isinstance(value, str):
        return value[:LONGEST]
    if value is None:
        return ""
    try:
        return str(value)[:LONGEST]
    except (RecursionError, ValueError):  # nested too deep, or a number of too many digits
        return "(unreadable)"


def as_number(value: object) -> float | None:
    """Any JSON value as a number, as careless tools read it; None where there is none in it."""
    if not isinstance(value, int | float | str):
        return None
    try:
        return float(value)
    except (ValueError, OverflowError):
        return None
