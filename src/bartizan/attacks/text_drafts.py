"""Texts in work: what can be done to each of their words, what that costs, and which way of writing serves best."""

from __future__ import annotations

import re

import msgspec
import numpy as np
from numpy.typing import NDArray

from bartizan.attacks.goal import Aim
from bartizan.attacks.text_edits import EditName, good_words, variants
from bartizan.targets.data import Dataset
from bartizan.targets.domain import Inputs
from bartizan.targets.text_distance import changed_words


class Draft(msgspec.Struct):
    """A text in work: its parts (words and what stands between them), and how many words were changed."""

    parts: list[str]
    margin: float = np.inf
    spent: int = 0
    order: list[int] = []
    """Places of words that are still to be tried, the most telling first."""

    @classmethod
    def of(cls, text: str) -> Draft:
        """A text with nothing changed."""
        return cls(parts=re.split(r"(\s+)", text))

    @property
    def words(self) -> list[int]:
        """Where its words are."""
        return [i for i, part in enumerate(self.parts) if part and not part.isspace()]

    def but(self, place: int, word: str) -> str:
        """The text with another word in this place."""
        return "".join([*self.parts[:place], word, *self.parts[place + 1 :]])

    def __str__(self) -> str:
        return "".join(self.parts)


class Try(msgspec.Struct, frozen=True):
    """A word that may take a place, and how many changed words that makes."""

    row: int
    place: int
    word: str
    spent: int


class Pen:
    """What the attacker can do to a word: the edits, and words that speak for other classes, strewn in behind it."""

    def __init__(
        self, aim: Aim, edits: tuple[EditName, ...], good: dict[int, tuple[str, ...]], rng: np.random.Generator
    ) -> None:
        self.aim, self.edits, self.good, self.rng = aim, edits, good, rng

    def tries(self, row: int, place: int, draft: Draft, left: int) -> list[Try]:
        """All ways to write the word in this place that change no more than ``left`` words."""
        word, truth = draft.parts[place], self.aim.truth[row]
        strewn = [f"{word} {extra}" for label, extras in self.good.items() if label != truth for extra in extras]
        new = [*variants(word, self.edits, self.rng), *strewn]
        tries = (Try(row, place, other, changed_words(other, word)) for other in new)
        return [one for one in tries if one.spent <= left]

    def scribble(self, row: int, text: str, left: int) -> str:
        """The text with random words written in random ways."""
        draft = Draft.of(text)
        for place in self.rng.permutation(draft.words):
            tries = self.tries(row, int(place), draft, left)
            if tries:
                chosen = tries[int(self.rng.integers(len(tries)))]
                draft.parts[place] = chosen.word
                left -= chosen.spent
            if left < 1:
                break
        return str(draft)


def words_for(aim: Aim, data: Dataset | None, count: int) -> dict[int, tuple[str, ...]]:
    """A class that the attacker may want -> words that speak for it; nothing where they have no texts."""
    if data is None or not count:
        return {}
    classes = range(aim.target.card.classes) if aim.wanted is None else (aim.wanted,)
    return {label: good_words(data, label, count) for label in classes}


def rank(aim: Aim, drafts: dict[int, Draft]) -> None:
    """Ask for each text, and for it without each of its words; words whose loss lowers the margin most come first."""
    places = [(row, place) for row, draft in drafts.items() for place in draft.words]
    whole = [(row, str(draft)) for row, draft in drafts.items()]
    margins = _margins(aim, whole + [(row, drafts[row].but(place, "")) for row, place in places])
    for (row, _), margin in zip(whole, margins, strict=False):
        drafts[row].margin = float(margin)
    told: dict[int, list[tuple[float, int]]] = {row: [] for row in drafts}
    for (row, place), margin in zip(places, margins[len(whole) :], strict=True):
        told[row].append((float(margin), place))
    for row, draft in drafts.items():
        draft.order = [place for _, place in sorted(told[row])]


def improve(aim: Aim, drafts: dict[int, Draft], asked: list[Try]) -> None:
    """Take for each text the best of what is asked about, if it lowers the margin."""
    if not asked:
        return
    margins = _margins(aim, [(one.row, drafts[one.row].but(one.place, one.word)) for one in asked])
    best: dict[int, int] = {}
    for i, one in enumerate(asked):
        if one.row not in best or margins[i] < margins[best[one.row]]:
            best[one.row] = i
    for row, i in best.items():
        draft, one = drafts[row], asked[i]
        if margins[i] < draft.margin:
            draft.parts[one.place], draft.margin = one.word, float(margins[i])
            draft.spent += one.spent


def texts_of(texts: list[str]) -> Inputs:
    """As a target takes them."""
    given = np.empty(len(texts), object)
    given[:] = texts
    return given


def _margins(aim: Aim, texts: list[tuple[int, str]]) -> NDArray[np.float64]:
    return aim.margin(aim.target.scores(texts_of([text for _, text in texts])), np.array([row for row, _ in texts]))
