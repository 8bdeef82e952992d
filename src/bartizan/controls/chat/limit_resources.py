"""Limit resources per request: how much goes in, how much comes out, how long it takes, how often a tool is called.

It needs to recognise no attack, only its cost. Sizes are this guard's own estimates; what was asked for at most may be
lowered in the body. Loops are calls with the same arguments again and again, or a few calls in turn.
"""

from __future__ import annotations

import time
from typing import Any, ClassVar, Literal

from bartizan.controls.chat.bench import Bench
from bartizan.controls.chat.exchange import Exchange, Part, Segment, Step
from bartizan.controls.chat.guard import ChatGuard, Progress, StreamGuard
from bartizan.controls.chat.limit_resources_loops import Called, calls_in, is_cycle, most_repeated
from bartizan.controls.chat.rates import positive_faults, rate_faults, rate_of
from bartizan.controls.chat.rates_estimate import input_tokens
from bartizan.controls.chat.state import key
from bartizan.controls.chat.verdict import ALLOW, Block, Finding, Replace, Verdict
from bartizan.core.terms import ControlId

_OUTPUT: tuple[tuple[Step, ...], ...] = (
    ("max_completion_tokens",),
    ("max_tokens",),
    ("max_output_tokens",),
    ("max_tokens_to_sample",),
    ("max_new_tokens",),
    ("max_length",),
    ("n_predict",),
    ("num_predict",),
    ("min_tokens",),
    ("options", "num_predict"),
)
_CHOICES = ("n", "best_of", "candidate_count", "num_return_sequences")
_LOOKED_AT = 64
"""The newest calls that are searched for a loop."""


