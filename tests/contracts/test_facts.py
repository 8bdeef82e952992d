"""The facts that have code are the facts that the catalogue describes, about the same kind of component."""

from __future__ import annotations

import pytest
from hypothesis import example, given

from bartizan.catalog.load import load_catalog
from bartizan.catalog.reach import ties_of
from bartizan.core.proof import Answer
from bartizan.core.rule import Fact
from bartizan.core.terms import ComponentId, FactId
from bartizan.system.data_facts import DATA_FACTS
from bartizan.system.description import Data, Model
from bartizan.system.facts import FACTS, Facts
from bartizan.system.graph import System
from bartizan.system.model_facts import MODEL_FACTS
from tests.strategies import as_system, systems

_DESCRIBED = load_catalog().facts
_SMALLEST = {
    "name": "smallest",
    "components": [
        {"id": "m", "kind": "model", "trained_on": []},
        {"id": "d", "kind": "data", "role": "training"},
        {"id": "t", "kind": "tool"},
    ],
}


def test_every_fact_with_code_is_described_and_no_other() -> None:
    with_code = {name for name, entry in _DESCRIBED.items() if not entry.answered}
    assert with_code == set(FACTS)


def test_a_fact_is_about_models_or_about_data_and_never_both() -> None:
    assert not MODEL_FACTS.keys() & DATA_FACTS.keys()
    assert FACTS == MODEL_FACTS | DATA_FACTS


@pytest.mark.parametrize("name", sorted(FACTS))
def test_a_fact_is_described_for_the_kind_of_component_it_is_computed_for(name: str) -> None:
    entry = _DESCRIBED[FactId(name)]
    assert entry.subject == ("model" if name in MODEL_FACTS else "data")


@pytest.mark.parametrize("name", sorted(FACTS))
def test_a_fact_with_code_is_a_yes_or_no_question(name: str) -> None:
    entry = _DESCRIBED[FactId(name)]
    assert not entry.choices
    assert entry.question.endswith("?")


@pytest.mark.parametrize("name", sorted(FACTS))
def test_a_fact_answers_where_nothing_is_said_and_stays_out_of_other_components(name: str) -> None:
    facts = Facts(as_system(_SMALLEST))
    here, elsewhere = ("m", "d") if name in MODEL_FACTS else ("d", "m")
    answer = facts.ask(ComponentId(here), name)
    assert answer.origins or answer.needs
    assert facts.ask(ComponentId(elsewhere), name) == Answer(None)
    assert facts.ask(ComponentId("t"), name) == Answer(None)


_TIES = ties_of(_DESCRIBED.values())


@given(systems())
@example(
    as_system(
        {
            "name": "reads what others learn from",
            "components": [
                {"id": "d", "kind": "data", "role": "training", "sensitive": True},
                {"id": "other", "kind": "model"},
                {"id": "m", "kind": "model", "reads": ["d"]},
            ],
        }
    )
)
@example(
    as_system(
        {
            "name": "calls a tool and is no agent",
            "components": [
                {"id": "t", "kind": "tool", "effects": [], "irreversible": True, "reaches_sensitive": True},
                {"id": "m", "kind": "model", "type": "predictive", "task": [], "takes": [], "gives": []},
            ],
            "flows": [{"from": "m", "to": "t"}],
        }
    )
)
def test_what_the_catalogue_says_of_facts_that_hold_together_is_so_where_they_are_computed(system: System) -> None:
    facts = Facts(system)
    for component in system.components.values():
        if isinstance(component, Model | Data):
            table = MODEL_FACTS if isinstance(component, Model) else DATA_FACTS
            values = {name: facts.ask(component.id, name).value for name in table}
            known = {Fact(name): value for name, value in values.items() if isinstance(value, bool)}
            assert _TIES.allow(known), known
