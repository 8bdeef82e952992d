"""The blocks of Anthropic's messages: text, thinking, images, documents, search results, tools' calls and results.

A block of a kind that is not known is searched for texts, which are untrusted in requests and answers in answers.
"""

from __future__ import annotations

from typing import Any

import msgspec

from bartizan.controls.chat.exchange import Segment
from bartizan.gateway.wire.asking import Sheet, named
from bartizan.gateway.wire.loose import NAMES, Place, leaves, others
from bartizan.gateway.wire.marks import Mark
from bartizan.gateway.wire.wire import Malformed

PASSES: dict[str, str] = NAMES | {
    "name": "the name of a tool that was offered",
    "media_type": "a media type",
    "service_tier": "one of a few tiers",
    "tool_choice": "names one of the tools that were offered",
    "container": "an id",
    "skill_id": "an id of a skill that lies at the supplier",
    "version": "a date, or latest",
    "error_code": "an error's name",
    "inference_geo": "a region",
    "display": "one of a few words",
    "allowed_callers": "names of tools",
}
FREE: dict[str, str] = {
    "metadata": "an end user's id, for the supplier's statistics",
    "stop_sequences": "end the answer where they occur; the model does not see them",
}
_ANSWER = Segment(part="answer", role="assistant")
_REASONING = Segment(part="answer", role="assistant", name="reasoning")
_CALLS = frozenset({"tool_use", "server_tool_use", "mcp_tool_use"})
_DATA = frozenset({"document", "search_result"})


def asked_block(sheet: Sheet, block: Any, place: Place, like: Segment, mark: Mark, tools: dict[str, str]) -> None:
    """A block of a request; ``tools`` holds the names of tools by the ids of their calls. Raises Malformed."""
    if not isinstance(block, dict):
        raise Malformed("a block of a message must be an object")
    mark = sheet.mark(block, place, mark)
    kind = named(block.get("type"))
    if kind in _CALLS:
        return _call(sheet, block, place, like, tools, mark)
    if kind.endswith("tool_result"):
        return _result(sheet, block, place, like, mark, tools)
    known = {"bartizan"}
    if kind in _DATA:
        like = msgspec.structs.replace(like, trust="untrusted", source=named(block.get("source"), block.get("title")))
    if isinstance(block.get("source"), dict):
        known.add("source")
        _source(sheet, block["source"], place, like, mark, tools)
    if kind == "search_result" and isinstance(block.get("content"), list):
        known.add("content")
        for i, inner in enumerate(block["content"]):
            asked_block(sheet, inner, (*place, "content", i), like, mark, tools)
    for field in ("text", "thinking"):
        if block.get(field) is not None:
            known.add(field)
            sheet.text(like, block[field], (*place, field), mark)
    return sheet.others(like, block, place, frozenset(known), mark)


def _call(sheet: Sheet, block: dict[str, Any], place: Place, like: Segment, tools: dict[str, str], mark: Mark) -> None:
    name, key = named(block.get("name")), named(block.get("id"))
    tools[key] = name
    this = Segment(part="prompt", role="assistant", past=like.past, name=name, call=key)
    given = block.get("input")
    if given:
        text = msgspec.json.encode(given).decode()
        value = given if isinstance(given, (dict, list)) else None
        sheet.segments.append(
            mark.on(
                msgspec.structs.replace(
                    this, text=text if value is not None else given, place=(*place, "input"), value=value
                )
            )
        )
    sheet.others(this, block, place, frozenset({"input", "bartizan"}), mark)


def _result(
    sheet: Sheet, block: dict[str, Any], place: Place, like: Segment, mark: Mark, tools: dict[str, str]
) -> None:
    """What a tool answered: all in it is the tool's, and untrusted."""
    call = named(block.get("tool_use_id"))
    like = Segment(part="prompt", role="tool", trust="untrusted", past=like.past, name=tools.get(call, ""), call=call)
    content, where = block.get("content"), (*place, "content")
    if isinstance(content, list):
        for i, inner in enumerate(content):
            asked_block(sheet, inner, (*where, i), like, mark, tools)
    else:
        sheet.text(like, content, where, mark)
    sheet.others(like, block, place, frozenset({"content", "bartizan"}), mark)


def _source(
    sheet: Sheet, source: dict[str, Any], place: Place, like: Segment, mark: Mark, tools: dict[str, str]
) -> None:
    """Where an image or a document comes from: itself, as text, as blocks, as base64, from an address or a file."""
    where, kind = (*place, "source"), source.get("type")
    data, media = source.get("data"), named(source.get("media_type"))
    known = {"data", "url"}
    if kind == "text" or (isinstance(data, str) and media.startswith("text/")):
        sheet.text(like, data, (*where, "data"), mark)
        known.remove("url")
    elif kind == "content":
        known = {"content"}
        content = source.get("content")
        if isinstance(content, list):
            for i, inner in enumerate(content):
                asked_block(sheet, inner, (*where, "content", i), like, mark, tools)
        else:
            sheet.text(like, content, (*where, "content"), mark)
    else:
        found = data if data is not None else source.get("url")
        if found is not None and not isinstance(found, str):
            raise Malformed("a file's content or address must be a text")
        sheet.file(like, found or "", place, media or "application/octet-stream", mark)
        known = {"data"} if data is not None else {"url"}
    sheet.others(like, source, where, frozenset(known), mark)


def answered_block(block: Any, place: Place) -> list[Segment]:
    """All segments of a block of an answer. Raises Malformed."""
    if not isinstance(block, dict):
        return _loose(leaves(block, place, "content", PASSES))
    segments = []
    known = {"text", "thinking"}
    for field, like in (("text", _ANSWER), ("thinking", _REASONING)):
        found = leaves(block.get(field), (*place, field), field, PASSES)
        segments += [msgspec.structs.replace(like, text=text, place=where) for where, text in found]
    if is_call(block):
        known.add("input")
        segments.append(call_of(block, place))
    return segments + _loose(others(block, place, frozenset(known), PASSES))


def call_of(block: dict[str, Any], place: Place) -> Segment:
    """A call that stands whole in a block. Raises Malformed."""
    given = block.get("input")
    if not isinstance(given, dict):
        raise Malformed("the upstream sent a call whose input is no object")
    return Segment(
        part="call",
        role="assistant",
        name=named(block.get("name")),
        call=named(block.get("id")),
        text=msgspec.json.encode(given).decode(),
        value=given,
        place=(*place, "input"),
    )


def is_call(block: dict[str, Any]) -> bool:
    """Whether a block asks for a tool."""
    return named(block.get("type")) in _CALLS


def _loose(found: Any) -> list[Segment]:
    return [msgspec.structs.replace(_ANSWER, text=text, place=place) for place, text in found]
