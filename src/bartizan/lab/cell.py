"""One cell of an experiment's grid: an attack, the controls it meets, a seed. All that a run depends on but the rig."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import msgspec

from bartizan.attacks.family import Attack
from bartizan.controls.control import Control
from bartizan.targets.border import Budget
from bartizan.targets.limit import Limit
from bartizan.targets.rig import Rig

GENERATION = 2
"""Raised when the same cell would be graded differently than before: what was kept of older ones is not used again."""


class Cell(msgspec.Struct, frozen=True, kw_only=True):
    """What to run."""

    attack: Attack
    controls: tuple[Control, ...] = ()
    """Hardenings and guards, in the order in which they are put on."""
    limit: Limit | None = None
    seed: int = 0
    samples: int = 100
    """How many inputs, records or classes are tried, at most."""
    hidden: str = ""
    """For attribute inference: the column that is hidden; empty: the lab chooses, and says which."""
    budget: Budget = Budget()
    """For the attack's own questions to the target. The lab's questions to grade it are not counted."""

    def key(self, rig: str) -> str:
        """SHA-256 of everything that the result depends on, given the digest of the rig."""
        known = (GENERATION, rig, described(self.attack), [described(c) for c in self.controls], self.rest)
        return hashlib.sha256(json.dumps(known, sort_keys=True).encode()).hexdigest()

    @property
    def rest(self) -> list[Any]:
        """What is neither attack nor control, as JSON values."""
        return [msgspec.to_builtins(self.limit), self.seed, self.samples, self.hidden, msgspec.to_builtins(self.budget)]


def described(one: Attack | Control) -> list[Any]:
    """What an attack or control is, as JSON values: its name and its parameters."""
    return [name_of(one), msgspec.to_builtins(one, enc_hook=_nested)]


def name_of(one: Attack | Control) -> str:
    """How experiments call it: the id, for a control with its variant."""
    return one.name if isinstance(one, Control) else one.id


def in_words(one: Attack | Control) -> str:
    """Name and parameters in a line: ``input_distortion/noise(sigma=0.1)``; nothing in brackets where it has none."""
    return f"{name_of(one)}({parameters(one)})" if parameters(one) else name_of(one)


def parameters(one: Attack | Control) -> str:
    """The parameters in a line: ``steps=40, norm=l2``. What is secret is not told."""
    given = msgspec.structs.asdict(one).items()
    return ", ".join(f"{key}={_short(value)}" for key, value in given if key not in _SECRET)


_SECRET = frozenset({"secret"})
"""Parameters that must not reach a file or a screen; the key of a run covers them by its digest."""


def _short(value: Any) -> str:
    if isinstance(value, Attack | Control):
        return in_words(value)
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, tuple | list):
        return "[" + " ".join(_short(one) for one in value) + "]"
    return str(value)


def _nested(value: Any) -> Any:
    return f"{type(value).__module__}.{type(value).__qualname__}"


def digest_of(rig: Rig) -> str:
    """SHA-256 over what a rig is made of: model, data sets, recipe."""
    parts = [rig.name, rig.target.card.name, rig.target.card.digest, rig.test.digest]
    parts += [data.digest if data is not None else "" for data in (rig.train, rig.reserve)]
    parts.append(rig.recipe.digest if rig.recipe is not None else "")
    parts.append(str(rig.query_price))
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()
