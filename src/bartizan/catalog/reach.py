"""How far one rule reaches compared with another: worked out over all systems that can be, not guessed.

Both rules are evaluated for every combination of the facts that they ask for, as far as the facts can hold together;
the outcomes are compared, and the shortest case of a difference is found.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping
from typing import Literal, TypeAlias

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
_BOTH: Mapping[str, tuple[str, str]] = {
    "language_model": ("generative", "text_output"),
    "judgement_task": ("generative", "classification_task"),
}
"""Facts that hold exactly where two others do."""
_IMPLIES: tuple[tuple[str, str, bool], ...] = (
    ("uses_retrieval", "inserts_data", True),
    ("retrieval_sensitive", "uses_retrieval", True),
    ("retrieval_sensitive", "augmentation_sensitive", True),
    ("has_memory", "inserts_data", True),
    ("augmentation_sensitive", "inserts_data", True),
    ("training_data_sensitive", "trained_by_us", True),
    ("fine_tuned_by_us", "trained_by_us", True),
    ("intellectual_property", "weights_public", False),
    ("lethal_trifecta", "reads_untrusted_data", True),
    ("data_is_training", "data_is_retrieved", False),
    ("data_is_training", "data_is_analysed", False),
    ("data_is_retrieved", "data_is_analysed", False),
)
"""Where the first fact is yes, the second has this value."""
_TYPES = ("generative", "predictive", "heuristic")
"""Of these a model is exactly one."""


class Comparison:
    """Two rules over all combinations of the facts that either asks for. A set of them is a number, a bit each."""

    def __init__(self, old: Rule | None, new: Rule | None) -> None:
        self.possible = self.gained = self.lost = 0
        self.facts: list[Fact] = []
        self.masks: list[tuple[int, int]] = []
        if old is None or new is None:
            self.reach: Reach = "added" if old is None else "removed"
            return
        self.facts = list(dict.fromkeys(_with_parts(itertools.chain(facts_of(old), facts_of(new)))))
        if len(self.facts) > _MOST_FACTS:
            self.reach, self.facts = "unclear", []
            return
        masks = [[0, 0] for _ in self.facts]
        for bit, values in enumerate(itertools.product((True, False), repeat=len(self.facts))):
            answers = dict(zip(self.facts, values, strict=True))
            if _can_be(answers):
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


def _with_parts(facts: Iterable[Fact]) -> Iterator[Fact]:
    for fact in facts:
        yield fact
        parts = _BOTH.get(fact.id, ())
        yield from map(Fact, parts)
        if not {fact.id, *parts}.isdisjoint(_TYPES):
            yield from map(Fact, _TYPES)


def _can_be(answers: Case) -> bool:
    """Whether answers to these facts can hold together in one system."""
    says = {fact.id: value for fact, value in answers.items() if fact.test == "yes"}
    if sum(says.get(name, False) for name in _TYPES) != 1 and _TYPES[0] in says:
        return False
    for whole, (one, other) in _BOTH.items():
        if whole in says and says[whole] != (says[one] and says[other]):
            return False
    return not any(says.get(fact) and says.get(implied, value) != value for fact, implied, value in _IMPLIES)


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
