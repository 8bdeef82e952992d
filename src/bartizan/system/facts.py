"""The facts that rules may ask, computed from the description and its graph. One function a fact, each with its origin.

A fact answers yes, no or unknown (None), says where the answer comes from, and when it is unknown which fields would
decide it. A fact that is stated under `answers` wins over the computed one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeAlias

from bartizan.core.records import Answer, Need, Origin
from bartizan.core.terms import ComponentId
from bartizan.system.description import Component, Data, Model, Tool
from bartizan.system.graph import ANALYSIS_ROLES, AUGMENTATION_ROLES, TRAINING_ROLES, System

FactFunction: TypeAlias = Callable[["Facts", Component], Answer]

_DECISIONS = frozenset({"classification", "detection", "scoring", "decision", "judgement"})
_RICH = frozenset({"text", "image", "audio", "video", "document", "code"})
_POOR = frozenset({"label", "score", "action"})
_ACTING = frozenset({"write", "send", "execute", "pay", "physical"})
_OUTGOING = frozenset({"send", "execute"})
_NO = Answer(False)


def any_of(answers: Iterable[Answer]) -> Answer:
    """Kleene's or: the first yes with its origins; else unknown with all needs; else no with all origins."""
    origins: tuple[Origin, ...] = ()
    needs: tuple[Need, ...] = ()
    unknown = False
    for answer in answers:
        if answer.value is True:
            return answer
        if answer.value is None:
            unknown, needs = True, needs + answer.needs
        else:
            origins += answer.origins
    return Answer(None, (), tuple(dict.fromkeys(needs))) if unknown else Answer(False, origins)


def all_of(answers: Iterable[Answer]) -> Answer:
    """Kleene's and: the first no with its origins; else unknown with all needs; else yes with all origins."""
    origins: tuple[Origin, ...] = ()
    needs: tuple[Need, ...] = ()
    unknown = False
    for answer in answers:
        if answer.value is False:
            return answer
        if answer.value is None:
            unknown, needs = True, needs + answer.needs
        else:
            origins += answer.origins
    return Answer(None, (), tuple(dict.fromkeys(needs))) if unknown else Answer(True, origins)


def negated(answer: Answer) -> Answer:
    """The opposite, for the same reasons; unknown stays unknown."""
    return answer if answer.value is None else Answer(not answer.value, answer.origins)


class Facts:
    """All facts of one system, computed when asked and kept."""

    def __init__(self, system: System) -> None:
        self.system = system
        self._known: dict[tuple[str, str], Answer] = {}
        for i, answer in enumerate(system.described.answers):
            text = f"answered: {_shown(answer.value)}" + (f" ({answer.why})" if answer.why else "")
            origin = Origin(
                kind="answered", text=text, component=answer.at, field="answers", line=system.line(("answers", i))
            )
            self._known[answer.at, answer.fact] = Answer(answer.value, (origin,))

    def ask(self, component: ComponentId, fact: str) -> Answer:
        """The answer of one fact at one component. A fact without code is only known where it is stated."""
        key = (component, fact)
        known = self._known.get(key)
        if known is None:
            function = FACTS.get(fact)
            where = self.system.components.get(component)
            if function is None or where is None:
                known = Answer(None, (), (Need(component=component, field=f"answers.{fact}"),))
            else:
                known = function(self, where)
            self._known[key] = known
        return known

    # ways to answer

    def given(self, component: Component, field: str) -> Answer:
        """The yes-or-no field of this name."""
        return self.system.given(component, field)

    def given_or(self, component: Component, field: str, value: bool, why: str) -> Answer:
        """The yes-or-no field of this name, or a default where it was left out (not where it is said to be unknown)."""
        if getattr(component, field) is None:
            return self.system.default(component, field, value, why)
        return self.system.given(component, field)

    def unknown(self, component: Component, field: str) -> Answer:
        """Unknown until this field is answered."""
        return Answer(None, (), (Need(component=component.id, field=field),))

    def is_in(self, component: Component, field: str, wanted: frozenset[str] | set[str]) -> Answer:
        """Whether a field that holds one word, or some words, holds one of ``wanted``; unknown where it is not said."""
        value = getattr(component, field)
        if value is None or value == "unknown":
            return self.unknown(component, field)
        words = value if isinstance(value, tuple) else (value,)
        text = f"{field}: {', '.join(words) or 'none'}"
        return self.system.stated(component, field, not wanted.isdisjoint(words), text)

    def none_said(self, component: Component, field: str) -> Answer:
        """No, because a list of other components is empty or was left out; unknown where it is said to be unknown."""
        value = getattr(component, field)
        if value == "unknown":
            return self.unknown(component, field)
        if value is None:
            return self.system.default(component, field, False, f"no {field.replace('_', ' ')} described")
        return self.system.stated(component, field, False, f"{field}: none")

    # neighbours

    def neighbours(self, component: Component, edge: str) -> Iterator[Component]:
        """The components at the other end of edges of one kind that come in."""
        for found in self.system.into.get(component.id, ()):
            if found.kind == edge:
                yield self.system.components[found.source]

    def tools(self, model: Component) -> Iterator[Tool]:
        """The tools a model can call, directly or through the agents it talks to."""
        for agent in self.circle(model):
            for edge in self.system.out_of.get(agent.id, ()):
                tool = self.system.components[edge.target]
                if edge.kind == "call" and isinstance(tool, Tool):
                    yield tool

    def circle(self, model: Component) -> tuple[Component, ...]:
        """The model and every agent that messages from it can reach."""
        found = {model.id: model}
        queue = [model.id]
        while queue:
            for edge in self.system.out_of.get(queue.pop(), ()):
                if edge.kind == "message" and edge.target not in found:
                    found[edge.target] = self.system.components[edge.target]
                    queue.append(edge.target)
        return tuple(found.values())

    def from_tools(self, model: Component, ask: Callable[[Tool], Answer]) -> Answer:
        """Kleene's or over the tools; no where there is none."""
        tools = list(self.tools(model))
        if tools:
            return any_of(map(ask, tools))
        return any_of(self.none_said(agent, "tools") for agent in self.circle(model) if isinstance(agent, Model))


