"""OSCAL documents, read by compliance-trestle's models of the published schema."""

from __future__ import annotations

import json
import uuid
import warnings
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from bartizan.report.dossier import Dossier
from bartizan.report.exchange import oscal_poam, oscal_results
from bartizan.report.exchange.entries import entries
from bartizan.report.exchange.oscal_parts import status_of
from tests.report.dossiers import AGENT, HOSTILE, acceptance, from_text, no_risks
from tests.report.exchange.holdings import KEPT, NASTY, RISK, every, kept, named

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from trestle.oscal import assessment_results, poam

Part = dict[str, Any]


def results(dossier: Dossier) -> Part:
    """The assessment results, after trestle has read them."""
    text = oscal_results.render(dossier)
    assessment_results.Model.model_validate_json(text)
    found: Part = json.loads(text)["assessment-results"]
    return found


def plan(dossier: Dossier) -> Part:
    """The plan of action, after trestle has read it."""
    text = oscal_poam.render(dossier)
    poam.Model.model_validate_json(text)
    found: Part = json.loads(text)["plan-of-action-and-milestones"]
    return found


def walk(part: object) -> Iterator[Part]:
    """Every object in a document."""
    if isinstance(part, dict):
        yield part
        for value in part.values():
            yield from walk(value)
    elif isinstance(part, list):
        for value in part:
            yield from walk(value)


def with_states() -> Dossier:
    """The kept system after two of its risks went."""
    holding = kept().holding
    assert holding is not None
    first, second, *others = holding.risks
    gone = msgspec.structs.replace(first, state="gone", state_why="no longer part of the system")
    undecided = msgspec.structs.replace(second, state="undecided", state_why="answers are missing")
    risks = (gone, undecided, *others)
    return msgspec.structs.replace(kept(), holding=msgspec.structs.replace(holding, risks=risks))


@pytest.mark.parametrize("number", range(KEPT + 4))
def test_both_documents_are_valid_and_refer_only_to_what_is_in_them(number: int) -> None:
    others = (from_text(AGENT), from_text(AGENT, (acceptance(RISK, "2027-01-01"),)), no_risks(), with_states())
    dossier = (*every(), *others)[number]
    for document in (results(dossier), plan(dossier)):
        own = [part["uuid"] for part in walk(document) if "uuid" in part]
        assert len(own) == len(set(own))
        assert all(uuid.UUID(name).version == 5 for name in own)
        keys = ("risk-uuid", "observation-uuid", "subject-uuid", "party-uuid", "actor-uuid")
        used = {part[key] for part in walk(document) for key in keys if key in part}
        assert used <= set(own)


@pytest.mark.parametrize("name", [*HOSTILE, NASTY], ids=lambda n: n.encode("unicode_escape").decode()[:30])
def test_hostile_names_leave_both_documents_valid(name: str) -> None:
    assert results(named(name))
    assert plan(named(name))


def test_the_same_risk_has_the_same_identifier_in_both_documents_and_on_every_day() -> None:
    found = {r["uuid"] for r in results(kept())["results"][0]["risks"]}
    assert {r["uuid"] for r in plan(kept())["risks"]} <= found
    other = {r["uuid"] for r in results(every()[1])["results"][0]["risks"]}
    assert not found & other


def test_an_acceptance_is_a_deviation_with_who_asked_who_approved_and_until_when() -> None:
    dossier = kept()
    accepted = next(e for e in entries(dossier) if e.accepted)
    found = next(r for r in plan(dossier)["risks"] if r["props"][0]["value"] == accepted.id)
    said = {p["name"]: p["value"] for p in found["props"]}
    assert all(p["ns"] == "urn:bartizan:oscal" for p in found["props"])
    assert (said["requester"], said["approver"], said["expires"]) == ("ann", "bob", "2027-05-01")
    assert found["status"] == "deviation-approved"
    log = found["risk-log"]["entries"]
    assert [e["status-change"] for e in log] == ["deviation-requested", "deviation-approved"]
    assert log[0]["logged-by"] != log[1]["logged-by"]


def test_each_risk_has_the_status_that_its_treatment_gives() -> None:
    found = {status_of(entry) for entry in entries(kept())}
    assert found == {"open", "remediating", "deviation-requested", "deviation-approved"}
    risks = results(kept())["results"][0]["risks"]
    assert sorted(r["status"] for r in risks) == sorted(status_of(entry) for entry in entries(kept()))
    assert {"closed", "investigating"} <= {r["status"] for r in results(with_states())["results"][0]["risks"]}


def test_the_models_of_trestle_refuse_what_is_no_oscal() -> None:
    text = oscal_results.render(kept())
    for wrong in (text.replace('"deviation-approved"', '"de viation"'), text.replace('"methods"', '"method"')):
        assert wrong != text
        with pytest.raises(ValueError, match="validation error"):
            assessment_results.Model.model_validate_json(wrong)


def test_evidence_is_an_observation_with_its_counts_and_interval() -> None:
    seen = results(kept())["results"][0]["observations"]
    attack = next(o for o in seen if o["types"] == ["finding"])
    said = {p["name"]: p["value"] for p in attack["props"]}
    assert (said["hits"], said["trials"]) == ("3", "40")
    assert 0 < float(said["rate-low"]) < 3 / 40 < float(said["rate-high"]) < 1
    assert attack["methods"] == ["TEST"]
    assert attack["collected"] == "2026-11-01T00:00:00Z"
    assert "report.jsonl, SHA-256" in attack["relevant-evidence"][0]["description"]


def test_a_plan_has_an_item_for_what_is_above_appetite_or_decided_and_no_other() -> None:
    wanted = {e.name for e in entries(kept()) if e.above_appetite or e.treatment}
    assert {item["title"] for item in plan(kept())["poam-items"]} == wanted
    assert [item["title"] for item in plan(no_risks())["poam-items"]] == ["Nothing to do"]


def test_a_decision_with_a_day_has_a_deadline_and_a_milestone() -> None:
    found = next(r for r in plan(kept())["risks"] if r.get("deadline") == "2027-03-01T00:00:00Z")
    (response,) = found["remediations"]
    assert {"name": "type", "value": "mitigate"} in response["props"]
    assert "2027-03-01T00:00:00Z" in {t["timing"]["on-date"]["date"] for t in response["tasks"]}
