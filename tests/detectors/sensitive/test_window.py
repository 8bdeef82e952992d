"""What a stream may let go: nothing that later becomes part of a hit."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bartizan.detectors.sensitive.finder import find_sensitive
from bartizan.detectors.sensitive.found import Sensitive
from bartizan.detectors.sensitive.rules import RULES
from bartizan.detectors.sensitive.window import safe_end

_PIECES = [one.replace("«", "").replace("»", "") for rule in RULES for one in (*rule.finds, *rule.passes)]
_GLUE = (
    " ",
    "\n",
    ", ",
    ". ",
    " and then ",
    '"}, {"',
    "-",
    "",
    " the order 12 ",
    "\t",
    "; ",
    " Berlin ",
    "My name is ",
    "password: ",
)
_TEXTS = st.lists(st.tuples(st.sampled_from(_PIECES), st.sampled_from(_GLUE)), min_size=1, max_size=5).map(
    lambda parts: "".join(piece + glue for piece, glue in parts)
)


def streamed(text: str, seed: int) -> tuple[list[Sensitive], int]:
    """What is found where only final parts are looked at, and the most that was held."""
    rng, at, done, most = random.Random(seed), 0, 0, 0
    found: list[Sensitive] = []
    while at < len(text):
        at = min(len(text), at + rng.choice((1, 2, 3, 5, 8, 40)))
        grown = text[:at]
        end = max(done, safe_end(grown))
        found += [one for one in find_sensitive(grown) if done <= one.start and one.end <= end]
        assert not [one for one in find_sensitive(grown) if one.start < end < one.end]
        most, done = max(most, at - end), end
    return found + [one for one in find_sensitive(text) if one.start >= done], most


@settings(max_examples=150, deadline=None)
@given(text=_TEXTS, seed=st.integers(0, 1000))
def test_a_text_in_pieces_gives_what_the_whole_text_gives(text: str, seed: int) -> None:
    found, _ = streamed(text, seed)
    assert found == list(find_sensitive(text))


@pytest.mark.parametrize("piece", _PIECES)
def test_each_example_is_found_though_it_comes_letter_by_letter(piece: str) -> None:
    text = f"Please look at this: {piece} and tell me more."
    done, found = 0, []
    for at in range(1, len(text) + 1):
        end = max(done, safe_end(text[:at]))
        found += (
            [one for one in find_sensitive(text[:at]) if done <= one.start and one.end <= end] if end > done else []
        )
        done = end
    assert found + [one for one in find_sensitive(text) if one.start >= done] == list(find_sensitive(text))


def test_ordinary_words_are_released_but_for_the_last() -> None:
    text = "so the weather stays mild and the team goes on with the plan as it "
    assert safe_end(text) == len(text)
    assert safe_end(text + "happ") == len(text)
