"""What is wrong with a call: by its rule, by the schemas, and by where its values come from."""

from __future__ import annotations

import hashlib
from typing import Any

from bartizan.controls.chat.exchange import Caller, Exchange, Segment
from bartizan.controls.chat.least_model_privilege_turn import Turn
from bartizan.controls.chat.tool_rules import ToolRule, is_listed, is_reachable, sendings_of
from bartizan.controls.chat.tool_rules_arguments import values_at
from bartizan.controls.chat.tool_rules_schema import Schemas, UnusableSchema
from bartizan.controls.chat.verdict import BlockKind, Finding, Question
from bartizan.core.chat import ToolOffer
from bartizan.core.errors import printable


class Refusal(Exception):
    """A call that may not be made. Its text is for the caller, and says nothing of the arguments' content."""

    def __init__(self, rule: str, why: str, *, kind: BlockKind = "permission") -> None:
        super().__init__(why)
        self.rule = rule
        self.why = why
        self.kind: BlockKind = kind


def fault_of(rule: ToolRule, turn: Turn, arguments: dict[str, Any], caller: Caller) -> Refusal | None:
    """The first thing that its rule forbids; None: nothing."""
    for one in rule.when:
        if not one.holds(arguments, caller):
            return Refusal("condition", f"the policy's condition on '{one.at}' does not hold")
    for sending in sendings_of(rule, arguments):
        if not is_reachable(rule, sending):
            return Refusal("destination", "the policy does not let it go there")
    if rule.labels is not None and not turn.labels <= set(rule.labels):
        return Refusal("labels", "there are data in the conversation that it may not get")
    return None


def check_schemas(schemas: Schemas, rule: ToolRule, offer: ToolOffer | None, arguments: dict[str, Any]) -> None:
    """Raises Refusal where arguments do not fit the policy's schema or the offer's, or have names that neither has."""
    names: frozenset[str] | None = None
    for schema in (rule.arguments, offer.parameters if offer is not None else None):
        if not schema:
            continue
        try:
            checker = schemas.checker(schema)
        except UnusableSchema as error:
            raise Refusal("unusable_schema", f"its schema {error}") from None
        names = checker.names if names is None else names
        if fault := checker.fault(arguments, _many(arguments)):
            raise Refusal("schema", f"its arguments: {fault}")
    if rule.closed and not (names or frozenset()).issuperset(arguments):
        raise Refusal("unknown_argument", "it has an argument that no schema names")


def _many(value: Any) -> int:
    if isinstance(value, dict | list):
        return 1 + sum(_many(one) for one in (value.values() if isinstance(value, dict) else value))
    return 1


def unasked_in(rule: ToolRule, turn: Turn, arguments: dict[str, Any]) -> Finding | None:
    """A destination, or a value that must be asked for, that neither user nor application nor policy named."""
    places = [(one.value, one.kind, is_listed(rule, one)) for one in sendings_of(rule, arguments)]
    places += [(value, "text", False) for place in rule.asked for value in values_at(arguments, place)]
    for value, kind, listed in places:
        if listed or turn.words.say(value, kind):
            continue
        where = "only untrusted text names it" if turn.foreign.say(value, kind) else "nobody named it"
        return Finding(rule="unasked_destination", why=f"it goes where the user did not ask for: {where}")
    return None


def question_of(exchange: Exchange, turn: Turn, rule: ToolRule, call: Segment, found: list[Finding]) -> Question:
    """What a person is asked: the whole arguments, as text that cannot deceive the eye, and what was read before."""
    name = printable(call.name, 80)
    digest = hashlib.sha256(f"{exchange.supplier}\0{call.name}\0{call.text}".encode("utf-8", "surrogatepass"))
    return Question(
        title=f"Let the model call {name}?",
        tool=name,
        details={
            "arguments": printable(call.text, 12 * len(call.text) + 100),
            "why": "; ".join(one.why for one in found),
            "effect": ", ".join(rule.effect),
            "read before": printable(", ".join(turn.sources), 400) or "nothing untrusted in this request",
            "data labels": printable(", ".join(sorted(turn.labels)), 400) or "none",
        },
        people=rule.people,
        binds=digest.hexdigest(),
    )
