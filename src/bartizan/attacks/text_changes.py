"""Texts written differently: typos, synonyms, look-alike letters, hidden characters, words strewn in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import numpy as np

from bartizan.attacks.family import Evasion, Knowledge
from bartizan.attacks.goal import Aim
from bartizan.attacks.reach import Rows
from bartizan.attacks.text_drafts import Draft, Pen, Try, improve, rank, texts_of, words_for
from bartizan.attacks.text_edits import EDITS, EditName
from bartizan.core.terms import ThreatId
from bartizan.targets.data import Dataset
from bartizan.targets.domain import Inputs, Modality
from bartizan.targets.limit import Limit, Norm
from bartizan.targets.predictor import Predictor, Unsuitable


class TextChanges(Evasion, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Changes or adds at most as many words as an L0 limit says. Limits other than L0 make no sense for texts.

    With scores: finds the words that tell most by leaving each out, then writes one after the other in the best way.
    By labels: random words in random ways, again and again.
    """

    id: ClassVar[str] = "text_changes"
    title: ClassVar[str] = "words written differently"
    threats: ClassVar[tuple[ThreatId, ...]] = (ThreatId("evasion"), ThreatId("zero_knowledge_evasion"))
    modalities: ClassVar[tuple[Modality, ...]] = ("text",)
    norms: ClassVar[tuple[Norm, ...]] = ("l0",)
    source: ClassVar[str] = (
        "Jin et al.: TextFooler (2020), section 2; Gao et al.: DeepWordBug (2018), section III; Lowd and Meek 2005"
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
        pen = Pen(aim, self.edits, words_for(aim, knowledge.reserve, self.borrowed), rng)
        if len(rows) and limit.radius >= 1:
            search = self._greedy if "scores" in target.card.capabilities else self._random
            yield from search(pen, found, rows, int(limit.radius))

    def _greedy(self, pen: Pen, found: Inputs, rows: Rows, most: int) -> Iterator[Inputs]:
        drafts = {int(row): Draft.of(found[row]) for row in rows}
        rank(pen.aim, drafts)
        drafts = {row: draft for row, draft in drafts.items() if draft.order}
        while drafts:
            asked: list[Try] = []
            for row, draft in drafts.items():
                asked += pen.tries(row, draft.order.pop(0), draft, most - draft.spent)
            improve(pen.aim, drafts, asked)
            found = found.copy()
            for row, draft in drafts.items():
                found[row] = str(draft)
            yield found
            drafts = {r: d for r, d in drafts.items() if d.margin > 0 and d.order and d.spent < most}

    def _random(self, pen: Pen, found: Inputs, rows: Rows, most: int) -> Iterator[Inputs]:
        texts = found
        for _ in range(self.tries):
            if not len(rows):
                return
            tried = texts_of([pen.scribble(int(row), texts[row], most) for row in rows])
            wrong = pen.aim.given(tried, rows)
            found = found.copy()
            found[rows[wrong]] = tried[wrong]
            rows = rows[~wrong]
            yield found
