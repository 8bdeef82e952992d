"""OpenAI's lists of models: GET /v1/models and GET /v1/models/{model}. A request is judged as a request and no more.

An answer has names, dates and owners. Which models a caller may see is decided by who knows the caller: the entries are
told with their places.
"""

from __future__ import annotations

from typing import Any, ClassVar

from bartizan.controls.chat.exchange import Segment
from bartizan.gateway.wire.channels import NoStream
from bartizan.gateway.wire.loose import others
from bartizan.gateway.wire.openai_chat import OpenAIFormat
from bartizan.gateway.wire.openai_said import PASSES_OUT
from bartizan.gateway.wire.wire import Answered, Asked, Malformed, StreamReader

PASSES_LISTED = PASSES_OUT | {"owned_by": "a supplier's name", "root": "a model's name", "parent": "a model's name"}
_NOTHING: frozenset[str] = frozenset()


class OpenAIModels(OpenAIFormat):
    """All models."""

    name: ClassVar[str] = "openai.models"

    def read(self, body: Any) -> Asked:
        """See `Wire.read`."""
        return Asked(model=str(body.get("model", "")), segments=(Segment(part="request"),))

    def read_answer(self, body: Any) -> Answered:
        """See `Wire.read_answer`."""
        if not isinstance(body, dict):
            raise Malformed("the upstream's answer is not a JSON object")
        entries = body["data"] if isinstance(body.get("data"), list) else []
        models = tuple(
            (one["id"], ("data", i))
            for i, one in enumerate(entries)
            if isinstance(one, dict) and isinstance(one.get("id"), str)
        )
        found = others(body, (), _NOTHING, PASSES_LISTED)
        segments = tuple(Segment(part="answer", role="assistant", text=text, place=place) for place, text in found)
        return Answered(segments=segments, models=models)

    def reader(self) -> StreamReader:
        """See `Wire.reader`."""
        return NoStream()


class OpenAIModel(OpenAIModels):
    """One model."""

    name: ClassVar[str] = "openai.model"
