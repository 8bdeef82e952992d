"""What the formats' readers of requests share: a sheet on which they write down what they find."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

import msgspec

from bartizan.controls.chat.exchange import Segment
from bartizan.core.chat import ToolOffer
from bartizan.gateway.wire.loose import Place, leaves, others
from bartizan.gateway.wire.marks import NO_MARK, Mark, mark_of
from bartizan.gateway.wire.wire import Malformed

_SECRETS = frozenset({"headers", "authorization", "authorization_token"})
_ADDRESSES = frozenset({"server_url", "url"})


_OWN = frozenset({"function", "custom"})
"""Kinds of tools that the application itself brings and names. All others are a supplier's own, and their kind says
what they do, whatever they are called."""
_ACTING: dict[str, dict[str, Any]] = {
    name: {"type": "object", "properties": {one: {} for one in names.split()}}
    for name, names in (
        ("computer", "type x y button keys path scroll_x scroll_y text"),
        ("local_shell", "type command env timeout_ms user working_directory"),
        ("shell", "type commands timeout_ms max_output_length"),
        ("apply_patch", "type path diff"),
    )
}
"""A supplier's own tools whose calls the client carries out, with the arguments that they have."""
_CALLED = {"computer_use_preview": "computer"}
"""Kinds of tools that are called by another name than that of their kind."""
_DATED = re.compile(r"_\d+\Z")
_EDITORS = frozenset({"str_replace_editor", "str_replace_based_edit_tool"})


class Sheet:
    """What one request holds."""

    def __init__(self, passes: Mapping[str, str]) -> None:
        self.segments = [Segment(part="request")]
        self.marks: list[Place] = []
        self._passes = passes

    def text(self, like: Segment, text: Any, place: Place, mark: Mark = NO_MARK) -> None:
        """A text that goes to the model; anything that is no text is searched for texts."""
        if isinstance(text, str):
            if text:
                self.segments.append(mark.on(msgspec.structs.replace(like, text=text, place=place)))
        elif text is not None:
            self.unknown(like, text, place, mark)

    def unknown(self, like: Segment, value: Any, place: Place, mark: Mark = NO_MARK) -> None:
        """A value that the format does not know: all texts in it are untrusted."""
        for where, text in leaves(value, place, str(place[-1]), self._passes):
            self._untrusted(like, text, where, mark)

    def others(
        self, like: Segment, obj: dict[str, Any], place: Place, known: frozenset[str], mark: Mark = NO_MARK
    ) -> None:
        """The fields of an object that the format does not know."""
        for where, text in others(obj, place, known, self._passes):
            self._untrusted(like, text, where, mark)

    def _untrusted(self, like: Segment, text: str, place: Place, mark: Mark) -> None:
        like = msgspec.structs.replace(
            like, part="prompt", text=text, place=place, trust="untrusted", value=None, size=0
        )
        self.segments.append(mark.on(like))

    def mark(self, piece: dict[str, Any], place: Place, otherwise: Mark = NO_MARK) -> Mark:
        """The caller's mark on a piece, with ``otherwise``, the mark on what holds it. Raises Malformed."""
        return otherwise.within(mark_of(piece, place, self.marks)) if "bartizan" in piece else otherwise

    def file(self, like: Segment, value: str, place: Place, media: str, mark: Mark = NO_MARK) -> None:
        """A file; ``value`` is its content in base64, a data URL or an address, or "" where it lies at the supplier."""
        name, size = _media(value, media)
        piece = msgspec.structs.replace(
            like, part="attachment", name=name, value=value, size=size, place=place, text=""
        )
        self.segments.append(mark.on(piece))

    def offer(self, tool: Any, place: Place) -> None:
        """A tool, in any of the forms in which formats offer one. Raises Malformed."""
        if not isinstance(tool, dict):
            raise Malformed(f"'{place[0]}' must hold objects")
        kind = named(tool.get("type"))
        field = kind or "function"
        inner = tool[field] if field in _OWN and isinstance(tool.get(field), dict) else tool
        if inner is not tool and named(tool.get("name")) not in {"", inner.get("name")}:
            raise Malformed(f"'{place[0]}' has a tool with two names")
        name = _name_of(kind, named(inner.get("name")), tool)
        if not name:
            raise Malformed(f"'{place[0]}' has a tool without a name")
        about = inner.get("description") or ""
        schema = next((one for one in ("parameters", "input_schema") if isinstance(inner.get(one), dict)), "")
        if not isinstance(about, str):
            raise Malformed(f"'{place[0]}' has a tool whose description is no text")
        offer = ToolOffer(name=name, about=about, parameters=inner[schema] if schema else _ACTING.get(name, {}))
        self.segments.append(Segment(part="offer", name=name, text=about, value=offer, place=place))
        like = Segment(part="prompt", role="user", trust="untrusted", name=name)
        if inner is not tool:
            self.others(like, _reaching(tool), place, frozenset({field}))
            place = (*place, field)
        called = {one for one in ("name", "server_label") if inner.get(one) in (name, name.removeprefix("mcp:"))}
        self.others(like, _reaching(inner), place, frozenset({"description", schema} | called))


