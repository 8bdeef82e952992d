from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bartizan.catalog.load import load_catalog
from bartizan.catalog.search import search

CATALOG = load_catalog()


@pytest.mark.parametrize(
    ("words", "best"),
    [
        (["rate", "limit"], "rate_limit"),
        (["evasion"], "evasion"),
        (["membership"], "membership_inference"),
        (["system", "prompt", "leak"], "system_prompt_leakage"),
        (["watermark"], "model_watermarking"),
        (["DETECTODDINPUT"], "anomalous_input_handling"),
    ],
)
def test_a_name_is_found_first(words: list[str], best: str) -> None:
    assert search(CATALOG, words)[0].id == best


def test_an_entry_needs_every_word_that_any_entry_has() -> None:
    both = {hit.id for hit in search(CATALOG, ["token", "bucket"], 500)}
    assert both
    assert both < {hit.id for hit in search(CATALOG, ["token"], 500)}


def test_a_word_that_nobody_has_hides_nothing() -> None:
    found = search(CATALOG, ["leaky", "bucket", "qqqqqqqq"])
    assert [hit.id for hit in found] == [hit.id for hit in search(CATALOG, ["leaky", "bucket"])]


def test_running_text_is_searched_and_the_place_is_shown() -> None:
    (hit, *_) = search(CATALOG, ["leaky", "bucket"])
    assert hit.id == "rate_limit"
    assert "leaky bucket" in hit.excerpt


def test_lists_of_others_are_found() -> None:
    assert "owasp_llm_top10_2026/LLM06" in {hit.id for hit in search(CATALOG, ["unbounded", "consumption"])}


def test_nothing_is_found_for_nothing() -> None:
    assert search(CATALOG, []) == ()
    assert search(CATALOG, ["...", "()"]) == ()
    assert search(CATALOG, ["qqqqqqqqqq"]) == ()


@given(st.lists(st.text(), max_size=4), st.integers(1, 5))
def test_any_words_may_be_asked(words: list[str], limit: int) -> None:
    hits = search(CATALOG, words, limit)
    assert len(hits) <= limit
    assert [h.score for h in hits] == sorted((h.score for h in hits), reverse=True)
