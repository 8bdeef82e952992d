"""Measurements to test with, made by hand."""

from __future__ import annotations

from bartizan.core.measurement import Measurement, Price, Rate


def measured(
    flags: str,
    *,
    attack: str = "square",
    controls: tuple[str, ...] = (),
    strong: bool = False,
    seed: int = 0,
    accuracy: tuple[int, int] = (95, 100),
    latency: float = 1.0,
    baseline: Rate | None = None,
    threats: tuple[str, ...] = ("evasion",),
    queries: int = 100,
) -> Measurement:
    """A run on a rig called 'rig', with these flags."""
    return Measurement(
        key=f"{attack} {controls} {seed}",
        rig="rig",
        family="evasion",
        attack=attack,
        title=attack.title(),
        threats=threats,
        controls=controls,
        seed=seed,
        limit="linf 0.1",
        strong=strong,
        success=Rate(hits=flags.count("1"), trials=len(flags) - flags.count("-")),
        baseline=baseline,
        flags=flags,
        price=Price(accuracy=Rate(hits=accuracy[0], trials=accuracy[1]), latency_ms=latency, queries=queries),
        digests={"model": "a" * 64},
        held_on="2026-11-22",
    )
