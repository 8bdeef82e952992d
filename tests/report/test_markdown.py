"""The Markdown report, read back by a CommonMark parser: what it says, and that names stay names."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from bartizan.core.terms import Outcome
from bartizan.report import gfm, markdown, wording
from tests.report.dossiers import AGENT, EXAMPLES, HOSTILE, acceptance, attacked, example, from_text, hostile, no_risks

HARMLESS_ADDRESSES = ("https://owaspai.org/go/", "#risk-")


def tokens_of(content: str) -> Iterator[Token]:
    """All tokens that a parser with tables and strike-through sees, inline ones too."""
    for token in MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(content):
        yield token
        yield from token.children or ()


def shown(content: str) -> str:
    """The text that a reader sees of one line."""
    inline = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parseInline(content)[0]
    return "".join(token.content for token in inline.children or ())


@given(st.text(st.characters(codec="utf-8")))
def test_any_text_shows_as_itself_in_a_paragraph(name: str) -> None:
    assert shown(gfm.text(name)).strip() == wording.plain(name)


@given(st.text(st.sampled_from("|`\\*_~[]()<>!#&-+=1.: ab"), min_size=1))
def test_signs_of_markdown_open_nothing_wherever_they_stand(name: str) -> None:
    kinds = {token.type for token in tokens_of(gfm.text(name))}
    assert kinds <= {"paragraph_open", "paragraph_close", "inline", "text", "text_special"}


@given(st.text(st.sampled_from("|`\\*_~[]()<>!#&-+=1.: ab")))
def test_a_name_never_adds_a_cell_to_a_table(name: str) -> None:
    lines = gfm.table(("a", "b"), [(gfm.text(name), gfm.code(name))])
    cells = [token for token in tokens_of("\n".join(lines)) if token.type == "td_open"]
    assert len(cells) == 2


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_bring_no_link_image_or_html(name: str) -> None:
    tokens = list(tokens_of(markdown.render(hostile(name))))
    links = [str(token.attrs["href"]) for token in tokens if token.type == "link_open"]
    assert all(href.startswith(HARMLESS_ADDRESSES) for href in links)
    assert not [token for token in tokens if token.type == "image"]
    html = [token.content for token in tokens if token.type in {"html_block", "html_inline"}]
    assert all(piece.startswith(('<a id="risk-', "</a>")) for piece in html)


@pytest.mark.parametrize("address", ["https://evil.example/", "www.evil.example", "HTTP://evil.example"])
def test_an_address_in_a_name_is_not_written_so_that_github_links_it(address: str) -> None:
    escaped = gfm.text(f"see {address} now")
    assert address not in escaped
    assert shown(escaped) == f"see {address} now"


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_add_no_heading_and_no_fence(name: str) -> None:
    def outline(content: str) -> list[str]:
        return [t.type + t.tag for t in tokens_of(content) if t.type in {"heading_open", "fence", "code_block"}]

    assert outline(markdown.render(hostile(name))) == outline(markdown.render(hostile("harmless")))


def test_the_first_page_says_how_bad_it_is_what_to_do_and_what_is_open() -> None:
    page = markdown.render(from_text(AGENT)).partition("## The system and where")[0]
    heads = ("## The worst risks", "## What to do first", "The whole plan takes ")
    for part in ("above your appetite", "lethal trifecta", *heads):
        assert part in page
    assert "Northwind AI" in page


def test_every_link_within_the_report_leads_to_an_anchor() -> None:
    content = markdown.render(example(EXAMPLES[0]))
    links = {t.attrs["href"] for t in tokens_of(content) if t.type == "link_open"}
    anchors = {f"#{part.split(chr(34))[0]}" for part in content.split('<a id="')[1:]}
    assert {link for link in links if str(link).startswith("#")} <= anchors


def test_each_fact_of_a_proof_names_its_line() -> None:
    content = markdown.render(from_text(AGENT))
    assert "- generates content: type: generative (system.yaml:6)" in content
    assert "it is stored unless said otherwise (default for stored)" in content


def test_each_verdict_is_listed_with_its_reason() -> None:
    dossier = from_text(AGENT)
    table = markdown.render(dossier).partition("## All verdicts")[2].partition("## ")[0]
    rows = [line for line in table.splitlines() if line.startswith(tuple(f"| {s} " for s in wording.SIGNS.values()))]
    assert len(rows) == len(dossier.assessment.verdicts)
    assert all("because" in row or "Unknown until" in row for row in rows)


def test_a_lapsed_acceptance_is_said_on_the_first_page() -> None:
    decision = acceptance("indirect_prompt_injection@agent", "2026-10-01")
    page = markdown.render(from_text(AGENT, decisions=[decision])).partition("## The system and where")[0]
    assert "lapsed" in page


def test_a_system_without_risks_says_so_and_keeps_its_verdicts() -> None:
    dossier = no_risks()
    content = markdown.render(dossier)
    assert "No threat of the catalogue becomes a risk" in content
    assert content.count("\n| – |") == dossier.assessment.count(Outcome.DOES_NOT_APPLY, rated=False)


def test_a_risk_shows_what_evidence_did_to_it_and_why() -> None:
    risk = "indirect_prompt_injection@agent"
    text = AGENT + "  - {control: monitor_use, status: verified}\n"
    seen = (attacked(risk, 190, id="E-1"), attacked(risk, 150, id="E-2", with_controls=("monitor_use",)))
    made = markdown.render(from_text(text, evidence=seen))
    assert "| Evidence | Date | Effect | Why |" in made
    assert "| E-1 Suite A | 1 Nov 2026 | confirms | succeeded in 190 of 200 attempts, 95 % (91–97 %)" in made
    assert " (does not hold: succeeded in 150 of 200 attempts" in made


def test_evidence_that_is_stale_or_lost_is_told() -> None:
    seen = (attacked("indirect_prompt_injection@agent", valid_until="2026-11-02"), attacked("evasion@gone"))
    made = markdown.render(from_text(AGENT, evidence=seen))
    assert "Evidence is out of date" in made
    assert "expired on 2 Nov 2026: test again" in made
    assert "Evidence has lost what it is about" in made
