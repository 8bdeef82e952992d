"""Tests of chat targets as Markdown: what it says, and that no text of a stranger becomes markup."""

from __future__ import annotations

from markdown_it import MarkdownIt

from bartizan.core.chat_results import Since
from bartizan.report.chat.markdown import chat_markdown
from tests.report.chat.results import nasty, results


def test_the_answer_comes_first_and_what_was_not_tested_is_there() -> None:
    lines = chat_markdown(results(), None).splitlines()
    assert lines[0] == "# Test of the desk"
    assert lines[2] == "1 of 2 goals were reached, in 2 trials. The worst: The goal c."
    said = "\n".join(lines)
    assert "- Model theft: no case exercises it" in said
    assert "`bartizan test system.yaml --case c`" in said


def test_no_text_of_a_stranger_becomes_markup() -> None:
    made = chat_markdown(nasty(), None)
    html = MarkdownIt("gfm-like", {"linkify": False}).render(made)
    for tag in ("<a ", "<img", "<script", "<em>", "<hr", "<del", "<b>"):
        assert tag not in html
    assert not set(made) & set("\x1b\x00\x07\x9b\u202e\u2066\u200b")


def test_every_table_keeps_its_columns_whatever_stands_in_them() -> None:
    html = MarkdownIt("gfm-like", {"linkify": False}).render(chat_markdown(nasty(), None))
    for table in html.split("<table>")[1:]:
        rows = table.split("</table>")[0].split("<tr>")[1:]
        assert len({row.count("<td") + row.count("<th>") + row.count("<th ") for row in rows}) == 1


def test_what_is_new_since_the_baseline_is_told() -> None:
    since = Since(new=(("desk", "c"),), unseen=(), gone=(), untried=(), still=())
    assert "| New since the baseline | 1 | The goal c |" in chat_markdown(results(), since)
