"""The items of an answer of OpenAI's responses: where their texts and calls stand, whole or in a summary of a stream.

One walk serves both, so that a summary and a whole answer cannot be read differently.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal, TypeAlias

import msgspec

from bartizan.controls.chat.exchange import Segment
from bartizan.gateway.wire.asking import listed, named
from bartizan.gateway.wire.channels import ANSWER, REASONING
from bartizan.gateway.wire.loose import Place, leaves, others
from bartizan.gateway.wire.openai_said import PASSES_OUT
from bartizan.gateway.wire.wire import Echo, Malformed

PASSES_ITEMS: dict[str, str] = PASSES_OUT | {
    "previous_response_id": "an id",
    "response_id": "an id",
    "server_label": "the name of a server that was offered",
    "truncation": "one of a few words",
}
_REPEATED = (
    "instructions", "tools", "tool_choice", "metadata", "prompt", "text", "user", "safety_identifier",
    "prompt_cache_key", "reasoning", "conversation",
)  # fmt: skip
FREE_OUT: dict[str, str] = dict.fromkeys(_REPEATED, "repeats the request to who sent it")
"""Fields of a response that repeat the request to who sent it."""
CALLS = {"function_call": "arguments", "custom_tool_call": "input", "mcp_call": "arguments"}
FAMILIES = {
    "function_call": "function_call_arguments",
    "custom_tool_call": "custom_tool_call_input",
    "mcp_call": "mcp_call_arguments",
}
ACTIONS = {
    "computer_call": "action",
    "local_shell_call": "action",
    "shell_call": "action",
    "apply_patch_call": "operation",
}
"""Items by which the model asks the client to act with a tool of the supplier's own, and where they say what to do. The
tool's name is the item's type without ``_call``."""
CALL_FAMILIES = frozenset(FAMILIES.values())
_LISTS = {"content": "", "summary": "reasoning_summary_text"}
_BESIDE = frozenset({"output", "usage", *FREE_OUT})
_KNOWN_OF_PART = frozenset({"text", "refusal", "transcript", "logprobs"})

Found: TypeAlias = tuple[Literal["text", "call", "action", "other", "logprobs"], str, Any, Place, Any]
"""(what, family and position within the item, value, place, more): more is the segment it is like, or the item."""


def items_of(item: Any, place: Place) -> Iterator[Found]:
    """All that an item of the output holds. Raises Malformed."""
    if not isinstance(item, dict):
        raise Malformed("the upstream sent an item that is no object")
    kind = item.get("type")
    known: set[str] = set()
    if isinstance(kind, str) and kind in CALLS:
        field = CALLS[kind]
        known.add(field)
        yield "call", f"{FAMILIES[kind]}/0", item.get(field), (*place, field), item
    elif isinstance(kind, str) and kind in ACTIONS:
        for field in (ACTIONS[kind], f"{ACTIONS[kind]}s"):
            known.add(field)
            yield from _actions(item.get(field), f"{kind}.{field}", (*place, field), item)
    for field in _LISTS:
        if isinstance(item.get(field), list):
            known.add(field)
            for i, part in enumerate(item[field]):
                yield from parts_of(part, (*place, field, i), i, field, kind)
    for where, text in others(item, place, frozenset(known), PASSES_ITEMS):
        yield "other", "", text, where, None


def _actions(given: Any, family: str, place: Place, item: dict[str, Any]) -> Iterator[Found]:
    """What a client is to do: an object, or a list of them. Raises Malformed."""
    is_list = isinstance(given, list)
    for i, one in enumerate(given if is_list else [given] if given is not None else []):
        if not isinstance(one, dict):
            raise Malformed("the upstream sent an action that is no object")
        yield "action", f"{family}/{i}", one, (*place, i) if is_list else place, item


def parts_of(part: Any, place: Place, i: int, field: str, kind: Any) -> Iterator[Found]:
    """All that a part of an item holds: field is "content" or "summary", kind the item's."""
    if not isinstance(part, dict):
        for where, text in leaves(part, place, field, PASSES_ITEMS):
            yield "other", "", text, where, None
        return
    thinks = field == "summary" or kind == "reasoning" or named(part.get("type")) in {"reasoning_text", "summary_text"}
    family = "output_text"
    if thinks:
        family = "reasoning_summary_text" if field == "summary" else "reasoning_text"
    like = REASONING if thinks else ANSWER
    for name, this in (("text", family), ("refusal", "refusal"), ("transcript", "audio_transcript")):
        if part.get(name) is not None:
            yield "text", f"{this}/{i}", part[name], (*place, name), like
    if part.get("logprobs"):
        yield "logprobs", f"{family}/{i}", part["logprobs"], (*place, "logprobs"), None
    for where, text in others(part, place, _KNOWN_OF_PART, PASSES_ITEMS):
        yield "other", "", text, where, None


def beside_of(response: dict[str, Any], place: Place) -> Iterator[tuple[Place, str]]:
    """All texts of a response beside its output."""
    yield from others(response, place, _BESIDE, PASSES_ITEMS)


def answered_items(response: dict[str, Any]) -> tuple[list[Segment], list[Echo]]:
    """All segments of a whole response, and what repeats them. Raises Malformed."""
    segments: list[Segment] = []
    echoes: list[Echo] = []
    for i, item in enumerate(listed(response, "output")):
        for what, _, value, place, more in items_of(item, ("output", i)):
            if what == "call":
                segments.append(_call(value, place, more))
            elif what == "action":
                segments.append(action_of(value, place, more))
            elif what == "logprobs":
                segments.append(Segment(part="numbers", name="logprobs", value=value, place=place))
                echoes.append(Echo(place=place, of=(*place[:-1], "text")))
            else:
                like = more or ANSWER
                found = leaves(value, place, "text", PASSES_ITEMS)
                segments += [msgspec.structs.replace(like, text=text, place=where) for where, text in found]
    segments += [msgspec.structs.replace(ANSWER, text=text, place=where) for where, text in beside_of(response, ())]
    return segments, echoes


def action_of(value: dict[str, Any], place: Place, item: dict[str, Any]) -> Segment:
    """An action as a call: what is to be done are its arguments."""
    text, key = msgspec.json.encode(value).decode(), named(item.get("call_id"), item.get("id"))
    name = item["type"].removesuffix("_call")
    return Segment(part="call", role="assistant", name=name, call=key, text=text, value=value, place=place)


def _call(value: Any, place: Place, item: dict[str, Any]) -> Segment:
    if value is not None and not isinstance(value, str):
        raise Malformed("the upstream sent arguments that are no text")
    name, key = named(item.get("name")), named(item.get("call_id"), item.get("id"))
    return Segment(part="call", role="assistant", name=name, call=key, text=value or "", place=place)
