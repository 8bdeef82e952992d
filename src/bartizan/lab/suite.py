"""Which attacks exercise the threats of a system on a rig: chosen by what the target can do and the rig holds."""

from __future__ import annotations

from collections.abc import Collection, Iterable

import msgspec

from bartizan.attacks.ensemble import Ensemble
from bartizan.attacks.family import Attack, Attribute, Evasion, Exhaustion, Membership, Poisoning, Tampering
from bartizan.attacks.known_trigger import KnownTrigger
from bartizan.attacks.registry import ATTACKS
from bartizan.controls.control import Control
from bartizan.lab.cell import Cell
from bartizan.targets.border import Budget
from bartizan.targets.domain import Domain
from bartizan.targets.limit import Limit, Norm
from bartizan.targets.rig import Rig

SUITE = tuple(attack for attack in ATTACKS if attack not in (Ensemble, KnownTrigger))
"""What is run unasked. The lab takes the worst of several attacks itself; a trigger must be known to be tried."""
_RECORDS = 1000
"""Records cost a query each, and rates at low false-positive rates take many."""
_SHARE, _WORDS = 0.1, 3.0


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


def limit_for(domain: Domain, norm: Norm | None = None, radius: float | None = None) -> Limit:
    """The limit that a description states, or the usual one: 0.1 in each value, a tenth of them, three words."""
    text = domain.modality == "text"
    found: Norm = norm or ("l0" if text else "linf")
    usual = _WORDS if text else max(1, round(_SHARE * domain.size)) if found == "l0" else _SHARE
    return Limit(norm=found, radius=usual if radius is None else radius)


def fitting(limit: Limit, attack: Evasion, rig: Rig) -> Limit:
    """The limit, or the usual one of a kind that the attack can keep to."""
    domain = rig.target.card.domain
    if limit.norm in attack.norms or domain.modality == "text":
        return limit
    return limit_for(domain, attack.norms[0])


def suite(
    rig: Rig,
    threats: Collection[str],
    *,
    limit: Limit,
    controls: tuple[Control, ...] = (),
    samples: int = 100,
    seed: int = 0,
    queries: int | None = None,
    attacks: Iterable[type[Attack]] = SUITE,
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
                    limit=fitting(limit, attack, rig) if isinstance(attack, Evasion) else None,
                    seed=seed,
                    samples=max(samples, _RECORDS) if isinstance(attack, Membership | Attribute) else samples,
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
