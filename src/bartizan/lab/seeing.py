"""Which attacks follow gradients: an attack that does not can only be better where gradients lie."""

from __future__ import annotations

from bartizan.attacks.registry import ATTACKS

BY_GRADIENT: frozenset[str] = frozenset(attack.id for attack in ATTACKS if "gradients" in attack.needs)
"""Their ids."""
