"""What Ollama's routes share: the fields of requests, errors, tokens, and lines of JSON.

Source: Ollama API reference (docs/api.md).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

import msgspec

from bartizan.controls.chat.exchange import Segment
from bartizan.controls.chat.verdict import BlockKind
from bartizan.core.chat import Usage
from bartizan.gateway.wire.asking import Sheet, listed, whole
from bartizan.gateway.wire.loose import NAMES, Place
from bartizan.gateway.wire.marks import NO_MARK, Mark
from bartizan.gateway.wire.wire import Framing, Malformed, Wire

PASSES: dict[str, str] = NAMES | {
    "keep_alive": "a time",
    "think": "one of a few levels",
    "created_at": "a time",
    "modified_at": "a time",
    "done_reason": "one of a few reasons",
    "digest": "a digest",
    "name": "the name of a model or of a tool",
    "remote_model": "a model's name",
    "remote_host": "an address",
}
FREE: dict[str, str] = {"options": "numbers for sampling, and texts that end the answer; the model does not see them"}
_SYSTEM = Segment(part="prompt", role="system", trust="trusted")


class OllamaFormat(Wire):
    """What all of Ollama's routes share."""

    framing: ClassVar[Framing] = "lines"
    passes: ClassVar[Mapping[str, str]] = PASSES
    free: ClassVar[Mapping[str, str]] = FREE

    def error(self, status: int, kind: BlockKind | Literal["upstream", "not_found"], text: str) -> bytes:
        """See `Wire.error`. The text ends with the kind of block: the format has no other place for it."""
        return msgspec.json.encode({"error": f"{text} ({kind})"})

    def error_frame(self, status: int, kind: BlockKind | Literal["upstream", "not_found"], text: str) -> bytes:
        """See `Wire.error_frame`."""
        return self.error(status, kind, text) + b"\n"


def images(sheet: Sheet, piece: dict[str, Any], place: Place, like: Segment, mark: Mark = NO_MARK) -> None:
    """The images of a message or prompt. Raises Malformed."""
    for i, image in enumerate(listed(piece, "images")):
        if not isinstance(image, str):
            raise Malformed("'images' must hold texts in base64")
        sheet.file(like, image, (*place, "images", i), "image/*", mark)


def form(sheet: Sheet, body: Any) -> None:
    """The schema that an answer must have, or the word json: written by the application."""
    given = body.get("format")
    if given is not None:
        before = len(sheet.segments)
        sheet.unknown(_SYSTEM, given, ("format",))
        sheet.segments[before:] = [msgspec.structs.replace(one, trust="trusted") for one in sheet.segments[before:]]


def limit_of(body: Any) -> int | None:
    """Tokens of output that are asked for at most."""
    options = body.get("options")
    limit = whole(options.get("num_predict")) if isinstance(options, dict) else None
    return limit if limit is not None and limit > 0 else None


def usage_of(body: dict[str, Any]) -> Usage | None:
    """The tokens that an answer, or its last line, says it took."""
    if "prompt_eval_count" not in body and "eval_count" not in body:
        return None
    return Usage(
        requests=1,
        input_tokens=whole(body.get("prompt_eval_count")) or 0,
        output_tokens=whole(body.get("eval_count")) or 0,
    )
