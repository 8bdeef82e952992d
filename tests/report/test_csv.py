"""The CSV register: canonical columns, quoting that any reader undoes, and no formulas."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bartizan.core.records import Decision
from bartizan.core.terms import Outcome, Treatment
from bartizan.report import wording
from bartizan.report.csv import COLUMNS, guarded, render
from bartizan.report.dossier import Dossier
from tests.report.dossiers import AGENT, acceptance, from_text, no_risks

RISK = "indirect_prompt_injection@agent"


def rows_of(dossier: Dossier) -> dict[str, dict[str, str]]:
    """The rows by id, as a reader of CSV gets them."""
    return {row["id"]: row for row in csv.DictReader(io.StringIO(render(dossier), newline=""))}


def test_the_header_is_the_canonical_one_even_without_risks() -> None:
    header = render(no_risks()).split("\r\n")[0].split(",")
    assert header == list(COLUMNS)
    assert header[:5] == ["id", "system", "threat_id", "threat", "verdict"]


def test_lines_end_as_the_standard_says_and_there_is_no_byte_order_mark() -> None:
    content = render(from_text(AGENT))
    assert content.endswith("\r\n")
    assert "\n" not in content.replace("\r\n", "")
    assert content.startswith("id,")


def test_each_threat_that_can_be_a_risk_has_one_row() -> None:
    dossier = from_text(AGENT)
    rated = [v for v in dossier.assessment.verdicts if v.rated]
    rows = rows_of(dossier)
    assert set(rows) == {v.id for v in rated}
    assert all(rows[v.id]["verdict"] == v.outcome.value for v in rated)
    assert all((row["level_current"] != "") == (row["verdict"] == Outcome.APPLIES.value) for row in rows.values())


def test_a_row_says_what_the_risk_says() -> None:
    dossier = from_text(AGENT)
    risk = next(r for r in dossier.assessment.risks if r.id == RISK)
    row = rows_of(dossier)[RISK]
    assert row["level_inherent"] == str(risk.inherent.level)
    assert row["impact_residual"] == str(risk.residual.impact)
    assert row["controls"].split("|") == [a.control for a in risk.controls]
    assert row["control_status"].split("|") == [a.status.value for a in risk.controls]
    assert row["exchange_ref"] == "https://owaspai.org/go/indirectpromptinjection/"
    assert "AML.T0051" in row["atlas"].split("|")
    assert row["evidence"] == "load test of May"
    assert row["review_due"] == "2027-01-31"


@pytest.mark.parametrize(
    ("decision", "status", "until"),
    [
        (acceptance(RISK, "2027-01-01"), "accepted", "2027-01-01"),
        (acceptance(RISK, "2026-01-01"), "open", "2026-01-01"),
        (Decision(risk=RISK, treatment=Treatment.MITIGATE, reason="x", by="y", on="2026-05-03"), "decided", ""),
    ],
)
def test_a_decision_shows_in_the_row(decision: Decision, status: str, until: str) -> None:
    row = rows_of(from_text(AGENT, decisions=[decision]))[RISK]
    assert row["treatment"] == decision.treatment.value
    assert row["status"] == status
    assert row["acceptance_until"] == until


@given(st.text(st.characters(codec="utf-8")))
def test_no_cell_begins_as_a_formula_and_the_text_is_kept(text: str) -> None:
    cell = guarded(text)
    assert not cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
    assert cell.removeprefix("'") == wording.plain(text) or cell == wording.plain(text)