def _name_of(kind: str, name: str, tool: dict[str, Any]) -> str:
    """By which name a tool is judged. That of a supplier's own is its kind, so that it cannot pass as another."""
    if kind in _OWN or (name and not kind):
        return name or kind
    label = named(tool.get("server_label"))
    if label:
        return f"mcp:{label}"
    if kind == "url" and "url" in tool:
        return f"mcp:{name or kind}"
    base = _DATED.sub("", kind)
    if name and (name == base or (name in _EDITORS and base == "text_editor")):
        return name
    return _CALLED.get(kind, kind)


def _reaching(tool: dict[str, Any]) -> dict[str, Any]:
    """What of a tool can reach the model: not where it is asked for, and with which key."""
    return {k: v for k, v in tool.items() if k not in _SECRETS and not (k in _ADDRESSES and _is_address(v))}


def _is_address(value: Any) -> bool:
    return isinstance(value, str) and value.startswith(("https://", "http://")) and not any(map(str.isspace, value))


def _media(value: str, otherwise: str) -> tuple[str, int]:
    """(media type, bytes) of a data URL, an address or base64."""
    if value.startswith("data:"):
        head, _, content = value.partition(",")
        kind = head[5:].partition(";")[0].lower()
        return kind or "text/plain", _bytes(content) if head.endswith(";base64") else len(content)
    return otherwise, 0 if value.startswith(("http://", "https://", "gs://", "file-")) else _bytes(value)


def _bytes(base64: str) -> int:
    return math.floor(len(base64) * 3 / 4)


def whole(*candidates: Any) -> int | None:
    """The first that is a whole number."""
    return next((one for one in candidates if type(one) is int), None)


def model_of(body: Any, name: str = "model") -> str:
    """The model that a request names. Raises Malformed."""
    model = body.get(name)
    if not isinstance(model, str) or not model:
        raise Malformed(f"'{name}' must be a text")
    return model


def listed(body: Any, name: str) -> list[Any]:
    """A list, or an empty one where there is none. Raises Malformed for anything else."""
    found = body.get(name)
    if found is None:
        return []
    if not isinstance(found, list):
        raise Malformed(f"'{name}' must be a list")
    return found


def streams(body: Any, *, otherwise: bool = False) -> bool:
    """Whether a stream is asked for. Raises Malformed for anything but true, false and null."""
    found = body.get("stream")
    if found is None:
        return otherwise
    if not isinstance(found, bool):
        raise Malformed("'stream' must be true or false")
    return found


def named(*candidates: Any) -> str:
    """The first that is a text and not empty."""
    return next((one for one in candidates if isinstance(one, str) and one), "")
