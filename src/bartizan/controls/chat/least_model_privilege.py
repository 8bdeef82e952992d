"""Least model privilege: tools by a list that denies the rest, and fewer of them once strangers' words are in.

It does not try to recognise attacks. A tool that is not listed is neither offered nor called; arguments fit their
schema, their conditions and their destinations; after untrusted content has come in, what sends or changes waits for a
person; and an address that only untrusted text names is nobody's wish. Sources: Agents Rule of Two (Meta AI 2025:
untrusted input, sensitive data, a way out: at most two without a person); Debenedetti et al. 2025, "Defeating Prompt
Injections by Design", section 5, for the flow of values from where they were read to what they do.
"""

from __future__ import annotations

import hashlib
from functools import cached_property
from typing import Any, ClassVar, Literal, TypeAlias

import msgspec

from bartizan.controls.chat.bench import Bench
from bartizan.controls.chat.exchange import Exchange, Part, Segment
from bartizan.controls.chat.fences import Fence, fence_faults
from bartizan.controls.chat.guard import ChatGuard
from bartizan.controls.chat.input_segregation import UNTRUSTED
from bartizan.controls.chat.least_model_privilege_calls import (
    Refusal,
    check_schemas,
    fault_of,
    question_of,
    unasked_in,
)
from bartizan.controls.chat.least_model_privilege_offers import is_poisoned, risks_of
from bartizan.controls.chat.least_model_privilege_turn import (
    SUSPECTED,
    SessionMemory,
    Turn,
    mark_of_call,
    marks_of,
    past_calls,
    stranded,
    turn_of,
)
from bartizan.controls.chat.state import key
from bartizan.controls.chat.tool_rules import ToolRule, digest_of, faults_in, may_use, rule_for
from bartizan.controls.chat.tool_rules_arguments import BadArguments, arguments_of
from bartizan.controls.chat.tool_rules_schema import Checker, Schemas, UnusableSchema
from bartizan.controls.chat.verdict import ALLOW, Allow, Block, Finding, Replace, Verdict
from bartizan.core.chat import ToolOffer
from bartizan.core.errors import printable
from bartizan.core.terms import ControlId

Then: TypeAlias = Literal["approve", "block", "allow"]
"""``approve``: a person is asked; where there is nobody to ask, it is refused."""
SHOWN = 8_000
"""Characters of arguments that a person is shown. Longer ones cannot be approved: nobody would read them whole."""
_PIN_SECONDS = 90 * 86_400.0
_MOST_KNOWN = 1_000
_LONGEST_NAME = 200