def _shown(value: object) -> str:
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)


# What kind of model it is


def _type_is(word: str) -> FactFunction:
    return lambda facts, model: facts.is_in(model, "type", {word})



def language_model(facts: Facts, model: Component) -> Answer:
    return all_of((facts.ask(model.id, "generative"), facts.ask(model.id, "text_output")))


def classification_task(facts: Facts, model: Component) -> Answer:
    return facts.is_in(model, "task", _DECISIONS)


def judgement_task(facts: Facts, model: Component) -> Answer:
    return all_of((facts.ask(model.id, "generative"), facts.is_in(model, "task", _DECISIONS)))


# Input and output


def text_output(facts: Facts, model: Component) -> Answer:
    if getattr(model, "gives", None) is not None:
        return facts.is_in(model, "gives", {"text", "code", "document"})
    generative = facts.ask(model.id, "generative")
    if generative.value is None:
        return Answer(None, (), (*generative.needs, Need(component=model.id, field="gives")))
    if generative.value:
        return facts.system.default(model, "gives", True, "a generative model gives text unless said otherwise")
    return facts.system.default(model, "gives", False, "it gives a label or a score unless said otherwise")


def multimodal_input(facts: Facts, model: Component) -> Answer:
    if getattr(model, "takes", None) is not None:
        return facts.is_in(model, "takes", {"image", "audio", "video", "document"})
    generative = facts.ask(model.id, "generative")
    if generative.value is True:
        return facts.system.default(model, "takes", False, "a generative model takes text unless said otherwise")
    return facts.unknown(model, "takes")


def output_interpreted(facts: Facts, model: Component) -> Answer:
    if getattr(model, "output_goes_to", None) is not None:
        return facts.is_in(model, "output_goes_to", {"browser", "program", "query", "tool", "model", "machine"})
    acts = facts.ask(model.id, "acts")
    return acts if acts.value is True else facts.unknown(model, "output_goes_to")


def output_can_reveal_data(facts: Facts, model: Component) -> Answer:
    if getattr(model, "output_can_reveal_data", None) is not None:
        return facts.given(model, "output_can_reveal_data")
    gives = getattr(model, "gives", None)
    if isinstance(gives, tuple) and _RICH.isdisjoint(gives):
        return facts.is_in(model, "gives", _RICH)
    generative = facts.ask(model.id, "generative")
    if generative.value is None:
        return Answer(None, (), (*generative.needs, Need(component=model.id, field="output_can_reveal_data")))
    if generative.value or isinstance(gives, tuple):
        why = "free output can repeat what went into the model"
        return facts.system.default(model, "output_can_reveal_data", True, why)
    return facts.system.default(model, "output_can_reveal_data", False, "labels and scores do not repeat data")


