"""What OpenAI's formats share in their requests: roles, parts of messages, schemas of answers."""

from __future__ import annotations

from typing import Any

import msgspec

from bartizan.controls.chat.exchange import Segment, Trust
from bartizan.core.chat import Role
from bartizan.gateway.wire.asking import Sheet
from bartizan.gateway.wire.loose import NAMES, Place
from bartizan.gateway.wire.marks import Mark
from bartizan.gateway.wire.wire import Malformed

ROLES: dict[str, tuple[Role, Trust]] = {
    "system": ("system", "trusted"),
    "developer": ("system", "trusted"),
    "user": ("user", "user"),
    "assistant": ("assistant", "user"),
    "tool": ("tool", "untrusted"),
    "function": ("tool", "untrusted"),
}
PASSES: dict[str, str] = NAMES | {
    "reasoning_effort": "one of a few levels",
    "verbosity": "one of a few levels",
    "summary": "whether reasoning is summed up: one of a few words",
    "truncation": "one of a few words",
    "prompt_cache_retention": "a time",
    "service_tier": "one of a few tiers",
    "modalities": "kinds of output",
    "voice": "a voice's name",
    "include": "which parts an answer has",
    "encoding_format": "one of a few encodings",
    "search_context_size": "one of a few sizes",
    "syntax": "one of two grammars",
    "tool_choice": "names one of the tools that were offered",
    "mode": "one of a few modes",
    "previous_response_id": "an id",
    "conversation": "an id",
    "name": "the name of a tool that was offered, or of a schema",
}
FREE: dict[str, str] = {
    "user": "an end user's id, for the supplier's statistics",
    "safety_identifier": "an end user's id, for the supplier's statistics",
    "prompt_cache_key": "chooses a cache",
    "metadata": "kept with the answer at the supplier, never part of a prompt",
    "stop": "ends the answer where it occurs; the model does not see it",
    "logit_bias": "token ids",
}
_AUDIO = {"wav": "audio/wav", "mp3": "audio/mpeg"}
_TEXT_KINDS = ("text", "refusal")
KNOWN_OF_PART = frozenset({"bartizan", "text", "refusal", "image_url", "input_audio", "file", "file_data", "file_url"})
APPLICATION = Segment(part="prompt", role="system", trust="trusted")


def content_part(sheet: Sheet, part: Any, place: Place, like: Segment, mark: Mark) -> None:
    """A part of a message, of chat completions or responses: text, or a file. Raises Malformed."""
    if not isinstance(part, dict):
        raise Malformed("a part of a message must be an object")
    mark = sheet.mark(part, place, mark)
    for name in _TEXT_KINDS:
        if part.get(name) is not None:
            sheet.text(like, part[name], (*place, name), mark)
    _files(sheet, part, place, like, mark)
    sheet.others(like, part, place, KNOWN_OF_PART, mark)


def _files(sheet: Sheet, part: dict[str, Any], place: Place, like: Segment, mark: Mark) -> None:
    image, sound, file = part.get("image_url"), part.get("input_audio"), part.get("file")
    if isinstance(image, dict):
        sheet.file(like, _str(image.get("url")), place, "image/*", mark)
        sheet.others(like, image, (*place, "image_url"), frozenset({"url"}), mark)
    elif image is not None:
        sheet.file(like, _str(image), place, "image/*", mark)
    if isinstance(sound, dict):
        kind = _AUDIO.get(str(sound.get("format")), "audio/*")
        sheet.file(like, _str(sound.get("data")), place, kind, mark)
        sheet.others(like, sound, (*place, "input_audio"), frozenset({"data"}), mark)
    elif sound is not None:
        sheet.unknown(like, sound, (*place, "input_audio"), mark)
    document = file if isinstance(file, dict) else part
    if file is not None or any(one in part for one in ("file_data", "file_url")) or part.get("type") == "input_file":
        found = document.get("file_data") or document.get("file_url")
        like = msgspec.structs.replace(like, trust="untrusted")
        sheet.file(like, _str(found), place, "application/octet-stream", mark)
        if isinstance(file, dict):
            sheet.others(like, file, (*place, "file"), frozenset({"file_data", "file_url"}), mark)
        elif file is not None:
            sheet.unknown(like, file, (*place, "file"), mark)


def _str(value: Any) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise Malformed("a file's content or address must be a text")
    return value


def application(sheet: Sheet, body: Any, name: str) -> None:
    """A field that the application itself writes for the model, such as the schema of an answer."""
    from_here = len(sheet.segments)
    if body.get(name) is not None:
        sheet.unknown(APPLICATION, body[name], (name,))
        sheet.segments[from_here:] = [
            msgspec.structs.replace(one, trust="trusted") for one in sheet.segments[from_here:]
        ]
