"""Ways to write one word differently so that people still read the same: each gives a few variants of a word.

And words that speak for another class, to be strewn in (Lowd and Meek 2005, Good Word Attacks).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Literal, TypeAlias

import numpy as np

from bartizan.attacks.text_synonyms import SYNONYMS
from bartizan.targets.data import Dataset

EditName: TypeAlias = Literal["synonym", "typo", "lookalike", "leet", "hidden", "spaced"]
Edit: TypeAlias = Callable[[str, np.random.Generator], tuple[str, ...]]

_KEYS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_LOOKALIKES = dict(zip("aceijopsxyABCEHKMOPTX", "асеіјорѕхуАВСЕНКМОРТХ", strict=True))
"""Latin letters and the Cyrillic ones that look the same (Unicode TR 39, confusables)."""
_LEET = dict(zip("aeiostb", "4310578", strict=True))
_ZERO_WIDTH = "\u200b"


def synonyms(word: str, rng: np.random.Generator) -> tuple[str, ...]:
    """Other words of like meaning, from our own list; capitals stay."""
    bare = word.strip(".,;:!?\"'()")
    found = SYNONYMS.get(bare.lower(), ())
    return tuple(word.replace(bare, other.capitalize() if bare[0].isupper() else other) for other in found)


def typos(word: str, rng: np.random.Generator) -> tuple[str, ...]:
    """A pair swapped, a letter lost, doubled, or hit beside its key; the first and last one stay where they can."""
    if len(word) < 3:
        return ()
    i = int(rng.integers(1, len(word) - 1))
    swapped = word[:i] + word[i + 1] + word[i] + word[i + 2 :]
    beside = word[:i] + _beside(word[i], rng) + word[i + 1 :]
    return (swapped, word[:i] + word[i + 1 :], word[:i] + word[i] + word[i:], beside)


def lookalikes(word: str, rng: np.random.Generator) -> tuple[str, ...]:
    """One letter of another script that looks the same, and all of them."""
    there = [i for i, letter in enumerate(word) if letter in _LOOKALIKES]
    if not there:
        return ()
    i = there[int(rng.integers(len(there)))]
    return (word[:i] + _LOOKALIKES[word[i]] + word[i + 1 :], "".join(_LOOKALIKES.get(c, c) for c in word))


def leet(word: str, rng: np.random.Generator) -> tuple[str, ...]:
    """Digits for letters."""
    return ("".join(_LEET.get(c.lower(), c) for c in word),)


def hidden(word: str, rng: np.random.Generator) -> tuple[str, ...]:
    """A character without width inside the word."""
    if len(word) < 2:
        return ()
    i = int(rng.integers(1, len(word)))
    return (word[:i] + _ZERO_WIDTH + word[i:],)


def spaced(word: str, rng: np.random.Generator) -> tuple[str, ...]:
    """Dots between the letters, and a blank inside the word, which makes it two."""
    if len(word) < 3:
        return ()
    i = int(rng.integers(1, len(word) - 1))
    return (".".join(word), f"{word[:i]} {word[i:]}")


EDITS: Mapping[EditName, Edit] = {
    "synonym": synonyms,
    "typo": typos,
    "lookalike": lookalikes,
    "leet": leet,
    "hidden": hidden,
    "spaced": spaced,
}


def variants(word: str, edits: tuple[EditName, ...], rng: np.random.Generator) -> list[str]:
    """All variants of a word by these edits, each once, without the word itself."""
    found = (variant for edit in edits for variant in EDITS[edit](word, rng))
    return [variant for variant in dict.fromkeys(found) if variant != word]


def good_words(data: Dataset, label: int, count: int) -> tuple[str, ...]:
    """So many words whose share of the texts of this class exceeds that of the others most, in lower case."""
    own: Counter[str] = Counter()
    others: Counter[str] = Counter()
    for text, y in zip(data.x, data.y, strict=True):
        (own if y == label else others).update(set(str(text).lower().split()))
    n, m = max(1, int((data.y == label).sum())), max(1, int((data.y != label).sum()))
    ranked = sorted((others[word] / m - times / n, word) for word, times in own.items())
    return tuple(word for less, word in ranked[:count] if less < 0)


def _beside(letter: str, rng: np.random.Generator) -> str:
    """A key beside this one, on the same row of the keyboard."""
    row = next((row for row in _KEYS if letter.lower() in row), "")
    if not row:
        return letter
    i = row.index(letter.lower())
    return str(rng.choice([row[j] for j in (i - 1, i + 1) if 0 <= j < len(row)]))
