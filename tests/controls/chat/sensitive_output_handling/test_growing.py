"""A text in pieces gives what the finder finds in the whole, and ordinary prose is hardly held back."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bartizan.controls.chat.sensitive_output_handling import growing
from bartizan.controls.chat.sensitive_output_handling.growing import SMALL, Growing, Hit, is_calm
from bartizan.detectors.sensitive import window
from bartizan.detectors.sensitive.finder import find_sensitive
from bartizan.detectors.sensitive.found import Sensitive
from bartizan.detectors.sensitive.kinds import KINDS, Kind
from bartizan.detectors.sensitive.rules import RULES

PIECES = [one.replace("«", "").replace("»", "") for rule in RULES for one in (*rule.finds, *rule.passes)]
GLUE = (
    " ",
    "\n",
    ", ",
    ". ",
    " and then ",
    " the order 12 ",
    " Berlin ",
    " My name is ",
    " password: ",
    " and the wide ",
)
TEXTS = st.lists(st.tuples(st.sampled_from(PIECES), st.sampled_from(GLUE)), min_size=1, max_size=5).map(
    lambda parts: "".join(piece + glue for piece, glue in parts)
)
PROSE = (
    "The committee met on Tuesday to discuss the proposal for a new library. Several members raised concerns about the "
    "cost, which has grown since the first estimate was made in the spring. The architect explained that prices of "
    "steel and glass had risen, and that the roof would be simpler than planned. "
)


def grown(text: str, sizes: tuple[int, ...], seed: int = 0) -> tuple[list[tuple[str, int, int]], int]:
    """What is found in pieces, and the most characters that were held."""
    rng, at, held = random.Random(seed), 0, 0
    growing = Growing(KINDS)
    hits: list[Hit] = []
    while at < len(text):
        size = rng.choice(sizes)
        hits += growing.feed(text[at : at + size])
        at = min(at + size, len(text))
        held = max(held, at - growing.cleared)
        assert all(one.end <= growing.cleared for one in hits)
    hits += growing.flush()
    assert growing.cleared == len(text)
    assert all(text[one.start : one.end] == one.text for one in hits)
    return [(one.kind, one.start, one.end) for one in hits], held


def whole(text: str) -> list[tuple[str, int, int]]:
    return [(one.kind, one.start, one.end) for one in find_sensitive(text)]


@settings(max_examples=120)
@given(text=TEXTS, seed=st.integers(0, 1000))
def test_a_text_in_pieces_gives_what_the_whole_gives(text: str, seed: int) -> None:
    assert grown(text, (1, 2, 3, 5, 8, 20, 40), seed)[0] == whole(text)


@pytest.mark.parametrize("piece", PIECES)
def test_every_example_is_found_letter_by_letter_within_prose(piece: str) -> None:
    text = f"{PROSE[:70]} {piece} {PROSE[70:140]}"
    assert grown(text, (1,))[0] == whole(text)


@pytest.mark.parametrize("piece", [one.replace("«", "").replace("»", "") for rule in RULES for one in rule.finds])
def test_no_text_with_a_value_is_calm(piece: str) -> None:
    assert not is_calm(piece)


@given(st.text("abcdefghijk ABC.,'\n-é", max_size=80))
def test_calm_text_has_nothing_in_it(text: str) -> None:
    if is_calm(text):
        assert not find_sensitive(text)


def test_prose_is_held_by_a_word() -> None:
    hits, held = grown(PROSE * 3, (20,))
    assert not hits
    assert held <= 45  # a piece of twenty, and the capitalised word before it


def test_the_small_words_are_those_of_the_window() -> None:
    assert window._SMALL <= SMALL


def test_an_answer_without_an_end_to_its_words_is_not_held_without_an_end() -> None:
    for text in ("A" * 60_000, "Ab " * 20_000, "1" * 60_000, "-----BEGIN PRIVATE KEY-----\n" + "MIIEow" * 9_000):
        assert grown(text, (200,))[1] < 24_000


def test_what_is_dense_with_digits_is_not_judged_again_with_every_piece(monkeypatch: pytest.MonkeyPatch) -> None:
    judged = []

    def counting(text: str, kinds: frozenset[Kind]) -> tuple[Sensitive, ...]:
        judged.append(len(text))
        return tuple(find_sensitive(text, kinds))

    monkeypatch.setattr(growing, "find_sensitive", counting)
    text = "4111 " * 8_000
    grown(text, (4,))
    assert sum(judged) < 32_768 + 6 * len(text)
