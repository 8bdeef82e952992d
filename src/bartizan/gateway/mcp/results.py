"""What a server's message holds that a model could read: every text, every file, every offer, with its place.

Nothing is taken for harmless because its field is not known: every text that is more than a name is judged as the words
of a stranger.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import msgspec

from bartizan.controls.chat.exchange import Segment, Step
from bartizan.controls.chat.pipeline import Blocked, Watch
from bartizan.controls.chat.verdict import Block
from bartizan.core.chat import ToolOffer
from bartizan.gateway.places import at as _at
from bartizan.gateway.places import put

MOST_TEXTS = 2_000
LARGEST_TEXT = 1_000_000
"""Characters of all texts of a message."""
_NAMES = frozenset({"type", "mimeType", "uri", "uriTemplate", "nextCursor", "name", "role", "protocolVersion", "level"})
"""Fields that hold a name or an address. One that looks like prose is judged like any text."""
_NAME = re.compile(r"[!-~]{1,256}")
_FILES = frozenset({"data", "blob"})
Place = tuple[Step, ...]


async def judge_texts(watch: Watch, body: Any, *, tool: str, source: str, at: Place = ()) -> None:
    """Judge all texts and files below a place of a body, and write what passes changed. Raises Blocked."""
    segments = list(_segments(body, at, tool, source))
    if len(segments) > MOST_TEXTS or sum(len(one.text) for one in segments) > LARGEST_TEXT:
        raise too_large()
    for segment in segments:
        passed = await watch.judge(segment)
        if passed is segment:
            watch.exchange.segments.append(segment)
            continue
        if segment.part == "attachment":
            raise Blocked("gateway", Block(why="a file in the answer may not pass"))
        put(body, segment.place, passed.text if passed is not None else "")
        watch.exchange.segments.append(segment)
    if odd := [one for one in _fields(_at(body, at)) if not _NAME.fullmatch(one)]:
        await _judge_names(watch, odd, tool, source)


async def _judge_names(watch: Watch, names: list[str], tool: str, source: str) -> None:
    """Names of fields that read like text. They cannot be changed: they pass as they are, or nothing does."""
    text = "\n".join(names)
    if len(text) > LARGEST_TEXT:
        raise too_large()
    segment = Segment(part="prompt", role="tool", trust="untrusted", text=text, name=tool, source=source)
    if await watch.judge(segment) is None:
        raise Blocked("gateway", Block(why="the names of fields in the answer may not pass"))
    watch.exchange.segments.append(segment)


def _fields(value: Any) -> Iterator[str]:
    if isinstance(value, dict | list):
        if isinstance(value, dict):
            yield from value
        for part in value.values() if isinstance(value, dict) else value:
            yield from _fields(part)


def too_large() -> Blocked:
    """What is told of an answer that nobody could judge."""
    return Blocked("gateway", Block(why="the server's answer is too large to be judged", kind="size"))


def _segments(body: Any, at: Place, tool: str, source: str) -> Iterator[Segment]:
    for place, text in _texts(_at(body, at), at):
        name = place[-1] if place else ""
        if name in _FILES and _is_file(body, place):
            kind = _at(body, place[:-1]).get("mimeType")
            yield Segment(
                part="attachment", role="tool", trust="untrusted", name=str(kind or "")[:100], value=text,
                size=len(text), source=source, place=place,
            )  # fmt: skip
        elif text and not (name in _NAMES and _NAME.fullmatch(text)):
            yield Segment(
                part="prompt", role="tool", trust="untrusted", text=text, name=tool, source=source, place=place
            )


def _texts(value: Any, place: Place) -> Iterator[tuple[Place, str]]:
    if isinstance(value, str):
        yield place, value
    elif isinstance(value, dict):
        for key, part in value.items():
            yield from _texts(part, (*place, key))
    elif isinstance(value, list):
        for i, part in enumerate(value):
            yield from _texts(part, (*place, i))


def _is_file(body: Any, place: Place) -> bool:
    """Whether a text is a file in base64, and not a text in a field of that name."""
    beside = _at(body, place[:-1])
    if not isinstance(beside, dict) or not isinstance(beside.get("mimeType", ""), str):
        return False
    is_block = beside.get("type") in {"image", "audio"} if place[-1] == "data" else "uri" in beside
    text = beside[place[-1]]
    return is_block and len(text) % 4 == 0 and re.fullmatch(r"[A-Za-z0-9+/]*={0,2}", text) is not None


async def judge_offers(watch: Watch, result: dict[str, Any]) -> dict[str, ToolOffer]:
    """Leave only those tools in a listing that may be offered; returns them by name. Raises Blocked."""
    kept, offers = [], {}
    listed = result.get("tools")
    if len(msgspec.json.encode(listed)) > LARGEST_TEXT:
        raise too_large()
    for item in listed if isinstance(listed, list) else []:
        offer = offer_of(item)
        if offer is None:
            continue
        told = msgspec.json.encode({k: v for k, v in item.items() if k not in {"name", "description", "inputSchema"}})
        text = f"{offer.about}\n{told.decode()}" if told != b"{}" else offer.about
        passed = await watch.judge(Segment(part="offer", name=offer.name, text=text, value=offer))
        if passed is None or not isinstance(passed.value, ToolOffer):
            continue
        if passed.value != offer:
            item.update(description=passed.value.about, inputSchema=passed.value.parameters)
        kept.append(item)
        offers[offer.name] = offer
    result["tools"] = kept
    return offers


def offer_of(item: Any) -> ToolOffer | None:
    """A tool as a server lists it; None where it is none, which no client is told of."""
    if not isinstance(item, dict):
        return None
    name, about, schema = item.get("name"), item.get("description", ""), item.get("inputSchema", {})
    sound = isinstance(name, str) and _NAME.fullmatch(name) and isinstance(about, str) and isinstance(schema, dict)
    return ToolOffer(name=str(name), about=about, parameters=schema) if sound else None
