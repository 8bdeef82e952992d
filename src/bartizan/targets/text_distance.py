"""How far one text is from another: in changed words."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bartizan.targets.domain import Inputs


def changed_words(text: str, origin: str) -> int:
    """How many words differ, were added or left out, in order: the edit distance over words (Levenshtein 1966)."""
    a, b = text.split(), origin.split()
    while a and b and a[-1] == b[-1]:
        a, b = a[:-1], b[:-1]
    same = next((i for i, (one, other) in enumerate(zip(a, b, strict=False)) if one != other), min(len(a), len(b)))
    a, b = a[same:], b[same:]
    row = list(range(len(b) + 1))
    for i, word in enumerate(a, 1):
        before, row[0] = row[0], i
        for j, other in enumerate(b, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (word != other))
    return row[-1]


def text_distance(x: Inputs, origin: Inputs) -> NDArray[np.float64]:
    """The changed words of each text, shape (n,)."""
    return np.array([changed_words(str(a), str(b)) for a, b in zip(x, origin, strict=True)], np.float64)
