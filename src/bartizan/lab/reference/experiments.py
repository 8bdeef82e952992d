"""The reference experiments: for each threat that can be simulated, attacks on a rig that shows it.

Settings are those of the attacks' papers as far as a small machine allows. A rig is taken where the bare model falls
for the attack, since a control cannot be seen to help where there is nothing to lose.
"""

from __future__ import annotations

from collections.abc import Callable

from bartizan.attacks.extraction import Knockoff
from bartizan.attacks.gradient.apgd import ApgdCe
from bartizan.attacks.membership.lira import LiRA
from bartizan.attacks.poisoning.backdoor import Backdoor
from bartizan.attacks.poisoning.label_flip import RandomLabelFlip
from bartizan.attacks.square import Square
from bartizan.attacks.tampering import WeightTampering
from bartizan.attacks.text_changes import TextChanges
from bartizan.lab.reference import rigs
from bartizan.lab.table import Reference
from bartizan.targets.limit import Limit
from bartizan.targets.rig import Rig

SEEDS = (0, 1)

RIGS: dict[str, Callable[[], Rig]] = {
    "digits": rigs.digits,
    "tumours": rigs.tumours,
    "tumours-forest": rigs.tumours_forest,
    "loans": rigs.loans,
    "messages": rigs.messages,
}
"""Each built by a function of a module, so that other processes can build it too."""

TOO_DEAR = {
    (
        "digits",
        "poison_robust_model/roni",
    ): "it trains a model for each group of rows: hours with a network",
}
"""Rig and control -> why they are not run together."""

REFERENCES: tuple[Reference, ...] = (
    Reference(
        rig="tumours",
        threat="evasion",
        attacks=(ApgdCe(steps=50), Square(steps=300)),
        limit=Limit(norm="linf", radius=0.05),
    ),
    Reference(rig="messages", threat="evasion", attacks=(TextChanges(),), limit=Limit(norm="l0", radius=5)),
    Reference(
        rig="digits",
        threat="evasion",
        attacks=(ApgdCe(steps=50), Square(steps=300)),
        limit=Limit(norm="linf", radius=0.1),
    ),
    Reference(rig="digits", threat="targeted_data_poison", attacks=(Backdoor(),)),
    Reference(rig="messages", threat="targeted_data_poison", attacks=(Backdoor(),)),
    Reference(rig="tumours", threat="sabotage_data_poison", attacks=(RandomLabelFlip(share=0.3),)),
    Reference(rig="digits", threat="runtime_model_poison", attacks=(WeightTampering(),)),
    Reference(rig="tumours-forest", threat="membership_inference", attacks=(LiRA(),), samples=284),
    Reference(rig="digits", threat="model_exfiltration", attacks=(Knockoff(queries=400),)),
)
