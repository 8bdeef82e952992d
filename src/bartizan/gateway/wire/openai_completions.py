"""OpenAI's completions: POST /v1/completions, whole and streamed.

A stream's choices end with their ``finish_reason``. Token ids in place of a prompt are refused: no guard can read them.
"""

from __future__ import annotations

from typing import Any, ClassVar

from bartizan.controls.chat.exchange import Segment
from bartizan.gateway.wire.asking import Sheet, listed, model_of, named, streams, whole
from bartizan.gateway.wire.channels import Channels, number
from bartizan.gateway.wire.loose import leaves, others
from bartizan.gateway.wire.openai_asked import FREE, PASSES
from bartizan.gateway.wire.openai_chat import OpenAIFormat
from bartizan.gateway.wire.openai_embeddings import texts
from bartizan.gateway.wire.openai_said import KNOWN_OF_ANSWER, PASSES_OUT, usage_of
from bartizan.gateway.wire.wire import Answered, Asked, Echo, Frame, Malformed, Seen, StreamReader

_USER = Segment(part="prompt", role="user", trust="user")
_KNOWN = frozenset({"prompt", "suffix", "model", "stream", *FREE})
_KNOWN_OF_CHOICE = frozenset({"text", "index", "logprobs"})


class OpenAICompletions(OpenAIFormat):
    """Completions of a text."""

    name: ClassVar[str] = "openai.completions"

    def read(self, body: Any) -> Asked:
        """See `Wire.read`."""
        model = model_of(body)
        sheet = Sheet(PASSES)
        texts(sheet, body, "prompt")
        sheet.text(_USER, body.get("suffix"), ("suffix",))
        sheet.others(_USER, body, (), _KNOWN)
        return Asked(
            model=model,
            stream=streams(body),
            output_limit=whole(body.get("max_tokens")),
            session=named(body.get("user")),
            segments=tuple(sheet.segments),
        )

    def read_answer(self, body: Any) -> Answered:
        """See `Wire.read_answer`."""
        if not isinstance(body, dict):
            raise Malformed("the upstream's answer is not a JSON object")
        segments, echoes = [], []
        for i, choice in enumerate(listed(body, "choices")):
            if not isinstance(choice, dict):
                raise Malformed("the upstream's answer has a choice that is no object")
            place = ("choices", i)
            found = leaves(choice.get("text"), (*place, "text"), "text", PASSES_OUT)
            segments += [Segment(part="answer", role="assistant", text=text, place=where) for where, text in found]
            if choice.get("logprobs"):
                segments.append(_logprobs(choice, i))
                echoes.append(Echo(place=(*place, "logprobs"), of=(*place, "text")))
            for where, text in others(choice, place, _KNOWN_OF_CHOICE, PASSES_OUT):
                segments.append(Segment(part="answer", role="assistant", text=text, place=where))
        for where, text in others(body, (), KNOWN_OF_ANSWER, PASSES_OUT):
            segments.append(Segment(part="answer", role="assistant", text=text, place=where))
        return Answered(
            segments=tuple(segments), usage=usage_of(body), model=named(body.get("model")), echoes=tuple(echoes)
        )

    def reader(self) -> StreamReader:
        """See `Wire.reader`."""
        return _Reader()


def _logprobs(choice: dict[str, Any], i: int) -> Segment:
    return Segment(part="numbers", name="logprobs", place=("choices", i, "logprobs"), value=choice["logprobs"])


class _Reader(StreamReader):
    """One answer."""

    def __init__(self) -> None:
        self._channels = Channels(PASSES_OUT)

    def read(self, frame: Frame) -> Seen:
        """See `StreamReader.read`."""
        data, channels = frame.data, self._channels
        if data is None:
            return Seen(done=frame.mark == "[DONE]")
        for i, choice in enumerate(listed(data, "choices")):
            if not isinstance(choice, dict):
                raise Malformed("the upstream sent a choice that is no object")
            index = number(choice.get("index"), i)
            if choice.get("text") is not None:
                channels.say(f"{index}/text", choice["text"], ("choices", i, "text"))
            if choice.get("logprobs"):
                channels.whole(_logprobs(choice, i))
                channels.echo(("choices", i, "logprobs"), f"{index}/text")
            channels.others(choice, ("choices", i), _KNOWN_OF_CHOICE)
            if choice.get("finish_reason"):
                channels.end(f"{index}/")
        channels.others(data, (), KNOWN_OF_ANSWER)
        failed = data.get("error") is not None
        return channels.seen(usage=usage_of(data), model=data.get("model"), done=failed)
