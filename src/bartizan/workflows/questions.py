"""The answers still worth giving for a description: in order of what they decide, and where each is written."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from bartizan.assess.identify import Rulebook, verdicts_on
from bartizan.catalog.entries import Catalog
from bartizan.core.proof import Need
from bartizan.core.records import Verdict
from bartizan.core.terms import ComponentId, Edition, FactId, Outcome
from bartizan.system.description import Component, Data, Description, FactAnswer, Model
from bartizan.system.graph import System
from bartizan.system.interview import RATED_WEIGHT
from bartizan.system.questions import FieldChoice, FieldQuestion, about_field
from bartizan.system.writing import example

_BUDGET = 100_000
"""Verdicts that may be reached again while trying answers out, some seconds' worth. Of a large system only the answers
that most verdicts wait for are tried; the others follow them in order of how many wait."""
_CHOICES = 3
"""Answers to a question, about."""


class Worthwhile(msgspec.Struct, frozen=True, kw_only=True):
    """An answer worth giving: the question, what it decides, and where to write it."""

    component: str
    field: str
    ask: str
    why: str
    write: str
    """A line to copy, with the choices there are."""
    inside: str
    """What to write it in: a component, or a list of the file."""
    line: int | None
    always: tuple[str, ...]
    """Verdicts that are decided whatever the answer is."""
    perhaps: tuple[str, ...]
    """Verdicts that some answers decide."""
    waiting: tuple[str, ...]
    """All verdicts that wait for it; the others need more than this answer."""
    decides: float
    """Weight of what it decides, on average over the answers; a risk of its own weighs three times a variant."""


class Offered(msgspec.Struct, frozen=True, kw_only=True):
    """An answer that may be given, and the description after it."""

    say: str
    described: Description


class Questioner:
    """Ranks missing answers by the rules of one edition of a catalogue."""

    def __init__(self, catalog: Catalog, edition: Edition) -> None:
        self.catalog = catalog
        self._rules = Rulebook(catalog, edition)

    def judge(self, described: Description) -> Sequence[Verdict]:
        """The verdicts on a description, checked or not."""
        return verdicts_on(described, self._rules)

    def worthwhile(self, system: System) -> tuple[Worthwhile, ...]:
        """Every missing answer, the one that decides most first; each possible answer of it is tried out."""
        verdicts = self.judge(system.described)
        open_ones = [v for v in verdicts if v.outcome is Outcome.UNKNOWN]
        waits: dict[Need, list[Verdict]] = defaultdict(list)
        for verdict in open_ones:
            for need in verdict.needs:
                waits[need].append(verdict)
        ranked = sorted(waits, key=lambda n: (-_weight(waits[n]), n))
        most = max(5, _BUDGET // (_CHOICES * max(1, len(verdicts))))
        found = [self._about(n, system, waits[n], open_ones, tried=i < most) for i, n in enumerate(ranked)]
        return tuple(sorted(found, key=lambda w: -w.decides))

    def choices(self, component: ComponentId, field: str, system: System) -> tuple[Offered, ...]:
        """The answers to the question about a field, each with the description that it makes."""
        need = Need(component=component, field=field)
        question = self._question(need, system)
        says = [choice.say for choice in question.choices]
        return tuple(
            Offered(say=say, described=made) for say, made in zip(says, _trials(need, question, system), strict=True)
        )

    def _about(
        self, need: Need, system: System, waits: list[Verdict], open_ones: list[Verdict], *, tried: bool
    ) -> Worthwhile:
        question = self._question(need, system)
        sets = [self._decided(d, open_ones) for d in _trials(need, question, system)] if tried else []
        always = set.intersection(*sets) if sets else set()
        perhaps = set.union(*sets) - always if sets else set()
        return Worthwhile(
            component=need.component,
            field=need.field,
            ask=question.ask,
            why=question.why,
            write=example(question, need.component),
            inside=_inside(need, system),
            line=system.line(_place(need, system)),
            always=tuple(v.id for v in open_ones if v.id in always),
            perhaps=tuple(v.id for v in open_ones if v.id in perhaps),
            waiting=tuple(v.id for v in waits),
            decides=sum(_weight([v for v in open_ones if v.id in s]) for s in sets) / len(sets) if sets else 0.0,
        )

    def _decided(self, described: Description, open_ones: list[Verdict]) -> set[str]:
        before = {v.id for v in open_ones}
        return {v.id for v in self.judge(described) if v.id in before and v.outcome is not Outcome.UNKNOWN}

    def _question(self, need: Need, system: System) -> FieldQuestion:
        kind = system.components.get(ComponentId(need.component))
        if kind is not None:
            found = about_field(str(kind.__struct_config__.tag), need.field)
            if found is not None:
                return found
        fact = need.field.removeprefix("answers.")
        entry = self.catalog.facts.get(FactId(fact))
        return FieldQuestion(
            at="fact",
            field=need.field,
            ask=entry.question if entry else f"What is '{need.field}'?",
            why=entry.why if entry else "A rule asks for it.",
            example="- {fact: " + fact + ", at: @, value: yes}   # or no",
        )


def _weight(verdicts: Sequence[Verdict]) -> int:
    return sum(RATED_WEIGHT if v.rated else 1 for v in verdicts)


def _place(need: Need, system: System) -> tuple[str | int, ...]:
    if ComponentId(need.component) in system.implied:
        return system.path(ComponentId(need.component.partition(".")[0]))
    return system.path(ComponentId(need.component))


def _inside(need: Need, system: System) -> str:
    if need.field.startswith("answers."):
        return "under answers"
    if ComponentId(need.component) in system.implied:
        model = need.component.partition(".")[0]
        return f"in a component of its own: data with role: training, named in trained_on of {model}"
    return "under components" if need.field == "used_by" else f"in component {need.component}"


# Trying answers out


def _trials(need: Need, question: FieldQuestion, system: System) -> Iterator[Description]:
    """The description after each answer that there is to a question."""
    described = _spelled_out(need, system)
    if question.at == "fact":
        fact = need.field.removeprefix("answers.")
        for value in (True, False):
            stated = FactAnswer(fact=fact, at=ComponentId(need.component), value=value)
            yield msgspec.structs.replace(described, answers=(*described.answers, stated))
        return
    for choice in question.choices:
        yield _with_choice(described, need, choice)


def _spelled_out(need: Need, system: System) -> Description:
    """The description; with the training data that it only implies as a component, where the need is about that."""
    described, name = system.described, ComponentId(need.component)
    if name not in system.implied:
        return described
    implied = system.components[name]
    owner = next(e.target for e in system.out_of[name] if e.kind == "train")
    components = tuple(
        msgspec.structs.replace(c, trained_on=(name,)) if isinstance(c, Model) and c.id == owner else c
        for c in described.components
    )
    assert isinstance(implied, Data)
    return msgspec.structs.replace(described, components=(*components, implied))


def _with_choice(described: Description, need: Need, choice: FieldChoice) -> Description:
    taken = {c.id for c in described.components}
    added = [_component(raw, need.component) for raw in choice.adds]
    value: Any = choice.value
    if isinstance(value, list):
        value = tuple(value)
    components = tuple(
        msgspec.structs.replace(c, **{need.field: value})
        if c.id == need.component and need.field in c.__struct_fields__
        else c
        for c in described.components
    )
    new = [c if c.id not in taken else msgspec.structs.replace(c, id=ComponentId(f"{c.id}.new")) for c in added]
    return msgspec.structs.replace(described, components=(*components, *new))


def _component(raw: dict[str, Any], name: str) -> Component:
    spelled = {k: [name if x == "@" else x for x in v] if isinstance(v, list) else v for k, v in raw.items()}
    component: Component = msgspec.convert(spelled, Component)
    return component
