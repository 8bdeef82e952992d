"""The measured periodic table: reference attacks on reference rigs, behind every control that has code for the pair."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from bartizan.attacks.family import Attack
from bartizan.controls.control import Control
from bartizan.controls.family import Check
from bartizan.controls.registry import CONTROLS
from bartizan.core.measurement import Effect, Measurement, Rate
from bartizan.core.terms import ControlId
from bartizan.lab.cell import Cell, in_words
from bartizan.lab.effect import effect, masking, worst_case
from bartizan.lab.seeing import BY_GRADIENT
from bartizan.targets.limit import Limit


class Reference(msgspec.Struct, frozen=True, kw_only=True):
    """The attacks that stand for one threat on one rig."""

    rig: str
    """A function of `lab.reference.rigs`."""
    threat: str
    """The one of the attacks' threats that they stand for."""
    attacks: tuple[Attack, ...]
    limit: Limit | None = None
    samples: int = 100


class PairEffect(msgspec.Struct, frozen=True, kw_only=True):
    """What one control did to the attacks of one reference, all seeds together."""

    reference: Reference
    control: ControlId
    setting: str
    effect: Effect
    accuracy: tuple[Rate | None, Rate | None]
    """Without and with."""
    latency: tuple[float | None, float | None]
    seeds: tuple[int, ...]


class NotMeasured(msgspec.Struct, frozen=True, kw_only=True):
    """A control that could not be measured against a reference, and why."""

    reference: Reference
    control: ControlId
    setting: str
    why: str


_SETTINGS: dict[str, dict[str, Any]] = {"runtime_model_integrity": {"interval": 10}}
"""Parameters that must fit the few inputs of a reference experiment; all others are as they are by default."""


def codes_for(controls: Iterable[str]) -> tuple[Control, ...]:
    """Every hardening and guard that serves one of the controls, with its usual parameters."""
    wanted = set(controls)
    kinds = [kind for kind in CONTROLS if kind.id in wanted and not issubclass(kind, Check)]
    return tuple(kind(**_SETTINGS.get(kind.id, {})) for kind in kinds)


def cells_of(reference: Reference, controls: Sequence[Control], seeds: Sequence[int]) -> tuple[Cell, ...]:
    """The reference's attacks, bare and behind each control, with each seed."""
    stacks: list[tuple[Control, ...]] = [(), *((control,) for control in controls)]
    return tuple(
        Cell(attack=attack, controls=stack, limit=reference.limit, seed=seed, samples=reference.samples)
        for seed in seeds
        for stack in stacks
        for attack in reference.attacks
    )


def judged(
    reference: Reference, controls: Sequence[Control], measured: Sequence[Measurement]
) -> tuple[tuple[PairEffect, ...], tuple[NotMeasured, ...]]:
    """What the runs of a reference say of each control, and of which they say nothing."""
    effects, missing = [], []
    bare = pooled([run for run in measured if not run.controls])
    for control in controls:
        setting = in_words(control)
        runs = [run for run in measured if run.controls == (setting,)]
        behind = pooled(runs)
        found = effect(bare, behind) if bare is not None and behind is not None else None
        if found is None:
            why = next((run.why for run in runs if run.why), "") or "nothing was counted"
            missing.append(NotMeasured(reference=reference, control=control.id, setting=setting, why=why))
            continue
        assert bare is not None
        assert behind is not None
        found = msgspec.structs.replace(found, masks_gradients=_masked(runs))
        effects.append(
            PairEffect(
                reference=reference,
                control=control.id,
                setting=setting,
                effect=found,
                accuracy=(bare.price.accuracy, behind.price.accuracy),
                latency=(bare.price.latency_ms, behind.price.latency_ms),
                seeds=tuple(sorted({run.seed for run in runs})),
            )
        )
    return tuple(effects), tuple(missing)


def _masked(runs: Sequence[Measurement]) -> str:
    by_seed = ([run for run in runs if run.seed == seed] for seed in sorted({run.seed for run in runs}))
    return next((why for some in by_seed if (why := masking(some, BY_GRADIENT))), "")


def pooled(runs: Sequence[Measurement]) -> Measurement | None:
    """The runs of one stack as one: the worst attack sample by sample, the seeds one after the other."""
    counted = [run for run in runs if run.counts]
    if not counted:
        return None
    seeds = sorted({run.seed for run in counted})
    flags = "".join(worst_case([run for run in counted if run.seed == seed])[1] for seed in seeds)
    prices: Mapping[int, Measurement] = {run.seed: run for run in counted}
    price = msgspec.structs.replace(
        counted[0].price,
        accuracy=_sum([p.price.accuracy for p in prices.values() if p.price.accuracy is not None]),
        latency_ms=_middle([p.price.latency_ms for p in prices.values() if p.price.latency_ms is not None]),
    )
    success = Rate(hits=flags.count("1"), trials=len(flags) - flags.count("-"))
    return msgspec.structs.replace(counted[0], flags=flags, success=success, price=price)


def _sum(rates: Sequence[Rate]) -> Rate | None:
    return Rate(hits=sum(r.hits for r in rates), trials=sum(r.trials for r in rates)) if rates else None


def _middle(values: Sequence[float]) -> float | None:
    return sorted(values)[len(values) // 2] if values else None
