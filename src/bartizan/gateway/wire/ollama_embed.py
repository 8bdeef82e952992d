"""Ollama's embeddings: POST /api/embed, and the older POST /api/embeddings."""

from __future__ import annotations

from typing import Any, ClassVar

from bartizan.controls.chat.exchange import Segment
from bartizan.gateway.wire.asking import Sheet, listed, model_of, named
from bartizan.gateway.wire.channels import NoStream
from bartizan.gateway.wire.loose import others
from bartizan.gateway.wire.ollama_asked import FREE, PASSES, OllamaFormat, usage_of
from bartizan.gateway.wire.openai_embeddings import texts, vector
from bartizan.gateway.wire.wire import Answered, Asked, Malformed, StreamReader

_USER = Segment(part="prompt", role="user", trust="user")


class OllamaEmbed(OllamaFormat):
    """Embeddings of one or more texts."""

    name: ClassVar[str] = "ollama.embed"
    field: ClassVar[str] = "input"

    def read(self, body: Any) -> Asked:
        """See `Wire.read`."""
        model = model_of(body)
        sheet = Sheet(PASSES)
        texts(sheet, body, self.field)
        sheet.others(_USER, body, (), frozenset({"model", self.field, *FREE}))
        return Asked(model=model, segments=tuple(sheet.segments))

    def read_answer(self, body: Any) -> Answered:
        """See `Wire.read_answer`."""
        if not isinstance(body, dict):
            raise Malformed("the upstream's answer is not a JSON object")
        segments = [vector(one, ("embeddings", i)) for i, one in enumerate(listed(body, "embeddings"))]
        if "embedding" in body:
            segments.append(vector(body["embedding"], ("embedding",)))
        for place, text in others(body, (), frozenset({"embeddings", "embedding"}), PASSES):
            segments.append(Segment(part="answer", role="assistant", text=text, place=place))
        return Answered(segments=tuple(segments), usage=usage_of(body), model=named(body.get("model")))

    def reader(self) -> StreamReader:
        """See `Wire.reader`."""
        return NoStream()


class OllamaEmbeddings(OllamaEmbed):
    """The older form: one text, one vector."""

    name: ClassVar[str] = "ollama.embeddings"
    field: ClassVar[str] = "prompt"
