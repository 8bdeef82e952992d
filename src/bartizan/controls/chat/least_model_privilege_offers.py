"""What the description of an offered tool gives away, and when that is enough to take it out."""

from __future__ import annotations

import msgspec

from bartizan.controls.chat.verdict import Finding
from bartizan.core.chat import ToolOffer
from bartizan.targets.mcp.descriptions import described_risks

_TOLD = frozenset({"hidden_characters", "hidden_markup", "orders", "secrecy", "asks_for_secrets"})
_ENOUGH = frozenset({"hidden_characters", "hidden_markup", "secrecy", "long"})
"""No honest description needs one of these. Orders alone are common: 'call this first'."""
LONGEST = 20_000
"""Bytes of an offer that is looked at. A longer one is nothing that a person could have read; pin it to use it."""


def risks_of(offer: ToolOffer, more: str = "") -> tuple[Finding, ...]:
    """What stands out in an offer; ``more`` is what the model is told of it besides. Findings hold no text of it."""
    if more and more != offer.about:
        offer = msgspec.structs.replace(offer, about=f"{offer.about}\n{more}")
    if len(msgspec.json.encode(offer)) > LONGEST:
        return (Finding(rule="long", why="the tool's description is too long to be looked at"),)
    kinds = dict.fromkeys(one.kind for one in described_risks([offer]) if one.kind in _TOLD)
    return tuple(Finding(rule=kind, why="in the tool's description") for kind in kinds)


def is_poisoned(risks: tuple[Finding, ...]) -> bool:
    """Whether that is enough to keep a tool from the model."""
    kinds = {one.rule for one in risks}
    return bool(kinds & _ENOUGH) or {"orders", "asks_for_secrets"} <= kinds
