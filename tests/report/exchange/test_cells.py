"""Cells: no formulas, what fits, and back again exactly as it was."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bartizan.report.exchange.cells import CUT, MAX_UNITS, guard, same, shown, unguard

TEXTS = st.text(st.characters(codec="utf-8"))
NASTY = st.lists(
    st.sampled_from(
        ["=", "+", "-", "@", "\t", "\r", "\n", "'", '"', ",", ";", "|", "＝", "\u202e", "漢", "é", "a", " "]
    )
).map("".join)


@given(st.one_of(TEXTS, NASTY))
@example("'=1+1")
@example("''")
@example("\t=1")
def test_what_is_guarded_comes_back_exactly_and_is_no_formula(text: str) -> None:
    cell = guard(text)
    assert unguard(cell) == text
    assert not cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"))


@pytest.mark.parametrize("written", ["'tis", "'2026", "it's", "'", "' =1"])
def test_an_apostrophe_that_a_person_wrote_stays(written: str) -> None:
    assert unguard(written) == written


@given(st.one_of(TEXTS, NASTY))
def test_a_shown_text_is_shown_the_same_again(text: str) -> None:
    assert shown(shown(text)) == shown(text)


@given(st.one_of(TEXTS, NASTY))
def test_a_shown_text_has_no_control_characters_but_its_line_breaks(text: str) -> None:
    assert all(letter == "\n" or unicodedata.category(letter) not in {"Cc", "Cs"} for letter in shown(text))
    assert not {"\u202e", "\ufeff", "\u2066"} & set(shown(text))


@pytest.mark.parametrize("letter", ["a", "漢", "\U0001f600", "= "])
def test_a_long_text_is_cut_to_what_excel_takes_and_says_so(letter: str) -> None:
    cell = guard(shown(letter * 50_000))
    assert cell.endswith(CUT)
    assert len(cell.encode("utf-16-le")) // 2 <= MAX_UNITS
    assert shown(shown(letter * 50_000)) == shown(letter * 50_000)
    assert CUT not in shown("a" * 31_000)


@pytest.mark.parametrize(
    ("cell", "now", "kind"),
    [
        ("3.0", "3", "number"),
        ("3,00", "3", "number"),
        ("TRUE", "true", "flag"),
        ("FALSCH", "false", "flag"),
        ("31.01.2027", "2027-01-31", "day"),
        ("1/31/2027", "2027-01-31", "day"),
        ("2027-01-31 00:00:00", "2027-01-31", "day"),
        ("04.04.27", "2027-04-04", "day"),
    ],
)
def test_what_a_spreadsheet_made_of_a_value_is_still_the_value(cell: str, now: str, kind: str) -> None:
    assert same(cell, now, kind)
    assert not same(cell, now, "text")


@pytest.mark.parametrize(
    ("cell", "now", "kind"),
    [
        ("3.5", "3", "number"),
        ("3.0", "4", "number"),
        ("true", "false", "flag"),
        ("04.03.2027", "2027-03-04", "day"),
        ("04.03.2027", "2027-04-03", "day"),
        ("31.02.2027", "2027-02-28", "day"),
        ("soon", "2027-02-28", "day"),
        ("31.01.2027", "", "day"),
    ],
)
def test_a_value_that_is_another_or_may_be_two_is_not_the_same(cell: str, now: str, kind: str) -> None:
    assert not same(cell, now, kind)
