"""Rules: all / any / not over facts, and comparison of a fact with a literal.

A rule is evaluated in Kleene's strong three-valued logic: a result that is decided stays decided whatever the unknown
facts turn out to be. The evaluation returns the facts that decide it, which is the proof. There is no `eval` here.

    trained_by_us                                    the fact is yes
    {not: weights_public}
    {all: [generative, {any: [a, b]}]}
    {fact: users, at_least: 100}   {fact: hosting, is: [edge, user_device]}
    always   never
"""

from __future__ import annotations

import itertools
import math
import typing
from collections.abc import Callable, Iterator, Mapping
from typing import TypeAlias

import msgspec

from bartizan.core.terms import Truth

Literal: TypeAlias = bool | int | float | str
Value: TypeAlias = Literal | None
"""What a fact says; None means unknown."""


class Fact(msgspec.Struct, frozen=True, tag="fact"):
    """The fact is yes, or compares as asked with a literal."""

    id: str
    test: str = "yes"
    literal: tuple[Literal, ...] = ()


class Not(msgspec.Struct, frozen=True, tag="not"):
    """The rule inside is not met."""

    rule: Rule


class All(msgspec.Struct, frozen=True, tag="all"):
    """Every rule inside is met. All of nothing is yes."""

    rules: tuple[Rule, ...]


class Any(msgspec.Struct, frozen=True, tag="any"):
    """At least one rule inside is met. Any of nothing is no."""

    rules: tuple[Rule, ...]


Rule: TypeAlias = Fact | Not | All | Any
ALWAYS: Rule = All(())
NEVER: Rule = Any(())
COMPARISONS = ("is", "at_least", "at_most")
_COMPARISON_SET = frozenset(COMPARISONS)
MAX_DEPTH = 100
"""Deeper than a file may nest (`source.MAX_DEPTH`), and far from where the interpreter gives up."""


class RuleError(ValueError):
    """A rule cannot be read. ``path`` leads from the rule's root to the spot."""

    def __init__(self, path: tuple[str | int, ...], finding: str, fix: str = "") -> None:
        super().__init__(finding)
        self.path, self.finding, self.fix = path, finding, fix


def parse(node: object, path: tuple[str | int, ...] = ()) -> Rule:
    """Read a rule from plain data. Raises RuleError at the first spot that is no rule."""
    if isinstance(node, str) and node:
        return {"always": ALWAYS, "never": NEVER}.get(node) or Fact(node)
    if len(path) > 2 * MAX_DEPTH:
        raise RuleError(path, f"a rule nested deeper than {MAX_DEPTH} levels", "make it flatter")
    if not isinstance(node, Mapping) or not node:
        raise RuleError(path, f"expected a fact or all / any / not, found {node!r}", "write the name of a fact")
    if "fact" in node:
        return _parse_comparison(node, path)
    if len(node) != 1:
        raise RuleError(path, f"one of all / any / not at a time, found {', '.join(map(str, node))}", "nest them")
    ((word, inner),) = node.items()
    if word == "not":
        return Not(parse(inner, (*path, "not")))
    if word not in {"all", "any"}:
        raise RuleError((*path, str(word)), f"unknown word '{word}' in a rule", "use all, any, not or fact")
    if not isinstance(inner, list) or not inner:
        raise RuleError((*path, word), f"'{word}' wants a list of rules, found {inner!r}", "list at least one rule")
    rules = tuple(parse(rule, (*path, word, i)) for i, rule in enumerate(inner))
    return All(rules) if word == "all" else Any(rules)


