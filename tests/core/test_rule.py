"""Rules: read, written, evaluated in three values, proved and broken, against plain enumeration."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from typing import Any as AnyValue

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bartizan.core.rule import (
    ALWAYS,
    NEVER,
    All,
    Any,
    Fact,
    Not,
    Rule,
    RuleError,
    Value,
    breakers,
    dump,
    evaluate,
    facts_of,
    parse,
)
from bartizan.core.terms import Truth

_YES, _NO, _UNKNOWN = Truth.YES, Truth.NO, Truth.UNKNOWN
_NAMES = st.sampled_from("abcde")
_NUMBERS = st.one_of(st.integers(-5, 5), st.floats(allow_nan=False, allow_infinity=False))
_LITERALS = st.one_of(st.booleans(), _NUMBERS, st.text(max_size=3))


def _nested(leaves: st.SearchStrategy[Rule], most: int = 8) -> st.SearchStrategy[Rule]:
    def inside(rules: st.SearchStrategy[Rule]) -> st.SearchStrategy[Rule]:
        several = st.lists(rules, max_size=3).map(tuple)
        return st.one_of(rules.map(Not), several.map(All), several.map(Any))

    return st.recursive(leaves, inside, max_leaves=most)


_PLAIN = _nested(_NAMES.map(Fact))
_COMPARISONS = st.one_of(
    _NAMES.map(Fact),
    st.builds(lambda name, xs: Fact(name, "is", tuple(xs)), _NAMES, st.lists(_LITERALS, min_size=1, max_size=3)),
    st.builds(lambda name, test, x: Fact(name, test, (x,)), _NAMES, st.sampled_from(["at_least", "at_most"]), _NUMBERS),
)
_RULES = _nested(_COMPARISONS)
_WORLDS = st.fixed_dictionaries({name: st.sampled_from([True, False, None]) for name in "abcde"})
_VALUES = st.fixed_dictionaries({name: st.one_of(st.none(), _LITERALS) for name in "abcde"})


def _truth(rule: Rule, world: Mapping[str, Value]) -> Truth:
    return evaluate(rule, world.__getitem__)[0]


def _completions(world: Mapping[str, Value], names: set[str]) -> Iterator[dict[str, Value]]:
    open_names = sorted(name for name in names if world[name] is None)
    for values in itertools.product([True, False], repeat=len(open_names)):
        yield {**world, **dict(zip(open_names, values, strict=True))}


def _two_valued(rule: Rule, world: Mapping[str, Value]) -> bool:
    match rule:
        case Fact(id=name):
            return world[name] is True
        case Not(rule=inner):
            return not _two_valued(inner, world)
        case All(rules=rules):
            return all(_two_valued(inner, world) for inner in rules)
        case Any(rules=rules):
            return any(_two_valued(inner, world) for inner in rules)


def _kleene(rule: Rule, world: Mapping[str, Value]) -> float:
    """Kleene's tables in numbers: no is 0, unknown 1/2, yes 1; all takes the least, any the most."""
    match rule:
        case Fact(id=name):
            return {True: 1.0, False: 0.0, None: 0.5}[world[name]]  # type: ignore[index]
        case Not(rule=inner):
            return 1 - _kleene(inner, world)
        case All(rules=rules):
            return min((_kleene(inner, world) for inner in rules), default=1.0)
        case Any(rules=rules):
            return max((_kleene(inner, world) for inner in rules), default=0.0)


# reading and writing


@given(_RULES)
def test_what_is_written_is_read_back(rule: Rule) -> None:
    assert parse(dump(rule)) == rule


@given(st.recursive(st.one_of(st.none(), _LITERALS, st.floats()), lambda inner: st.one_of(
    st.lists(inner, max_size=3),
    st.dictionaries(st.sampled_from(["all", "any", "not", "fact", "is", "at_least", "x", ""]), inner, max_size=3),
), max_leaves=10))  # fmt: skip
def test_any_plain_data_is_a_rule_or_is_refused_with_a_place(node: object) -> None:
    rule = _read(node)
    if isinstance(rule, RuleError):
        assert rule.finding
        assert all(isinstance(key, str | int) for key in rule.path)
    else:
        assert parse(dump(rule)) == rule