def output_can_harm(facts: Facts, model: Component) -> Answer:
    if getattr(model, "output_can_harm", None) is not None:
        return facts.given(model, "output_can_harm")
    acts = facts.ask(model.id, "acts")
    return acts if acts.value is True else facts.unknown(model, "output_can_harm")


# Who makes and runs it


def trained_by_us(facts: Facts, model: Component) -> Answer:
    return any_of((facts.is_in(model, "trained_by", {"us"}), _fine_tuned(facts, model)))


def _fine_tuned(facts: Facts, model: Component) -> Answer:
    if getattr(model, "fine_tuned_by", None) is None:
        return facts.system.default(model, "fine_tuned_by", False, "nobody fine-tunes it unless said otherwise")
    return facts.is_in(model, "fine_tuned_by", {"us"})


def trained_by_supplier(facts: Facts, model: Component) -> Answer:
    based = getattr(model, "based_on", None)
    if based:
        return any_of((facts.is_in(model, "trained_by", {"supplier"}), facts.ask(based, "trained_by_supplier")))
    return any_of((facts.is_in(model, "trained_by", {"supplier"}), _bought_tuning(facts, model)))


def _bought_tuning(facts: Facts, model: Component) -> Answer:
    if getattr(model, "fine_tuned_by", None) == "supplier":
        return facts.is_in(model, "fine_tuned_by", {"supplier"})
    return _NO


def fine_tuned_by_us(facts: Facts, model: Component) -> Answer:
    return _fine_tuned(facts, model)


def _runner(word: str) -> FactFunction:
    def answer(facts: Facts, model: Component) -> Answer:
        run_by = getattr(model, "run_by", None)
        runtime = facts.system.components.get(getattr(model, "runs_on", None) or ComponentId(""))
        if run_by is None and runtime is not None:
            return facts.is_in(runtime, "run_by", {word})
        return facts.is_in(model, "run_by", {word})

    return answer


def weights_public(facts: Facts, model: Component) -> Answer:
    if getattr(model, "weights_public", None) is not None:
        return facts.given(model, "weights_public")
    if facts.ask(model.id, "intellectual_property").value is True:
        return negated(facts.ask(model.id, "intellectual_property"))
    ours = facts.ask(model.id, "trained_by_us")
    if ours.value is True:
        return facts.system.default(model, "weights_public", False, "what you train is not public unless said otherwise")
    return facts.unknown(model, "weights_public")


def weights_in_reach(facts: Facts, model: Component) -> Answer:
    runtime = facts.system.components.get(getattr(model, "runs_on", None) or ComponentId(""))
    if runtime is None:
        return facts.system.default(model, "runs_on", False, "no runtime in reach of attackers is described")
    return facts.is_in(runtime, "place", {"edge", "user_device"})


def _field(field: str) -> FactFunction:
    return lambda facts, component: facts.given(component, field)


def _field_or_no(field: str, why: str) -> FactFunction:
    return lambda facts, component: facts.given_or(component, field, False, why)


def intellectual_property(facts: Facts, model: Component) -> Answer:
    if getattr(model, "intellectual_property", None) is None and getattr(model, "weights_public", None) is True:
        return negated(facts.given(model, "weights_public"))
    return facts.given(model, "intellectual_property")


def costs_per_use(facts: Facts, model: Component) -> Answer:
    if getattr(model, "costs_per_use", None) is not None:
        return facts.given(model, "costs_per_use")
    supplier = facts.ask(model.id, "run_by_supplier")
    if supplier.value is True:
        return facts.system.default(model, "costs_per_use", True, "suppliers charge per use unless said otherwise")
    return facts.unknown(model, "costs_per_use")


# Who can influence it


def untrusted_input(facts: Facts, model: Component) -> Answer:
    ways = [e.source for e in facts.system.into.get(model.id, ()) if e.kind == "use"]
    if not ways:
        return Answer(None, (), (Need(component=model.id, field="used_by"),))
    return any_of(facts.system.taint[source] for source in ways)


