"""Days as files have them and as people read them."""

from __future__ import annotations

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bartizan.core.dates import in_words, is_date


@pytest.mark.parametrize(("day", "words"), [("2026-03-01", "1 Mar 2026"), ("2026-11-22", "22 Nov 2026")])
def test_people_read_a_day_with_the_name_of_its_month(day: str, words: str) -> None:
    assert in_words(day) == words


@pytest.mark.parametrize("text", ["", "soon", "2026-13-01", "20261122", "2026-W47-7"])
def test_what_is_no_day_stays_as_it_is(text: str) -> None:
    assert not is_date(text)
    assert in_words(text) == text


@given(st.dates())
def test_every_day_is_a_date_and_says_its_year_last(day: datetime.date) -> None:
    assert is_date(day.isoformat())
    assert in_words(day.isoformat()).endswith(f" {day.year}")
