"""Ollama's models: GET /api/tags lists them, POST /api/show describes one. All texts of the answers are judged."""

from __future__ import annotations

from typing import Any, ClassVar

from bartizan.controls.chat.exchange import Segment
from bartizan.gateway.wire.asking import Sheet, model_of
from bartizan.gateway.wire.channels import NoStream
from bartizan.gateway.wire.loose import others
from bartizan.gateway.wire.ollama_asked import FREE, PASSES, OllamaFormat
from bartizan.gateway.wire.wire import Answered, Asked, Malformed, StreamReader

PASSES_LISTED = PASSES | dict.fromkeys(
    ("family", "families", "parent_model", "parameter_size", "quantization_level", "capabilities"),
    "a word about a model's kind",
)
_USER = Segment(part="prompt", role="user", trust="user")


class OllamaTags(OllamaFormat):
    """All models."""

    name: ClassVar[str] = "ollama.tags"

    def read(self, body: Any) -> Asked:
        """See `Wire.read`."""
        return Asked(model="", segments=(Segment(part="request"),))

    def read_answer(self, body: Any) -> Answered:
        """See `Wire.read_answer`."""
        if not isinstance(body, dict):
            raise Malformed("the upstream's answer is not a JSON object")
        entries = body["models"] if isinstance(body.get("models"), list) else []
        models = tuple(
            (one["name"], ("models", i))
            for i, one in enumerate(entries)
            if isinstance(one, dict) and isinstance(one.get("name"), str)
        )
        found = others(body, (), frozenset(), PASSES_LISTED)
        segments = tuple(Segment(part="answer", role="assistant", text=text, place=place) for place, text in found)
        return Answered(segments=segments, models=models)

    def reader(self) -> StreamReader:
        """See `Wire.reader`."""
        return NoStream()


class OllamaShow(OllamaTags):
    """One model."""

    name: ClassVar[str] = "ollama.show"

    def read(self, body: Any) -> Asked:
        """See `Wire.read`."""
        model = model_of(body, "model" if "model" in body else "name")
        sheet = Sheet(PASSES)
        sheet.others(_USER, body, (), frozenset({"model", *FREE}))
        return Asked(model=model, segments=tuple(sheet.segments))