def _read(node: object) -> Rule | RuleError:
    try:
        return parse(node)
    except RuleError as error:
        return error


@pytest.mark.parametrize(
    ("node", "path", "finding"),
    [
        (None, (), "expected a fact"),
        ("", (), "expected a fact"),
        ({}, (), "expected a fact"),
        ({"all": []}, ("all",), "wants a list of rules"),
        ({"any": "a"}, ("any",), "wants a list of rules"),
        ({"all": ["a"], "any": ["b"]}, (), "one of all / any / not at a time"),
        ({"al": ["a"]}, ("al",), "unknown word 'al'"),
        ({"all": ["a", {"not": {"any": [1]}}]}, ("all", 1, "not", "any", 0), "expected a fact"),
        ({"fact": "a"}, (), "compared by one of"),
        ({"fact": "a", "is": 1, "at_least": 2}, (), "compared by one of"),
        ({"fact": "a", "is": []}, ("is",), "expected a literal"),
        ({"fact": "a", "is": [{"b": 1}]}, ("is",), "expected a literal"),
        ({"fact": "a", "is": float("nan")}, ("is",), "expected a literal"),
        ({"fact": "a", "at_least": "many"}, ("at_least",), "wants one number"),
        ({"fact": "a", "at_least": True}, ("at_least",), "wants one number"),
        ({"fact": "a", "at_most": [1, 2]}, ("at_most",), "wants one number"),
        ({"fact": ["a"], "is": 1}, ("fact",), "expected the name of a fact"),
        ({"fact": 5, "is": 1}, ("fact",), "expected the name of a fact"),
    ],
)
def test_what_is_no_rule_is_refused_where_it_stands(node: object, path: tuple[object, ...], finding: str) -> None:
    with pytest.raises(RuleError) as caught:
        parse(node)
    assert caught.value.path == path
    assert finding in caught.value.finding


def test_a_rule_that_is_nested_without_end_is_refused_before_the_stack_is() -> None:
    node: object = "a"
    for _ in range(5000):
        node = {"not": {"all": [node]}}
    with pytest.raises(RuleError, match="nested deeper"):
        parse(node)


def test_always_and_never_are_read_and_written_by_name() -> None:
    assert (parse("always"), parse("never")) == (ALWAYS, NEVER)
    assert (dump(ALWAYS), dump(NEVER)) == ("always", "never")
    assert (_truth(ALWAYS, {}), _truth(NEVER, {})) == (_YES, _NO)


# evaluation


@given(_PLAIN, _WORLDS)
def test_evaluation_is_kleenes_strong_logic(rule: Rule, world: dict[str, Value]) -> None:
    assert _truth(rule, world) is {0.0: _NO, 0.5: _UNKNOWN, 1.0: _YES}[_kleene(rule, world)]


@given(_PLAIN, _WORLDS)
def test_a_decided_result_is_that_of_every_way_to_answer_the_unknown(rule: Rule, world: dict[str, Value]) -> None:
    truth = _truth(rule, world)
    assume(truth is not _UNKNOWN)
    names = {fact.id for fact in facts_of(rule)}
    assert {_two_valued(rule, full) for full in _completions(world, names)} == {truth is _YES}


@given(_RULES, _VALUES, st.data())
def test_answering_an_unknown_never_changes_a_decided_result(
    rule: Rule, world: dict[str, Value], data: AnyValue
) -> None:
    truth = _truth(rule, world)
    assume(truth is not _UNKNOWN)
    more = {name: data.draw(_LITERALS) if value is None else value for name, value in world.items()}
    assert _truth(rule, more) is truth


@given(_RULES, _VALUES)
def test_with_the_facts_of_the_proof_alone_the_result_is_the_same(rule: Rule, world: dict[str, Value]) -> None:
    truth, proof = evaluate(rule, world.__getitem__)
    assume(truth is not _UNKNOWN)
    assert _truth(rule, {name: world[name] if name in proof else None for name in world}) is truth


