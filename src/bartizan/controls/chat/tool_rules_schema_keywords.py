"""The keywords of JSON Schema that judge, one function each, over values that JSON can hold.

Own code, because the usual library takes most of a second and 24 MB to load, and would resolve what a stranger's schema
refers to. Source: JSON Schema 2020-12, Core section 10 and Validation section 6. ``format`` is a note there, and is not
judged.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

LONGEST_MATCHED = 2_000
"""Characters of a text that a pattern is tried on; a longer one does not fit."""
Fits = Callable[[Any, Any], bool]
"""Whether a value fits a schema."""
_compiled = lru_cache(1_000)(re.compile)


def is_type(value: Any, name: str) -> bool:
    """Whether a value is of a type, as JSON Schema names them: 1.0 is an integer, true is no number."""
    if name in {"number", "integer"}:
        if isinstance(value, bool) or not isinstance(value, int | float):
            return False
        return name == "number" or isinstance(value, int) or value.is_integer()
    kinds = {"string": str, "object": dict, "array": list, "boolean": bool, "null": type(None)}
    return isinstance(value, kinds[name])


def frozen(value: Any) -> Any:
    """A value as something that compares and hashes as JSON Schema says: true is not 1, and 1 is 1.0."""
    if isinstance(value, dict):
        return ("object", frozenset((k, frozen(v)) for k, v in value.items()))
    if isinstance(value, list):
        return ("array", tuple(frozen(one) for one in value))
    return ("boolean", value) if isinstance(value, bool) else value


def matches(pattern: str, text: str) -> bool:
    """Whether a pattern is found in a text."""
    return len(text) <= LONGEST_MATCHED and _compiled(pattern).search(text) is not None


def _number(check: Callable[[Any, Any], bool]) -> Callable[..., bool]:
    return lambda limit, value, schema, fits: not is_type(value, "number") or check(value, limit)


def _sized(kind: type[Any], check: Callable[[int, Any], bool]) -> Callable[..., bool]:
    return lambda limit, value, schema, fits: not isinstance(value, kind) or check(len(value), limit)


def _type(names: Any, value: Any, schema: Any, fits: Fits) -> bool:
    return any(is_type(value, one) for one in ([names] if isinstance(names, str) else names))


def _multiple(step: Any, value: Any, schema: Any, fits: Fits) -> bool:
    if not is_type(value, "number"):
        return True
    if isinstance(step, int) and isinstance(value, int):
        return value % step == 0
    try:
        return bool((value / step).is_integer())
    except OverflowError:
        return False


def _properties(parts: Any, value: Any, schema: Any, fits: Fits) -> bool:
    return not isinstance(value, dict) or all(fits(part, value[k]) for k, part in parts.items() if k in value)


def _pattern_properties(parts: Any, value: Any, schema: Any, fits: Fits) -> bool:
    if not isinstance(value, dict):
        return True
    return all(fits(part, one) for p, part in parts.items() for k, one in value.items() if matches(p, k))


def _additional(part: Any, value: Any, schema: Any, fits: Fits) -> bool:
    if not isinstance(value, dict):
        return True
    named, patterns = schema.get("properties", {}), schema.get("patternProperties", {})
    left = [k for k in value if k not in named and not any(matches(p, k) for p in patterns)]
    return all(fits(part, value[k]) for k in left)


def _items(part: Any, value: Any, schema: Any, fits: Fits) -> bool:
    first = len(schema.get("prefixItems", ()))
    return not isinstance(value, list) or all(fits(part, one) for one in value[first:])


def _contains(part: Any, value: Any, schema: Any, fits: Fits) -> bool:
    if not isinstance(value, list):
        return True
    many = sum(fits(part, one) for one in value)
    most = schema.get("maxContains")
    return bool(many >= schema.get("minContains", 1) and (most is None or many <= most))


def _if(part: Any, value: Any, schema: Any, fits: Fits) -> bool:
    return fits(schema.get("then" if fits(part, value) else "else", True), value)


def _of_object(check: Callable[[Any, dict[str, Any], Fits], bool]) -> Callable[..., bool]:
    return lambda given, value, schema, fits: not isinstance(value, dict) or check(given, value, fits)


KEYWORDS: dict[str, Callable[..., bool]] = {
    "type": _type,
    "enum": lambda given, value, schema, fits: frozen(value) in {frozen(one) for one in given},
    "const": lambda given, value, schema, fits: frozen(value) == frozen(given),
    "minimum": _number(lambda value, limit: bool(value >= limit)),
    "maximum": _number(lambda value, limit: bool(value <= limit)),
    "exclusiveMinimum": _number(lambda value, limit: bool(value > limit)),
    "exclusiveMaximum": _number(lambda value, limit: bool(value < limit)),
    "multipleOf": _multiple,
    "minLength": _sized(str, lambda size, limit: bool(size >= limit)),
    "maxLength": _sized(str, lambda size, limit: bool(size <= limit)),
    "pattern": lambda given, value, schema, fits: not isinstance(value, str) or matches(given, value),
    "minItems": _sized(list, lambda size, limit: bool(size >= limit)),
    "maxItems": _sized(list, lambda size, limit: bool(size <= limit)),
    "uniqueItems": lambda given, value, schema, fits: (
        not (given and isinstance(value, list)) or len({frozen(one) for one in value}) == len(value)
    ),
    "prefixItems": lambda given, value, schema, fits: (
        not isinstance(value, list) or all(map(fits, given[: len(value)], value))
    ),
    "items": _items,
    "contains": _contains,
    "minProperties": _sized(dict, lambda size, limit: bool(size >= limit)),
    "maxProperties": _sized(dict, lambda size, limit: bool(size <= limit)),
    "required": _of_object(lambda given, value, fits: all(one in value for one in given)),
    "properties": _properties,
    "patternProperties": _pattern_properties,
    "additionalProperties": _additional,
    "propertyNames": _of_object(lambda given, value, fits: all(fits(given, one) for one in value)),
    "dependentRequired": _of_object(
        lambda given, value, fits: all(one in value for k, names in given.items() if k in value for one in names)
    ),
    "dependentSchemas": _of_object(
        lambda given, value, fits: all(fits(part, value) for k, part in given.items() if k in value)
    ),
    "allOf": lambda given, value, schema, fits: all(fits(one, value) for one in given),
    "anyOf": lambda given, value, schema, fits: any(fits(one, value) for one in given),
    "oneOf": lambda given, value, schema, fits: sum(fits(one, value) for one in given) == 1,
    "not": lambda given, value, schema, fits: not fits(given, value),
    "if": _if,
}
"""Keyword -> whether a value fits it: (what the keyword says, the value, the schema around it, how to judge a part)."""
_SCHEMA = frozenset({"items", "contains", "additionalProperties", "propertyNames", "not", "if", "then", "else"})
_SCHEMAS = frozenset({"allOf", "anyOf", "oneOf", "prefixItems"})
_BY_NAME = frozenset({"properties", "patternProperties", "dependentSchemas", "$defs", "definitions"})
_COUNTS = frozenset(
    {"minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties", "minContains", "maxContains"}
)
_LIMITS = frozenset({"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"})
FOREIGN = frozenset(
    {"unevaluatedProperties", "unevaluatedItems", "dependencies", "additionalItems", "$dynamicRef", "$recursiveRef"}
    | {"$id"}
)
"""Keywords that judge, or change what references mean, and are not understood here. Others that are not known judge
nothing, as the standard says."""
_TYPES = frozenset({"string", "number", "integer", "object", "array", "boolean", "null"})


def parts_in(keyword: str, given: Any) -> list[Any]:
    """The schemas in what a keyword says."""
    if keyword in _SCHEMA:
        return [given]
    if keyword in _SCHEMAS:
        return list(given)
    return list(given.values()) if keyword in _BY_NAME else []


def patterns_in(keyword: str, given: Any) -> list[str]:
    """The regular expressions in what a keyword says."""
    return [given] if keyword == "pattern" else list(given) if keyword == "patternProperties" else []


def is_sound(keyword: str, given: Any) -> bool:
    """Whether what a keyword says is of the form that it must have."""
    if keyword in _SCHEMA:
        return isinstance(given, dict | bool)
    if keyword in _SCHEMAS:
        return isinstance(given, list) and bool(given) and all(isinstance(one, dict | bool) for one in given)
    if keyword in _BY_NAME:
        return isinstance(given, dict) and all(isinstance(one, dict | bool) for one in given.values())
    if keyword in _COUNTS:
        return is_type(given, "integer") and given >= 0
    if keyword in _LIMITS or keyword == "multipleOf":
        return is_type(given, "number") and (keyword in _LIMITS or given > 0)
    return _is_sound_text(keyword, given)


def _is_sound_text(keyword: str, given: Any) -> bool:
    if keyword == "type":
        names = [given] if isinstance(given, str) else given
        return isinstance(names, list) and bool(names) and all(isinstance(one, str) and one in _TYPES for one in names)
    if keyword in {"pattern", "$ref"}:
        return isinstance(given, str)
    if keyword == "required":
        return _are_texts(given)
    if keyword == "dependentRequired":
        return isinstance(given, dict) and all(_are_texts(one) for one in given.values())
    if keyword == "enum":
        return isinstance(given, list)
    return keyword != "uniqueItems" or isinstance(given, bool)


def _are_texts(given: Any) -> bool:
    return isinstance(given, list) and all(isinstance(one, str) for one in given)
