"""The guard that looks at a caller's inputs together.

It keeps sketches, never texts, and only the newest of each caller. Near-duplicates, systematic variation and questions
about training data are what extraction and inversion look like (Carlini et al. 2021, arXiv:2012.07805, section 5);
refused tries in a row are probing; a conversation that leans further each turn is crescendo (Russinovich et al. 2024,
arXiv:2404.01833, section 3), of which the words of the turns show only the plainest kind.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, Literal

import msgspec

from bartizan.controls.chat.anomalous_input_handling import is_step, newest_of
from bartizan.controls.chat.bench import Bench
from bartizan.controls.chat.exchange import Exchange, Part, Segment
from bartizan.controls.chat.guard import ChatGuard
from bartizan.controls.chat.model_access_control.peers import counted_as
from bartizan.controls.chat.rates import positive_faults
from bartizan.controls.chat.state import key
from bartizan.controls.chat.unwanted_input_series_handling.sketch import Sketch, likeness, sketch_of
from bartizan.controls.chat.unwanted_input_series_handling.wording import (
    asks_for_training_data,
    is_rising,
    topic_score,
)
from bartizan.controls.chat.verdict import ALLOW, Allow, Block, Finding, Question, Verdict
from bartizan.core.terms import ControlId

LABEL = "suspicious_series"
_COUNTS_AS_REFUSED = frozenset({"content", "permission", "approval", "malformed"})
_decode = msgspec.json.Decoder(Sketch).decode
_MEMBERSHIP = "training_data"


class UnwantedInputSeriesHandling(ChatGuard, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Labels, holds off or asks about callers whose inputs together look like an attack."""

    id: ClassVar[ControlId] = ControlId("unwanted_input_series_handling")
    title: ClassVar[str] = "Unwanted input series handling"
    source: ClassVar[str] = "Broder 1997, section 4; Juuti et al. 2019, PRADA (arXiv:1805.02628), section 5"
    sees: ClassVar[frozenset[Part]] = frozenset({"request"})

    otherwise: Literal["label", "block", "ask"] = "label"
    held_for: float = 600.0
    """Seconds for which a caller is refused after a finding, where it is set to block."""
    window: float = 3_600.0
    """Seconds over which inputs are looked at together."""
    kept: int = 48
    """The newest inputs of a caller that are kept."""
    alike: float = 0.5
    """The share of shingles in common from which two texts are near-duplicates."""
    near_duplicates: int = 16
    """Different texts that are near-duplicates of the newest. 0 switches a rule off, here and below."""
    repeats: int = 30
    """The same text."""
    variations: int = 12
    """Different texts of one form: only numbers, names or quotations change."""
    training_data: int = 6
    """Questions about training data, or for the continuation of a text."""
    refusals: int = 8
    """Exchanges that guards refused for what they said."""
    crescendo_turns: int = 4
    crescendo_rise: float = 5.0
    """Leaning of the newest turn above that of the first of so many; see `wording.topic_score`."""
    actors: int = 0
    """Different callers of one tenant who send texts of one form. Off by default: an application with many users and
    one template looks the same."""

    async def check(self, exchange: Exchange, segment: Segment, bench: Bench) -> Verdict:
        """Look at the newest input with those before it."""
        now = bench.clock()
        actor = _actor(exchange)
        if self.otherwise == "block" and await bench.state.get(key(self.id, "held", *actor), now=now) is not None:
            return self._blocked((Finding(rule="held", why="held off after an earlier finding"),), self.held_for)
        text = newest_of(exchange)
        findings = list(await self._refusals(actor, bench, now))
        if text:
            newest, earlier = await self._sketched(text, is_step(exchange), actor, bench, now)
            findings += self._series(newest, earlier)
            findings += self._crescendo(exchange, newest, earlier)
            findings += await self._actors(newest, exchange, actor, bench, now)
        if not findings:
            return ALLOW
        return await self._decided(tuple(findings), exchange, actor, bench, now)

    async def _sketched(
        self, text: str, step: bool, actor: tuple[str, ...], bench: Bench, now: float
    ) -> tuple[Sketch, list[Sketch]]:
        """The newest sketch and those before it; the newest is kept."""
        newest = sketch_of(text, bench.key(self.id)[:16], now)
        rule = _MEMBERSHIP if asks_for_training_data(text) else ""
        newest = msgspec.structs.replace(newest, rule=rule, topic=topic_score(text), step=step)
        said = msgspec.json.encode(newest).decode()
        name = key(self.id, "inputs", *actor)
        kept = await bench.state.push(name, said, most=self.kept, within=self.window, now=now)
        earlier = [_decode(one) for one in kept[:-1]]
        return newest, [one for one in earlier if now - one.at <= self.window]

    def _series(self, newest: Sketch, earlier: list[Sketch]) -> list[Finding]:
        others = {one.whole: one for one in earlier if one.whole != newest.whole}
        rules: tuple[tuple[str, int, Callable[[], int], str], ...] = (
            (
                "repeats",
                0 if newest.step else self.repeats,
                lambda: 1 + sum(one.whole == newest.whole and not one.step for one in earlier),
                "the same input",
            ),
            (
                "systematic_variation",
                self.variations,
                lambda: 1 + sum(one.form == newest.form for one in others.values()),
                "inputs of one form with other values",
            ),
            (
                "near_duplicates",
                self.near_duplicates,
                lambda: 1 + sum(likeness(one.lowest, newest.lowest) >= self.alike for one in others.values()),
                "inputs that are nearly the same",
            ),
            (
                _MEMBERSHIP,
                self.training_data if newest.rule == _MEMBERSHIP else 0,
                lambda: 1 + sum(one.rule == _MEMBERSHIP for one in others.values()),
                "questions about training data",
            ),
        )
        found = []
        for rule, most, count, what in rules:
            if most and len(earlier) + 1 >= most and (seen := count()) >= most:
                found.append(Finding(rule=rule, why=f"{seen} times {what}", score=min(1.0, seen / (2 * most))))
        return found

    def _crescendo(self, exchange: Exchange, newest: Sketch, earlier: list[Sketch]) -> list[Finding]:
        """From the conversation that the request brings along; from what was kept where it brings none."""
        if not self.crescendo_turns or newest.topic < self.crescendo_rise:
            return []
        said = [one.text for one in exchange.segments if one.part == "prompt" and one.role == "user"]
        scores = [topic_score(one) for one in said[-self.crescendo_turns :]]
        if len(said) < self.crescendo_turns and exchange.session:
            scores = [*(one.topic for one in earlier), newest.topic]
        if not is_rising(scores, turns=self.crescendo_turns, rise=self.crescendo_rise):
            return []
        why = f"{self.crescendo_turns} turns lean more and more towards harmful subjects"
        return [Finding(rule="crescendo", why=why, score=0.5)]

    async def _refusals(self, actor: tuple[str, ...], bench: Bench, now: float) -> list[Finding]:
        if not self.refusals:
            return []
        name = key(self.id, "refused", *actor)
        seen = await bench.state.count(name, 0.0, window=self.window, limit=None, now=now)
        if seen < self.refusals:
            return []
        return [Finding(rule="probing", why=f"about {seen:.0f} inputs were refused", score=0.7)]

    async def _actors(
        self, newest: Sketch, exchange: Exchange, actor: tuple[str, ...], bench: Bench, now: float
    ) -> list[Finding]:
        if not self.actors:
            return []
        name = key(self.id, "form", exchange.caller.tenant, str(newest.form))
        who = key("", *actor)
        kept = await bench.state.push(name, who, most=4 * self.actors, within=self.window, now=now)
        if len(set(kept)) < self.actors:
            return []
        return [Finding(rule="distributed", why=f"{len(set(kept))} callers send inputs of one form", score=0.6)]

    async def _decided(
        self, findings: tuple[Finding, ...], exchange: Exchange, actor: tuple[str, ...], bench: Bench, now: float
    ) -> Verdict:
        if self.otherwise == "label":
            return Allow(findings=findings, labels=frozenset({LABEL}))
        if self.otherwise == "block":
            await bench.state.put(key(self.id, "held", *actor), "1", within=self.held_for, now=now)
            return self._blocked(findings, self.held_for)
        details = {"caller": exchange.caller.id or exchange.peer, "found": "; ".join(one.why for one in findings)}
        question = Question(title="Go on with a series of inputs that looks like an attack?", details=details)
        return Block(why=_WHY, kind="content", findings=findings, labels=frozenset({LABEL}), question=question)

    def _blocked(self, findings: tuple[Finding, ...], seconds: float) -> Block:
        return Block(why=_WHY, kind="rate", findings=findings, retry_after=seconds)

    async def settle(self, exchange: Exchange, bench: Bench) -> None:
        """Count an exchange that guards refused for what it said."""
        if self.refusals and exchange.refused in _COUNTS_AS_REFUSED:
            name = key(self.id, "refused", *_actor(exchange))
            await bench.state.count(name, 1.0, window=self.window, limit=None, now=bench.clock())

    def faults(self) -> dict[str, str]:
        """Rules may be off; windows may not, and what is kept must be enough for the rules."""
        fields = (("held_for", self.held_for), ("window", self.window), ("kept", self.kept))
        faults = positive_faults(fields)
        most = max(self.near_duplicates, self.repeats, self.variations, self.training_data)
        if not 0 < self.alike <= 1:
            faults["alike"] = "must be above 0 and at most 1"
        if not faults and self.kept < most:
            faults["kept"] = f"fewer inputs are kept than a rule needs, which is {most}"
        if not faults and self.kept > 256:
            faults["kept"] = "must be at most 256: all of them are compared with each input"
        return faults


_WHY = "too many inputs in a row look like an attack"


def _actor(exchange: Exchange) -> tuple[str, ...]:
    caller = exchange.caller
    return ("caller", caller.tenant, caller.id) if caller.id else ("peer", counted_as(exchange.peer))
