"""Labels that a model finds unlikely which was trained on other rows."""

from __future__ import annotations

from typing import Final

import numpy as np

from bartizan.core.extras import need
from bartizan.tables.quality.doubt import Doubt, Rule, Skipped
from bartizan.tables.quality.encoding import labelled, numbers, texts, unseen_scores, words
from bartizan.tables.quality.sample import Sample

LABEL: Final = Rule(
    id="labels.doubtful",
    title="Labels that are probably wrong",
    why="A model that never saw these rows is sure of another label: a mistake, or labels that were turned.",
    threat="data_poison",
)
RULES: Final = (LABEL,)
_FOLDS: Final = 3
_AGREES: Final = 0.85


def label_doubts(sample: Sample, *, seed: int = 0) -> list[Doubt]:
    """Rows whose label confident learning doubts (Northcutt, Jiang and Chuang 2021, section 3; by cleanlab).

    Scores come from gradient boosting over numbers and categories, or logistic regression over words where the table is
    of texts, each trained on two thirds of the rows. In a matter that is uncertain by nature, labels that differ from
    what is likely are no mistakes: where the model agrees with few labels, nothing is said (Skipped).
    """
    y, names = labelled(sample, least=_FOLDS)
    known = np.flatnonzero(y >= 0)
    text = words(texts(sample))
    x = numbers(sample)[0][known] if text is None else text[known]
    scores = unseen_scores(x, y[known], folds=_FOLDS, seed=seed)
    agrees = float((scores.argmax(1) == y[known]).mean())
    if agrees < _AGREES:
        raise Skipped(f"a model agrees with {agrees:.0%} of the labels only: mistakes cannot be told from chance")
    wrong = need("cleanlab.filter").find_label_issues(y[known], scores, n_jobs=1)
    if not wrong.any():
        return []
    pairs, counts = np.unique(np.c_[y[known][wrong], scores[wrong].argmax(1)], axis=0, return_counts=True)
    given, likely = (names[one] for one in pairs[int(counts.argmax())])
    what = f"most often '{given}' where '{likely}' is likelier ({int(counts.max()):,} rows)"
    sure = (
        f"confident learning doubts {int(wrong.sum()):,} of {len(known):,} labels; the model behind it agrees with"
        f" {agrees:.1%} of all (seed {seed})"
    )
    return [Doubt(rule=LABEL, what=what, sure=sure, columns=(sample.label,), rows=sample.at(known[wrong]))]