class LimitResources(ChatGuard, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Refuses, cuts or ends what would take more than its share."""

    id: ClassVar[ControlId] = ControlId("limit_resources")
    title: ClassVar[str] = "Limit resources per request"
    sees: ClassVar[frozenset[Part]] = frozenset({"request", "call"})
    reads_answers: ClassVar[bool] = True

    input_characters: int = 400_000
    input_tokens: int = 100_000
    """By an estimate that needs no tokeniser."""
    output_tokens: int | None = 16_384
    """That may be asked for at most."""
    asked_for_more: Literal["block", "cap"] = "block"
    """``cap``: the limit in the request is lowered."""
    needs_output_limit: bool = False
    """Whether a request must limit its output itself."""
    output_characters: int = 400_000
    """In all channels of an answer together; one that goes on is cut off."""
    seconds_at_most: float = 600.0
    """From the request to the end of its answer; looked at whenever a piece of the answer comes."""
    choices: int = 4
    calls_in_answer: int = 32
    calls_in_turn: int = 64
    """Calls of tools since the person's newest message."""
    calls_in_session: int = 512
    """Calls of tools that the request's history holds."""
    same_call: int = 5
    """The same tool with the same arguments, in a turn: so often, and the next is a loop."""
    cycles: int = 4
    """How often two to eight calls may follow one another in the same order, in a turn."""
    steps: str = ""
    """Requests of one session that go on after a tool's result, counted by the gateway: 200/hour."""

    async def check(self, exchange: Exchange, segment: Segment, bench: Bench) -> Verdict:
        """The request as a whole, and each call that the model asks for."""
        if segment.part == "call":
            return self._call(exchange, segment)
        exchange.notes[self.name] = {"until": time.monotonic() + self.seconds_at_most, "characters": 0, "calls": 0}
        if found := self._too_large(exchange) or self._choices(exchange.body):
            return found
        if found := self._history(exchange):
            return found
        if self.steps and (refused := await self._step(exchange, bench)):
            return refused
        return self._output(exchange)

    def _too_large(self, exchange: Exchange) -> Block | None:
        size = sum(len(one.text) for one in exchange.segments)
        if size > self.input_characters:
            return _block("input_characters", f"the request has more than {self.input_characters} characters")
        # A token has at least one byte, and most texts of a few characters cannot have too many.
        if size + 4096 > self.input_tokens and input_tokens(exchange) > self.input_tokens:
            return _block("input_tokens", f"the request has more than about {self.input_tokens} tokens")
        return None

    def _choices(self, body: Any) -> Block | None:
        if not isinstance(body, dict):
            return None
        for name in _CHOICES:
            given = body.get(name)
            if given is None:
                continue
            if type(given) is not int:
                return _block("choices", f"'{name}' must be a whole number", malformed=True)
            if given > self.choices:
                return _block("choices", f"'{name}' asks for more than {self.choices} answers")
        return None

    def _output(self, exchange: Exchange) -> Verdict:
        """The limit of output that is asked for. Several fields may hold one; each must be small enough."""
        if self.output_tokens is None:
            return ALLOW
        found = _limits_in(exchange.body)
        if any(type(value) not in {int, float} for _, value in found):
            return _block("output_tokens", "the limit of output must be a number", malformed=True)
        # Some servers take a negative number for no limit.
        over = [place for place, value in found if not 0 <= value <= self.output_tokens]
        if not found:
            asked = exchange.output_limit
            if asked is not None and asked > self.output_tokens:
                return _block("output_tokens", f"at most {self.output_tokens} tokens of output may be asked for")
            missing = self.needs_output_limit and any(one.part == "prompt" for one in exchange.segments)
            return _block("no_output_limit", "the request must limit its output") if missing else ALLOW
        if not over:
            return ALLOW
        why = f"at most {self.output_tokens} tokens of output may be asked for"
        if self.asked_for_more == "block":
            return _block("output_tokens", why)
        edits = tuple((place, self.output_tokens) for place in over)
        return Replace(value=edits, findings=(Finding(rule="output_capped", why=why),))

    def _history(self, exchange: Exchange) -> Block | None:
        """The calls that the history holds."""
        calls = calls_in(exchange.segments)
        if not calls:
            return None
        if len(calls) > self.calls_in_session:
            return _block("calls_in_session", f"more than {self.calls_in_session} calls in this session", loop=True)
        return self._loop([one for one, past in calls if not past])

    def _loop(self, turn: list[Called]) -> Block | None:
        if len(turn) > self.calls_in_turn:
            return _block("calls_in_turn", f"more than {self.calls_in_turn} calls for one message", loop=True)
        newest = turn[-_LOOKED_AT:]
        if most_repeated(newest) > self.same_call:
            return _block("same_call", "the same call of a tool is repeated again and again", loop=True)
        if is_cycle(newest, self.cycles):
            return _block("cycle", "the same calls of tools follow one another again and again", loop=True)
        return None

    def _call(self, exchange: Exchange, call: Segment) -> Verdict:
        noted = exchange.notes.setdefault(self.name, {})
        noted["calls"] = noted.get("calls", 0) + 1
        if noted["calls"] > self.calls_in_answer:
            return _block("calls_in_answer", f"more than {self.calls_in_answer} calls in one answer", loop=True)
        before = [one for one, past in calls_in(exchange.segments) if not past]
        now = [Called.of(one) for one in exchange.answer if one.part == "call"]
        return self._loop([*before, *now, Called.of(call)]) or ALLOW

    async def _step(self, exchange: Exchange, bench: Bench) -> Block | None:
        """Count a step of an agent: a request whose newest message is a tool's result."""
        prompts = [one for one in exchange.segments if one.part == "prompt"]
        if not exchange.session or not prompts or prompts[-1].role != "tool":
            return None
        rate = rate_of(self.steps)
        caller = exchange.caller
        name = key(self.id, "steps", caller.tenant, caller.id, exchange.session)
        now = bench.clock()
        done = await bench.state.count(name, 1.0, window=rate.seconds, limit=rate.amount, now=now)
        return _block("steps", "too many steps in this session", loop=True) if done > rate.amount else None

    def stream(self, exchange: Exchange, segment: Segment, bench: Bench) -> StreamGuard | None:
        """Counts what comes out."""
        until = time.monotonic() + self.seconds_at_most
        noted = exchange.notes.setdefault(self.name, {"until": until, "characters": 0})
        return _Meter(noted, self.output_characters)

    def faults(self) -> dict[str, str]:
        """Limits must be above 0."""
        sizes = ("input_characters", "input_tokens", "output_tokens", "output_characters", "seconds_at_most")
        counts = ("choices", "calls_in_answer", "calls_in_turn", "calls_in_session", "same_call", "cycles")
        return positive_faults((one, getattr(self, one)) for one in (*sizes, *counts)) | rate_faults(
            {"steps": self.steps}
        )


class _Meter(StreamGuard):
    """Ends an answer that is too long or takes too long. All channels of an answer share what was noted."""

    def __init__(self, noted: dict[str, Any], most: int) -> None:
        self._noted = noted
        self._most = most
        self._end = 0

    def feed(self, text: str) -> Progress:
        """See `StreamGuard.feed`."""
        cleared, self._end = self._end, self._end + len(text)
        noted = self._noted
        noted["characters"] = noted.get("characters", 0) + len(text)
        if noted["characters"] > self._most:
            return _stopped(cleared, "output_characters", "the answer is longer than it may be")
        if time.monotonic() > noted.get("until", float("inf")):
            return _stopped(cleared, "seconds_at_most", "the answer takes longer than it may")
        return Progress(cleared=self._end)

    def flush(self) -> Progress:
        """See `StreamGuard.flush`."""
        return Progress(cleared=self._end)


def _stopped(cleared: int, rule: str, why: str) -> Progress:
    return Progress(cleared=cleared, block=_block(rule, why))


def _limits_in(body: Any) -> list[tuple[tuple[Step, ...], Any]]:
    """(place, value) of each limit of output that a body holds."""
    if not isinstance(body, dict):
        return []
    found: list[tuple[tuple[Step, ...], Any]] = []
    for place in _OUTPUT:
        inner: Any = body
        for step in place:
            inner = inner.get(step) if isinstance(inner, dict) else None
        if inner is not None:
            found.append((place, inner))
    return found


def _block(rule: str, why: str, *, malformed: bool = False, loop: bool = False) -> Block:
    # A loop is answered as forbidden: clients that try again by themselves after 429 would go on with it.
    kind: Literal["malformed", "permission", "size"] = "malformed" if malformed else "permission" if loop else "size"
    return Block(why=why, kind=kind, findings=(Finding(rule=rule, why=why),))
