"""What least privilege knows of a turn: whose words are in it, which data, which tools, what the session saw before."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from bartizan.controls.chat.bench import Bench
from bartizan.controls.chat.exchange import STORED, Exchange, Segment
from bartizan.controls.chat.fences import Fence, fenced
from bartizan.controls.chat.input_segregation import UNTRUSTED
from bartizan.controls.chat.state import key
from bartizan.controls.chat.tool_rules import ToolRule, rule_for
from bartizan.controls.chat.tool_rules_destinations import Words
from bartizan.core.chat import ToolOffer

SUSPECTED = "injection_suspected"
_MOST = 128
"""Entries that are kept of a session. The flags of older ones are carried along."""


@dataclass(kw_only=True)
class Turn:
    """One exchange, as far as tools matter."""

    words: Words
    """What the application and the user said, and whose results count as theirs."""
    foreign: Words
    """What anybody said."""
    is_untrusted: bool
    sources: tuple[str, ...]
    """Where untrusted content came from, as far as that is known."""
    labels: frozenset[str]
    """Data labels of all that is in it."""
    offers: dict[str, ToolOffer] = field(default_factory=dict)
    """What the model may call."""
    kept: frozenset[str] = frozenset()
    """What the session's list held when it was last read."""


def turn_of(exchange: Exchange, rules: tuple[ToolRule, ...], fences: tuple[Fence, ...]) -> Turn:
    """The turn as its segments tell it."""
    own: list[str] = []
    foreign: list[str] = []
    sources: dict[str, None] = {}
    labels: set[str] = set()
    for one in exchange.segments:
        if one.part not in {"prompt", "attachment"}:
            continue
        labels |= one.labels
        rule = rule_for(rules, one.name, exchange.supplier) if one.role == "tool" and one.name else None
        if rule is not None:
            labels.update(rule.gives)
        trust = rule.answers if rule is not None else one.trust
        if trust == "untrusted":
            if one.text.strip() or one.part == "attachment" or one.source.startswith(STORED):
                foreign.append(one.text)
                sources[one.source or one.name or one.role] = None
        elif one.role != "assistant":
            inside, outside = _parted(one.text, fences)
            own.append(outside)
            if inside.strip():
                foreign.append(inside)
                sources["a fenced part of the prompt"] = None
    return Turn(
        words=Words(own),
        foreign=Words(foreign),
        is_untrusted=bool(foreign),
        sources=tuple(list(sources)[:20]),
        labels=frozenset(labels),
    )


def _parted(text: str, fences: tuple[Fence, ...]) -> tuple[str, str]:
    """(what stands in fences, what stands outside)."""
    inside, outside, at = [], [], 0
    for start, end in fenced(text, fences):
        inside.append(text[start:end])
        outside.append(text[at:start])
        at = end
    return "\n".join(inside), "\n".join([*outside, text[at:]])


def stranded(segments: Iterable[Segment]) -> Iterator[Segment]:
    """Tools' results that answer no call of the request."""
    made: set[str] = set()
    for one in segments:
        if one.part != "prompt":
            continue
        if one.role == "assistant" and one.call:
            made.add(one.call)
        elif one.role == "tool" and one.call not in made:
            yield one


def past_calls(segments: Iterable[Segment]) -> list[Segment]:
    """Calls that the request says the model made before."""
    return [one for one in segments if one.part == "prompt" and one.role == "assistant" and one.name and one.call]


def mark_of_call(call: Segment) -> str:
    """How a session remembers a call."""
    digest = hashlib.blake2b(f"{call.call}\0{call.name}".encode("utf-8", "surrogatepass"), digest_size=9)
    return "c:" + digest.hexdigest()


class SessionMemory:
    """What a session has seen, in the state that workers share: appended to, never taken back before its end."""

    def __init__(self, exchange: Exchange, bench: Bench, seconds: float) -> None:
        who = exchange.caller
        self._key = key("least_model_privilege", "session", who.tenant, who.id, who.task, exchange.session)
        self._bench = bench
        self._seconds = seconds

    async def add(self, marks: Iterable[str]) -> frozenset[str]:
        """Append marks; returns all that are kept. Raises StateLost."""
        kept = await self._push("\n".join(marks))
        flags = frozenset(mark for text in kept for mark in text.split("\n") if mark)
        if len(kept) > _MOST // 2 and len(kept) % 32 == 0:
            await self._push("\n".join(sorted(one for one in flags if not one.startswith("c:"))))
        return flags if len(kept) < _MOST else flags | {"full"}

    async def _push(self, text: str) -> list[str]:
        bench = self._bench
        return await bench.state.push(self._key, text, most=_MOST, within=self._seconds, now=bench.clock())


def marks_of(turn: Turn, exchange: Exchange) -> list[str]:
    """What a session is to remember of a turn."""
    marks = ["u"] if turn.is_untrusted or exchange.labels & {UNTRUSTED, SUSPECTED} else []
    return marks + [f"l:{one}" for one in sorted(turn.labels) if "\n" not in one][:32]
