"""A model card: what a person who oversees a model should know of it, with counts, as Markdown."""

from __future__ import annotations

import numpy as np

from bartizan.controls.explanation import permutation_importance
from bartizan.core.interval import wilson
from bartizan.targets.predictor import REFUSED
from bartizan.targets.rig import Rig

_SHOWN = 10


def model_card(rig: Rig, rng: np.random.Generator, *, purpose: str = "", limits: tuple[str, ...] = ()) -> str:
    """What the model is, how often it is right, overall and by class, and which columns its answers rest on.

    What nobody said of it is marked as missing, not made up. Source of the headings: M. Mitchell et al., Model cards
    for model reporting, FAT* 2019.
    """
    card, answers = rig.target.card, rig.target.labels(rig.test.x)
    missing = "*not stated: add it*"
    lines = [
        f"# {_plain(card.name)}",
        "",
        f"- Purpose: {_plain(purpose) or missing}",
        f"- Takes: {card.domain.modality} of shape {card.domain.shape}; answers one of {card.classes} classes",
        f"- SHA-256: {card.digest or missing}",
        f"- Answers at random on purpose: {'yes' if card.random else 'no'}",
        f"- Trained on: {f'{len(rig.train)} rows, SHA-256 {rig.train.digest}' if rig.train else missing}",
        f"- Recipe: {_plain(rig.recipe.name) if rig.recipe else missing}",
        "",
        f"## Right answers on {len(rig.test)} rows it was not trained on",
        "",
        "| class | right | of | rate | 95 % interval |",
        "|---|---|---|---|---|",
        _row("all", answers == rig.test.y),
        *(_row(str(k), (answers == rig.test.y)[rig.test.y == k]) for k in map(int, np.unique(rig.test.y))),
        "",
        f"Refused: {int((answers == REFUSED).sum())} of {len(answers)}.",
        "",
        *_importance(rig, rng),
        "## Limits",
        "",
        *(f"- {_plain(limit)}" for limit in limits or (missing,)),
        "",
    ]
    return "\n".join(lines)


def _row(name: str, right: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> str:
    hits, trials = int(right.sum()), len(right)
    low, high = wilson(hits, trials)
    rate = f"{hits / trials:.3f}" if trials else "unknown"
    return f"| {name} | {hits} | {trials} | {rate} | {low:.3f} to {high:.3f} |"


def _importance(rig: Rig, rng: np.random.Generator) -> list[str]:
    domain = rig.target.card.domain
    if domain.modality != "table":
        return []
    names = [feature.name for feature in domain.features] or [str(k) for k in range(domain.size)]
    rows = permutation_importance(rig.target, rig.test, rng)[:_SHOWN]
    return [
        "## What answers rest on",
        "",
        "Right answers that are lost when a column is shuffled. A column that says the same as another may seem idle.",
        "",
        "| column | lost | 95 % interval |",
        "|---|---|---|",
        *(f"| {_plain(names[k])} | {lost:+.3f} | {low:+.3f} to {high:+.3f} |" for k, lost, low, high in rows),
        "",
    ]


def _plain(text: str) -> str:
    """One line that no table or list of Markdown can be broken by."""
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")
