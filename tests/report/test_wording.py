"""One wording for all formats: what a control buys, what a fact says, which question is asked, what a note means."""

from __future__ import annotations

import msgspec
import pytest

from bartizan.catalog.load import load_catalog
from bartizan.core.proof import Origin, UsedFact
from bartizan.core.terms import ControlStatus, Outcome
from bartizan.report import conclusions, glossary, html, markdown, proofs, questions, remarks, wording
from tests.report.dossiers import AGENT, acceptance, from_text, no_risks


def test_what_a_control_buys_is_said_in_words_and_not_in_steps_of_a_scale() -> None:
    dossier = from_text(AGENT)
    for step in dossier.assessment.steps:
        text, reduces = wording.step_buys(dossier, step), dossier.control(step.control).reduces
        if step.buys:
            assert ("likely" in text, "harmful" in text) == (reduces.likelihood > 0, reduces.impact > 0)
        else:
            assert text.startswith("supports the other controls on ")
        assert "step" not in text


def test_how_many_of_its_risks_are_above_appetite_is_said_unless_all_are() -> None:
    dossier = from_text(AGENT)
    step = next(s for s in dossier.assessment.steps if len(s.risks) > 2)
    few = msgspec.structs.replace(step, above_appetite=2)
    assert wording.step_buys(dossier, few).endswith(", 2 of them above appetite")
    every = msgspec.structs.replace(step, above_appetite=len(step.risks))
    assert "above appetite" not in wording.step_buys(dossier, every)


def test_what_to_do_first_is_what_the_plan_takes() -> None:
    dossier = from_text(AGENT)
    first = conclusions.first_steps(dossier, 5)
    assert first
    assert all(step.planned for step in first)
    assert wording.control_name(dossier, first[0].control) in conclusions.do_first(dossier)
    assert conclusions.do_first(no_risks()) == conclusions.whole_plan(no_risks()) == ""


def test_what_is_begun_is_named_as_what_is_left_to_do() -> None:
    dossier = from_text(AGENT)
    step = dossier.assessment.steps[0]
    titles = {s: wording.step_title(dossier, msgspec.structs.replace(step, status=s)) for s in ControlStatus}
    assert titles[ControlStatus.NOT_STARTED] == wording.control_name(dossier, step.control)
    assert titles[ControlStatus.IMPLEMENTED].startswith("Verify: ")
    assert titles[ControlStatus.PLANNED].startswith("Finish: ")


def test_no_fact_of_the_catalogue_speaks_of_us_to_the_reader() -> None:
    for entry in load_catalog().facts.values():
        for text in (entry.says, entry.says_not):
            said = proofs.says(UsedFact(fact=entry.id, says=text, value=True))
            assert not {"us", "our", "ours", "we"} & set(said.split())


@pytest.mark.parametrize(
    ("kind", "line", "field", "where"),
    [
        ("given", 9, "type", "system.yaml:9"),
        ("default", None, "stored", "default for stored"),
        ("answered", 4, "", "answer, system.yaml:4"),
        ("imported", None, "", "importer"),
        ("computed", None, "", "computed"),
    ],
)
def test_a_source_says_what_it_is_and_where(kind: str, line: int | None, field: str, where: str) -> None:
    raw = {"kind": kind, "text": "default: so" if kind == "default" else "so", "line": line, "field": field}
    origin = msgspec.convert(raw, Origin)
    assert proofs.source(from_text(AGENT), origin) == f"so ({where})"


def test_an_open_verdict_asks_the_questions_of_the_interview_and_names_no_field() -> None:
    dossier = from_text(AGENT)
    for suggestion in dossier.assessment.suggestions:
        asked = questions.question_of(dossier, suggestion.component, suggestion.field)
        assert asked.endswith("?")
        assert "_" not in asked
    unknown = [v for v in dossier.assessment.verdicts if v.outcome is Outcome.UNKNOWN]
    assert unknown
    for verdict in unknown:
        assert all(text in proofs.proof(dossier, verdict) for text in questions.all_asked(dossier, verdict))


def test_a_field_that_nobody_asks_about_is_named() -> None:
    assert questions.question_of(from_text(AGENT), "agent", "colour") == "What is its colour?"


def test_the_grave_remarks_come_first_and_name_the_risk_and_the_day() -> None:
    dossier = from_text(AGENT, decisions=(acceptance("indirect_prompt_injection@agent", "2026-06-01"),))
    found = remarks.remarks(dossier)
    assert [r.grave for r in found] == sorted((r.grave for r in found), reverse=True)
    lapsed = next(r for r in found if r.title == "A decision no longer holds")
    assert lapsed.text == "Indirect prompt injection at agent: the acceptance lapsed on 1 Jun 2026."


def test_html_and_markdown_say_the_same_sentences() -> None:
    dossier = from_text(AGENT)
    page, text = html.render(dossier), markdown.render(dossier)
    for said in (conclusions.whole_plan(dossier), *(r.title for r in remarks.remarks(dossier))):
        assert said in page
        assert said in text


def test_every_term_is_explained_in_one_sentence() -> None:
    for term, line in glossary.TERMS.items():
        assert term == term.lower()
        assert line.endswith(".")
        assert wording.first_sentence(line) == line