def reads_untrusted_data(facts: Facts, model: Component) -> Answer:
    kinds = {"insert", "return", "message"}
    ways = [e.source for e in facts.system.into.get(model.id, ()) if e.kind in kinds and e.source != model.id]
    said = [facts.none_said(model, field) for field in ("reads", "tools", "talks_to") if _unlisted(model, field)]
    return any_of([facts.system.taint[source] for source in ways] + said)


def _unlisted(model: Component, field: str) -> bool:
    value = getattr(model, field, None)
    return value is None or value == "unknown" or value == ()


def _inserted(facts: Facts, model: Component, roles: frozenset[str]) -> Answer:
    for edge in facts.system.into.get(model.id, ()):
        data = facts.system.components[edge.source]
        if edge.kind == "insert" and isinstance(data, Data) and data.role in roles:
            return facts.system.stated(data, "role", True, f"{data.label} is {data.role.replace('_', ' ')} data")
    if isinstance(getattr(model, "reads", None), tuple):
        return facts.system.stated(model, "reads", False, "reads nothing of the kind")
    return facts.none_said(model, "reads")


def inserts_data(facts: Facts, model: Component) -> Answer:
    return any_of((_inserted(facts, model, AUGMENTATION_ROLES), facts.ask(model.id, "agentic")))


def _inserts(role: str) -> FactFunction:
    return lambda facts, model: _inserted(facts, model, frozenset({role}))


def _sensitive_among(facts: Facts, model: Component, edge: str, fact: str, field: str) -> Answer:
    found = [facts.ask(data.id, fact) for data in facts.neighbours(model, edge)]
    return any_of(found) if found else facts.none_said(model, field)


def augmentation_sensitive(facts: Facts, model: Component) -> Answer:
    inserted = _sensitive_among(facts, model, "insert", "data_sensitive", "reads")
    return any_of((inserted, facts.from_tools(model, lambda tool: _tool_reaches(facts, tool))))


def system_prompt_sensitive(facts: Facts, model: Component) -> Answer:
    prompts = [
        facts.ask(d.id, "data_sensitive")
        for d in facts.neighbours(model, "insert")
        if isinstance(d, Data) and d.role == "system_prompt"
    ]
    return any_of(prompts) if prompts else facts.none_said(model, "reads")


def training_data_sensitive(facts: Facts, model: Component) -> Answer:
    return all_of(
        (
            facts.ask(model.id, "trained_by_us"),
            _sensitive_among(facts, model, "train", "data_sensitive", "trained_on"),
        )
    )


def membership_sensitive(facts: Facts, model: Component) -> Answer:
    ways = [*facts.neighbours(model, "train"), *facts.neighbours(model, "insert")]
    return any_of(facts.ask(data.id, "data_membership_sensitive") for data in ways)


def input_sensitive(facts: Facts, model: Component) -> Answer:
    retrieved = [facts.ask(d.id, "data_sensitive") for d in facts.neighbours(model, "insert")]
    inputs = [
        facts.ask(e.source, "data_sensitive")
        for e in facts.system.into.get(model.id, ())
        if isinstance(d := facts.system.components[e.source], Data) and d.role == "input"
    ]
    return any_of([*inputs, *retrieved, facts.given(model, "input_sensitive")])


# What it can do


def _tool_does(effects: frozenset[str]) -> Callable[[Facts, Tool], Answer]:
    return lambda facts, tool: facts.is_in(tool, "effects", effects)


def _tool_reaches(facts: Facts, tool: Tool) -> Answer:
    if tool.reaches_sensitive is not None:
        return facts.given(tool, "reaches_sensitive")
    reached = [facts.ask(data.id, "data_sensitive") for data in facts.neighbours(tool, "flow") if isinstance(data, Data)]
    if reached:
        return any_of(reached)
    if isinstance(tool.effects, tuple) and "read" not in tool.effects:
        return facts.system.default(tool, "reaches_sensitive", False, "it does not read")
    return facts.unknown(tool, "reaches_sensitive")


def acts(facts: Facts, model: Component) -> Answer:
    by_tools = facts.from_tools(model, lambda tool: facts.is_in(tool, "effects", _ACTING))
    if getattr(model, "output_goes_to", None) in {None, "unknown"}:
        return by_tools
    return any_of((by_tools, facts.is_in(model, "output_goes_to", {"machine"})))


