"""Verdicts: where each threat is judged, and what its proof says."""

from __future__ import annotations

from pathlib import Path

import pytest

from bartizan.assess.identify import Rulebook, identify
from bartizan.catalog.entries import Catalog
from bartizan.core.records import Verdict
from bartizan.core.source import parse_yaml
from bartizan.core.terms import EDITIONS, Edition, Outcome, Party
from bartizan.system.facts import Facts
from bartizan.system.graph import System
from bartizan.system.reading import check_system, read_system

EXAMPLES = Path(__file__).parents[2] / "examples"

CHATBOT = """\
name: Chatbot
components:
  - id: chatbot
    kind: model
    type: generative
    trained_by: supplier
    output_can_harm: unknown
  - {id: visitors, kind: actor, trusted: no, uses: [chatbot]}
"""


def read(text: str) -> System:
    return check_system(parse_yaml(text, "system.yaml"))


def verdicts(system: System, catalog: Catalog, edition: Edition = 2026) -> dict[str, Verdict]:
    return {v.id: v for v in identify(system, Facts(system), Rulebook(catalog, edition))}


def test_a_verdict_names_its_edition_and_its_place_in_the_framework(catalog: Catalog) -> None:
    found = verdicts(read(CHATBOT), catalog)["direct_prompt_injection@chatbot"]
    assert found.edition == 2026
    assert found.rule == "q26-genai"


def test_a_proof_leads_to_the_lines_of_the_file(catalog: Catalog) -> None:
    found = verdicts(read(CHATBOT.replace("unknown", "yes")), catalog)["direct_prompt_injection@chatbot"]
    assert found.outcome is Outcome.APPLIES
    lines = {used.fact: [origin.line for origin in used.origins] for used in found.facts}
    assert lines["generative"] == [5]
    assert lines["output_can_harm"] == [7]
    assert 8 in lines["untrusted_input"]


def test_a_proof_names_what_nobody_said(catalog: Catalog) -> None:
    found = verdicts(read(CHATBOT), catalog)["dev_model_poison@chatbot"]
    assert found.outcome is Outcome.DOES_NOT_APPLY
    kinds = {origin.kind for used in found.facts for origin in used.origins}
    assert kinds == {"given", "default"}


def test_an_unknown_verdict_says_which_field_would_decide_it(catalog: Catalog) -> None:
    found = verdicts(read(CHATBOT), catalog)["direct_prompt_injection@chatbot"]
    assert found.outcome is Outcome.UNKNOWN
    assert [(need.component, need.field) for need in found.needs] == [("chatbot", "output_can_harm")]
    assert [used.fact for used in found.facts] == ["output_can_harm"]


def test_a_threat_that_does_not_apply_has_a_proof_as_well(catalog: Catalog) -> None:
    found = verdicts(read(CHATBOT), catalog)["evasion_after_poison@chatbot"]
    assert found.outcome is not Outcome.APPLIES
    assert found.facts


def test_a_threat_without_a_component_of_its_kind_is_judged_at_the_system(catalog: Catalog) -> None:
    found = verdicts(read(CHATBOT), catalog)["augmentation_data_leak@system"]
    assert found.outcome is Outcome.DOES_NOT_APPLY
    assert [used.says for used in found.facts] == ["has no augmentation data"]


def test_what_is_inserted_being_unknown_leaves_the_threats_to_it_unknown(catalog: Catalog) -> None:
    text = CHATBOT.replace("    output_can_harm: unknown\n", "    reads: unknown\n")
    found = verdicts(read(text), catalog)["augmentation_data_leak@system"]
    assert found.outcome is Outcome.UNKNOWN
    assert [(need.component, need.field) for need in found.needs] == [("chatbot", "reads")]


def test_training_data_that_nobody_described_has_a_place_of_its_own(catalog: Catalog) -> None:
    text = CHATBOT.replace("trained_by: supplier", "trained_by: us")
    found = verdicts(read(text), catalog)["data_poison@chatbot.training-data"]
    assert found.outcome is Outcome.APPLIES


@pytest.mark.parametrize(("who", "party"), [("us", Party.US), ("supplier", Party.SUPPLIER)])
def test_who_runs_a_model_guards_it_at_run_time(who: str, party: Party, catalog: Catalog) -> None:
    text = CHATBOT.replace("output_can_harm: unknown", f"run_by: {who}")
    assert verdicts(read(text), catalog)["runtime_model_poison@chatbot"].party is party


def test_what_nobody_said_is_ours_until_it_is_said(catalog: Catalog) -> None:
    found = verdicts(read(CHATBOT), catalog)["runtime_model_poison@chatbot"]
    assert found.party is Party.US
    assert "not known" in found.party_why


@pytest.mark.parametrize("edition", EDITIONS)
def test_every_threat_that_an_edition_judges_gets_a_verdict(edition: Edition, catalog: Catalog) -> None:
    judged = {threat.id for threat in catalog.threats.values() if edition in threat.rules}
    found = verdicts(read(CHATBOT), catalog, edition)
    assert {verdict.threat for verdict in found.values()} == judged


@pytest.mark.parametrize("edition", EDITIONS)
def test_groups_are_judged_by_their_members_only(edition: Edition, catalog: Catalog) -> None:
    groups = {threat.id for threat in catalog.threats.values() if threat.kind == "group"}
    assert groups
    assert groups.isdisjoint(verdict.threat for verdict in verdicts(read(CHATBOT), catalog, edition).values())


@pytest.mark.parametrize("name", sorted(path.parent.name for path in EXAMPLES.glob("*/system.yaml")))
def test_verdicts_come_in_the_order_of_threat_and_component(name: str, catalog: Catalog) -> None:
    system = read_system(EXAMPLES / name / "system.yaml")
    found = identify(system, Facts(system), Rulebook(catalog, 2026))
    assert list(found) == sorted(found, key=lambda v: (v.threat, v.component))
