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


class RuleError(ValueError):
    """A rule cannot be read. ``path`` leads from the rule's root to the spot."""

    def __init__(self, path: tuple[str | int, ...], finding: str, fix: str = "") -> None:
        super().__init__(finding)
        self.path, self.finding, self.fix = path, finding, fix


def parse(node: object, path: tuple[str | int, ...] = ()) -> Rule:
    """Read a rule from plain data. Raises RuleError at the first spot that is no rule."""
    if isinstance(node, str):
        return {"always": ALWAYS, "never": NEVER}.get(node) or Fact(node)
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
    literals = literal if isinstance(literal, list) else [literal]
    if not literals or not all(isinstance(x, bool | int | float | str) for x in literals):
        raise RuleError((*path, tests[0]), f"expected a literal to compare with, found {literal!r}")
    if tests[0] != "is" and not (len(literals) == 1 and isinstance(literals[0], int | float)):
        raise RuleError((*path, tests[0]), f"'{tests[0]}' wants one number, found {literal!r}")
    return Fact(str(node["fact"]), tests[0], tuple(literals))


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
        met = value in fact.literal
    else:
        number, limit = float(value), float(fact.literal[0])
        met = number >= limit if fact.test == "at_least" else number <= limit
    return Truth.YES if met else Truth.NO


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

    A set is returned only if no smaller one is inside it. Raises ValueError when the rule is not met.
    """
    if evaluate(rule, lookup)[0] is not Truth.YES:
        raise ValueError("only a rule that is met can be broken")
    return _minimal(_flips(rule, lookup, wanted=Truth.NO, limit=limit))


def _flips(rule: Rule, lookup: Lookup, wanted: Truth, limit: int) -> set[frozenset[str]]:
    """Sets of facts whose change brings the rule to ``wanted``; the empty set where it is there already."""
    if evaluate(rule, lookup)[0] is wanted:
        return {frozenset()}
    match rule:
        case Fact(id=name):
            return {frozenset({name})}
        case Not(rule=inner):
            return _flips(inner, lookup, _NEGATED[wanted], limit)
        case All(rules=rules) | Any(rules=rules):
            one_is_enough = (wanted is Truth.NO) == isinstance(rule, All)
            parts = [_flips(inner, lookup, wanted, limit) for inner in rules]
            if one_is_enough:
                return set().union(*parts)
            joined: set[frozenset[str]] = {frozenset()}
            for part in parts:
                joined = {a | b for a in joined for b in part if len(a | b) <= limit}
            return joined


def _minimal(sets: set[frozenset[str]]) -> tuple[frozenset[str], ...]:
    ordered = sorted(sets, key=lambda s: (len(s), sorted(s)))
    kept: list[frozenset[str]] = []
    for candidate in ordered:
        if not any(smaller <= candidate for smaller in kept):
            kept.append(candidate)
    return tuple(kept)