def _parse_comparison(node: Mapping[object, object], path: tuple[str | int, ...]) -> Fact:
    tests = [str(key) for key in node if key != "fact"]
    if len(tests) != 1 or tests[0] not in _COMPARISON_SET:
        raise RuleError(path, f"a fact is compared by one of {', '.join(COMPARISONS)}, found {tests}")
    literal = node[tests[0]]
    literals: list[typing.Any] = literal if isinstance(literal, list) else [literal]
    if not literals or not all(_is_literal(x) for x in literals):
        raise RuleError((*path, tests[0]), f"expected a literal to compare with, found {literal!r}")
    if tests[0] != "is" and not (len(literals) == 1 and _is_number(literals[0])):
        raise RuleError((*path, tests[0]), f"'{tests[0]}' wants one number, found {literal!r}")
    name = node["fact"]
    if not isinstance(name, str) or not name:
        raise RuleError((*path, "fact"), f"expected the name of a fact, found {name!r}", "write the name of a fact")
    return Fact(name, tests[0], tuple(literals))


def _is_literal(value: object) -> bool:
    return isinstance(value, bool | str) or _is_number(value)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def dump(rule: Rule) -> object:
    """The plain data that ``parse`` reads back as this rule."""
    match rule:
        case Fact(id=name, test="yes"):
            return name
        case Fact(id=name, test=test, literal=literal):
            return {"fact": name, test: literal[0] if len(literal) == 1 else list(literal)}
        case Not(rule=inner):
            return {"not": dump(inner)}
        case All(rules=()):
            return "always"
        case Any(rules=()):
            return "never"
        case All(rules=rules):
            return {"all": [dump(r) for r in rules]}
        case Any(rules=rules):
            return {"any": [dump(r) for r in rules]}


def facts_of(rule: Rule) -> Iterator[Fact]:
    """Every fact that the rule asks for, in order, repeated where it is repeated."""
    match rule:
        case Fact():
            yield rule
        case Not(rule=inner):
            yield from facts_of(inner)
        case All(rules=rules) | Any(rules=rules):
            yield from itertools.chain.from_iterable(map(facts_of, rules))


def _holds(fact: Fact, value: Value) -> Truth:
    if value is None:
        return Truth.UNKNOWN
    if fact.test == "yes":
        met = value is True
    elif fact.test == "is":
        met = any(value == x and isinstance(value, bool) == isinstance(x, bool) for x in fact.literal)
    else:
        met = _compares(fact, value)
    return Truth.YES if met else Truth.NO


def _compares(fact: Fact, value: Literal) -> bool:
    """Whether a number is on the right side of the limit; a text or a yes-or-no is on neither."""
    limit = fact.literal[0]
    if isinstance(value, bool | str) or isinstance(limit, bool | str):
        return False
    return value >= limit if fact.test == "at_least" else value <= limit


Lookup: TypeAlias = Callable[[str], Value]


def evaluate(rule: Rule, lookup: Lookup) -> tuple[Truth, tuple[str, ...]]:
    """The truth of the rule, and the facts that decide it.

    The facts are a proof: with these values alone the result is the same. When the result is unknown they are the
    facts whose answers are missing.
    """
    if isinstance(rule, Fact):
        return _holds(rule, lookup(rule.id)), (rule.id,)
    if isinstance(rule, Not):
        truth, used = evaluate(rule.rule, lookup)
        return _NEGATED[truth], used
    decisive = Truth.NO if isinstance(rule, All) else Truth.YES
    proof: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    for inner in rule.rules:
        truth, used = evaluate(inner, lookup)
        if truth is decisive:
            return truth, used
        if truth is Truth.UNKNOWN:
            missing += used
        else:
            proof += used
    if missing:
        return Truth.UNKNOWN, tuple(dict.fromkeys(missing))
    return _NEGATED[decisive], tuple(dict.fromkeys(proof))


_NEGATED = {Truth.YES: Truth.NO, Truth.NO: Truth.YES, Truth.UNKNOWN: Truth.UNKNOWN}