def agentic(facts: Facts, model: Component) -> Answer:
    has_tools = facts.from_tools(model, lambda tool: facts.system.stated(tool, "id", True, f"can call {tool.label}"))
    return all_of((facts.ask(model.id, "generative"), any_of((has_tools, facts.ask(model.id, "multi_agent")))))


def multi_agent(facts: Facts, model: Component) -> Answer:
    others = [other for other in facts.circle(model) if other.id != model.id]
    if others:
        return facts.system.stated(model, "talks_to", True, f"talks to {', '.join(o.label for o in others)}")
    return facts.none_said(model, "talks_to")


def plans(facts: Facts, model: Component) -> Answer:
    task = getattr(model, "task", None)
    if getattr(model, "plans", None) is None and isinstance(task, tuple) and "planning" in task:
        return facts.is_in(model, "task", {"planning"})
    return facts.given_or(model, "plans", False, "no plans are made unless said otherwise")


def can_send_out(facts: Facts, model: Component) -> Answer:
    by_tools = facts.from_tools(model, lambda tool: facts.is_in(tool, "effects", _OUTGOING))
    rendered = [
        facts.is_in(agent, "output_goes_to", {"browser"}) for agent in facts.circle(model) if isinstance(agent, Model)
    ]
    return any_of((by_tools, *rendered))


def reaches_sensitive_data(facts: Facts, model: Component) -> Answer:
    reads = [_sensitive_among(facts, agent, "insert", "data_sensitive", "reads") for agent in facts.circle(model)]
    return any_of((*reads, facts.from_tools(model, lambda tool: _tool_reaches(facts, tool))))


def lethal_trifecta(facts: Facts, model: Component) -> Answer:
    parts = ("reads_untrusted_data", "reaches_sensitive_data", "can_send_out")
    return all_of((facts.ask(model.id, "generative"), *(facts.ask(model.id, part) for part in parts)))


def unapproved_actions(facts: Facts, model: Component) -> Answer:
    def unapproved(tool: Tool) -> Answer:
        default = "nothing says that a person approves"
        approved = facts.given_or(tool, "needs_approval", False, default)
        return all_of((facts.is_in(tool, "effects", _ACTING), negated(approved)))

    return facts.from_tools(model, unapproved)


def irreversible_actions(facts: Facts, model: Component) -> Answer:
    def irreversible(tool: Tool) -> Answer:
        if tool.irreversible is None and isinstance(tool.effects, tuple):
            sure = frozenset({"send", "pay", "physical"})
            if not sure.isdisjoint(tool.effects):
                return facts.is_in(tool, "effects", sure)
            if _ACTING.isdisjoint(tool.effects):
                return facts.is_in(tool, "effects", _ACTING)
        return facts.given(tool, "irreversible")

    return facts.from_tools(model, irreversible)


def rule_of_two_broken(facts: Facts, model: Component) -> Answer:
    untrusted = any_of((facts.ask(model.id, "untrusted_input"), facts.ask(model.id, "reads_untrusted_data")))
    return all_of(
        (
            facts.ask(model.id, "agentic"),
            untrusted,
            facts.ask(model.id, "reaches_sensitive_data"),
            facts.ask(model.id, "unapproved_actions"),
        )
    )


# Data


def _role_in(roles: frozenset[str]) -> FactFunction:
    return lambda facts, data: facts.is_in(data, "role", roles)


def trains_our_model(facts: Facts, data: Component) -> Answer:
    models = [e.target for e in facts.system.out_of.get(data.id, ()) if e.kind == "train"]
    if not models:
        return facts.ask(data.id, "data_held_by_us")
    return any_of(facts.ask(model, "trained_by_us") for model in models)


def data_sensitive(facts: Facts, data: Component) -> Answer:
    if getattr(data, "sensitive", None) is None and getattr(data, "personal", None) is True:
        return facts.given(data, "personal")
    return facts.given(data, "sensitive")


def data_membership_sensitive(facts: Facts, data: Component) -> Answer:
    if getattr(data, "membership_sensitive", None) is None:
        sensitive = facts.ask(data.id, "data_sensitive")
        if sensitive.value is False:
            return sensitive
        if getattr(data, "role", "") == "system_prompt" or getattr(data, "personal", None) is False:
            return facts.system.default(data, "membership_sensitive", False, "it holds no people")
    return facts.given(data, "membership_sensitive")


