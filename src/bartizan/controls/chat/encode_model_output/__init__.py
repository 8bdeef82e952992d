"""Encode model output: an answer is made safe for the place where the application puts it, which the policy declares.

Each sink guarantees something, tested with that place's own parser; see the modules. Arguments of calls are encoded
for the tools that are named.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import msgspec

from bartizan.controls.chat.bench import Bench
from bartizan.controls.chat.encode_model_output.hosts import fault
from bartizan.controls.chat.encode_model_output.policy import Addresses
from bartizan.controls.chat.encode_model_output.sinks import Sink, encoded, rewriter
from bartizan.controls.chat.exchange import Exchange, Part, Segment
from bartizan.controls.chat.guard import ChatGuard, StreamGuard
from bartizan.controls.chat.verdict import ALLOW, Block, Finding, Replace, Verdict
from bartizan.core.terms import ControlId

NAME = "encode_model_output"


class EncodeModelOutput(ChatGuard, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Encodes answers, and arguments of calls, for where they go."""

    id: ClassVar[ControlId] = ControlId(NAME)
    title: ClassVar[str] = "Encode model output"
    source: ClassVar[str] = "AI Exchange, ENCODE MODEL OUTPUT; OWASP LLM05:2025"
    sees: ClassVar[frozenset[Part]] = frozenset({"call"})
    reads_answers: ClassVar[bool] = True

    sink: Sink = "plain"
    """Where answers go."""
    addresses: Addresses = Addresses()
    """For markdown and html_fragment: where links and images may go."""
    calls: dict[str, dict[str, Sink]] = msgspec.field(default_factory=dict)
    """Tool -> argument -> where the tool puts it: {run_query: {name: sql_parameter}}."""

    async def check(self, exchange: Exchange, segment: Segment, bench: Bench) -> Verdict:
        """Encode the arguments that are declared. Arguments that cannot be read may not leave."""
        declared = self.calls.get(segment.name)
        if declared is None:
            return ALLOW
        try:
            arguments = msgspec.json.decode(segment.text)
        except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
            arguments = None
        if not isinstance(arguments, dict):
            return Block(why="the arguments of a tool call are no JSON object", kind="malformed")
        changed = {
            key: self._walked(value, declared[key]) if key in declared else value for key, value in arguments.items()
        }
        if changed == arguments:
            return ALLOW
        findings = (Finding(rule="encoded", why="arguments were encoded for where the tool puts them"),)
        return Replace(text=msgspec.json.encode(changed).decode(), value=segment.value, findings=findings)

    def _walked(self, value: Any, sink: Sink) -> Any:
        if isinstance(value, str):
            return encoded(value, sink, self.addresses)
        if isinstance(value, list):
            return [self._walked(one, sink) for one in value]
        if isinstance(value, dict):
            return {encoded(key, sink, self.addresses): self._walked(one, sink) for key, one in value.items()}
        return value

    def stream(self, exchange: Exchange, segment: Segment, bench: Bench) -> StreamGuard | None:
        """Encode every channel."""
        exchange.notes[NAME] = self
        return rewriter(self.sink, self.addresses)

    def inside(self, text: str) -> str:
        """A piece that another guard puts into an answer, safe in this sink."""
        return encoded(text, self.sink, self.addresses, inside=True)

    def faults(self) -> Mapping[str, str]:
        """Hosts that are none."""
        found = {}
        for one in (*self.addresses.links, *self.addresses.images):
            if wrong := fault(one):
                found["addresses"] = wrong
        if set(self.addresses.schemes) & {"javascript", "data", "vbscript", "file", "blob"}:
            found["addresses"] = "such a scheme runs script or reads files"
        return found
