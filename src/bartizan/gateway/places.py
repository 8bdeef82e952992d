"""Editing a parsed body at places: paths of keys and positions from its root."""

from __future__ import annotations

import base64
from array import array
from collections.abc import Iterable
from typing import Any

import msgspec

from bartizan.controls.chat.exchange import Segment, Step
from bartizan.controls.chat.pipeline import Blocked
from bartizan.controls.chat.verdict import Block
from bartizan.core.chat import ToolOffer

_NO_TOOLS_LEFT = ("tool_choice", "parallel_tool_calls", "function_call")


def at(body: Any, place: Iterable[Step]) -> Any:
    """What stands there. Raises KeyError, IndexError or TypeError where there is no such place."""
    for step in place:
        body = body[step]
    return body


def put(body: Any, place: tuple[Step, ...], value: Any) -> None:
    """Set what stands there, in the body itself."""
    at(body, place[:-1])[place[-1]] = value


def remove(body: Any, places: Iterable[tuple[Step, ...]]) -> None:
    """Take these out, the later ones of a list first, so that no place moves before its turn."""
    for place in sorted(set(places), key=_last_first):
        del at(body, place[:-1])[place[-1]]


def write(body: Any, before: Segment, after: Segment | None) -> None:
    """Write a segment of an answer, or one that goes in, as it may pass; None: emptied, or null where it is no text.

    Raises Blocked where it cannot stand there: the name of a field, a file, a tool of a supplier's own.
    """
    place = before.place
    if before.part == "request" and after is not None:
        for where, value in after.value:
            at(body, where)
            put(body, where, value)
        return
    if not place:
        raise _cannot()
    if after is None:
        put(body, place, "" if isinstance(at(body, place), str) else None)
    elif before.part == "offer":
        _write_offer(at(body, place), after.value)
    elif before.part == "numbers":
        put(body, place, _numbers(at(body, place), after.value))
    elif before.part == "attachment":
        raise _cannot()
    elif isinstance(before.value, (dict, list)):
        put(body, place, _object(after.text))
    else:
        put(body, place, after.text)


def leave_out(body: dict[str, Any], before: Iterable[Segment], marks: Iterable[tuple[Step, ...]] = ()) -> None:
    """Take out segments that guards left out, and the gateway's own marks, so that the body keeps its format.

    A tool or a part of a message goes as a whole; a message that has only this text stays, empty, because the order of
    turns and the answers to calls hang on it. Where no tool is left, what chooses among tools goes too.
    """
    gone = []
    for one in before:
        place = _whole_piece(body, one)
        if place is None:
            put(body, one.place, "")
        else:
            gone.append(place)
    remove(body, [*gone, *marks])
    for place in gone:
        _tidy(body, place)


def _whole_piece(body: Any, segment: Segment) -> tuple[Step, ...] | None:
    """What goes with a segment; None: nothing but its text."""
    place = segment.place
    if not place:
        raise _cannot()
    if segment.part in {"offer", "attachment"}:
        return place
    if len(place) > 2 and place[-1] == "text" and isinstance(place[-2], int):
        return place[:-1]
    return None if isinstance(at(body, place), str) else place


def _tidy(body: dict[str, Any], place: tuple[Step, ...]) -> None:
    if len(place) < 2 or not isinstance(place[-1], int) or at(body, place[:-1]):
        return
    if place[0] in {"tools", "functions"} and len(place) == 2:
        del body[str(place[0])]
        for name in _NO_TOOLS_LEFT:
            body.pop(name, None)
    else:
        put(body, place[:-1], "")


def _write_offer(target: Any, offer: Any) -> None:
    function = target.get("function") if isinstance(target, dict) else None
    inner: Any = function if isinstance(function, dict) else target
    schema = next((one for one in ("parameters", "input_schema") if one in inner), "")
    if not isinstance(offer, ToolOffer) or inner.get("name") is None or (offer.parameters and not schema):
        raise _cannot()
    inner["name"] = offer.name
    if offer.about or "description" in inner:
        inner["description"] = offer.about
    if schema:
        inner[schema] = offer.parameters


def _numbers(before: Any, after: Any) -> Any:
    """Numbers in the form in which they stood: a list, or 32-bit floats as base64."""
    if isinstance(before, str) and isinstance(after, (list, tuple)):
        return base64.b64encode(array("f", after).tobytes()).decode()
    return after


def _object(text: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise _cannot() from None


def _cannot() -> Blocked:
    return Blocked("gateway", Block(why="a guard changed what cannot be changed there", kind="failure"))


def _last_first(place: tuple[Step, ...]) -> tuple[tuple[int, int, str], ...]:
    # Numbers fall; longer places come before those that hold them.
    return (*((0, -one, "") if isinstance(one, int) else (0, 0, one) for one in place), (1, 0, ""))