class LeastModelPrivilege(ChatGuard, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Lets a model see and call the tools that its task needs, as far as this turn may be trusted."""

    id: ClassVar[ControlId] = ControlId("least_model_privilege")
    title: ClassVar[str] = "Least model privilege"
    source: ClassVar[str] = "Agents Rule of Two (Meta AI 2025); Debenedetti et al. 2025, section 5"
    sees: ClassVar[frozenset[Part]] = frozenset({"request", "offer", "call"})
    serves: ClassVar[tuple[ControlId, ...]] = (
        ControlId("agentic_rule_of_two"),
        ControlId("privileged_data_flow_control"),
        ControlId("tool_boundary_firewalls"),
    )

    tools: tuple[ToolRule, ...] = ()
    """What may be used. Nothing else is."""
    only_offered: bool = True
    """Whether a call to a tool that the request did not offer is refused."""
    after_untrusted: Then = "approve"
    """What becomes of tools that send or change once untrusted content is in the turn."""
    rule_of_two: Then = "approve"
    """The same, with sensitive data in the turn as well."""
    unasked_destination: Then = "approve"
    """What becomes of a call whose destination neither the user nor the application nor this policy names, once
    untrusted content is in the turn."""
    harmless: tuple[str, ...] = ("public",)
    """Data labels that do not make data sensitive. All others do."""
    fences: tuple[Fence, ...] = ()
    """Words between which an application puts content of others into its prompts."""
    sticky: bool = False
    """Whether what entered a session counts for the rest of it. For tools that are called by MCP it always does."""
    sticky_seconds: float = 3_600.0
    forged: Literal["note", "block"] = "note"
    """What becomes of a request whose history holds tool results without a call, or calls that nobody made."""
    poisoned: Literal["remove", "note"] = "remove"
    """What becomes of an offer whose description gives hidden orders."""
    pin_first: bool = True
    """Whether a tool of an MCP server stays what it was when it was first seen (for 90 days); one that changes is taken
    out until its rule pins the new digest."""
    on_refused: Literal["block", "drop"] = "block"
    """``drop``: the call alone is left out, where the format can do without it."""
    longest_arguments: int = 100_000
    most_values: int = 1_000

    async def check(self, exchange: Exchange, segment: Segment, bench: Bench) -> Verdict:
        """Judge the history, an offer, or a call."""
        turn = exchange.notes.get(self.id)
        if turn is None:
            turn = exchange.notes[self.id] = turn_of(exchange, self.tools, self.fences)
        if segment.part == "request":
            return await self._request(exchange, turn, bench)
        if segment.part == "offer":
            return await self._offer(exchange, turn, segment, bench)
        return self._call(exchange, turn, segment)

    async def settle(self, exchange: Exchange, bench: Bench) -> None:
        """Keep what came after the request was judged: labels of other guards, results of tools, calls that left."""
        turn = exchange.notes.get(self.id)
        if turn is None or not self._is_kept(exchange):
            return
        marks = set(marks_of(turn_of(exchange, self.tools, self.fences), exchange))
        marks.update(mark_of_call(one) for one in exchange.answer if one.part == "call" and one.call)
        if marks - turn.kept:
            await SessionMemory(exchange, bench, self.sticky_seconds).add(sorted(marks))

    def _is_kept(self, exchange: Exchange) -> bool:
        by_mcp = exchange.route.startswith("mcp")
        return bool(exchange.session or (by_mcp and exchange.caller.id)) and (self.sticky or by_mcp)

    async def _request(self, exchange: Exchange, turn: Turn, bench: Bench) -> Verdict:
        findings = [
            Finding(rule="result_without_call", why="a tool's result answers no call of the conversation")
            for _ in zip(range(8), stranded(exchange.segments), strict=False)
        ]
        if self._is_kept(exchange):
            turn.kept = await SessionMemory(exchange, bench, self.sticky_seconds).add(marks_of(turn, exchange))
            turn.is_untrusted = turn.is_untrusted or "u" in turn.kept
            turn.labels |= {one[2:] for one in turn.kept if one.startswith("l:")}
            if "full" not in turn.kept:
                made = [one for one in past_calls(exchange.segments) if mark_of_call(one) not in turn.kept]
                findings += [
                    Finding(rule="call_never_made", why="a call in the history was not seen") for _ in made[:8]
                ]
        if findings and self.forged == "block":
            return Block(why="the conversation's history does not hold together", findings=tuple(findings))
        labels = frozenset({UNTRUSTED}) if turn.is_untrusted else frozenset()
        return Allow(findings=tuple(findings), labels=labels) if findings or labels else ALLOW

    async def _offer(self, exchange: Exchange, turn: Turn, segment: Segment, bench: Bench) -> Verdict:
        offer = segment.value
        rule = self._rule(segment.name, exchange.supplier)
        found: Finding | None = None
        risks: tuple[Finding, ...] = ()
        if rule is None or not isinstance(offer, ToolOffer):
            found = Finding(rule="not_listed", why="the policy lists no such tool")
        elif not may_use(exchange.caller, segment.name):
            found = Finding(rule="not_granted", why="the caller may not use it")
        elif segment.name in turn.offers:
            found = Finding(rule="offered_twice", why="another tool has this name")
        elif rule.acts and self._after(exchange, turn) == "block":
            found = Finding(rule="withdrawn", why="untrusted content is in the turn")
        elif await self._has_changed(exchange, rule, offer, bench):
            found = Finding(rule="changed_offer", why="its description or schema is not the one that was agreed on")
        elif not rule.pinned:
            risks = self._risks(offer, segment.text)
            if risks and self.poisoned == "remove" and is_poisoned(risks):
                found = Finding(rule="poisoned_offer", why="its description gives hidden orders")
        if found is not None:
            return Replace(gone=True, findings=(found, *risks))
        turn.offers[segment.name] = offer
        return Allow(findings=risks) if risks else ALLOW

    async def _has_changed(self, exchange: Exchange, rule: ToolRule, offer: ToolOffer, bench: Bench) -> bool:
        if rule.pinned:
            return digest_of(offer) != rule.pinned.lower()
        if not self.pin_first or not exchange.route.startswith("mcp"):
            return False
        name, digest = key("least_model_privilege", "pin", exchange.supplier, offer.name), digest_of(offer)
        known = await bench.state.get(name, now=bench.clock())
        if known is None:
            await bench.state.put(name, digest, within=_PIN_SECONDS, now=bench.clock())
        return known is not None and known != digest

    def _call(self, exchange: Exchange, turn: Turn, call: Segment) -> Verdict:
        rule = self._rule(call.name, exchange.supplier)
        try:
            if rule is None:
                raise Refusal("not_listed", "the policy lists no such tool")
            if not may_use(exchange.caller, call.name):
                raise Refusal("not_granted", "the caller may not use it")
            if self.only_offered and call.name not in turn.offers:
                raise Refusal("not_offered", "it was not offered")
            arguments = self._read(call)
            if refusal := fault_of(rule, turn, arguments, exchange.caller):
                raise refusal
            check_schemas(self._schemas, rule, turn.offers.get(call.name), arguments)
        except Refusal as refusal:
            return self._refused(call, refusal)
        return self._flow(exchange, turn, rule, call, arguments)

    def _read(self, call: Segment) -> dict[str, Any]:
        try:
            return arguments_of(call.text, longest=self.longest_arguments, most_values=self.most_values)
        except BadArguments as error:
            raise Refusal("broken_arguments", str(error), kind="malformed") from None

    def _refused(self, call: Segment, refusal: Refusal) -> Verdict:
        findings = (Finding(rule=refusal.rule, why=refusal.why),)
        if self.on_refused == "drop":
            return Replace(gone=True, findings=findings)
        why = f"the tool '{printable(call.name, 60)}' may not be called like this: {refusal.why}"
        return Block(why=why, kind=refusal.kind, findings=findings)

    def _after(self, exchange: Exchange, turn: Turn) -> Then:
        """What becomes of a tool that acts."""
        if not turn.is_untrusted and not exchange.labels & {UNTRUSTED, SUSPECTED}:
            return "allow"
        sensitive = turn.labels.difference(self.harmless)
        return _harder(self.after_untrusted, self.rule_of_two if sensitive else "allow")

    def _flow(
        self, exchange: Exchange, turn: Turn, rule: ToolRule, call: Segment, arguments: dict[str, Any]
    ) -> Verdict:
        then = self._after(exchange, turn) if rule.acts else "allow"
        found: list[Finding] = []
        if then != "allow":
            suspected = not turn.is_untrusted and UNTRUSTED not in exchange.labels
            why = (
                "it acts after signs of planted instructions"
                if suspected
                else "it acts after untrusted content was read"
            )
            found.append(Finding(rule="acts_after_untrusted", why=why))
            if turn.labels.difference(self.harmless):
                found.append(Finding(rule="rule_of_two", why="untrusted content, sensitive data and a way out meet"))
        strangers = turn.is_untrusted or bool(exchange.labels & {UNTRUSTED, SUSPECTED})
        unasked = unasked_in(rule, turn, arguments) if rule.acts and strangers else None
        if unasked is not None:
            found.append(unasked)
            then = _harder(then, self.unasked_destination)
        if rule.approval == "always":
            found.append(Finding(rule="needs_approval", why="the policy wants a person to approve it"))
            then = _harder(then, "approve")
        if then == "allow":
            return Allow(findings=tuple(found)) if found else ALLOW
        why = f"the tool '{printable(call.name, 60)}' needs a person's approval here"
        if then == "block" or len(call.text) > SHOWN:
            refusal = Refusal(found[-1].rule, found[-1].why)
            return self._refused(call, refusal)
        question = question_of(exchange, turn, rule, call, found)
        return Block(why=why, kind="approval", findings=tuple(found), question=question)

    @cached_property
    def _rules(self) -> dict[tuple[str, str], ToolRule | None]:
        return {}

    def _rule(self, name: str, server: str) -> ToolRule | None:
        """`rule_for`, looked up once for a name."""
        try:
            return self._rules[name, server]
        except KeyError:
            found = rule_for(self.tools, name, server)
            if len(self._rules) >= _MOST_KNOWN:
                self._rules.clear()
            if len(name) <= _LONGEST_NAME:
                self._rules[name, server] = found
            return found

    @cached_property
    def _looked_at(self) -> dict[bytes, tuple[Finding, ...]]:
        return {}

    def _risks(self, offer: ToolOffer, more: str) -> tuple[Finding, ...]:
        """What a description gives away; looked at once."""
        mark = hashlib.blake2b(msgspec.json.encode([offer, more]), digest_size=16).digest()
        known = self._looked_at.get(mark)
        if known is None:
            if len(self._looked_at) >= _MOST_KNOWN:
                self._looked_at.clear()
            known = self._looked_at[mark] = risks_of(offer, more)
        return known

    @cached_property
    def _schemas(self) -> Schemas:
        return Schemas(_MOST_KNOWN)

    def faults(self) -> dict[str, str]:
        """Rules that cannot be meant, and schemas that cannot be used."""
        wrong = faults_in(self.tools)
        for one in self.tools:
            if one.arguments:
                try:
                    Checker(one.arguments)
                except UnusableSchema as error:
                    wrong.append(f"the schema of '{one.name}' {error}")
        return {**({"tools": "; ".join(wrong)} if wrong else {}), **fence_faults(self.fences)}


_HARD: dict[Then, int] = {"allow": 0, "approve": 1, "block": 2}


def _harder(one: Then, other: Then) -> Then:
    return one if _HARD[one] >= _HARD[other] else other
