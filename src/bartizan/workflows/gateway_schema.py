"""The JSON Schema of gateway.yaml: its own parts, and below ``guards`` each guard with the settings that it takes.

Which guards there are is asked of the registry, so that a new one is in the schema with its line there.
"""

from __future__ import annotations

import importlib
import pkgutil
from typing import Any

import msgspec

from bartizan.controls import chat
from bartizan.controls.chat.post import PostSettings
from bartizan.controls.chat.registry import chat_guard_names, chat_guard_type
from bartizan.gateway.policy import OFF
from bartizan.gateway.settings import Settings

_REFERENCE = "#/$defs/{name}"
_WHERE = ("Settings", "PolicySpec")
"""What has guards."""


def gateway_schema() -> dict[str, Any]:
    """The schema without a dialect and a title. What a validator cannot see, such as whether an upstream is named,
    `bartizan gateway check` tells.
    """
    kinds = [chat_guard_type(name) for name in chat_guard_names()]
    (whole, post, *guards), defs = msgspec.json.schema_components(
        [Settings, PostSettings, *kinds], ref_template=_REFERENCE
    )
    for guard in guards:
        own = defs[_name(guard)]
        own["properties"] = {**own["properties"], **defs[_name(post)]["properties"]}
    off = {"enum": [*OFF, None]}
    named = {name: {"anyOf": [ref, off]} for name, ref in zip(chat_guard_names(), guards, strict=True)}
    defs["Guards"] = {"type": "object", "properties": named, "additionalProperties": False}
    for one in _WHERE:
        defs[one]["properties"]["guards"] = {"$ref": "#/$defs/Guards"}
    return {**whole, "$defs": defs}


def gateway_modules() -> tuple[str, ...]:
    """Where the structs of the file stand, whose docstrings explain its fields."""
    inside = (one.name for one in pkgutil.walk_packages(chat.__path__, f"{chat.__name__}."))
    own = ("bartizan.gateway.settings", "bartizan.gateway.approvals")
    return (*own, *(name for name in sorted(inside) if _has_structs(name)))


def _has_structs(name: str) -> bool:
    members = vars(importlib.import_module(name)).values()
    return any(isinstance(one, type) and issubclass(one, msgspec.Struct) and one.__module__ == name for one in members)


def _name(reference: dict[str, Any]) -> str:
    return str(reference["$ref"]).rpartition("/")[2]
