"""Whose a threat or a control is, component by component."""

from __future__ import annotations

import pytest

from bartizan.assess.assign import party_of_control, party_of_threat
from bartizan.catalog.entries import Catalog
from bartizan.core.rule import Value
from bartizan.core.terms import SYSTEM, ComponentId, ControlId, Party, ThreatId
from bartizan.system.facts import Facts
from bartizan.system.graph import System
from tests.assess.described import described

TWO = """\
name: Two models
components:
  - {id: ours, kind: model, type: predictive, trained_by: us, run_by: us, trained_on: [rows]}
  - {id: theirs, kind: model, type: generative, trained_by: supplier, run_by: supplier, reads: [docs]}
  - {id: both, kind: model, type: generative, trained_by: supplier, fine_tuned_by: us, run_by: us}
  - {id: open, kind: model, type: generative}
  - {id: rows, kind: data, role: training}
  - {id: docs, kind: data, role: retrieval}
"""


@pytest.fixture(scope="module")
def system() -> System:
    return described(TWO)


def party(catalog: Catalog, system: System, control: str, at: str) -> Party:
    return party_of_control(catalog.controls[ControlId(control)], ComponentId(at), system, Facts(system))[0]


@pytest.mark.parametrize(
    ("at", "expected"),
    [("ours", Party.US), ("theirs", Party.SUPPLIER), ("both", Party.SHARED), ("open", Party.US), ("rows", Party.US)],
)
def test_training_is_the_part_of_who_trains(catalog: Catalog, system: System, at: str, expected: Party) -> None:
    assert party(catalog, system, "train_adversarial", at) is expected


@pytest.mark.parametrize(
    ("at", "expected"), [("ours", Party.US), ("theirs", Party.SHARED), ("docs", Party.SHARED), (SYSTEM, Party.US)]
)
def test_running_is_shared_with_a_supplier_that_runs_the_model(
    catalog: Catalog, system: System, at: str, expected: Party
) -> None:
    assert party(catalog, system, "anomalous_input_handling", at) is expected


@pytest.mark.parametrize("at", ["ours", "theirs", "open", SYSTEM])
def test_what_the_organisation_and_the_builder_do_is_always_yours(catalog: Catalog, system: System, at: str) -> None:
    for control in catalog.controls.values():
        if control.done_by in {"organisation", "builder"}:
            assert party(catalog, system, control.id, at) is Party.US


@pytest.mark.parametrize(("at", "expected"), [("ours", Party.US), ("theirs", Party.SHARED), (SYSTEM, Party.US)])
def test_checking_what_is_taken_is_shared_with_a_supplier_that_can_be_asked(
    catalog: Catalog, system: System, at: str, expected: Party
) -> None:
    assert party(catalog, system, "supply_chain_manage", at) is expected


def test_every_answer_has_a_reason(catalog: Catalog, system: System) -> None:
    facts = Facts(system)
    for control in catalog.controls.values():
        for at in (*system.components, SYSTEM):
            assert party_of_control(control, at, system, facts)[1].endswith(".")


def test_the_first_case_that_is_met_says_whose_a_threat_is(catalog: Catalog) -> None:
    threat = catalog.threats[ThreatId("runtime_model_poison")]
    known: dict[str, Value] = {"run_by_supplier": True, "run_by_us": False}
    assert party_of_threat(threat, known.get)[0] is Party.SUPPLIER


def test_a_threat_is_yours_until_it_is_clear_whose_it_is(catalog: Catalog) -> None:
    found, why = party_of_threat(catalog.threats[ThreatId("runtime_model_poison")], lambda _: None)
    assert found is Party.US
    assert "not known" in why
