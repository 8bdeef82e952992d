from __future__ import annotations

import numpy as np
import pytest

from bartizan.targets.limit import Limit, distance
from bartizan.targets.text_distance import changed_words, text_distance


@pytest.mark.parametrize(
    ("text", "origin", "words"),
    [
        ("a b c", "a b c", 0),
        ("a  b\nc", "a b c", 0),
        ("a x c", "a b c", 1),
        ("a b c d", "a b c", 1),
        ("b c", "a b c", 1),
        ("fr ee", "free", 2),
        ("c b a", "a b c", 2),
        ("", "a b", 2),
        ("", "", 0),
        ("a a b", "a b", 1),
    ],
)
def test_words_that_differ_are_counted(text: str, origin: str, words: int) -> None:
    assert changed_words(text, origin) == words
    assert changed_words(origin, text) == words


def test_a_limit_of_words_holds_for_texts() -> None:
    x, origin = np.array(["a x c", "x y c"], object), np.array(["a b c", "a b c"], object)
    assert text_distance(x, origin).tolist() == [1, 2]
    assert Limit(norm="l0", radius=1).holds(x, origin).tolist() == [True, False]
    with pytest.raises(ValueError, match="l0"):
        distance("l2", x, origin)
