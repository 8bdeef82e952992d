"""Oversight: a switch that stops, and a person who is asked before what matters happens.

Source: AI Exchange, OVERSIGHT; NIST AI 100-2 E2025, section 3.4 (human in the loop for agents' actions).
"""

from __future__ import annotations

import hashlib
from fnmatch import fnmatchcase
from typing import ClassVar

import msgspec

from bartizan.controls.chat.bench import Bench
from bartizan.controls.chat.exchange import Exchange, Part, Segment
from bartizan.controls.chat.guard import ChatGuard
from bartizan.controls.chat.oversight_switches import stopping, switches
from bartizan.controls.chat.tool_rules_arguments import BadArguments, arguments_of
from bartizan.controls.chat.tool_rules_conditions import Condition
from bartizan.controls.chat.verdict import ALLOW, Block, Finding, Question, Replace, Verdict
from bartizan.core.errors import printable
from bartizan.core.terms import ControlId

SHOWN = 8_000
"""Characters of arguments that a person is shown; longer ones cannot be approved."""


class Approval(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a person must approve: all that is named must match; patterns with ``*``."""

    tools: tuple[str, ...] = ()
    """Calls of these. None named: the request itself."""
    models: tuple[str, ...] = ("*",)
    tenants: tuple[str, ...] = ("*",)
    callers: tuple[str, ...] = ("*",)
    kinds: tuple[str, ...] = ("*",)
    """Of callers: anonymous, person, service, agent."""
    labels: tuple[str, ...] = ()
    """Labels of the exchange, such as ``untrusted_content``: one of them must be there."""
    unless: tuple[Condition, ...] = ()
    """A call whose arguments meet all of these needs nobody: small amounts, own addresses."""
    people: int = 1
    """How many different people must say yes."""
    why: str = "the policy wants a person to approve it"

    def wants(self, exchange: Exchange, tool: str) -> bool:
        """Whether it is about this request, or this call."""
        who = exchange.caller
        if not (_any(tool, self.tools) if tool else not self.tools):
            return False
        if self.labels and not exchange.labels.intersection(self.labels):
            return False
        return (
            _any(exchange.model, self.models)
            and _any(who.tenant, self.tenants)
            and _any(who.id, self.callers)
            and _any(who.kind, self.kinds)
        )


class Oversight(ChatGuard, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Stops what a kill switch stops, and has people approve what the policy names."""

    id: ClassVar[ControlId] = ControlId("oversight")
    title: ClassVar[str] = "Oversight"
    source: ClassVar[str] = "AI Exchange, OVERSIGHT"
    sees: ClassVar[frozenset[Part]] = frozenset({"request", "offer", "call"})
    waits: ClassVar[bool] = True

    approvals: tuple[Approval, ...] = ()
    """The first that wants a call or request to be approved counts."""
    longest_arguments: int = 100_000
    most_values: int = 1_000

    async def check(self, exchange: Exchange, segment: Segment, bench: Bench) -> Verdict:
        """Block what is stopped; ask about what must be approved; take out offers of tools that are stopped."""
        now = bench.clock()
        found = await switches(bench.state, now=now)
        tool = segment.name if segment.part != "request" else ""
        switch = stopping(found, exchange, tool, now) if found else None
        if switch is not None:
            finding = Finding(rule=f"switch_{switch.scope}", why=printable(f"stopped by {switch.by}: {switch.why}"))
            if segment.part == "offer" and switch.scope == "tool":
                return Replace(gone=True, findings=(finding,))
            return Block(why=f"this is stopped for now ({switch.scope})", kind="stopped", findings=(finding,))
        if segment.part == "offer" or not self.approvals:
            return ALLOW
        wanted = next((one for one in self.approvals if one.wants(exchange, tool)), None)
        if wanted is None or (wanted.unless and tool and self._is_excused(wanted, exchange, segment)):
            return ALLOW
        return _asking(wanted, exchange, segment)

    def _is_excused(self, wanted: Approval, exchange: Exchange, call: Segment) -> bool:
        try:
            arguments = arguments_of(call.text, longest=self.longest_arguments, most_values=self.most_values)
        except BadArguments:
            return False
        return all(one.holds(arguments, exchange.caller) for one in wanted.unless)

    def faults(self) -> dict[str, str]:
        """Approvals that cannot be given."""
        wrong = [found for one in self.approvals for each in one.unless if (found := each.fault())]
        if any(not 1 <= one.people <= 5 for one in self.approvals):
            wrong.append("one to five people approve")
        return {"approvals": "; ".join(wrong)} if wrong else {}


def _asking(wanted: Approval, exchange: Exchange, segment: Segment) -> Block:
    finding = Finding(rule="needs_approval", why=printable(wanted.why))
    if len(segment.text) > SHOWN:
        return Block(why="it is too long for a person to approve", kind="approval", findings=(finding,))
    name = printable(segment.name, 80)
    digest = hashlib.sha256(f"{exchange.supplier}\0{segment.name}\0{segment.text}".encode("utf-8", "surrogatepass"))
    if segment.part == "request":
        title, why = (
            f"Let {printable(exchange.caller.id, 80) or 'somebody'} ask {printable(exchange.model, 80)}?",
            ("this request needs a person's approval"),
        )
        details, binds = {"why": printable(wanted.why)}, ""
    else:
        title, why = f"Let the model call {name}?", f"the tool '{name}' needs a person's approval here"
        details = {"arguments": printable(segment.text, 12 * len(segment.text) + 100), "why": printable(wanted.why)}
        binds = digest.hexdigest()
    question = Question(title=title, tool=name, details=details, people=wanted.people, binds=binds)
    return Block(why=why, kind="approval", findings=(finding,), question=question)


def _any(name: str, patterns: tuple[str, ...]) -> bool:
    return any(one == "*" or fnmatchcase(name, one) for one in patterns)
