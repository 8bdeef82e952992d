"""Every example gives just the verdicts that its expected.yaml says, which was written from the framework."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pytest
import yaml

from bartizan.assess.assessment import assess
from bartizan.catalog.load import load_catalog
from bartizan.core.records import Assessment
from bartizan.core.terms import EDITIONS, Edition
from bartizan.system.reading import read_system

EXAMPLES = Path(__file__).parents[2] / "examples"
NAMES = sorted(path.parent.name for path in EXAMPLES.glob("*/system.yaml"))
TODAY = "2026-11-22"

NEW_IN_2025 = {"supply_chain_data_poison", "generic_dev_threats", "generic_runtime_threats"}
NEW_IN_2026 = {
    "agent_escape",
    "agent_message_structure_manipulation",
    "augmentation_data_leak",
    "augmentation_data_manipulation",
}
UNKNOWN_TO: dict[Edition, set[str]] = {2023: NEW_IN_2025 | NEW_IN_2026, 2025: NEW_IN_2026, 2026: set()}
"""Rated threats that an edition does not name yet (names in the facts of the framework)."""


def expected_of(name: str) -> dict[str, Any]:
    text = (EXAMPLES / name / "expected.yaml").read_text(encoding="utf-8")
    return cast("dict[str, Any]", yaml.safe_load(text))


def flat(said: dict[str, dict[str, list[str]]]) -> dict[str, str]:
    return {f"{threat}@{at}": outcome for threat, places in said.items() for at, (outcome, _) in places.items()}


def assessed(name: str, edition: Edition) -> Assessment:
    return assess(read_system(EXAMPLES / name / "system.yaml"), load_catalog(), today=TODAY, edition=edition)


def test_the_seven_systems_and_the_short_one_are_there() -> None:
    assert NAMES == [
        "company-document-assistant",
        "consumer-credit-scoring",
        "executive-mail-agent",
        "industrial-rule-engine",
        "nightly-spam-filter",
        "retail-chatbot",
        "skin-image-classifier",
        "twenty-lines",
    ]


@pytest.mark.parametrize("edition", EDITIONS)
@pytest.mark.parametrize("name", NAMES)
def test_the_rated_verdicts_of_an_example_are_those_expected_and_no_others(name: str, edition: Edition) -> None:
    said = expected_of(name)
    wanted = flat(said["rated_2026"])
    if edition != 2026:
        wanted |= flat(said["differences"][edition])
    wanted = {key: outcome for key, outcome in wanted.items() if key.split("@")[0] not in UNKNOWN_TO[edition]}
    found = {v.id: v.outcome.value for v in assessed(name, edition).verdicts if v.rated}
    assert found == wanted


@pytest.mark.parametrize("name", NAMES)
def test_the_variants_named_for_an_example_come_out_as_expected(name: str) -> None:
    wanted = flat(expected_of(name)["variants_2026"])
    found = {v.id: v.outcome.value for v in assessed(name, 2026).verdicts if not v.rated}
    assert {key: found.get(key) for key in wanted} == wanted


@pytest.mark.parametrize("name", NAMES)
def test_what_an_older_edition_is_said_to_change_really_differs(name: str) -> None:
    said = expected_of(name)
    newest = flat(said["rated_2026"])
    for changes in said["differences"].values():
        for key, outcome in flat(changes).items():
            assert newest[key] != outcome


@pytest.mark.parametrize("name", NAMES)
def test_every_expectation_gives_its_reason(name: str) -> None:
    said = expected_of(name)
    for part in (said["rated_2026"], said["variants_2026"], *said["differences"].values()):
        for places in part.values():
            assert all(len(reason) > 8 for _, reason in places.values())


@pytest.mark.parametrize("name", NAMES)
def test_the_controls_in_an_example_are_in_the_catalogue(name: str) -> None:
    controls = read_system(EXAMPLES / name / "system.yaml").described.controls
    assert {c.control for c in controls} <= set(load_catalog().controls)


@pytest.mark.parametrize("name", NAMES)
def test_what_an_example_calls_verified_has_a_date_and_evidence(name: str) -> None:
    for control in read_system(EXAMPLES / name / "system.yaml").described.controls:
        if control.status.value == "verified":
            assert control.verified_on <= TODAY
            assert control.evidence


def test_a_useful_description_takes_at_most_twenty_lines() -> None:
    lines = (EXAMPLES / "twenty-lines" / "system.yaml").read_text(encoding="utf-8").splitlines()
    assert len(lines) <= 20


@pytest.mark.parametrize("name", NAMES)
def test_an_example_comes_with_a_readme_that_names_its_title(name: str) -> None:
    text = (EXAMPLES / name / "README.md").read_text(encoding="utf-8")
    assert text.startswith("# ")
    assert "system.yaml" in text
