"""All attacks, by name. A new attack is a module of its family and a line here."""

from __future__ import annotations

from typing import Any

import msgspec

from bartizan.attacks.attribute import AttributeInference
from bartizan.attacks.ensemble import Ensemble
from bartizan.attacks.extraction import ActiveQueries, Knockoff, RandomQueries
from bartizan.attacks.family import Attack
from bartizan.attacks.gradient.apgd import ApgdCe, ApgdT
from bartizan.attacks.gradient.carlini_wagner import CarliniWagner
from bartizan.attacks.gradient.fgsm import Fgsm
from bartizan.attacks.gradient.patch import Patch
from bartizan.attacks.gradient.pgd import Pgd
from bartizan.attacks.hop_skip_jump import HopSkipJump
from bartizan.attacks.image_changes import ImageChanges
from bartizan.attacks.inversion import GradientInversion, ScoreInversion
from bartizan.attacks.known_trigger import KnownTrigger
from bartizan.attacks.membership.label_only import LabelOnly
from bartizan.attacks.membership.lira import LiRA
from bartizan.attacks.membership.threshold import Threshold
from bartizan.attacks.poisoning.backdoor import Backdoor
from bartizan.attacks.poisoning.clean_label import CleanLabelBackdoor
from bartizan.attacks.poisoning.feature_collision import FeatureCollision
from bartizan.attacks.poisoning.label_flip import RandomLabelFlip, TargetedLabelFlip
from bartizan.attacks.sponge import Sponge
from bartizan.attacks.square import Square
from bartizan.attacks.tampering import PoisonedBase, WeightTampering
from bartizan.attacks.text_changes import TextChanges
from bartizan.attacks.transfer import Transfer

ATTACKS: tuple[type[Attack], ...] = (
    Ensemble,
    ApgdCe,
    ApgdT,
    CarliniWagner,
    Fgsm,
    Patch,
    Pgd,
    HopSkipJump,
    ImageChanges,
    KnownTrigger,
    Square,
    TextChanges,
    Transfer,
    Backdoor,
    CleanLabelBackdoor,
    FeatureCollision,
    RandomLabelFlip,
    TargetedLabelFlip,
    WeightTampering,
    PoisonedBase,
    LabelOnly,
    LiRA,
    Threshold,
    AttributeInference,
    GradientInversion,
    ScoreInversion,
    RandomQueries,
    Knockoff,
    ActiveQueries,
    Sponge,
)

_BY_ID = {attack.id: attack for attack in ATTACKS}


def attack_names() -> tuple[str, ...]:
    """The ids of all attacks, in order."""
    return tuple(_BY_ID)


def attack_called(name: str, parameters: dict[str, Any] | None = None) -> Attack:
    """The attack of that id with these parameters, the others as they are by default.

    Raises KeyError for an unknown id, msgspec.ValidationError or ValueError for a parameter that is wrong.
    """
    return msgspec.convert(parameters or {}, _BY_ID[name], strict=True)
