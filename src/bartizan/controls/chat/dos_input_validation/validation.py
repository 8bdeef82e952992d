"""The guard that refuses input which would cost out of proportion.

It reads headers and samples and decodes nothing, so that what it refuses costs it little.
"""

from __future__ import annotations

import math
from functools import cached_property
from typing import Any, ClassVar, Literal

import msgspec

from bartizan.controls.chat.bench import Bench
from bartizan.controls.chat.dos_input_validation import texts
from bartizan.controls.chat.dos_input_validation.bodies import is_deeper
from bartizan.controls.chat.dos_input_validation.files import TEXTS, Bounds, fault_of
from bartizan.controls.chat.exchange import Exchange, Part, Segment
from bartizan.controls.chat.guard import ChatGuard
from bartizan.controls.chat.rates import positive_faults
from bartizan.controls.chat.rates_estimate import Price, input_tokens, money, price_of
from bartizan.controls.chat.verdict import ALLOW, Block, BlockKind, Finding, Verdict
from bartizan.core.chat import ToolOffer
from bartizan.core.terms import ControlId

_LONG = 4_096
"""Characters from which a text can be worth repeating in."""


class DosInputValidation(ChatGuard, frozen=True, kw_only=True, forbid_unknown_fields=True, dict=True):
    """Refuses what is too large, too deep, too many, or made to be expensive."""

    id: ClassVar[ControlId] = ControlId("dos_input_validation")
    title: ClassVar[str] = "Input validation against denial of service"
    source: ClassVar[str] = "Shumailov et al. 2021, Sponge Examples (arXiv:2006.03463), section 4; CWE-409; CWE-918"
    sees: ClassVar[frozenset[Part]] = frozenset({"request", "prompt", "offer", "attachment", "call"})

    bytes_at_most: int = 10_000_000
    depth: int = 32
    pieces: int = 50_000
    """Keys and items of the body together."""
    messages: int = 1_000
    """Texts that go to the model: messages, their parts, results of tools."""
    text_characters: int = 400_000
    """Of one of them."""
    tools: int = 128
    schema_characters: int = 32_768
    """Of one tool's schema, as JSON."""
    argument_characters: int = 100_000
    """Of one call's arguments."""
    stacked_marks: int = 12
    """On one letter."""
    unseen: float = 0.2
    """The share of a text that may show nothing, or turn the direction of writing."""
    private: float = 0.3
    """The share of a text that may mean nothing in Unicode."""
    compressed: float = 0.03
    """A text of 4,096 characters or more is repetition where its sample shrinks below this, for one byte. 0: off."""
    files: int = 16
    file_bytes: int = 8_000_000
    """Of one file; of all of them: ``bytes_at_most``."""
    pixels: int = 36_000_000
    frames: int = 100
    media: tuple[str, ...] = (
        *("image/png", "image/jpeg", "image/gif", "image/webp", "audio/wav", "audio/mpeg", "audio/ogg", "audio/flac"),
        *("application/pdf", *TEXTS),
    )
    """Types of files, as patterns. Formats that unpack, and SVG, which is a program, are not among them."""
    remote: Literal["public", "listed", "refuse"] = "public"
    """Files at addresses: any that do not lie within an organisation, those at ``hosts``, or none."""
    hosts: tuple[str, ...] = ()
    dearest: float | None = None
    """Money that one exchange may cost, with as much output as it asks for."""
    prices: dict[str, Price] = msgspec.field(default_factory=dict)
    output_if_unlimited: int = 4_096
    """Tokens of output that are reckoned with where a request asks for no limit."""

    async def check(self, exchange: Exchange, segment: Segment, bench: Bench) -> Verdict:
        """Each part by its own bounds."""
        if segment.part == "prompt":
            return self._text(exchange, segment.text)
        if segment.part == "request":
            return self._request(exchange)
        if segment.part == "offer":
            return self._offer(segment)
        if segment.part == "call":
            if len(segment.text) > self.argument_characters:
                return _block("arguments", f"a call's arguments have more than {self.argument_characters} characters")
            return ALLOW
        return self._file(segment)

    def _request(self, exchange: Exchange) -> Verdict:
        if exchange.size > self.bytes_at_most:
            return _block("bytes", f"the request has more than {self.bytes_at_most} bytes")
        counts = {"prompt": 0, "offer": 0, "attachment": 0, "request": 0}
        for one in exchange.segments:
            counts[one.part] = counts.get(one.part, 0) + 1
        for part, most, what in (
            ("prompt", self.messages, "texts"),
            ("offer", self.tools, "tools"),
            ("attachment", self.files, "files"),
        ):
            if counts[part] > most:
                return _block(what, f"the request has more than {most} {what}")
        if type(exchange.body) is dict:
            found = is_deeper(exchange.body, self.depth, self.pieces)
            if found:
                most = self.depth if found == "depth" else self.pieces
                how = "is nested deeper than" if found == "depth" else "has more pieces than"
                return _block(found, f"the request {how} {most}")
        return self._cost(exchange) if self.dearest is not None else ALLOW

    def _cost(self, exchange: Exchange) -> Verdict:
        assert self.dearest is not None
        price = price_of(exchange, self.prices)
        asked = exchange.output_limit
        comes_out = self.output_if_unlimited if asked is None else max(0, asked)
        choices = exchange.body.get("n") if type(exchange.body) is dict else None
        comes_out *= choices if type(choices) is int and choices > 1 else 1
        cost = money(price, input_tokens(exchange), comes_out)
        if cost > self.dearest:
            return _block("cost", "the request would cost more than one may", kind="budget")
        return ALLOW

    def _text(self, exchange: Exchange, text: str) -> Verdict:
        size = len(text)
        if size > self.text_characters:
            return _block("text", f"a text has more than {self.text_characters} characters")
        if not text.isascii():
            if texts.stacked(text) > self.stacked_marks:
                return _block("stacked_marks", "a text has letters with a flood of marks", kind="malformed")
            if texts.unseen_share(text) > self.unseen:
                return _block("unseen", "a text has a flood of characters that show nothing", kind="malformed")
            if texts.private_share(text) > self.private:
                return _block("private", "a text has a flood of characters without a meaning", kind="malformed")
        if size >= _LONG and self.compressed:
            share = texts.compressed_share(text, hash(exchange.id))
            if share < self.compressed:
                score = min(1.0, 1.0 - share)
                return _block("repetition", "a long text repeats the same again and again", score=score)
        return ALLOW

    def _offer(self, segment: Segment) -> Verdict:
        offer = segment.value
        if type(offer) is not ToolOffer or not offer.parameters:
            return ALLOW
        if len(segment.text) > self.text_characters:
            return _block("text", f"a text has more than {self.text_characters} characters")
        if is_deeper(offer.parameters, self.depth, self.pieces):
            return _block("schema", "a tool's schema is nested too deep or has too many pieces")
        try:
            size = len(msgspec.json.encode(offer.parameters))
        except UnicodeEncodeError:
            return _block("schema", "a tool's schema holds halves of characters", kind="malformed")
        if size > self.schema_characters:
            return _block("schema", f"a tool's schema has more than {self.schema_characters} characters")
        return ALLOW

    def _file(self, segment: Segment) -> Verdict:
        value: Any = segment.value
        if type(value) is not str:
            value = value.get("url") or value.get("data") or value.get("file_data") if type(value) is dict else None
        if value is None:
            return _block("file", "a file is of a form that is not known", kind="malformed")
        if value == "":
            return ALLOW
        fault = fault_of(value, segment.name.lower(), self._bounds) if type(value) is str else None
        if fault is None and type(value) is str:
            return ALLOW
        if fault is None:
            return _block("file", "a file is of a form that is not known", kind="malformed")
        return _block(fault.rule, fault.why, kind="malformed" if fault.malformed else _KINDS.get(fault.rule, "content"))

    @cached_property
    def _bounds(self) -> Bounds:
        return Bounds(self.media, self.file_bytes, self.pixels, self.frames, self.remote, self.hosts)

    def faults(self) -> dict[str, str]:
        """Bounds must be above 0; hosts must be named where only those are taken."""
        fields = (
            *("bytes_at_most", "depth", "pieces", "messages", "text_characters", "tools", "schema_characters"),
            *("argument_characters", "stacked_marks", "file_bytes", "pixels", "frames", "dearest"),
        )
        faults = positive_faults((one, getattr(self, one)) for one in fields)
        for name, share in (("unseen", self.unseen), ("private", self.private), ("compressed", self.compressed)):
            if not (math.isfinite(share) and 0 <= share <= 1):
                faults[name] = "must be a share from 0 to 1"
        if self.remote == "listed" and not self.hosts:
            faults["hosts"] = "only listed hosts are taken, and none is listed"
        return faults


_KINDS: dict[str, BlockKind] = {"file_size": "size", "pixels": "size", "frames": "size"}


def _block(rule: str, why: str, *, kind: BlockKind = "size", score: float = 1.0) -> Block:
    return Block(why=why, kind=kind, findings=(Finding(rule=rule, why=why, score=score),))
