"""Lines and circles of thousands of components: no recursion, no work and no proof that grows with the square."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest

from bartizan.core.source import Document
from bartizan.core.terms import ComponentId
from bartizan.system.graph import System
from bartizan.system.reading import check_system
from tests.strategies import Plain
from tests.system.test_facts import all_answers

Shape = Callable[[int], list[Plain]]


def _derived_data(n: int) -> list[Plain]:
    first: Plain = {"id": "d0", "kind": "data", "role": "retrieval", "source": "public"}
    rest = [{"id": f"d{i}", "kind": "data", "role": "retrieval", "derived_from": [f"d{i - 1}"]} for i in range(1, n)]
    return [first, *rest, {"id": "m", "kind": "model", "reads": [f"d{n - 1}"]}]


def _derived_data_unknown(n: int) -> list[Plain]:
    first: Plain = {"id": "d0", "kind": "data", "role": "retrieval"}
    return [first, *_derived_data(n)[1:]]


def _derived_data_clean(n: int) -> list[Plain]:
    first: Plain = {"id": "d0", "kind": "data", "role": "retrieval", "source": "us", "written_by": []}
    return [first, *_derived_data(n)[1:]]


def _agents_in_a_line(n: int) -> list[Plain]:
    last: Plain = {"id": f"m{n}", "kind": "model", "type": "generative", "tools": ["pay"], "talks_to": []}
    agents = [{"id": f"m{i}", "kind": "model", "type": "generative", "talks_to": [f"m{i + 1}"]} for i in range(n)]
    return [*agents, last, {"id": "pay", "kind": "tool", "effects": ["pay"]}]


def _models_on_models(n: int) -> list[Plain]:
    first: Plain = {"id": "m0", "kind": "model", "trained_by": "us"}
    return [
        first,
        *({"id": f"m{i}", "kind": "model", "trained_by": "us", "based_on": f"m{i - 1}"} for i in range(1, n)),
    ]


def _applications(n: int) -> list[Plain]:
    apps = [{"id": f"a{i}", "kind": "application", "uses": [f"a{i + 1}"]} for i in range(n)]
    return [
        {"id": "stranger", "kind": "actor", "trusted": False, "uses": ["a0"]},
        *apps,
        {"id": f"a{n}", "kind": "application", "uses": ["m"]},
        {"id": "m", "kind": "model"},
    ]


def _one_hub(n: int) -> list[Plain]:
    data = [{"id": f"d{i}", "kind": "data", "role": "retrieval"} for i in range(n)]
    return [{"id": "m", "kind": "model", "reads": [d["id"] for d in data], "trained_on": "unknown"}, *data]


def _two_sides(n: int) -> list[Plain]:
    models = [{"id": f"m{i}", "kind": "model", "trained_on": "unknown"} for i in range(n)]
    return [*models, *({"id": f"d{i}", "kind": "data", "role": "training"} for i in range(n))]


SHAPES: tuple[Shape, ...] = (
    _derived_data,
    _derived_data_unknown,
    _derived_data_clean,
    _agents_in_a_line,
    _models_on_models,
    _applications,
    _one_hub,
    _two_sides,
)


def _system(components: list[Plain], flows: list[Plain] | None = None) -> System:
    data = {"name": "large", "components": components, "flows": flows or []}
    return check_system(Document(file="system.yaml", data=data, lines={(): 1}))


def _calls(work: Callable[[], object]) -> int:
    """How many functions are called in the course of the work."""
    count = 0

    def seen(frame: FrameType, event: str, arg: Any) -> None:
        nonlocal count
        count += event in {"call", "c_call"}

    sys.setprofile(seen)
    try:
        work()
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize("shape", SHAPES)
def test_twice_the_components_cost_about_twice_the_work(shape: Shape) -> None:
    few, many = (_calls(lambda n=n: all_answers(_system(shape(n)))) for n in (150, 300))  # type: ignore[misc]
    assert many < 2.2 * few


@pytest.mark.parametrize("shape", SHAPES)
def test_a_proof_stays_short_however_many_components_there_are(shape: Shape) -> None:
    for answer in all_answers(_system(shape(400))).values():
        assert len(answer.origins) <= 16
        assert len(answer.needs) <= 30


@pytest.mark.parametrize("shape", SHAPES)
def test_five_thousand_components_in_a_line_are_no_recursion_too_deep(shape: Shape) -> None:
    system = _system(shape(5000))
    assert len(all_answers(system)) >= 17


def test_the_proof_of_a_long_path_tells_its_start_its_end_and_how_much_lies_between() -> None:
    origins = _system(_derived_data(5000)).taint[ComponentId("d4999")].origins
    assert origins[0].text == "source: public"
    assert origins[1].text == "4,991 steps between"
    assert origins[-1].text == "d4998 -> d4999"


def test_an_action_at_the_end_of_a_long_line_of_agents_is_one_of_the_first_agent() -> None:
    found = all_answers(_system(_agents_in_a_line(5000)))
    assert found["m0", "acts"].value is True
    assert found["m0", "acts"].origins[-1].text == "effects: pay"


def test_a_supplier_at_the_far_end_of_a_line_of_models_is_found() -> None:
    models = _models_on_models(5000)
    models[0]["trained_by"] = "supplier"
    found = all_answers(_system(models))
    assert found["m4999", "trained_by_supplier"].value is True


def test_messages_one_way_reach_only_forward() -> None:
    models = [{"id": f"m{i}", "kind": "model", "type": "generative", "talks_to": []} for i in range(1000)]
    models[500]["tools"] = ["pay"]
    flows = [{"from": f"m{i}", "to": f"m{i + 1}"} for i in range(999)]
    found = all_answers(_system([*models, {"id": "pay", "kind": "tool", "effects": ["pay"]}], flows))
    assert found["m0", "acts"].value is True
    assert found["m999", "acts"].value is False
