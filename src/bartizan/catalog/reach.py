"""How far one rule reaches compared with another: worked out over all systems that can be, not guessed.

Both rules are evaluated for every combination of the facts that they ask for, as far as the facts can hold together;
the outcomes are compared, and the shortest case of a difference is found.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping
from typing import Literal, TypeAlias

import msgspec

from bartizan.catalog.entries import FactEntry
from bartizan.core.rule import All, Any, Fact, Not, Rule, facts_of

Reach: TypeAlias = Literal["same", "wider", "narrower", "different", "added", "removed", "unclear"]
MEANS: Mapping[Reach, str] = {
    "same": "written differently, but the outcome is the same for every system",
    "wider": "more systems have it; none loses it",
    "narrower": "fewer systems have it; none gains it",
    "different": "some systems gain it and others lose it",
    "added": "systems are now asked about it",
    "removed": "systems are no longer asked about it",
    "unclear": "the two rules ask for too many facts to compare them",
}
_REACHES: Mapping[tuple[bool, bool], Reach] = {
    (False, False): "same",
    (True, False): "wider",
    (False, True): "narrower",
    (True, True): "different",
}
_MOST_FACTS = 14
"""More would take seconds; the framework's own rules ask for ten at most."""
Case: TypeAlias = Mapping[Fact, bool]


class Ties(msgspec.Struct, frozen=True):
    """Which facts cannot hold together, so that a difference that no system can show is none."""

    both: Mapping[str, tuple[str, ...]] = {}
    """A fact, and the facts that are all yes exactly where it is."""
    implied: tuple[tuple[str, str, bool], ...] = ()
    """Where the first fact is yes, the second has this value."""
    one_of: tuple[frozenset[str], ...] = ()
    """Of each set of facts exactly one is yes."""

    def parts(self, fact: str) -> Iterator[str]:
        """The facts that must be looked at beside this one, for what they leave possible."""
        parts = self.both.get(fact, ())
        yield from parts
        for names in self.one_of:
            if not names.isdisjoint((fact, *parts)):
                yield from sorted(names)

    def allow(self, answers: Case) -> bool:
        """Whether answers to these facts can hold together in one system; a fact without an answer forbids nothing."""
        says = {fact.id: value for fact, value in answers.items() if fact.test == "yes"}
        if any(names <= says.keys() and sum(says[name] for name in names) != 1 for names in self.one_of):
            return False
        for whole, parts in self.both.items():
            found = [says.get(part) for part in parts]
            if (says.get(whole) is True and False in found) or (says.get(whole) is False and all(found)):
                return False
        return not any(says.get(fact) and says.get(other, value) != value for fact, other, value in self.implied)


def ties_of(facts: Iterable[FactEntry]) -> Ties:
    """The ties that the catalogue's entries of facts tell."""
    entries = tuple(facts)
    groups: dict[str, set[str]] = {}
    for entry in entries:
        if entry.one_of:
            groups.setdefault(entry.one_of, set()).add(entry.id)
    return Ties(
        both={entry.id: entry.both for entry in entries if entry.both},
        implied=tuple((entry.id, other, value) for entry in entries for other, value in entry.implies.items()),
        one_of=tuple(frozenset(names) for names in groups.values()),
    )


class RulePair:
    """Two rules over all combinations of the facts that either asks for. A set of them is a number, a bit each."""

    def __init__(self, old: Rule | None, new: Rule | None, ties: Ties) -> None:
        self.possible = self.gained = self.lost = 0
        self.facts: list[Fact] = []
        self.masks: list[tuple[int, int]] = []
        if old is None or new is None:
            self.reach: Reach = "added" if old is None else "removed"
            return
        self.facts = list(dict.fromkeys(_with_parts(itertools.chain(facts_of(old), facts_of(new)), ties)))
        if len(self.facts) > _MOST_FACTS:
            self.reach, self.facts = "unclear", []
            return
        masks = [[0, 0] for _ in self.facts]
        for bit, values in enumerate(itertools.product((True, False), repeat=len(self.facts))):
            answers = dict(zip(self.facts, values, strict=True))
            if ties.allow(answers):
                was, is_now = _met(old, answers), _met(new, answers)
                self.possible |= 1 << bit
                self.gained |= (is_now and not was) << bit
                self.lost |= (was and not is_now) << bit
                for mask, value in zip(masks, values, strict=True):
                    mask[value] |= 1 << bit
        self.masks = [(no, yes) for no, yes in masks]
        self.reach = _REACHES[bool(self.gained), bool(self.lost)]

    def shortest(self, *, gained: bool) -> Case:
        """The fewest answers that make the difference whatever the other answers are; none where there is none."""
        wanted = self.gained if gained else self.lost
        for size in range(1, len(self.facts) + 1) if wanted else ():
            for fixed in itertools.combinations(range(len(self.facts)), size):
                for values in itertools.product((True, False), repeat=size):
                    matching = self.possible
                    for place, value in zip(fixed, values, strict=True):
                        matching &= self.masks[place][value]
                    if matching and not matching & ~wanted:
                        return {self.facts[place]: value for place, value in zip(fixed, values, strict=True)}
        return {}


def _with_parts(facts: Iterable[Fact], ties: Ties) -> Iterator[Fact]:
    for fact in facts:
        yield fact
        yield from map(Fact, ties.parts(fact.id))


def _met(rule: Rule, answers: Mapping[Fact, bool]) -> bool:
    match rule:
        case Fact():
            return answers[rule]
        case Not(rule=inner):
            return not _met(inner, answers)
        case All(rules=rules):
            return all(_met(inner, answers) for inner in rules)
        case Any(rules=rules):
            return any(_met(inner, answers) for inner in rules)
