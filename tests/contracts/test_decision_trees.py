"""The questions of the three editions, answered by small systems, give the verdicts that the framework says."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
import yaml

from bartizan.assess.assessment import assess
from bartizan.catalog.load import load_catalog
from bartizan.core.records import Assessment
from bartizan.core.source import Document
from bartizan.core.terms import EDITIONS, Edition
from bartizan.system.reading import check_system

FOLDER = Path(__file__).parent / "expected"
OUTCOMES = ("applies", "theoretical", "does_not_apply")
SECTIONS = ("questions", "special_rules", "start_set", "maps", "one_pager", "rag")

Case = dict[str, Any]


def tree(edition: Edition) -> dict[str, Any]:
    text = (FOLDER / f"decision_tree_{edition}.yaml").read_text(encoding="utf-8")
    return cast("dict[str, Any]", yaml.safe_load(text))


TREES: dict[Edition, dict[str, Any]] = {edition: tree(edition) for edition in EDITIONS}


def ids(edition: Edition, section: str) -> list[str]:
    return [item["id"] for item in TREES[edition].get(section, ())]


def _cases() -> Iterator[Any]:
    for edition in EDITIONS:
        for section in SECTIONS:
            for item in TREES[edition].get(section, ()):
                for case in item["cases"]:
                    yield pytest.param(edition, case, id=f"{edition}-{item['id']}-{case['answer']}")


CASES = list(_cases())


def assessed(case: Case, edition: Edition) -> Assessment:
    document = Document(file="case", data={"name": case["answer"], "components": case["components"]}, lines={})
    return assess(check_system(document), load_catalog(), today="2026-11-22", edition=edition)


def wanted_outcomes(case: Case) -> dict[str, str]:
    return {
        f"{threat}@{component}": outcome
        for outcome in OUTCOMES
        for component, threats in case.get(outcome, {}).items()
        for threat in threats
    }


@pytest.mark.parametrize(("edition", "case"), CASES)
def test_an_answer_gives_the_verdicts_that_the_framework_says(edition: Edition, case: Case) -> None:
    result = assessed(case, edition)
    found = {verdict.id: verdict for verdict in result.verdicts}
    wanted = wanted_outcomes(case)
    assert {key: found[key].outcome.value if key in found else "missing" for key in wanted} == wanted
    responsible = case.get("responsible", {})
    assert {key: found[key].party.value for key in responsible} == responsible
    assert set(case.get("notes", ())) <= {note.kind for note in result.notes}


@pytest.mark.parametrize(("edition", "case"), [param for param in CASES if "controls" in cast("Case", param.values[1])])
def test_an_answer_brings_the_controls_that_the_framework_names(edition: Edition, case: Case) -> None:
    result = assessed(case, edition)
    advised = {risk.id: {advice.control for advice in risk.controls} for risk in result.risks}
    advised["plan"] = {step.control for step in result.steps}
    for risk, controls in case["controls"].items():
        assert set(controls) <= advised[risk]


def test_every_question_of_every_edition_is_answered() -> None:
    assert ids(2023, "questions") == ["q23-rag", "q23-train", "q23-train-sensitive", "q23-genai", "q23-input"]
    assert ids(2025, "questions") == [
        *("q25-behaviour", "q25-genai", "q25-trainer", "q25-rag-poison", "q25-runner", "q25-judgement"),
        *("q25-train-leak", "q25-rag-leak", "q25-theft", "q25-input", "q25-llm-output", "q25-always"),
    ]
    assert ids(2026, "questions") == [
        *("q26-genai", "q26-trainer", "q26-augment", "q26-runner", "q26-classify", "q26-actions", "q26-trifecta"),
        *("q26-train-leak", "q26-augment-leak", "q26-theft", "q26-input", "q26-text", "q26-always"),
    ]
    assert ids(2026, "rag") == [f"qr{number}" for number in range(1, 10)]
    assert len(ids(2026, "one_pager")) == 22


SPECIAL_RULES: dict[str, tuple[Edition, ...]] = {
    "rag-is-training-data": (2023, 2025, 2026),
    "rag-is-input-data": (2023, 2025, 2026),
    "membership-only-if-sensitive": (2023, 2025, 2026),
    "evasion-motive": (2023, 2025, 2026),
    "genai-evasion": (2023,),
    "genai-inversion": (2023, 2025),
    "lethal-trifecta": (2026,),
    "always-on": (2025, 2026),
    "model-public": (2026,),
    "theft-for-input-attack": (2026,),
    "no-send-no-treat": (2026,),
    "not-sensitive-no-treat": (2025, 2026),
    "ready-made": (2023, 2025, 2026),
    "heuristic": (2023, 2025, 2026),
    "data-centric": (2025, 2026),
    "agentic-rule-of-two": (2026,),
}


@pytest.mark.parametrize("edition", EDITIONS)
def test_every_special_rule_is_tried_in_the_editions_that_have_it(edition: Edition) -> None:
    assert set(ids(edition, "special_rules")) == {rule for rule, known in SPECIAL_RULES.items() if edition in known}


def _threats_that_come_out(edition: Edition, section: str, item: str) -> set[str]:
    found = next(entry for entry in TREES[edition][section] if entry["id"] == item)
    return {
        key.split("@")[0] for case in found["cases"] for key, said in wanted_outcomes(case).items() if said == "applies"
    }


@pytest.mark.parametrize(
    ("edition", "name"),
    [
        (2025, "2025_genai_as_is"),
        (2026, "2026_ready_made_self_hosted"),
        (2026, "2026_ready_made_externally_hosted"),
    ],
)
def test_the_system_behind_a_ready_made_map_is_asked_for_every_threat_on_it(edition: Edition, name: str) -> None:
    catalog = load_catalog()
    printed = next(entry for entry in catalog.maps if entry.id == name)
    tried = _threats_that_come_out(edition, "maps", name)
    members = {"prompt_injection": {"direct_prompt_injection", "indirect_prompt_injection"}}
    for threat in printed.threats:
        assert members.get(threat, {threat}) <= tried


def test_the_rag_questions_of_the_catalogue_are_those_that_are_tried() -> None:
    items = load_catalog().mappings["rag_questions"].items
    assert [item.id for item in items] == ids(2026, "rag")
    for item in items:
        if item.id != "qr7":
            assert set(item.threats) <= _threats_that_come_out(2026, "rag", item.id)
    assert not next(item for item in items if item.id == "qr7").threats


@pytest.mark.parametrize("edition", EDITIONS)
def test_the_printed_list_for_heuristic_systems_is_what_applies_to_one(edition: Edition) -> None:
    items = load_catalog().mappings["heuristic_systems"].items
    printed = {threat for item in items for threat in item.threats}
    assert printed == _threats_that_come_out(edition, "special_rules", "heuristic")


@pytest.mark.parametrize("edition", EDITIONS)
def test_a_heuristic_system_has_no_risk_beside_the_list_and_the_conventional_ones(edition: Edition) -> None:
    item = next(entry for entry in TREES[edition]["special_rules"] if entry["id"] == "heuristic")
    found = {risk.threat for risk in assessed(item["cases"][0], edition).risks}
    printed = {t for i in load_catalog().mappings["heuristic_systems"].items for t in i.threats}
    assert found - printed <= {"generic_dev_threats", "generic_runtime_threats"}
