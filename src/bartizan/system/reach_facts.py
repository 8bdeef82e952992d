"""Facts about what reaches a model and what it can reach: people, data, tools, agents. One function a fact."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from bartizan.core.proof import Answer
from bartizan.system.description import Component, Data, Tool
from bartizan.system.fact import FactFunction
from bartizan.system.graph import AUGMENTATION_ROLES
from bartizan.system.kleene import all_of, any_of, negated

if TYPE_CHECKING:
    from bartizan.system.facts import Facts

_ACTING = frozenset({"write", "send", "execute", "pay", "physical"})
_OUTGOING = frozenset({"send", "execute"})
_FINAL = frozenset({"send", "pay", "physical"})


# Who can influence it


def _untrusted_input(facts: Facts, model: Component) -> Answer:
    system = facts.system
    ways = dict.fromkeys(e.source for e in system.into.get(model.id, ()) if e.kind == "use" and e.source != model.id)
    if not ways:
        return facts.unknown(model, "used_by")
    assumed = system.default(model, "used_by", False, "nobody but those described gives it input")
    return any_of([*(system.taint[source] for source in ways), system.open_users(model), assumed])


def _reads_untrusted_data(facts: Facts, model: Component) -> Answer:
    kinds = {"insert", "return", "message"}
    ways = [e.source for e in facts.system.into.get(model.id, ()) if e.kind in kinds and e.source != model.id]
    said = [facts.none_said(model, field) for field in ("reads", "tools", "talks_to") if _unlisted(model, field)]
    return any_of([*(facts.system.taint[source] for source in dict.fromkeys(ways)), *said])


def _unlisted(model: Component, field: str) -> bool:
    """Whether a list of other components is empty, was left out or is said to be unknown."""
    return getattr(model, field, None) in {None, "unknown", ()}


def _inserted(facts: Facts, model: Component, roles: frozenset[str]) -> Answer:
    for data in facts.neighbours(model, "insert"):
        if isinstance(data, Data) and data.role in roles:
            return facts.system.stated(data, "role", True, f"{data.label} is {data.role.replace('_', ' ')} data")
    if _unlisted(model, "reads"):
        return facts.none_said(model, "reads")
    return facts.system.stated(model, "reads", False, "reads nothing of the kind")


def _inserts_data(facts: Facts, model: Component) -> Answer:
    return any_of((_inserted(facts, model, AUGMENTATION_ROLES), facts.ask(model.id, "agentic")))


def _inserts(role: str) -> FactFunction:
    return lambda facts, model: _inserted(facts, model, frozenset({role}))


def _sensitive_among(facts: Facts, model: Component, edge: str, fact: str, field: str) -> Answer:
    """Whether any data at the other end of such edges is so; none is where ``field`` lists none."""
    said = [facts.none_said(model, field)] if _unlisted(model, field) else []
    return any_of(
        [*(facts.ask(data.id, fact) for data in facts.neighbours(model, edge) if isinstance(data, Data)), *said]
    )


def _augmentation_sensitive(facts: Facts, model: Component) -> Answer:
    """Of data that is not there to be inserted, and of tools of no agent, `inserts_data` says no; so does this."""
    said = [facts.none_said(model, "reads")] if _unlisted(model, "reads") else []
    inserted = [
        facts.ask(data.id, "data_sensitive")
        for data in facts.neighbours(model, "insert")
        if isinstance(data, Data) and data.role in AUGMENTATION_ROLES
    ]
    by_tools = all_of((facts.ask(model.id, "agentic"), facts.from_tools(model, "reaches", _tool_reaches)))
    return any_of((*inserted, *said, by_tools))


def _sensitive_in(role: str) -> FactFunction:
    def answer(facts: Facts, model: Component) -> Answer:
        inserted = [d for d in facts.neighbours(model, "insert") if isinstance(d, Data) and d.role == role]
        found = [facts.ask(data.id, "data_sensitive") for data in inserted]
        if not inserted or _unlisted(model, "reads"):
            found.append(
                _inserted(facts, model, frozenset({role})) if not inserted else facts.none_said(model, "reads")
            )
        return any_of(found)

    return answer


def _training_data_sensitive(facts: Facts, model: Component) -> Answer:
    return all_of(
        (
            facts.ask(model.id, "trained_by_us"),
            _sensitive_among(facts, model, "train", "data_sensitive", "trained_on"),
        )
    )


def _membership_sensitive(facts: Facts, model: Component) -> Answer:
    fact = "data_membership_sensitive"
    trained = _sensitive_among(facts, model, "train", fact, "trained_on")
    return any_of((trained, _sensitive_among(facts, model, "insert", fact, "reads")))


def _input_sensitive(facts: Facts, model: Component) -> Answer:
    inputs = [
        facts.ask(data.id, "data_sensitive")
        for data in facts.neighbours(model, "use")
        if isinstance(data, Data) and data.role == "input"
    ]
    read = _sensitive_among(facts, model, "insert", "data_sensitive", "reads")
    return any_of([*inputs, read, facts.given(model, "input_sensitive")])


# What it can do


def _tool_does(effects: frozenset[str]) -> Callable[[Facts, Tool], Answer]:
    return lambda facts, tool: facts.is_in(tool, "effects", effects)


def _tool_reaches(facts: Facts, tool: Tool) -> Answer:
    if tool.reaches_sensitive is not None:
        return facts.given(tool, "reaches_sensitive")
    reached = [
        facts.ask(data.id, "data_sensitive") for data in facts.neighbours(tool, "flow") if isinstance(data, Data)
    ]
    if not reached and isinstance(tool.effects, tuple) and "read" not in tool.effects and tool.reaches != "unknown":
        return facts.system.default(tool, "reaches_sensitive", False, "it does not read")
    if tool.reaches is None or tool.reaches == "unknown":
        reached.append(facts.unknown(tool, "reaches_sensitive", "reaches"))
    elif not any(answer.value for answer in reached):
        reached.append(facts.system.default(tool, "reaches_sensitive", False, "it reaches only the data described"))
    return any_of(reached)


def _acts(facts: Facts, model: Component) -> Answer:
    by_tools = facts.from_tools(model, "acts", _tool_does(_ACTING))
    if getattr(model, "output_goes_to", None) is None:
        why = "no machine obeys its output unless said otherwise"
        return any_of((by_tools, facts.system.default(model, "output_goes_to", False, why)))
    return any_of((by_tools, facts.is_in(model, "output_goes_to", {"machine"})))


def _agentic(facts: Facts, model: Component) -> Answer:
    def is_there(facts: Facts, tool: Tool) -> Answer:
        return facts.system.stated(tool, "id", True, f"can call {tool.label}")

    has_tools = facts.from_tools(model, "any", is_there)
    return all_of((facts.ask(model.id, "generative"), any_of((has_tools, facts.ask(model.id, "multi_agent")))))


def _multi_agent(facts: Facts, model: Component) -> Answer:
    others = [facts.system.components[other].label for other in facts.system.listeners(model.id) if other != model.id]
    if others:
        shown = ", ".join(dict.fromkeys(others[:6])) + (f" and {len(others) - 6} more" if len(others) > 6 else "")
        return facts.system.stated(model, "talks_to", True, f"talks to {shown}")
    return facts.none_said(model, "talks_to")


def _plans(facts: Facts, model: Component) -> Answer:
    task = getattr(model, "task", None)
    if getattr(model, "plans", None) is None and isinstance(task, tuple) and "planning" in task:
        return facts.system.default(model, "plans", True, "planning is its task")
    if getattr(model, "plans", None) is None and task == "unknown":
        return facts.unknown(model, "plans", "task")
    return facts.given_or(model, "plans", False, "no plans are made unless said otherwise")


def _can_send_out(facts: Facts, model: Component) -> Answer:
    by_tools = facts.from_tools(model, "send", _tool_does(_OUTGOING))
    return any_of((by_tools, facts.from_agents(model, "rendered", _rendered)))


def _rendered(facts: Facts, agent: Component) -> Answer:
    return facts.is_in(agent, "output_goes_to", {"browser"})


def _sends_unapproved(facts: Facts, model: Component) -> Answer:
    def sends(facts: Facts, tool: Tool) -> Answer:
        return all_of((facts.is_in(tool, "effects", _OUTGOING), _unapproved(facts, tool)))

    by_tools = facts.from_tools(model, "send unapproved", sends)
    return any_of((by_tools, facts.from_agents(model, "rendered", _rendered)))


def _reaches_sensitive_data(facts: Facts, model: Component) -> Answer:
    def reads(facts: Facts, agent: Component) -> Answer:
        return _sensitive_among(facts, agent, "insert", "data_sensitive", "reads")

    return any_of((facts.from_agents(model, "reads", reads), facts.from_tools(model, "reaches", _tool_reaches)))


def _lethal_trifecta(facts: Facts, model: Component) -> Answer:
    parts = ("reads_untrusted_data", "reaches_sensitive_data", "can_send_out")
    return all_of((facts.ask(model.id, "generative"), *(facts.ask(model.id, part) for part in parts)))


def _unapproved_actions(facts: Facts, model: Component) -> Answer:
    return facts.from_tools(model, "unapproved", _unapproved)


def _unapproved(facts: Facts, tool: Tool) -> Answer:
    approved = facts.given_or(tool, "needs_approval", False, "nothing says that a person approves")
    return all_of((facts.is_in(tool, "effects", _ACTING), negated(approved)))


def _irreversible_actions(facts: Facts, model: Component) -> Answer:
    return facts.from_tools(model, "irreversible", _irreversible)


def _irreversible(facts: Facts, tool: Tool) -> Answer:
    if tool.irreversible is None and isinstance(tool.effects, tuple):
        if not _FINAL.isdisjoint(tool.effects):
            why = f"what it does cannot be undone ({', '.join(sorted(_FINAL.intersection(tool.effects)))})"
            return facts.system.default(tool, "irreversible", True, why)
        if _ACTING.isdisjoint(tool.effects):
            return facts.system.default(tool, "irreversible", False, "it changes nothing")
    return facts.given(tool, "irreversible")


def _rule_of_two_broken(facts: Facts, model: Component) -> Answer:
    untrusted = any_of((facts.ask(model.id, "untrusted_input"), facts.ask(model.id, "reads_untrusted_data")))
    return all_of(
        (
            facts.ask(model.id, "agentic"),
            untrusted,
            facts.ask(model.id, "reaches_sensitive_data"),
            facts.ask(model.id, "unapproved_actions"),
        )
    )


REACH_FACTS: dict[str, FactFunction] = {
    "untrusted_input": _untrusted_input,
    "inserts_data": _inserts_data,
    "reads_untrusted_data": _reads_untrusted_data,
    "uses_retrieval": _inserts("retrieval"),
    "has_memory": _inserts("memory"),
    "has_system_prompt": _inserts("system_prompt"),
    "system_prompt_sensitive": _sensitive_in("system_prompt"),
    "retrieval_sensitive": _sensitive_in("retrieval"),
    "augmentation_sensitive": _augmentation_sensitive,
    "training_data_sensitive": _training_data_sensitive,
    "membership_sensitive": _membership_sensitive,
    "input_sensitive": _input_sensitive,
    "acts": _acts,
    "agentic": _agentic,
    "multi_agent": _multi_agent,
    "plans": _plans,
    "can_send_out": _can_send_out,
    "sends_unapproved": _sends_unapproved,
    "reaches_sensitive_data": _reaches_sensitive_data,
    "lethal_trifecta": _lethal_trifecta,
    "rule_of_two_broken": _rule_of_two_broken,
    "unapproved_actions": _unapproved_actions,
    "irreversible_actions": _irreversible_actions,
}
