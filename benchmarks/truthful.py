"""A truthful person: answers any question of the interview from the full description of a system."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bartizan.system.description import Actor, Component, Data, Description, Model, Tool
from bartizan.system.draft import Draft
from bartizan.system.facts import Facts
from bartizan.system.graph import System
from bartizan.system.interview import UNKNOWN, Reply
from bartizan.system.questions import Question

Truthful = bool | None


def _any(answers: Sequence[Truthful]) -> Truthful:
    return True if True in answers else None if None in answers else False


class Person:
    """Answers any question of the interview from a full description. Where several components are meant, any counts."""

    def __init__(self, described: Description) -> None:
        self.system = System(described)
        self.facts = Facts(self.system)
        self.described = described

    def fact(self, name: str, components: Sequence[Component]) -> Truthful:
        values = [self.facts.ask(c.id, name).value for c in components]
        return _any([v if isinstance(v, bool) else None for v in values])

    def data(self, *roles: str) -> list[Component]:
        return [c for c in self.described.components if isinstance(c, Data) and c.role in roles]

    @property
    def models(self) -> tuple[Model, ...]:
        """The models that people mean when they speak of the system: those with the richest output first."""
        rank = {"generative": 0, "predictive": 1, "heuristic": 2, "unknown": 3}
        return tuple(sorted(self.system.models, key=lambda m: rank[m.type]))

    @property
    def tools(self) -> list[Tool]:
        return [c for c in self.described.components if isinstance(c, Tool)]

    def answer(self, question: Question, draft: Draft) -> Reply:
        if question.form == "text":
            return self.described.name
        if question.id in _WHOLE:
            reply = _WHOLE[question.id](self)
            return UNKNOWN if reply is None else reply
        says = _SINGLE[question.id]
        if question.form == "one":
            value = says(self, "")
            return UNKNOWN if value is None else "yes" if value else "no"
        chosen: list[str] = []
        for choice in draft.choices(question):
            value = says(self, choice.id)
            if value is None and not choice.doubtful:
                return UNKNOWN
            if value is not False:
                chosen.append(choice.id if value else f"{choice.id}?")
        return tuple(chosen)


def _kind(person: Person) -> Reply | None:
    if not person.models:
        return "no_model"
    model = person.models[0]
    decides = person.fact("classification_task", [model])
    match model.type:
        case "generative":
            draws = isinstance(model.gives, tuple) and not {"text", "code", "document"} & set(model.gives)
            return "draws" if draws else "judges" if decides else "writes"
        case "predictive":
            tasks = set(model.task) if isinstance(model.task, tuple) else set()
            ranks = tasks & {"ranking", "recommendation", "clustering", "search"}
            return "classifies" if decides else "recommends" if ranks else "forecasts"
        case "heuristic":
            return "rules"
    return None


def _made_by(person: Person) -> Reply | None:
    model = person.models[0]
    ours = person.fact("run_by_us", [model])
    theirs = person.fact("run_by_supplier", [model])
    if model.trained_by not in {"us", "supplier"} or (ours is None and theirs is None):
        return None
    if model.trained_by == "us":
        return "own" if ours else "own_hosted"
    if model.fine_tuned_by == "us":
        return "fine_tuned" if ours else "fine_tuned_service"
    return "ready_made" if ours else "supplier"


def _built_by(person: Person) -> Reply | None:
    made = _made_by(person)
    return made if made in {"own", "ready_made", "supplier"} else "own" if made == "own_hosted" else None


def _inserts(person: Person) -> Reply | None:
    roles = {c.role for m in person.models[:1] for c in person.facts.neighbours(m, "insert") if isinstance(c, Data)}
    if person.models[0].reads == "unknown":
        return None
    names = {"retrieval": "documents", "memory": "memory", "system_prompt": "system_prompt"}
    return tuple(name for role, name in names.items() if role in roles)


def _tools(person: Person) -> Reply | None:
    if person.models[0].tools == "unknown" or any(not isinstance(t.effects, tuple) for t in person.tools):
        return None
    effects = {e for t in person.tools for e in (t.effects or ())}
    words = {"physical": "move"}
    agents = person.fact("multi_agent", person.models[:1])
    return (*sorted(words.get(e, e) for e in effects), *(("agents",) if agents else ()))


def _users(person: Person) -> Reply | None:
    trusts = person.fact("untrusted_input", person.models[:1])
    if trusts is None:
        return None
    actors = [c for c in person.described.components if isinstance(c, Actor) and c.trusted is False]
    return "trusted" if not trusts else "public" if any(a.crowd == "public" for a in actors) else "many"


def _output(person: Person) -> Reply | None:
    uses = [m.output_goes_to for m in person.models[:1]]
    if all(not isinstance(u, tuple) for u in uses):
        return None
    known = {"person", "browser", "program", "query", "machine"}
    return tuple(sorted({w for u in uses if isinstance(u, tuple) for w in u} & known))


def _media(person: Person) -> Reply | None:
    takes = person.models[0].takes
    return tuple({"image", "audio", "video", "document"} & set(takes)) if isinstance(takes, tuple) else None


def _origin(*roles: str) -> Callable[[Person], Reply | None]:
    def answer(person: Person) -> Reply | None:
        found = [c for c in person.data(*roles) if isinstance(c, Data)]
        sources = {c.source for c in found} - {None, "unknown"}
        tainted = person.fact("data_writable_by_untrusted", found)
        if not found or (not sources and tainted is None):
            return None
        words = [w for w in ("us", "supplier", "public") if w in sources]
        return (*words, *(("outsiders",) if tainted else ()))

    return answer


_WHOLE: dict[str, Callable[[Person], Reply | None]] = {
    "kind": _kind,
    "made_by": _made_by,
    "built_by": _built_by,
    "inserts": _inserts,
    "tools": _tools,
    "users": _users,
    "output": _output,
    "media": _media,
    "documents_from": _origin("retrieval"),
    "training_from": _origin("training", "validation", "test"),
    "rules_from": _origin("rules", "analysis"),
    "analysis_from": _origin("analysis", "rules"),
}
_ROLES = {
    "documents": ("retrieval",),
    "memory": ("memory",),
    "system_prompt": ("system_prompt",),
    "training_data": ("training", "validation", "test"),
    "rules": ("rules", "analysis"),
    "analysis_data": ("analysis", "rules"),
}
_EFFECTS = {"read": "read", "write": "write", "send": "send", "execute": "execute", "pay": "pay", "move": "physical"}


def _stakes(person: Person, item: str) -> Truthful:
    fact = {"harm": "output_can_harm", "gain": "fooling_pays"}.get(item, "intellectual_property")
    return person.fact(fact, person.models[:1])


def _sensitive(person: Person, item: str) -> Truthful:
    if item == "input":
        return person.fact("input_sensitive", person.models[:1])
    if item == "tools":
        readers = [t for t in person.tools if isinstance(t.effects, tuple) and "read" in t.effects]
        return _any([_yes_no(t.reaches_sensitive) for t in readers])
    return person.fact("data_sensitive", person.data(*_ROLES[item]))


def _yes_no(value: object) -> Truthful:
    return value if isinstance(value, bool) else None


def _about(fact: str) -> Callable[[Person, str], Truthful]:
    return lambda person, item: person.fact(fact, person.data(*_ROLES[item or "documents"]))


def _of_model(fact: str) -> Callable[[Person, str], Truthful]:
    return lambda person, _: person.fact(fact, person.models[:1])


def _of_tools(field: str) -> Callable[[Person, str], Truthful]:
    def answer(person: Person, item: str) -> Truthful:
        able = [t for t in person.tools if isinstance(t.effects, tuple) and _EFFECTS[item or "read"] in t.effects]
        return _any([_yes_no(getattr(t, field)) for t in able])

    return answer


_SINGLE: dict[str, Callable[[Person, str], Truthful]] = {
    "stakes": _stakes,
    "sensitive": _sensitive,
    "look_up_returns": _of_tools("returns_untrusted"),
    "approval": _of_tools("needs_approval"),
    "undo": _of_tools("irreversible"),
    "task": _of_model("classification_task"),
    "membership": _about("data_membership_sensitive"),
    "embeddings": _about("data_is_vector_index"),
    "index_writes": _about("index_written_directly"),
    "deletion": _about("deletion_propagates"),
    "fallback": _about("retrieval_fails_safe"),
    "shared": lambda person, _: person.fact("data_shared_between_users", person.data("memory")),
    "weights": _of_model("weights_public"),
    "costs": _of_model("costs_per_use"),
    "reveals": _of_model("output_can_reveal_data"),
}
KNOWN = frozenset(_WHOLE) | frozenset(_SINGLE) | {"name"}
"""The questions that the person can answer."""