@given(_RULES, _VALUES)
def test_an_unknown_result_names_the_facts_that_are_missing_and_no_other(rule: Rule, world: dict[str, Value]) -> None:
    truth, missing = evaluate(rule, world.__getitem__)
    assume(truth is _UNKNOWN)
    assert missing
    assert all(world[name] is None for name in missing)
    assert len(set(missing)) == len(missing)


@given(_PLAIN, _WORLDS)
def test_when_all_that_is_missing_is_answered_the_result_is_known(rule: Rule, world: dict[str, Value]) -> None:
    truth, missing = evaluate(rule, world.__getitem__)
    assume(truth is _UNKNOWN)
    for full in _completions(world, set(missing)):
        assert _truth(rule, full) is not _UNKNOWN


@pytest.mark.parametrize(
    ("rule", "value", "truth"),
    [
        (Fact("x"), "yes", _NO),
        (Fact("x"), 1, _NO),
        (Fact("x", "is", (1,)), True, _NO),
        (Fact("x", "is", (True,)), 1, _NO),
        (Fact("x", "is", (1,)), 1.0, _YES),
        (Fact("x", "is", ("edge", "device")), "device", _YES),
        (Fact("x", "at_least", (100,)), 100, _YES),
        (Fact("x", "at_least", (100,)), 99.5, _NO),
        (Fact("x", "at_most", (100,)), 10**400, _NO),
        (Fact("x", "at_least", (1,)), "many", _NO),
        (Fact("x", "at_least", (1,)), True, _NO),
        (Fact("x", "at_most", (1,)), None, _UNKNOWN),
    ],
)
def test_a_comparison_minds_the_kind_of_the_value(rule: Rule, value: Value, truth: Truth) -> None:
    assert _truth(rule, {"x": value}) is truth


# breaking


def _breaking_by_hand(rule: Rule, world: Mapping[str, Value], limit: int) -> set[frozenset[str]]:
    """Every smallest set of facts with a change of each that makes the rule a certain no."""
    names = sorted({fact.id for fact in facts_of(rule)})
    found: set[frozenset[str]] = set()
    for size in range(limit + 1):
        for chosen in map(frozenset, itertools.combinations(names, size)):
            if any(smaller <= chosen for smaller in found):
                continue
            ways = [[not world[n]] if world[n] is not None else [True, False] for n in sorted(chosen)]
            for values in itertools.product(*ways):
                if _truth(rule, {**world, **dict(zip(sorted(chosen), values, strict=True))}) is _NO:
                    found.add(chosen)
                    break
    return found


@given(_PLAIN, _WORLDS, st.integers(0, 4))
def test_breakers_are_all_the_smallest_sets_that_break_the_rule(
    rule: Rule, world: dict[str, Value], limit: int
) -> None:
    assume(_truth(rule, world) is _YES)
    found = breakers(rule, world.__getitem__, limit)
    assert len(set(found)) == len(found)
    assert set(found) == _breaking_by_hand(rule, world, limit)


@given(_PLAIN, st.fixed_dictionaries({name: st.booleans() for name in "abcde"}))
def test_turning_the_facts_of_a_breaker_breaks_the_rule(rule: Rule, world: dict[str, Value]) -> None:
    assume(_truth(rule, world) is _YES)
    for chosen in breakers(rule, world.__getitem__):
        assert _truth(rule, {n: not v if n in chosen else v for n, v in world.items()}) is _NO


def test_a_fact_that_stands_plainly_and_negated_breaks_nothing_by_itself() -> None:
    a, b = Fact("a"), Fact("b")
    world = {"a": True, "b": True}
    assert breakers(Any((a, Not(a))), world.__getitem__) == ()
    assert breakers(Any((a, All((Not(a), b)))), world.__getitem__) == (frozenset("ab"),)


def test_two_questions_about_one_fact_turn_together() -> None:
    rule = Any((Fact("x"), Fact("x", "is", (False,))))
    assert breakers(rule, {"x": True}.__getitem__) == ()


def test_what_always_holds_cannot_be_broken() -> None:
    assert breakers(ALWAYS, lambda _: None) == ()


@pytest.mark.parametrize("value", [False, None])
def test_only_a_rule_that_is_met_can_be_broken(value: Value) -> None:
    with pytest.raises(ValueError, match="only a rule that is met"):
        breakers(Fact("a"), lambda _: value)