def breakers(rule: Rule, lookup: Lookup, limit: int = 3) -> tuple[frozenset[str], ...]:
    """The smallest sets of facts whose change makes a rule that is met no longer met, at most ``limit`` facts each.

    To change a fact is to turn yes into no or no into yes, or to answer it where it is unknown. All such sets are
    found, each breaks the rule whatever is still unknown, and none has a smaller one inside it. Comparisons of one fact
    that is no yes-or-no count apart, each as met or not. Raises ValueError when the rule is not met.
    """
    atoms = {fact: lookup(fact.id) for fact in facts_of(rule)}
    start = {fact: _holds(fact, value) for fact, value in atoms.items()}
    if _truth(rule, start) is not Truth.YES:
        raise ValueError("only a rule that is met can be broken")
    broken: set[frozenset[str]] = set()
    pending: list[_World] = [{}]
    seen: set[frozenset[tuple[Fact, Truth]]] = set()
    while pending:
        changed = pending.pop()
        names = frozenset(fact.id for fact in changed)
        key = frozenset(changed.items())
        if key in seen or len(names) > limit or any(smaller <= names for smaller in broken):
            continue
        seen.add(key)
        world = start | changed
        if _truth(rule, world) is Truth.NO:
            broken.add(names)
        else:
            # A fact that stands both plainly and negated breaks one part and mends another: what was changed stays, and
            # the mended part is broken by further facts, or this is no way at all.
            turns = _turns(rule, world, Truth.NO, limit)
            pending.extend(changed | _applied(turn, atoms) for turn in turns if not names & {f.id for f, _ in turn})
    return _minimal(broken)


_World: TypeAlias = dict[Fact, Truth]
_Turn: TypeAlias = frozenset[tuple[Fact, Truth]]


def _truth(rule: Rule, world: Mapping[Fact, Truth]) -> Truth:
    match rule:
        case Fact():
            return world[rule]
        case Not(rule=inner):
            return _NEGATED[_truth(inner, world)]
        case All(rules=rules) | Any(rules=rules):
            decisive = Truth.NO if isinstance(rule, All) else Truth.YES
            found = {_truth(inner, world) for inner in rules}
            return decisive if decisive in found else Truth.UNKNOWN if Truth.UNKNOWN in found else _NEGATED[decisive]


def _turns(rule: Rule, world: Mapping[Fact, Truth], wanted: Truth, limit: int) -> set[_Turn]:
    """Ways to bring each part of the rule that is not ``wanted`` there; the empty one where it is there already."""
    if _truth(rule, world) is wanted:
        return {frozenset()}
    match rule:
        case Fact():
            return {frozenset({(rule, wanted)})}
        case Not(rule=inner):
            return _turns(inner, world, _NEGATED[wanted], limit)
        case All(rules=rules) | Any(rules=rules):
            parts = [_turns(inner, world, wanted, limit) for inner in rules]
            if (wanted is Truth.NO) == isinstance(rule, All):
                return set().union(*parts)
            joined: set[_Turn] = {frozenset()}
            for part in parts:
                joined = {both for a in joined for b in part if _possible(both := a | b, limit)}
            return joined


def _possible(turn: _Turn, limit: int) -> bool:
    """Nothing is both met and not met, and the facts are few enough."""
    return len({fact for fact, _ in turn}) == len(turn) and len({fact.id for fact, _ in turn}) <= limit


def _applied(turn: _Turn, atoms: Mapping[Fact, Value]) -> _World:
    """What a turn makes of everything that is asked about its facts."""
    world: _World = dict(turn)
    for fact, truth in turn:
        if isinstance(atoms[fact], bool) or (atoms[fact] is None and fact.test == "yes"):
            value = not atoms[fact] if isinstance(atoms[fact], bool) else truth is Truth.YES
            world.update({other: _holds(other, value) for other in atoms if other.id == fact.id})
    return world


def _minimal(sets: set[frozenset[str]]) -> tuple[frozenset[str], ...]:
    kept: list[frozenset[str]] = []
    for candidate in sorted(sets, key=lambda s: (len(s), sorted(s))):
        if not any(smaller <= candidate for smaller in kept):
            kept.append(candidate)
    return tuple(kept)
