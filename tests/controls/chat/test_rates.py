"""Rates as people write them, and what an exchange is thought to take."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bartizan.controls.chat.rates import Rate, rate_faults, rate_of
from bartizan.controls.chat.rates_estimate import Price, money, price_of, tokens_of_text, tokens_used
from bartizan.core.chat import Usage
from tests.controls.chat.asking import exchange, user


@pytest.mark.parametrize(
    ("text", "amount", "seconds"),
    [
        ("60/minute", 60, 60),
        ("5 / day", 5, 86_400),
        ("0.5 per second", 0.5, 1),
        ("200/10 minutes", 200, 600),
        ("7/2h", 7, 7200),
        ("1/week", 1, 604_800),
    ],
)
def test_a_rate_is_an_amount_in_a_time(text: str, amount: float, seconds: float) -> None:
    assert rate_of(text) == Rate(amount=amount, seconds=seconds)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("sixty", "write it like 60/minute"),
        ("60/minuet", "did you mean 'minute'"),
        ("0/minute", "lets nothing pass"),
        ("5/0 minutes", "lets nothing pass"),
        ("-5/minute", "write it like"),
        ("1e9/minute", "write it like"),
        ("60/minute" * 50, "write it like"),
        ("½/minute", "write it like"),
    ],
)
def test_what_is_no_rate_says_how_to_write_one(text: str, wanted: str) -> None:
    with pytest.raises(ValueError, match=wanted):
        rate_of(text)
    assert wanted in rate_faults({"pace": text, "other": ""})["pace"]


@given(st.text(max_size=80))
def test_any_text_is_a_rate_or_a_fault(text: str) -> None:
    faults = rate_faults({"pace": text})
    assert all(one.isprintable() for one in faults.values())
    assert faults or not text or rate_of(text).per_second > 0


@given(st.text(st.characters(exclude_categories=()), max_size=200))
def test_a_text_never_has_more_tokens_than_bytes_nor_fewer_than_a_quarter_of_its_characters(text: str) -> None:
    size = len(text.encode("utf-8", "surrogatepass"))
    assert len(text) / 4 <= tokens_of_text(text) <= max(size, 0)


def test_use_is_what_the_supplier_counted_else_an_estimate_and_unknown_where_nothing_came_back() -> None:
    asked = exchange(user("a" * 400), usage=Usage(input_tokens=7, output_tokens=9))
    assert tokens_used(asked) == (0, 0)
    asked.admitted = True
    assert tokens_used(asked) == (7, 9)
    asked.usage = Usage()
    assert tokens_used(asked) is None
    asked.answer = [user("b" * 40)]
    assert tokens_used(asked) == (104, 10)


def test_prices_are_those_of_the_settings_else_those_that_were_noted() -> None:
    asked = exchange(user("a"), model="large-1", notes={"prices": (1.0, 2.0)})
    assert price_of(asked, {"large-*": Price(input=3, output=15)}) == Price(input=3, output=15)
    assert price_of(asked, {}) == Price(input=1, output=2)
    assert money(Price(input=3, output=15), 1_000_000, 100_000) == pytest.approx(4.5)
