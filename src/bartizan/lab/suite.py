"""Which attacks exercise the threats of a system on a rig: chosen by what the target can do and the rig holds."""

from __future__ import annotations

from collections.abc import Collection, Iterable

import msgspec

from bartizan.attacks.family import Attack, Evasion, Exhaustion, Membership, Poisoning, Tampering
from bartizan.attacks.registry import ATTACKS
from bartizan.controls.family import Control
from bartizan.lab.cell import Cell
from bartizan.targets.border import Budget
from bartizan.targets.domain import Modality
from bartizan.targets.limit import Limit, Norm
from bartizan.targets.rig import Rig

_RADIUS: dict[Modality, float] = {"image": 0.1, "table": 0.1, "text": 3.0}


class LeftOut(msgspec.Struct, frozen=True, kw_only=True):
    """An attack that exercises a threat of the system and was not run, and why."""

    attack: str
    title: str
    threats: tuple[str, ...]
    why: str


class Suite(msgspec.Struct, frozen=True, kw_only=True):
    """What to run, and what not."""

    cells: tuple[Cell, ...]
    left_out: tuple[LeftOut, ...]


def limit_for(modality: Modality, norm: Norm | None = None, radius: float | None = None) -> Limit:
    """The limit that a description states, or the usual one: 0.1 in every value, three words of a text."""
    usual: Norm = "l0" if modality == "text" else "linf"
    return Limit(norm=norm or usual, radius=_RADIUS[modality] if radius is None else radius)


def suite(
    rig: Rig,
    threats: Collection[str],
    *,
    limit: Limit,
    controls: tuple[Control, ...] = (),
    samples: int = 100,
    seed: int = 0,
    queries: int | None = None,
    attacks: Iterable[type[Attack]] = ATTACKS,
) -> Suite:
    """Cells of every attack that exercises one of the threats: on the bare target, and behind the controls if any.

    ``threats`` are those that apply, and those that these are ways of.
    """
    cells, left_out = [], []
    for kind in attacks:
        attack = kind()
        if not set(attack.threats) & set(threats):
            continue
        why = attack.unfit(rig.target) or _lacking(attack, rig)
        if why:
            told = tuple(str(threat) for threat in attack.threats)
            left_out.append(LeftOut(attack=attack.id, title=attack.title, threats=told, why=why))
            continue
        for stack in ((), controls) if controls else ((),):
            cells.append(
                Cell(
                    attack=attack,
                    controls=stack,
                    limit=limit if isinstance(attack, Evasion) else None,
                    seed=seed,
                    samples=samples,
                    budget=Budget(queries=None if isinstance(attack, Poisoning | Tampering) else queries),
                )
            )
    return Suite(cells=tuple(cells), left_out=tuple(left_out))


def _lacking(attack: Attack, rig: Rig) -> str:
    """What of the rig an attack cannot do without and is not there; empty where all is."""
    if isinstance(attack, Poisoning) and (rig.train is None or rig.recipe is None):
        return f"it trains the model again, and {rig.name} has no training data with a recipe"
    if isinstance(attack, Membership | Tampering) and rig.train is None:
        return f"it needs the training data, and {rig.name} has none"
    if isinstance(attack, Exhaustion) and not rig.target.card.digest:
        return "what an answer costs cannot be told from outside"
    return ""
