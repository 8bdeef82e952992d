"""What other programs get: CISO Assistant, Jira, the ATLAS Navigator, and CycloneDX statements."""

from __future__ import annotations

import csv
import io
import json
import re
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from bartizan.core.terms import Outcome
from bartizan.report import wording
from bartizan.report.dossier import Dossier
from bartizan.report.exchange import ciso_assistant, jira, navigator, vex
from bartizan.report.exchange.entries import Entry, entries
from bartizan.report.formats import BY_NAME
from tests.report.dossiers import AGENT, HOSTILE, acceptance, from_text, no_risks
from tests.report.exchange.holdings import KEPT, NASTY, RISK, every, kept, named, remade

NAMES = ("csv", "ciso-assistant", "jira", "oscal-ar", "oscal-poam", "vex", "navigator")
formats = pytest.mark.parametrize("form", NAMES)


def table(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline=""), strict=True))


def entry_of(dossier: Dossier, **wanted: str) -> Entry:
    return next(e for e in entries(dossier) if all(getattr(e, k) == v for k, v in wanted.items()))


# what every format promises


@formats
def test_every_kept_system_renders_and_the_same_gives_the_same_bytes(form: str) -> None:
    for dossier in every():
        assert BY_NAME[form].render(dossier)
    assert BY_NAME[form].render(kept()) == BY_NAME[form].render(remade())


@formats
@pytest.mark.parametrize("name", [*HOSTILE, NASTY], ids=lambda n: n.encode("unicode_escape").decode()[:30])
def test_hostile_names_bring_neither_control_characters_nor_formulas(form: str, name: str) -> None:
    content = str(BY_NAME[form].render(named(name)))
    assert not re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff]", content)
    if BY_NAME[form].suffix.endswith(".csv"):
        rows = table(content)
        assert len({len(row) for row in rows}) == 1
        assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for row in rows for cell in row)
    else:
        assert json.loads(content)


# CISO Assistant


def test_ciso_assistant_gets_its_columns_and_words_of_the_scales() -> None:
    dossier = kept()
    head, *rows = table(ciso_assistant.render(dossier))
    assert ",".join(head) == (
        "ref_id,assets,threats,name,description,existing_controls,current_impact,current_proba,current_risk,"
        "additional_controls,residual_impact,residual_proba,residual_risk,treatment,justification,filtering_labels"
    )
    by_id = {row[0]: dict(zip(head, row, strict=True)) for row in rows}
    assert set(by_id) == {entry.id for entry in entries(dossier) if entry.state == "open"}
    entry = entry_of(dossier, risk=RISK)
    row = by_id[entry.id]
    assert row["current_impact"] == wording.impact_name(dossier, entry.current[1])
    assert row["current_proba"] == wording.likelihood_name(dossier, entry.current[0])
    assert "Rate limit" in row["existing_controls"].split("\n")
    assert len(row["additional_controls"].split("\n")) > 3
    assert {r["treatment"] for r in by_id.values()} == {"open", "mitigate", "transfer", "accept"}


def test_an_acceptance_that_nobody_approved_is_open_for_ciso_assistant() -> None:
    entry = entry_of(kept(), settled="requested")
    rows = table(ciso_assistant.render(kept()))
    row = next(row for row in rows if row[0] == entry.id)
    assert row[rows[0].index("treatment")] == "open"


# Jira


def test_jira_gets_an_issue_for_each_open_risk_with_a_column_for_each_label() -> None:
    dossier = kept()
    head, *rows = table(jira.render(dossier))
    assert head[0] == "Summary"
    assert head.count("Labels") >= 4
    assert all(len(row[0]) <= 255 for row in rows)
    entry = entry_of(dossier, treatment="mitigate")
    row = next(row for row in rows if row[head.index("External issue ID")] == entry.id)
    assert row[head.index("Due Date")] == "2027-03-01"
    labels = [cell for name, cell in zip(head, row, strict=True) if name == "Labels" and cell]
    assert {"bartizan", "mail-agent", entry.threat} <= set(labels)
    assert not any(re.search(r"\s", label) for label in labels)


def test_an_assignee_is_an_e_mail_address_or_nobody() -> None:
    rows = table(jira.render(named("Ann Meier <ann@example.org>")))
    at = rows[0].index("Assignee")
    assert {row[at] for row in rows[1:]} <= {"", "ann@example.org"}
    assert any(row[at] for row in rows[1:])
    assert not any(row[at] for row in table(jira.render(kept()))[1:])


# ATLAS Navigator


def test_a_layer_scores_each_technique_with_its_worst_risk() -> None:
    dossier = kept()
    layer: dict[str, Any] = json.loads(navigator.render(dossier))
    assert layer["domain"] == "atlas-atlas"
    by_id = {t["techniqueID"]: t for t in layer["techniques"]}
    assert all(re.fullmatch(r"AML\.T\d{4}(\.\d{3})?", name) for name in by_id)
    entry = entry_of(dossier, risk=RISK)
    technique = by_id["AML.T0051.001"]
    assert technique["score"] == entry.current[2]
    assert entry.name in technique["comment"]
    assert "1 planned, 1 verified" in technique["comment"]
    assert technique["color"] in layer["gradient"]["colors"]


def test_no_open_risk_is_lost_in_a_layer() -> None:
    for dossier in every():
        layer = json.loads(navigator.render(dossier))
        told = " ".join([*(t["comment"] for t in layer["techniques"]), *(m["value"] for m in layer["metadata"])])
        assert all(entry.name in told for entry in entries(dossier) if entry.state == "open")


# CycloneDX


@pytest.mark.parametrize("number", range(KEPT + 3))
def test_statements_are_valid_cyclonedx(number: int) -> None:
    others = (from_text(AGENT), no_risks(), named(NASTY))
    dossier = (*every(), *others)[number]
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(vex.render(dossier)) is None


def test_each_verdict_is_a_statement_with_the_state_that_fits() -> None:
    dossier = kept()
    said: dict[str, Any] = {v["bom-ref"]: v for v in json.loads(vex.render(dossier))["vulnerabilities"]}
    accepted = entry_of(dossier, treatment="accept", settled="held")
    assert said[accepted.id]["analysis"]["state"] == "exploitable"
    assert said[accepted.id]["analysis"]["response"] == ["will_not_fix"]
    assert "accepted by bob until 2027-05-01" in said[accepted.id]["analysis"]["detail"]
    requested = entry_of(dossier, settled="requested")
    assert "response" not in said[requested.id]["analysis"]
    for verdict in dossier.assessment.verdicts:
        if verdict.rated and verdict.outcome is Outcome.DOES_NOT_APPLY:
            assert said[verdict.id]["analysis"]["state"] == "not_affected"
        if verdict.rated and verdict.outcome is Outcome.UNKNOWN:
            assert said[verdict.id]["analysis"]["state"] == "in_triage"
    assert len(said) == len({v.id for v in dossier.assessment.verdicts if v.rated})


def test_a_system_in_no_register_has_its_decisions_in_the_statements() -> None:
    dossier = from_text(AGENT, decisions=(acceptance(RISK, "2027-01-01"),))
    said = {v["bom-ref"]: v for v in json.loads(vex.render(dossier))["vulnerabilities"]}
    assert said[RISK]["analysis"]["response"] == ["will_not_fix"]
    lapsed = from_text(AGENT, decisions=(acceptance(RISK, "2026-01-01"),))
    said = {v["bom-ref"]: v for v in json.loads(vex.render(lapsed))["vulnerabilities"]}
    assert said[RISK]["analysis"] == {"state": "exploitable", "detail": "no decision"}
