"""Facts about people and their data: what follows from a description, and what would have to be said."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.system.privacy.describing import asked

PURPOSE = {"id": "scoring", "basis": "contract"}


@pytest.mark.parametrize(
    ("privacy", "is_so"),
    [
        ({"areas": [], "profiling": False}, False),
        ({"areas": ["credit"], "profiling": True}, True),
        ({"areas": ["credit"], "profiling": False}, True),
        ({"areas": ["credit"], "profiling": False, "narrow_task": ["preparation"]}, False),
        ({"areas": ["credit"], "profiling": True, "narrow_task": ["preparation"]}, True),
        ({"areas": ["credit"], "narrow_task": ["preparation"]}, None),
        ({"profiling": True}, None),
        ({"areas": [], "safety_component": True}, True),
        ({"areas": [], "safety_component": "unknown"}, None),
    ],
)
def test_high_risk_is_a_listed_area_but_for_a_narrow_task_without_profiling(
    tmp_path: Path, privacy: dict[str, Any], is_so: bool | None
) -> None:
    found = asked(tmp_path, "high_risk", privacy)
    assert found.value is is_so
    assert bool(found.needs) == (is_so is None)


@pytest.mark.parametrize(
    ("areas", "is_so"),
    [(["critical_infrastructure"], True), (["critical_infrastructure", "justice"], False), ([], False), (None, None)],
)
def test_critical_infrastructure_is_told_apart(tmp_path: Path, areas: list[str] | None, is_so: bool | None) -> None:
    privacy = {} if areas is None else {"areas": areas}
    assert asked(tmp_path, "only_critical_infrastructure", privacy).value is is_so


CALM: dict[str, Any] = {
    "profiling": False,
    "monitors": False,
    "large_scale": False,
    "combines": False,
    "denies_service": False,
    "people": [{"who": "customers"}],
    "decision": {"automation": "none"},
}


@pytest.mark.parametrize(
    ("change", "is_so"),
    [
        ({}, False),
        ({"monitors": True}, True),
        ({"large_scale": "unknown"}, None),
        ({"large_scale": "unknown", "combines": True}, True),
        ({"people": [{"who": "employees"}]}, True),
        ({"decision": {"automation": "alone", "effect": "legal"}}, True),
        ({"decision": {"automation": "with_a_person", "effect": "legal"}}, False),
        ({"purposes": [{"id": "care", "special": ["health"]}]}, True),
        ({"purposes": [{"id": "care", "special": ["criminal"]}]}, False),
    ],
)
def test_one_sign_beside_the_use_of_ai_makes_a_high_risk_to_people_likely(
    tmp_path: Path, change: dict[str, Any], is_so: bool | None
) -> None:
    assert asked(tmp_path, "likely_high_risk", {**CALM, **change}).value is is_so


def test_purposes_and_personal_data_say_that_people_are_concerned(tmp_path: Path) -> None:
    assert asked(tmp_path, "handles_personal_data", {}).value is True  # the data is personal
    assert asked(tmp_path, "handles_personal_data", {"personal": False}).value is False
    assert asked(tmp_path, "handles_personal_data", {"personal": "unknown"}).value is None


@pytest.mark.parametrize(
    ("recipients", "abroad", "safe", "processors", "bound"),
    [
        (None, None, None, None, None),
        ([], False, True, False, True),
        ([{"name": "A", "processes_for_you": True, "contract": True}], False, True, True, True),
        ([{"name": "A", "processes_for_you": True}], False, True, True, None),
        ([{"name": "A", "processes_for_you": True, "contract": False}], False, True, True, False),
        ([{"name": "A", "country": "US", "processes_for_you": False}], True, None, False, True),
        ([{"name": "A", "country": "US", "safeguard": "none"}], True, False, None, None),
        ([{"name": "A", "country": "US", "safeguard": "adequacy"}], True, True, None, None),
    ],
)
def test_who_gets_the_data_decides_about_transfers_and_contracts(
    tmp_path: Path, recipients: Any, abroad: bool | None, safe: bool | None, processors: bool | None, bound: bool | None
) -> None:
    privacy = {"purposes": [{**PURPOSE, **({} if recipients is None else {"recipients": recipients})}]}
    facts = ("sends_abroad", "transfers_safeguarded", "uses_processors", "processors_bound")
    assert [asked(tmp_path, fact, privacy, "scoring").value for fact in facts] == [abroad, safe, processors, bound]


def test_consent_of_those_who_depend_on_you_is_none(tmp_path: Path) -> None:
    of = {"purposes": [{"id": "rota", "basis": "consent"}]}
    assert asked(tmp_path, "cannot_refuse", {**of, "people": [{"who": "employees"}]}, "rota").value is True
    assert asked(tmp_path, "cannot_refuse", {**of, "people": [{"who": "customers"}]}, "rota").value is False
    assert asked(tmp_path, "cannot_refuse", of, "rota").value is None


def test_an_answer_names_its_line_and_a_question_its_field(tmp_path: Path) -> None:
    found = asked(tmp_path, "told", {"purposes": [{**PURPOSE, "told": False}]}, "scoring")
    lines = (tmp_path / "system.yaml").read_text().splitlines()
    assert lines[(found.origins[0].line or 0) - 1].strip() == '"told": false'
    needs = asked(tmp_path, "told", {"purposes": [PURPOSE]}, "scoring").needs
    assert [(need.component, need.field) for need in needs] == [("scoring", "privacy.told")]


def test_conversation_and_generation_are_seen_in_the_models(tmp_path: Path) -> None:
    assert asked(tmp_path, "talks_to_people", {}).value is False
    assert asked(tmp_path, "makes_media", {}).value is False
    assert asked(tmp_path, "makes_media", {"makes_media": True}).value is True
