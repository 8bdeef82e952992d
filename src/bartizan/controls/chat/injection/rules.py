"""The rules by which planted instructions are told, as data: what each looks for, in which language, with examples.

A rule's score is how sure it makes one that the text gives orders to a model that its reader did not ask for: from .5
on a rule is enough by itself, below it is a sign to be added to others.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Literal

import msgspec

from bartizan.controls.chat.injection.templates import Pattern, Words, beginnings_of, compiled, mark_of
from bartizan.core.errors import InputError
from bartizan.core.source import read_yaml
from bartizan.detectors.pattern_check import flaw

FOLDER = Path(__file__).parent / "data" / "rules"
ENOUGH = 0.5
"""From this score on a rule is enough by itself."""

Source = Literal["user", "data"]
Family = Literal[
    "override",
    "spoofing",
    "extraction",
    "persona",
    "exfiltration",
    "tool_order",
    "hidden",
    "urgency",
    "memory",
    "agenda",
]


class Rule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One way in which instructions are planted.

    ``patterns`` are templates (templates.py), ``expressions`` regular expressions over folded text with the words in
    ``needs``, of which at least one must be there. ``data_score`` holds for a text that nobody should take orders from;
    without it ``score`` holds for both.
    """

    id: str
    family: Family
    title: str
    what: str
    score: float
    data_score: float | None = None
    patterns: tuple[str, ...] = ()
    expressions: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    matches: tuple[str, ...]
    """Texts in which it must be found."""
    passes: tuple[str, ...]
    """Texts in which it must not."""

    def score_in(self, source: Source) -> float:
        """Its score for a text from there."""
        return self.score if source == "user" or self.data_score is None else self.data_score


class RuleFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The rules of one language. ``joined``: it puts no spaces between words."""

    language: str
    joined: bool = False
    lists: dict[str, tuple[str, ...]] = {}
    rules: tuple[Rule, ...]


class Ready(msgspec.Struct, frozen=True, kw_only=True):
    """A rule that can be searched for."""

    rule: Rule
    language: str
    joined: bool
    patterns: tuple[Pattern, ...]


@lru_cache(maxsize=1)
def all_rules() -> tuple[Ready, ...]:
    """Every rule that ships, ready; read once. Raises InputError for files that are wrong."""
    return tuple(ready for file in sorted(FOLDER.glob("*.yaml")) for ready in load(file))


class Index:
    """Which patterns could match a text, told by its words: nearly all are ruled out at once."""

    def __init__(self, rules: tuple[Ready, ...]) -> None:
        self._all = [(ready, pattern) for ready in rules for pattern in ready.patterns]
        self._by_word: dict[str, list[int]] = {}
        self._by_piece: dict[str, list[int]] = {}
        self._joined = [i for i, (ready, one) in enumerate(self._all) if ready.joined]
        needed: set[str] = set()
        for i, (ready, one) in enumerate(self._all):
            if ready.joined:
                continue
            if not one.anywhere:
                needed.update(*one.needs)
            for word in one.needs[0]:
                (self._by_piece if one.anywhere else self._by_word).setdefault(word, []).append(i)
        marks = {one: mark_of(one) for one in self._by_piece}
        self._pieces = {mark: tuple(one for one in marks if marks[one] == mark) for mark in set(marks.values())}
        self.known = lru_cache(maxsize=16_384)(
            lambda word: tuple([one for one in beginnings_of(word) if one in needed])
        )
        """Of a word's first characters, the beginnings that any pattern needs."""

    def candidates(self, words: Words) -> Iterator[tuple[Ready, Pattern]]:
        """Those of whose first group a word is there, in the order of the rules."""
        found: set[int] = set()
        for word in words.beginnings & self._by_word.keys():
            found.update(self._by_word[word])
        for piece in words.pieces(self._pieces):
            found.update(self._by_piece[piece])
        if words.has_joined:
            found.update(self._joined)
        return (self._all[i] for i in sorted(found))


@lru_cache(maxsize=1)
def index() -> Index:
    """Of all rules."""
    return Index(all_rules())


def load(file: Path) -> tuple[Ready, ...]:
    """The rules of one file. Raises InputError, with place and finding, for one that is wrong."""
    document = read_yaml(file)
    try:
        rules = msgspec.convert(document.data, RuleFile)
    except msgspec.ValidationError as error:
        raise InputError([document.problem((), str(error), "see the other files of rules")]) from None
    out = []
    for number, rule in enumerate(rules.rules):
        try:
            out.append(_ready(rule, rules))
        except (ValueError, re.error) as error:
            raise InputError([document.problem(("rules", number), f"rule '{rule.id}': {error}")]) from None
    return tuple(out)


def _ready(rule: Rule, file: RuleFile) -> Ready:
    patterns = [compiled(one, file.lists, joined=file.joined) for one in rule.patterns]
    for expression in rule.expressions:
        wrong = flaw(expression)
        if wrong or not rule.needs:
            raise ValueError(f"its expression {wrong or 'has no words that it needs'}")
        patterns.append(Pattern(expression=re.compile(expression), needs=(rule.needs,), anywhere=True))
    if not patterns:
        raise ValueError("it has no pattern")
    return Ready(rule=rule, language=file.language, joined=file.joined, patterns=tuple(patterns))
