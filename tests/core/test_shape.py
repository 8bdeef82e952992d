"""Plain data to values: all problems at once, each at its line, with the nearest name and a way to mend it."""

from __future__ import annotations

import enum
from typing import Annotated, Any, Literal, NewType

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bartizan.core.errors import InputError
from bartizan.core.rule import Rule, parse
from bartizan.core.shape import faults_of, sound_parts, to_value
from bartizan.core.source import Document, parse_yaml
from tests.strategies import problems_if_any

Name = NewType("Name", str)


class Size(enum.Enum):
    S = "S"
    M = "M"


class _Base(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind"):
    id: Name


class Cat(_Base, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="cat"):
    mood: Literal["calm", "wild", "unknown"] | None = None
    purrs: bool | Literal["unknown"] | None = None


class Dog(_Base, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="dog"):
    friends: tuple[Name, ...] | Literal["unknown"] | None = None
    tricks: tuple[Literal["sit", "roll"], ...] = ()


class Cage(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename={"source": "from"}):
    holds: tuple[Cat | Dog, ...] = ()
    size: Size = Size.S
    pair: tuple[int, str] | None = None
    prices: dict[Literal[2023, 2025], float] = {}
    level: Literal["low", "high"] | int | None = None
    count: Annotated[int, msgspec.Meta(ge=0)] = 0
    text: str | None = None
    source: str = ""
    anything: Any = None
    rows: tuple[tuple[int, ...], ...] = ()


def _problems(text: str) -> list[str]:
    with pytest.raises(InputError) as caught:
        to_value(parse_yaml(text, "f"), Cage)
    return [str(problem) for problem in caught.value.problems]


def test_a_value_is_read_with_all_its_parts() -> None:
    text = (
        "{holds: [{id: a, kind: cat, purrs: yes}, {id: b, kind: dog, friends: [a], tricks: [sit]}], size: M,"
        " pair: [1, x], prices: {2023: 1, 2025: 1.5}, level: 3, from: here, anything: [{}], rows: [[1], []]}"
    )
    cage = to_value(parse_yaml(text, "f"), Cage)
    assert cage.holds == (Cat(id=Name("a"), purrs=True), Dog(id=Name("b"), friends=(Name("a"),), tricks=("sit",)))
    assert (cage.size, cage.pair, cage.level, cage.source) == (Size.M, (1, "x"), 3, "here")
    assert cage.prices == {2023: 1.0, 2025: 1.5}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("just text", "f:1: expected keys with values, found 'just text'"),
        ("hold: []", "f:1: unknown key 'hold'; did you mean 'holds'?"),
        ("source: x", "f:1: unknown key 'source'"),
        ("holds: {}", "f:1: expected a list, found keys with values; put it in [ ]"),
        ("holds:", "f:1: expected a list, found nothing; put it in [ ]"),
        ("holds: [text]", "f:1: expected keys with values, found 'text'"),
        ("holds:\n- id: a", "f:2: 'kind' is missing; use one of: cat, dog"),
        ("holds:\n- id: a\n  kind: cot", "f:3: unknown kind 'cot'; did you mean 'cat'?"),
        ("holds:\n- id: a\n  kind: [cat]", "f:3: unknown kind a list; use one of: cat, dog"),
        ("holds:\n- id: a\n  kind: {}", "f:3: unknown kind keys with values; use one of: cat, dog"),
        ("holds:\n- id: a\n  kind: yes", "f:3: unknown kind yes; use one of: cat, dog"),
        ("holds:\n- kind: cat", "f:2: 'id' is missing; add 'id:'"),
        ("holds:\n- kind: cat\n  id: 5", "f:3: expected text, found '5'; put it in quotes"),
        ("holds:\n- kind: cat\n  id: yes", "f:3: expected text, found yes; put it in quotes"),
        ("holds: [{kind: cat, id: a, mood: clam}]", "f:1: 'clam' is not one of the choices; did you mean 'calm'?"),
        ("holds: [{kind: cat, id: a, purrs: sometimes}]", "use one of: no, unknown, yes"),
        ("holds: [{kind: cat, id: a, purrs: 1}]", "f:1: expected yes or no or 'unknown', found '1'"),
        ("holds: [{kind: dog, id: a, friends: b}]", "f:1: expected a list, found 'b'; put it in [ ]"),
        ("holds: [{kind: dog, id: a, friends: unknwon}]", "did you mean 'unknown'?"),
        ("holds: [{kind: dog, id: a, friends: [b, 3]}]", "f:1: expected text, found '3'; put it in quotes"),
        ("holds: [{kind: dog, id: a, tricks: [rol]}]", "f:1: 'rol' is not one of the choices; did you mean 'roll'?"),
        ("holds: [{kind: dog, id: a, tricks: sit}]", "f:1: expected a list, found 'sit'; put it in [ ]"),
        ("size: XL", "f:1: 'XL' is not one of the choices; use one of: M, S"),
        ("size: [S]", "f:1: a list is not one of the choices; use one of: S, M"),
        ("pair: [1]", "f:1: expected a list of 2, found a list of 1"),
        ("pair: [1, x, 2]", "f:1: expected a list of 2, found a list of 3"),
        ("pair: [x, x]", "f:1: expected a whole number, found 'x'"),
        ("prices: {2024: 1}", "f:1: '2024' is not one of the choices"),
        ("prices: {2023: much}", "f:1: expected a number, found 'much'"),
        ("prices: [1]", "f:1: expected keys with values, found a list"),
        ("level: higth", "f:1: 'higth' is not one of the choices; did you mean 'high'?"),
        ("level: 1.5", "f:1: expected 'low' or 'high' or a whole number, found '1.5'"),
        ("level: yes", "f:1: yes is not one of the choices"),
        ("count: yes", "f:1: expected a whole number, found yes"),
        ("count: -1", "f:1: Expected `int` >= 0"),
        ("text: 5", "f:1: expected text, found '5'"),
        ("rows: [[1], [x]]", "f:1: expected a whole number, found 'x'"),
        ("rows: [1]", "f:1: expected a list, found '1'; put it in [ ]"),
    ],
)
def test_a_mistake_is_named_with_its_line_and_how_to_mend_it(text: str, message: str) -> None:
    (problem,) = _problems(text)
    assert problem.startswith(message) or problem.endswith(message)


