"""The supplier questionnaire: just the questions that this system's suppliers must answer."""

from __future__ import annotations

import io

import openpyxl
import pytest

from bartizan.core.errors import InputError
from bartizan.report.questionnaire import open_points, render_markdown, render_xlsx, suppliers
from tests.report.dossiers import AGENT, HOSTILE, from_text, hostile, no_risks
from tests.report.test_markdown import tokens_of

SECOND = "  - {id: second, kind: model, type: predictive, trained_by: supplier, supplier: Aster Labs}\n"
TWO = AGENT.replace("  - {id: sender,", f"{SECOND}  - {{id: sender,")


def test_each_open_point_is_asked_once_under_its_supplier() -> None:
    dossier = from_text(TWO)
    content = render_markdown(dossier)
    assert suppliers(dossier) == ("Aster Labs", "Northwind AI")
    for point in dossier.assessment.open_points:
        part = content.partition(f"## {point.supplier}\n")[2].partition("\n## ")[0]
        assert point.question.split(",")[0].split("(")[0].strip() in part
    assert content.count("\nAnswer:\n") == len(dossier.assessment.open_points)


def test_a_question_says_why_what_to_attach_and_what_holds_meanwhile() -> None:
    content = render_markdown(from_text(AGENT))
    assert "It bears on " in content
    assert "Attach proof, such as the result of one of these:" in content
    assert "| Supplier | Subject | Accept | Mitigate yourself | Avoid |" in content
    assert "needs a reason, a name and an end date" in content


def test_what_the_customer_does_meanwhile_stands_last_so_that_it_can_be_kept_back() -> None:
    sent, _, kept = render_markdown(from_text(TWO)).partition("## For the customer: while there is no answer")
    assert "Mitigate yourself" not in sent
    assert "Answer:" not in kept


def test_what_bears_on_the_worst_risk_is_asked_first() -> None:
    dossier = from_text(AGENT)
    level = {risk.id: risk.current.level for risk in dossier.assessment.risks}
    worst = [max(level[risk] for risk in point.risks) for point in open_points(dossier)]
    assert worst == sorted(worst, reverse=True)


def test_one_supplier_gets_its_own_questions_only() -> None:
    dossier = from_text(TWO)
    content = render_markdown(dossier, "northwind ai")
    assert "## Northwind AI" in content
    assert "Aster" not in content


def test_a_misspelt_supplier_is_an_error_with_the_nearest_name() -> None:
    with pytest.raises(InputError, match=r"no question for a supplier 'Nortwind AI'; did you mean 'Northwind AI'\?"):
        render_markdown(from_text(TWO), "Nortwind AI")


def test_a_system_without_suppliers_has_nothing_to_ask() -> None:
    assert "No supplier of this system has anything to answer." in render_markdown(no_risks())
    assert openpyxl.load_workbook(io.BytesIO(render_xlsx(no_risks())))["Questions"].max_row == 1


def test_the_workbook_leaves_room_for_the_answers() -> None:
    dossier = from_text(AGENT)
    book = openpyxl.load_workbook(io.BytesIO(render_xlsx(dossier)))
    head, *rows = book["Questions"].iter_rows(values_only=True)
    assert head == ("Supplier", "Subject", "Question", "Why we ask", "Proof to attach", "Answer", "Attached")
    assert len(rows) == len(dossier.assessment.open_points)
    assert all(row[2] and not row[5] for row in rows)
    assert book["While unanswered"].max_row == len(rows) + 1


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_stay_names(name: str) -> None:
    tokens = {token.type for token in tokens_of(render_markdown(hostile(name)))}
    assert not tokens & {"link_open", "image", "html_block", "html_inline", "fence", "code_block"}
    book = openpyxl.load_workbook(io.BytesIO(render_xlsx(hostile(name))))
    assert not any(cell.data_type == "f" for sheet in book for row in sheet.iter_rows() for cell in row)
