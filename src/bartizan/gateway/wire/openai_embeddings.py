"""OpenAI's embeddings: POST /v1/embeddings.

Token ids in place of texts are refused: no guard can read them.
"""

from __future__ import annotations

import base64
import binascii
from array import array
from typing import Any, ClassVar

from bartizan.controls.chat.exchange import Segment
from bartizan.gateway.wire.asking import Sheet, listed, model_of, named
from bartizan.gateway.wire.channels import NoStream
from bartizan.gateway.wire.loose import Place, others
from bartizan.gateway.wire.openai_asked import PASSES
from bartizan.gateway.wire.openai_chat import OpenAIFormat
from bartizan.gateway.wire.openai_said import PASSES_OUT, usage_of
from bartizan.gateway.wire.wire import Answered, Asked, Malformed, StreamReader

_USER = Segment(part="prompt", role="user", trust="user")
_KNOWN = frozenset({"input", "model", "user"})


class OpenAIEmbeddings(OpenAIFormat):
    """Embeddings."""

    name: ClassVar[str] = "openai.embeddings"

    def read(self, body: Any) -> Asked:
        """See `Wire.read`."""
        sheet = Sheet(PASSES)
        model = model_of(body)
        texts(sheet, body, "input")
        sheet.others(_USER, body, (), _KNOWN)
        return Asked(model=model, segments=tuple(sheet.segments), session=named(body.get("user")))

    def read_answer(self, body: Any) -> Answered:
        """See `Wire.read_answer`."""
        if not isinstance(body, dict):
            raise Malformed("the upstream's answer is not a JSON object")
        segments = []
        for i, one in enumerate(listed(body, "data")):
            if not isinstance(one, dict):
                raise Malformed("the upstream's answer has an embedding that is no object")
            segments.append(vector(one.get("embedding"), ("data", i, "embedding")))
            for place, text in others(one, ("data", i), frozenset({"embedding"}), PASSES_OUT):
                segments.append(Segment(part="answer", role="assistant", text=text, place=place))
        for place, text in others(body, (), frozenset({"data", "usage"}), PASSES_OUT):
            segments.append(Segment(part="answer", role="assistant", text=text, place=place))
        return Answered(segments=tuple(segments), usage=usage_of(body), model=named(body.get("model")))

    def reader(self) -> StreamReader:
        """See `Wire.reader`."""
        return NoStream()


def texts(sheet: Sheet, body: Any, field: str, like: Segment = _USER) -> None:
    """A text, or a list of texts. Raises Malformed for token ids and anything else."""
    given = body.get(field)
    if isinstance(given, str):
        return sheet.text(like, given, (field,))
    if not isinstance(given, list) or not given:
        raise Malformed(f"'{field}' must be a text or a list of texts")
    for i, one in enumerate(given):
        if not isinstance(one, str):
            raise Malformed(f"'{field}' must hold texts: token ids cannot be read by guards")
        sheet.text(like, one, (field, i))
    return None


def vector(value: Any, place: Place) -> Segment:
    """A segment of numbers: a list, or 32-bit floats in base64 (little-endian), always told as a list.

    Raises Malformed.
    """
    if isinstance(value, str):
        try:
            value = array("f", base64.b64decode(value, validate=True)).tolist()
        except (binascii.Error, ValueError):
            raise Malformed("the upstream sent an embedding that is not base64 of floats") from None
    if not isinstance(value, list) or not all(type(one) in _NUMBERS for one in value):
        raise Malformed("the upstream sent an embedding that is no list of numbers")
    return Segment(part="numbers", name="embedding", place=place, value=value)


_NUMBERS = frozenset({int, float})
