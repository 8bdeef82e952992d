"""Texts written differently: typos, synonyms, look-alike letters, hidden characters; few words, by the scores."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from bartizan.attacks.family import Evasion, Knowledge
from bartizan.attacks.goal import Aim
from bartizan.attacks.reach import Rows
from bartizan.attacks.text_edits import EDITS, EditName, variants
from bartizan.core.terms import ThreatId
from bartizan.targets.data import Dataset
from bartizan.targets.domain import Inputs, Modality
from bartizan.targets.limit import Limit
from bartizan.targets.predictor import Predictor, Unsuitable


class Draft(msgspec.Struct):
    """A text in work: its parts (words and what stands between them), and which words were changed."""

    parts: list[str]
    margin: float = np.inf
    spent: int = 0
    """Words changed so far; one that became two counts as two."""
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


class TextChanges(Evasion, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Changes at most as many words as an L0 limit says.

    With scores: finds the words that tell most by leaving each out, then takes the best variant of one after the other.
    By labels: random words and variants, again and again. Limits other than L0 make no sense for texts.
    """

    id: ClassVar[str] = "text_changes"
    title: ClassVar[str] = "words written differently"
    threats: ClassVar[tuple[ThreatId, ...]] = (ThreatId("evasion"), ThreatId("zero_knowledge_evasion"))
    modalities: ClassVar[tuple[Modality, ...]] = ("text",)
    source: ClassVar[str] = (
        "Jin et al.: TextFooler (2020), section 2 (search); Gao et al.: DeepWordBug (2018), section III"
    )

    edits: tuple[EditName, ...] = tuple(EDITS)
    """What may be done to a word."""
    borrowed: int = 8
    """Words of another class's texts that may be strewn in, taken from the reserve; 0: none."""
    tries: int = 50
    """Random drafts a text, where there are no scores."""
    wanted: int | None = None
    """The class that it wants; None: any wrong one."""

    def propose(
        self, target: Predictor, origin: Dataset, limit: Limit, knowledge: Knowledge, rng: np.random.Generator
    ) -> Iterator[Inputs]:
        """The texts as changed so far, after each round of questions. Raises Unsuitable for a limit other than L0."""
        if limit.norm != "l0":
            raise Unsuitable(f"{self.title} counts changed words (an l0 limit), not {limit.norm}")
        found, aim = origin.x.copy(), Aim(target, origin.y, self.wanted)
        rows = np.arange(len(origin))
        rows = rows[~aim.given(origin.x, rows)] if len(rows) else rows
        yield found
        if len(rows) and limit.radius >= 1:
            scores = "scores" in target.card.capabilities
            search = self._greedy if scores else self._random
            yield from search(aim, found, rows, int(limit.radius), self._options(aim, knowledge, rng))

    def _options(self, aim: Aim, knowledge: Knowledge, rng: np.random.Generator) -> Options:
        good: dict[int, tuple[str, ...]] = {}
        if knowledge.reserve is not None and self.borrowed:
            labels = range(aim.target.card.classes) if aim.wanted is None else (aim.wanted,)
            good = {label: good_words(knowledge.reserve, label, self.borrowed) for label in labels}

        def options(row: int, word: str, left: int) -> list[tuple[str, int]]:
            strewn = [f"{word} {extra}" for y, extras in good.items() if y != aim.truth[row] for extra in extras]
            tries = ((new, changed_words(new, word)) for new in [*variants(word, self.edits, rng), *strewn])
            return [(new, spent) for new, spent in tries if spent <= left]

        return options

    def _greedy(self, aim: Aim, found: Inputs, rows: Rows, most: int, options: Options) -> Iterator[Inputs]:
        drafts = {int(row): Draft.of(found[row]) for row in rows}
        _rank(aim, drafts)
        while drafts:
            asked: list[Try] = []
            for row, draft in drafts.items():
                place = draft.order.pop(0)
                tries = options(row, draft.parts[place], most - draft.spent)
                asked += [Try(row, place, word, spent) for word, spent in tries]
            _improve(aim, drafts, asked)
            done = [row for row, draft in drafts.items() if draft.margin <= 0 or not draft.order or draft.spent >= most]
            for row in done:
                found[row] = str(drafts.pop(row))
            yield _shown(found, drafts)

    def _random(self, aim: Aim, found: Inputs, rows: Rows, most: int, options: Options) -> Iterator[Inputs]:
        drafts, left = {int(row): Draft.of(found[row]) for row in rows}, rows
        for _ in range(self.tries):
            if not len(left):
                return
            tried = _texts([self._scribbled(int(row), drafts[int(row)], most, options) for row in left])
            wrong = aim.given(tried, left)
            found[left[wrong]] = tried[wrong]
            left = left[~wrong]
            yield found.copy()

    def _scribbled(self, row: int, draft: Draft, most: int, options: Options) -> str:
        """The text with random variants of random words."""
        parts, left = list(draft.parts), most
        for place in self.rng.permutation(draft.words):
            tries = options(row, parts[place], left)
            if tries:
                parts[place], spent = tries[int(rng.integers(len(tries)))]
                left -= spent
            if not left:
                break
        return "".join(parts)


def _rank(aim: Aim, drafts: dict[int, Draft]) -> None:
    """Ask for each text, and for it without each of its words; the words whose loss lowers the margin most come first."""
    places = [(row, place) for row, draft in drafts.items() for place in draft.words]
    whole = [(row, str(draft)) for row, draft in drafts.items()]
    parts = [(row, drafts[row].but(place, "")) for row, place in places]
    margins = _margins(aim, whole + parts)
    for (row, _), margin in zip(whole, margins, strict=False):
        drafts[row].margin = float(margin)
    told: dict[int, list[tuple[float, int]]] = {row: [] for row in drafts}
    for (row, place), margin in zip(places, margins[len(whole) :], strict=True):
        told[row].append((float(margin), place))
    for row, draft in drafts.items():
        draft.order = [place for _, place in sorted(told[row])] or [0]


def _improve(aim: Aim, drafts: dict[int, Draft], asked: list[tuple[int, int, str]]) -> None:
    """Take for each text the best of the words asked about, if it lowers the margin."""
    if not asked:
        return
    margins = _margins(aim, [(row, drafts[row].but(place, word)) for row, place, word in asked])
    best: dict[int, int] = {}
    for i, (row, _, _) in enumerate(asked):
        if row not in best or margins[i] < margins[best[row]]:
            best[row] = i
    for row, i in best.items():
        draft, (_, place, word) = drafts[row], asked[i]
        if margins[i] < draft.margin:
            draft.parts[place], draft.margin = word, float(margins[i])
            draft.spent += len(word.split())


def _margins(aim: Aim, texts: list[tuple[int, str]]) -> NDArray[np.float64]:
    return aim.margin(aim.target.scores(_texts([text for _, text in texts])), np.array([row for row, _ in texts]))


def _texts(texts: list[str]) -> Inputs:
    given = np.empty(len(texts), object)
    given[:] = texts
    return given


def _shown(found: Inputs, drafts: dict[int, Draft]) -> Inputs:
    """What is found, with the drafts as they are now."""
    shown = found.copy()
    for row, draft in drafts.items():
        shown[row] = str(draft)
    return shown
