"""Ollama's completion of a prompt: POST /api/generate. It streams unless it is told not to.

``context`` holds a conversation as token ids: in a request it is refused, because no guard can read it; in an answer it
goes, as null, with any change of the text.
"""

from __future__ import annotations

from typing import Any, ClassVar

import msgspec

from bartizan.controls.chat.exchange import Segment
from bartizan.gateway.wire.asking import Sheet, model_of, streams
from bartizan.gateway.wire.channels import ANSWER, REASONING, Channels
from bartizan.gateway.wire.ollama_asked import FREE, PASSES, OllamaFormat, form, images, limit_of, usage_of
from bartizan.gateway.wire.ollama_chat import logprobs
from bartizan.gateway.wire.wire import Answered, Asked, Frame, Malformed, Seen, StreamReader

_KNOWN = frozenset({"model", "prompt", "suffix", "system", "template", "images", "stream", "format", "context", *FREE})
_BESIDE = frozenset({"response", "thinking", "context", "logprobs"})
_USER = Segment(part="prompt", role="user", trust="user")
_SYSTEM = Segment(part="prompt", role="system", trust="trusted")


class OllamaGenerate(OllamaFormat):
    """Completion."""

    name: ClassVar[str] = "ollama.generate"

    def read(self, body: Any) -> Asked:
        """See `Wire.read`."""
        if body.get("context"):
            raise Malformed("'context' holds token ids, which guards cannot read: send the conversation to /api/chat")
        sheet = Sheet(PASSES)
        for field, like in (("system", _SYSTEM), ("template", _SYSTEM), ("prompt", _USER), ("suffix", _USER)):
            sheet.text(like, body.get(field), (field,))
        images(sheet, body, (), _USER)
        form(sheet, body)
        sheet.others(_USER, body, (), _KNOWN)
        return Asked(
            model=model_of(body),
            stream=streams(body, otherwise=True),
            output_limit=limit_of(body),
            segments=tuple(sheet.segments),
        )

    def read_answer(self, body: Any) -> Answered:
        """See `Wire.read_answer`."""
        seen = _Reader().read(Frame(raw=b"", data=body))
        segments = [
            msgspec.structs.replace(seen.opens[one.channel], text=one.text, place=one.place) for one in seen.spots
        ]
        echoes = [msgspec.structs.replace(one, of=(str(one.of),)) for one in seen.echoes]
        return Answered(segments=(*segments, *seen.whole), usage=seen.usage, model=seen.model, echoes=tuple(echoes))

    def reader(self) -> StreamReader:
        """See `Wire.reader`."""
        return _Reader()


class _Reader(StreamReader):
    """One answer."""

    def __init__(self) -> None:
        self._channels = Channels(PASSES)

    def read(self, frame: Frame) -> Seen:
        """See `StreamReader.read`."""
        data, channels = frame.data, self._channels
        if data is None:
            return Seen()
        if not isinstance(data, dict):
            raise Malformed("the upstream's answer is not a JSON object")
        for field, like in (("response", ANSWER), ("thinking", REASONING)):
            if data.get(field) is not None:
                channels.say(field, data[field], (field,), like)
        logprobs(channels, data, "response")
        if data.get("context"):
            channels.unknown(data["context"], ("context",))
            channels.echo(("context",), "response", all=True)
        channels.others(data, (), _BESIDE)
        failed = data.get("error") is not None
        return channels.seen(usage=usage_of(data), model=data.get("model"), done=data.get("done") is True or failed)
