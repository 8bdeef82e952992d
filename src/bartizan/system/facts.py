"""The facts that rules may ask, computed from the description and its graph: the asking, and the table of them all.

A fact answers yes, no or unknown (None), says where the answer comes from, and when it is unknown which fields would
decide it. A fact that is stated under `answers` wins over the computed one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property

from bartizan.core.proof import Answer, Need, Origin
from bartizan.core.rule import Value
from bartizan.core.terms import ComponentId
from bartizan.system.data_facts import DATA_FACTS
from bartizan.system.description import Component, Data, Model, Tool
from bartizan.system.fact import FactFunction
from bartizan.system.graph import System
from bartizan.system.kleene import any_of
from bartizan.system.model_facts import MODEL_FACTS

FACTS: dict[str, FactFunction] = MODEL_FACTS | DATA_FACTS
"""Every fact with code. The catalogue describes the same ids; a contract test holds the two together."""

_NONE = {
    "reads": "no data that it reads is described",
    "tools": "no tools are described",
    "talks_to": "no agents that it talks to are described",
    "trained_on": "no training data is described",
}


class Facts:
    """All facts of one system, computed when asked and kept."""

    def __init__(self, system: System) -> None:
        self.system = system
        self._known: dict[str, dict[str, Answer]] = defaultdict(dict)
        self._among_agents: dict[str, dict[ComponentId, Answer]] = {}
        for i, answer in enumerate(system.described.answers):
            if answer.value == "unknown":
                self._known[answer.at][answer.fact] = _unanswered(answer.at, answer.fact)
                continue
            text = f"answered: {_shown(answer.value)}" + (f" ({answer.why})" if answer.why else "")
            origin = Origin(
                kind="answered", text=text, component=answer.at, field="answers", line=system.line(("answers", i))
            )
            self._known[answer.at][answer.fact] = Answer(answer.value, (origin,))

    def ask(self, component: ComponentId, fact: str) -> Answer:
        """The answer of one fact at one component.

        A fact without code is only known where it is stated, and so is a fact about another kind of component.
        """
        here = self._known[component]
        known = here.get(fact)
        if known is None:
            where = self.system.components.get(component)
            facts = MODEL_FACTS if isinstance(where, Model) else DATA_FACTS if isinstance(where, Data) else {}
            if where is not None and fact in facts:
                known = facts[fact](self, where)
            else:
                known = Answer(None) if fact in FACTS else _unanswered(component, fact)
            here[fact] = known
        return known

    def values(self, component: ComponentId, facts: Iterable[str]) -> tuple[Value, ...]:
        """The values of several facts at one component; what rules are applied to."""
        here = self._known[component]
        return tuple([(here.get(fact) or self.ask(component, fact)).value for fact in facts])

    def is_known(self, component: ComponentId, fact: str) -> bool:
        """Whether the answer is there already, so that asking costs nothing."""
        return fact in self._known[component]

    @cached_property
    def open_learners(self) -> dict[object, Model]:
        """Of the models of which it is unknown what they learn from, one that we train, one not, one unknown."""
        learners = (model for model in self.system.models if model.trained_on == "unknown")
        return {self.ask(model.id, "trained_by_us").value: model for model in sorted(learners, key=lambda m: m.id)}

    # ways to answer

    def given(self, component: Component, field: str) -> Answer:
        """The yes-or-no field of this name."""
        return self.system.given(component, field)

    def given_or(self, component: Component, field: str, value: bool, why: str) -> Answer:
        """The yes-or-no field of this name, or a default where it was left out (not where it is said to be unknown)."""
        if getattr(component, field) is None:
            return self.system.default(component, field, value, why)
        return self.system.given(component, field)

    def unknown(self, component: Component, *fields: str) -> Answer:
        """Unknown until these fields are answered."""
        return self.system.unknown(component, *fields)

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
            return self.system.default(component, field, False, _NONE[field])
        return self.system.stated(component, field, False, f"{field}: {', '.join(value) or 'none'}")

    # neighbours

    def neighbours(self, component: Component, edge: str) -> Iterator[Component]:
        """The components at the other end of edges of one kind that come in."""
        for found in self.system.into.get(component.id, ()):
            if found.kind == edge:
                yield self.system.components[found.source]

    def from_tools(self, model: Component, about: str, ask: Callable[[Facts, Tool], Answer]) -> Answer:
        """Kleene's or over the tools that a model can call, directly or through the agents it talks to.

        No where there is none; unknown where it is not said which there are. ``about`` names the question, so that it
        is asked once for all agents.
        """

        def own(facts: Facts, agent: Component) -> Answer:
            said = [facts.none_said(agent, f) for f in ("tools", "talks_to") if not _lists_any(agent, f)]
            return any_of([*(ask(facts, tool) for tool in facts.own_tools(agent)), *said])

        return self.from_agents(model, f"tools: {about}", own)

    def own_tools(self, agent: Component) -> Iterator[Tool]:
        """The tools that an agent calls itself."""
        for edge in self.system.out_of.get(agent.id, ()):
            tool = self.system.components[edge.target]
            if edge.kind == "call" and isinstance(tool, Tool):
                yield tool

    def from_agents(self, model: Component, about: str, ask: Callable[[Facts, Component], Answer]) -> Answer:
        """Kleene's or over a model and every agent that messages from it can reach.

        It is worked out for all agents together, from those that reach nobody on, so that a long line or a large circle
        of agents costs no more than its edges.
        """
        if about not in self._among_agents:
            found: dict[ComponentId, Answer] = {}
            for circle in self.system.circles:
                beyond = dict.fromkeys(there for agent in sorted(circle) for there in self.system.listeners(agent))
                own = [ask(self, self.system.components[agent]) for agent in sorted(circle)]
                answer = any_of([*own, *(found[there] for there in beyond if there in found)])
                found.update(dict.fromkeys(circle, answer))
            self._among_agents[about] = found
        return self._among_agents[about][model.id]


def _unanswered(component: ComponentId, fact: str) -> Answer:
    return Answer(None, (), (Need(component=component, field=f"answers.{fact}"),))


def _lists_any(component: Component, field: str) -> bool:
    return getattr(component, field, None) not in {None, "unknown", ()}


def _shown(value: object) -> str:
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)
