"""The graph of a system: how untrusted content travels, what proves it, and what is left open."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bartizan.core.proof import Answer
from bartizan.core.terms import ComponentId
from bartizan.system.description import Actor, Data, Tool
from bartizan.system.graph import System
from bartizan.system.paths import circles, nearest_starts
from tests.strategies import Plain, as_system, systems


def system(*components: Plain, **more: Any) -> System:
    return as_system({"name": "x", "components": list(components), **more})


def taint(made: System, name: str) -> Answer:
    return made.taint[ComponentId(name)]


def told(answer: Answer) -> list[str]:
    return [origin.text for origin in answer.origins]


def needs(answer: Answer) -> list[str]:
    return [f"{need.component}.{need.field}" for need in answer.needs]


def actor(name: str, trusted: bool | str | None, *uses: str) -> Plain:
    made: Plain = {"id": name, "kind": "actor", "uses": list(uses)}
    return made if trusted is None else {**made, "trusted": trusted}


def data(name: str, **fields: object) -> Plain:
    return {"id": name, "kind": "data", "role": "retrieval", **fields}


def model(name: str, **fields: object) -> Plain:
    return {"id": name, "kind": "model", "trained_on": [], **fields}


# yes


def test_what_a_stranger_writes_is_untrusted_all_the_way_to_the_model() -> None:
    made = system(
        actor("stranger", False),
        data("inbox", written_by=["stranger"]),
        data("index", derived_from=["inbox"]),
        model("assistant", reads=["index"]),
    )
    assert taint(made, "assistant").value is True
    assert told(taint(made, "assistant")) == [
        "trusted: no",
        "stranger -> inbox",
        "inbox -> index",
        "index -> assistant",
    ]


def test_the_shortest_way_is_told() -> None:
    made = system(
        actor("stranger", False),
        data("a", written_by=["stranger"]),
        data("b", derived_from=["a"]),
        data("z", written_by=["stranger"], derived_from=["b"]),
    )
    assert told(taint(made, "z")) == ["trusted: no", "stranger -> z"]


@pytest.mark.parametrize("source", ["public", "users"])
def test_data_from_the_public_is_untrusted_whoever_writes_it(source: str) -> None:
    made = system(actor("clerk", True), data("pages", source=source, written_by=["clerk"]))
    assert told(taint(made, "pages")) == [f"source: {source}"]


def test_a_circle_is_tainted_once_and_for_all() -> None:
    circle = [model(f"m{i}", talks_to=[f"m{(i + 1) % 4}"]) for i in range(4)]
    made = system(actor("stranger", False, "m2"), actor("clerk", True, "m0"), *circle)
    assert [taint(made, f"m{i}").value for i in range(4)] == [True] * 4
    assert told(taint(made, "m0"))[:2] == ["trusted: no", "stranger -> m2"]


def test_a_memory_that_a_model_writes_and_reads_carries_what_strangers_say() -> None:
    made = system(
        actor("stranger", False, "bot"),
        data("memory", role="memory", written_by=["bot"]),
        model("bot", reads=["memory"]),
    )
    assert taint(made, "memory").value is True


def test_training_and_calls_carry_nothing_and_a_trusted_person_stays_so() -> None:
    made = system(
        actor("stranger", False, "bot"),
        actor("clerk", True, "other"),
        data("learnt", role="training", source="public"),
        model("bot", tools=["look_up"], reads=[], talks_to=[]),
        model("other", trained_on=["learnt"], reads=[], tools=[], talks_to=[]),
        {"id": "look_up", "kind": "tool", "returns_untrusted": False, "reaches": []},
        flows=[{"from": "bot", "to": "clerk"}],
    )
    assert taint(made, "bot").value is True
    assert taint(made, "look_up").value is False
    assert taint(made, "clerk").value is False
    assert taint(made, "other").value is False


# no


def test_a_no_names_the_people_it_trusts() -> None:
    made = system(actor("clerk", True), data("files", written_by=["clerk"], source="us", derived_from=[]))
    assert taint(made, "files").value is False
    assert told(taint(made, "files")) == ["written by: clerk", "trusted: yes"]


def test_a_no_names_the_default_it_rests_on_however_far_away() -> None:
    line = [data(f"d{i}", derived_from=[f"d{i - 1}"], written_by=[], source="us") for i in range(1, 50)]
    made = system(data("d0", role="system_prompt"), *line)
    assert taint(made, "d49").value is False
    assert any(origin.kind == "default" for origin in taint(made, "d49").origins)


# unknown


@pytest.mark.parametrize(
    ("components", "name", "waits_for"),
    [
        ([actor("a", None)], "a", ["a.trusted"]),
        ([data("d")], "d", ["d.written_by"]),
        ([data("d", written_by="unknown", source="unknown")], "d", ["d.written_by", "d.source"]),
        ([data("d", written_by=[], derived_from="unknown")], "d", ["d.derived_from"]),
        ([{"id": "t", "kind": "tool"}], "t", ["t.returns_untrusted"]),
        ([{"id": "t", "kind": "tool", "returns_untrusted": False, "reaches": "unknown"}], "t", ["t.reaches"]),
        ([{"id": "app", "kind": "application"}], "app", ["app.used_by"]),
        ([model("m")], "m", ["m.used_by"]),
        ([actor("a", True, "m"), model("m", reads="unknown", tools="unknown")], "m", ["m.reads", "m.tools"]),
        ([actor("a", True, "m"), {"id": "b", "kind": "actor", "uses": "unknown"}, model("m")], "m", ["b.uses"]),
        ([data("d"), data("e", derived_from=["d"])], "e", ["d.written_by"]),
    ],
)
def test_what_is_open_is_unknown_and_says_what_it_waits_for(
    components: list[Plain], name: str, waits_for: list[str]
) -> None:
    answer = taint(system(*components), name)
    assert answer.value is None
    assert needs(answer) == waits_for


def test_a_component_waits_for_everything_upstream_that_is_open() -> None:
    made = system(data("a"), data("b"), data("c", derived_from=["a", "b"], written_by="unknown"))
    assert needs(taint(made, "c")) == ["c.written_by", "a.written_by", "b.written_by"]


def test_a_yes_wins_over_what_is_open() -> None:
    made = system(data("a"), data("b", source="public"), data("c", derived_from=["a", "b"], written_by="unknown"))
    assert told(taint(made, "c")) == ["source: public", "b -> c"]


# every system


def _reached(made: System, starts: set[ComponentId]) -> set[ComponentId]:
    """By repeating until nothing changes, as the definition says."""
    found = set(starts)
    while True:
        more = {
            edge.target
            for edge in made.edges
            if edge.source in found
            and edge.kind not in {"train", "call"}
            and made.components[edge.target].__struct_config__.tag != "actor"
        }
        if more <= found:
            return found
        found |= more


@given(systems(most=8))
def test_taint_is_what_can_be_reached_from_yes_and_then_from_unknown(made: System) -> None:
    yes = {name for name, answer in made.taint.items() if answer.value is True}
    open_ones = {name for name, answer in made.taint.items() if answer.value is None}
    assert yes == _reached(made, {name for name, part in made.components.items() if _is_source(part)})
    assert _reached(made, yes | open_ones) == yes | open_ones


def _is_source(part: object) -> bool:
    return (
        (isinstance(part, Actor) and part.trusted is False)
        or (isinstance(part, Tool) and part.returns_untrusted is True)
        or (isinstance(part, Data) and part.source in {"public", "users"})
    )


@given(systems(most=8))
def test_every_step_of_a_proof_is_a_line_of_the_description(made: System) -> None:
    for answer in made.taint.values():
        for origin in answer.origins:
            assert origin.component in made.components or " step" in origin.text
            assert origin.kind != "given" or origin.line == 1


def test_training_data_that_nobody_described_is_implied_where_a_model_learns() -> None:
    made = system(
        {"id": "ours", "kind": "model", "trained_by": "us"},
        {"id": "bought", "kind": "model", "trained_by": "supplier", "supplier": "Acme"},
        {"id": "perhaps", "kind": "model", "trained_by": "supplier", "fine_tuned_by": "unknown"},
        {"id": "rules", "kind": "model", "type": "heuristic"},
        {"id": "fixed", "kind": "model", "trained_on": []},
    )
    kept = {name: part.kept_by for name in made.implied if isinstance(part := made.components[name], Data)}
    assert kept == {
        "ours.training-data": "us",
        "bought.training-data": "supplier",
        "perhaps.training-data": "unknown",
    }


# walks

_GRAPHS = st.lists(st.lists(st.integers(0, 7), max_size=4, unique=True), min_size=8, max_size=8)


def _closure(ways: list[list[int]]) -> set[tuple[int, int]]:
    found = {(i, i) for i in range(len(ways))} | {(i, j) for i, there in enumerate(ways) for j in there}
    for middle, start, end in itertools.product(range(len(ways)), repeat=3):
        if (start, middle) in found and (middle, end) in found:
            found.add((start, end))
    return found


@given(_GRAPHS)
def test_circles_are_the_nodes_that_reach_each_other_in_order(ways: list[list[int]]) -> None:
    found = circles(range(8), ways.__getitem__)
    closure = _closure(ways)
    assert sorted(node for circle in found for node in circle) == list(range(8))
    for i, circle in enumerate(found):
        assert all((a, b) in closure for a in circle for b in circle)
        later = [node for other in found[i + 1 :] for node in other]
        assert not any((a, b) in closure for a in circle for b in later)


@given(_GRAPHS, st.lists(st.integers(0, 7), unique=True), st.integers(1, 8))
def test_nearest_starts_are_those_that_lead_there_nearest_first(
    ways: list[list[int]], starts: list[int], most: int
) -> None:
    found = nearest_starts(starts, ways.__getitem__, most)
    closure = _closure(ways)
    distance = {start: _distances(ways, start) for start in starts}
    for node in range(8):
        leading = sorted(distance[start][node] for start in starts if (start, node) in closure)
        assert [distance[start][node] for start in found.get(node, [])] == leading[:most]


def _distances(ways: list[list[int]], start: int) -> dict[int, int]:
    found, edge = {start: 0}, [start]
    for node in edge:
        for there in ways[node]:
            if there not in found:
                found[there] = found[node] + 1
                edge.append(there)
    return found
