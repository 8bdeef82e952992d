"""Messages: one printable line each, whatever they quote, and a fix that names the nearest word."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bartizan.core.errors import InputError, MissingExtra, Problem, Unreachable, nearest, printable

_ANYTHING = st.text(st.characters(), max_size=50)  # half surrogate pairs included


@given(_ANYTHING, _ANYTHING, _ANYTHING)
def test_a_problem_is_one_printable_line_whatever_it_quotes(file: str, finding: str, fix: str) -> None:
    problem = Problem(file=file, line=3, finding=finding, fix=fix)
    assert problem.finding.isprintable()
    assert problem.fix.isprintable()
    assert str(problem).isprintable()
    str(problem).encode("utf-8")


def test_escape_sequences_and_changes_of_direction_do_not_reach_the_terminal() -> None:
    assert printable("a\x1b[31m\nb\u202ec\ud800") == r"a\x1b[31m\nb\u202ec\ud800"


def test_a_very_long_text_is_cut_in_the_middle() -> None:
    cut = printable("start" + "x" * 1_000_000 + "end")
    assert cut.startswith("start")
    assert cut.endswith("end")
    assert len(cut) <= 400


def test_problems_come_in_the_order_of_their_places_and_once() -> None:
    one, two = (Problem(file="f", line=line, finding="wrong") for line in (1, 2))
    whole = Problem(file="f", finding="wrong")
    error = InputError([two, one, whole, two])
    assert error.problems == (whole, one, two)
    assert str(error) == "f: wrong\nf:1: wrong\nf:2: wrong"


def test_the_nearest_word_is_named_and_a_short_list_is_given_whole() -> None:
    assert nearest("trained_bye", ["trained_by", "run_by"]) == "did you mean 'trained_by'?"
    assert nearest("zzz", ["a", "b"]) == "use one of: a, b"
    assert nearest("zzz", map(str, range(13))) == ""
    assert nearest("zzz", []) == ""


def test_an_endless_word_is_compared_with_nothing() -> None:
    assert nearest("a" * 10_000, ["a" * 9_999]).startswith("use one of")


def test_errors_carry_their_exit_codes() -> None:
    assert (InputError([]).exit_code, Unreachable("x").exit_code) == (2, 3)
    assert "pip install 'bartizan[lab]'" in str(MissingExtra("the lab", "lab"))
