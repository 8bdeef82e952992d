"""A small measured table, as `bartizan lab table` writes one: what helps, what does not, what hides, what lacks."""

from __future__ import annotations

from bartizan.catalog.measured import MeasuredEffect, MeasuredTable, Unmeasured
from bartizan.core.measurement import Rate
from bartizan.core.terms import ControlId, ThreatId

EVASION, PARENT = ThreatId("zero_knowledge_evasion"), ThreatId("evasion")
DISTORTION, ADVERSARIAL = ControlId("input_distortion"), ControlId("train_adversarial")
OBSCURE, SERIES = ControlId("obscure_confidence"), ControlId("unwanted_input_series_handling")


def effect(
    control: ControlId, with_: int, low: float, high: float, right: int = 190, masks: str = ""
) -> MeasuredEffect:
    return MeasuredEffect(
        threats=(EVASION, PARENT),
        control=control,
        setting=f"{control}/noise(sigma=0.1)",
        rig="digits",
        attacks=("square", "hop_skip_jump"),
        limit="linf 0.1",
        without=Rate(hits=93, trials=100),
        with_=Rate(hits=with_, trials=100),
        reduction=(93 - with_) / 100,
        low=low,
        high=high,
        accuracy_without=Rate(hits=194, trials=200),
        accuracy_with=Rate(hits=right, trials=200),
        latency_without=0.2,
        latency_with=0.3,
        masks_gradients=masks,
        seeds=(0, 1),
    )


TABLE = MeasuredTable(
    measured_on="2026-11-22",
    versions={"numpy": "2.1.0"},
    seeds=(0, 1),
    samples=100,
    effects=(
        effect(DISTORTION, 55, 0.22, 0.51),
        effect(ADVERSARIAL, 97, -0.12, 0.03, right=194),
        effect(OBSCURE, 10, 0.7, 0.9, masks="Square <b>sees</b> no gradient"),
    ),
    unmeasured=(Unmeasured(threat=PARENT, control=SERIES, why="a series of inputs needs a session <i>"),),
)