def test_all_problems_of_a_file_are_told_in_one_go() -> None:
    text = "holds:\n- kind: cat\n  mood: wlid\n- kind: dog\n  id: b\n  friends: [1, 2]\nsize: L\nnothing: 1\n"
    assert [problem.split(":")[1] for problem in _problems(text)] == ["2", "3", "6", "6", "7", "8"]


_WORDS = st.one_of(st.text(max_size=5), st.sampled_from(["cat", "dog", "unknown"]))
_FIELDS = Cage.__struct_encode_fields__
_KEYS = st.sampled_from(["kind", "id", "mood", "friends", *_FIELDS])
_PLAIN = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), _WORDS),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(_KEYS, inner, max_size=4)),
    max_leaves=12,
)


@given(st.one_of(_PLAIN, st.dictionaries(st.sampled_from(_FIELDS), _PLAIN)))
def test_any_data_is_a_value_or_has_problems_with_a_line_each(data: object) -> None:
    document = Document(file="f", data=data, lines={(): 1})
    found = problems_if_any(lambda: to_value(document, Cage))
    assert bool(found) >= bool(faults_of(document, data, Cage))
    for problem in found:
        assert problem.line == 1
        assert str(problem).isprintable()


@given(st.dictionaries(st.sampled_from(_FIELDS), _PLAIN))
def test_what_remains_without_the_faults_is_a_value(data: dict[str, Any]) -> None:
    document = Document(file="f", data=data, lines={(): 1})
    parts = sound_parts(data, Cage, [fault.path for fault in faults_of(document, data, Cage)])
    assert parts is not None
    assert not faults_of(document, parts.data, Cage)
    for key, places in parts.places.items():
        assert len(places) == len(parts.data[key])
        assert [parts.place((key, i, "x")) for i in range(len(places))] == [(key, i, "x") for i in places]


def test_a_rule_is_read_from_its_long_form() -> None:
    rule = parse({"any": [{"all": ["a", {"not": "b"}]}, {"fact": "c", "at_least": 3}]})
    document = Document(file="f", data=msgspec.to_builtins(rule), lines={(): 1})
    assert to_value(document, Rule) == rule  # type: ignore[arg-type]  # an alias of a union is no class


def test_a_hostile_key_stays_on_one_line() -> None:
    (problem,) = _problems('"a\\n\\e[2Jb\\u202e": 1')
    assert problem == r"f:1: unknown key 'a\n\x1b[2Jb\u202e'" or problem.startswith(
        r"f:1: unknown key 'a\n\x1b[2Jb\u202e'; "
    )


def test_an_endless_value_is_not_repeated() -> None:
    (problem,) = _problems(f"size: {'x' * 100_000}")
    assert len(problem) < 200


def test_a_number_in_quotes_is_told_to_lose_them() -> None:
    with pytest.raises(InputError) as caught:
        to_value(parse_yaml("'2026'\n", "f.yaml"), Literal[2025, 2026])  # type: ignore[arg-type]
    assert str(caught.value) == "f.yaml:1: expected a number, found the text '2026'; remove the quotes"