def data_from_supplier(facts: Facts, data: Component) -> Answer:
    if getattr(data, "source", None) is None and getattr(data, "supplier", ""):
        return facts.system.stated(data, "supplier", True, f"supplier: {data.supplier}")
    return facts.is_in(data, "source", {"supplier", "public"})


def data_writable_by_untrusted(facts: Facts, data: Component) -> Answer:
    return facts.system.taint[data.id]


def data_held_by_us(facts: Facts, data: Component) -> Answer:
    if getattr(data, "kept_by", None) is None:
        return facts.system.default(data, "kept_by", True, "you keep it unless said otherwise")
    return facts.is_in(data, "kept_by", {"us"})


def data_is_vector_index(facts: Facts, data: Component) -> Answer:
    if getattr(data, "embeddings", None) is None and getattr(data, "role", "") == "system_prompt":
        return facts.system.default(data, "embeddings", False, "system prompts are stored as text")
    return facts.given(data, "embeddings")


FACTS: dict[str, FactFunction] = {
    "generative": _type_is("generative"),
    "predictive": _type_is("predictive"),
    "heuristic": _type_is("heuristic"),
    "language_model": language_model,
    "classification_task": classification_task,
    "judgement_task": judgement_task,
    "text_output": text_output,
    "multimodal_input": multimodal_input,
    "output_interpreted": output_interpreted,
    "output_can_reveal_data": output_can_reveal_data,
    "trained_by_us": trained_by_us,
    "trained_by_supplier": trained_by_supplier,
    "fine_tuned_by_us": fine_tuned_by_us,
    "run_by_us": _runner("us"),
    "run_by_supplier": _runner("supplier"),
    "weights_public": weights_public,
    "weights_in_reach": weights_in_reach,
    "intellectual_property": intellectual_property,
    "untrusted_input": untrusted_input,
    "output_can_harm": output_can_harm,
    "fooling_pays": _field("fooling_pays"),
    "inserts_data": inserts_data,
    "reads_untrusted_data": reads_untrusted_data,
    "uses_retrieval": _inserts("retrieval"),
    "has_memory": _inserts("memory"),
    "has_system_prompt": _inserts("system_prompt"),
    "system_prompt_sensitive": system_prompt_sensitive,
    "augmentation_sensitive": augmentation_sensitive,
    "training_data_sensitive": training_data_sensitive,
    "membership_sensitive": membership_sensitive,
    "input_sensitive": input_sensitive,
    "learns_from_use": _field_or_no("learns_from_use", "it does not learn from use unless said otherwise"),
    "acts": acts,
    "agentic": agentic,
    "multi_agent": multi_agent,
    "plans": plans,
    "can_send_out": can_send_out,
    "reaches_sensitive_data": reaches_sensitive_data,
    "lethal_trifecta": lethal_trifecta,
    "rule_of_two_broken": rule_of_two_broken,
    "unapproved_actions": unapproved_actions,
    "irreversible_actions": irreversible_actions,
    "costs_per_use": costs_per_use,
    "data_is_training": _role_in(TRAINING_ROLES),
    "data_is_retrieved": _role_in(frozenset({"retrieval"})),
    "data_is_memory": _role_in(frozenset({"memory"})),
    "data_is_system_prompt": _role_in(frozenset({"system_prompt"})),
    "data_is_analysed": _role_in(ANALYSIS_ROLES),
    "trains_our_model": trains_our_model,
    "data_sensitive": data_sensitive,
    "data_membership_sensitive": data_membership_sensitive,
    "data_from_supplier": data_from_supplier,
    "data_writable_by_untrusted": data_writable_by_untrusted,
    "data_held_by_us": data_held_by_us,
    "data_stored": lambda facts, data: facts.given_or(data, "stored", True, "it is stored unless said otherwise"),
    "data_is_vector_index": data_is_vector_index,
    "index_written_directly": _field("written_directly"),
    "data_shared_between_users": _field("shared_between_users"),
    "deletion_propagates": _field("deletion_propagates"),
    "retrieval_fails_safe": _field("fails_safe"),
}
"""Every fact with code. The catalogue describes the same ids; a contract test holds the two together."""

