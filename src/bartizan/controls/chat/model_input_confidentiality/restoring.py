"""An answer in which tokens are turned back, wherever the stream was cut."""

from __future__ import annotations

from typing import Any

from bartizan.controls.chat.exchange import Exchange
from bartizan.controls.chat.guard import Progress, StreamGuard
from bartizan.controls.chat.model_input_confidentiality.tokens import Tokens
from bartizan.controls.chat.verdict import Block, Edit, Finding
from bartizan.detectors.sensitive.kinds import Kind

_FOUND = (Finding(rule="restored", why="a token was turned back"),)


def instead(exchange: Exchange, kind: Kind, value: str) -> str | Block:
    """What stands in an answer in place of a token: the value, judged as any value of an answer is, and encoded.

    Values have not been in the answer that the other guards read, so they are asked about here.
    """
    judge: Any = exchange.notes.get("sensitive_output_handling")
    said = judge.instead(kind, value) if judge is not None else None
    if said is not None:
        return said  # type: ignore[no-any-return]
    encoder: Any = exchange.notes.get("encode_model_output")
    return encoder.inside(value) if encoder is not None else value


class Restoring(StreamGuard):
    """Turns tokens back. Nothing is held but what may be the beginning of one of this exchange's tokens."""

    def __init__(self, exchange: Exchange, tokens: Tokens) -> None:
        self._exchange = exchange
        self._tokens = tokens
        self._rest = ""
        self._at = 0

    def feed(self, text: str) -> Progress:
        """See `StreamGuard.feed`."""
        text = self._rest + text
        return self._step(text, len(text) - self._tokens.held(text))

    def flush(self) -> Progress:
        """See `StreamGuard.flush`."""
        return self._step(self._rest, len(self._rest))

    def _step(self, text: str, upto: int) -> Progress:
        edits = []
        if "-" in text:
            for start, end, kind, value in self._tokens.found(text):
                if end > upto:
                    break
                said = instead(self._exchange, kind, value)
                if isinstance(said, Block):
                    return Progress(cleared=self._at, block=said)
                edits.append(Edit(start=self._at + start, end=self._at + end, text=said))
        self._rest = text[upto:]
        self._at += upto
        return Progress(cleared=self._at, edits=tuple(edits), findings=_FOUND if edits else ())
