"""Identifiers and closed vocabularies that every package shares (design, section 1)."""

from __future__ import annotations

import enum
from typing import Literal, NewType, get_args

ThreatId = NewType("ThreatId", str)
ControlId = NewType("ControlId", str)
FactId = NewType("FactId", str)
ComponentId = NewType("ComponentId", str)

Edition = Literal[2023, 2025, 2026]
EDITIONS: tuple[Edition, ...] = get_args(Edition)
DEFAULT_EDITION: Edition = 2026

SYSTEM = ComponentId("system")
"""The id under which threats to the system as a whole are judged. No component may take it."""


class Word(enum.Enum):
    """A word of a closed vocabulary. Members are singletons, so they hash by identity, which is much faster."""

    __hash__ = object.__hash__


class Truth(Word):
    """An answer to a yes-or-no question. Unknown is an answer."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class Outcome(Word):
    """What the rules say of one threat at one component."""

    APPLIES = "applies"
    THEORETICAL = "theoretical"
    DOES_NOT_APPLY = "does_not_apply"
    UNKNOWN = "unknown"


class Party(Word):
    """Who must act."""

    US = "us"
    SUPPLIER = "supplier"
    SHARED = "shared"


class Treatment(Word):
    """What a person decides to do about a risk."""

    MITIGATE = "mitigate"
    TRANSFER = "transfer"
    AVOID = "avoid"
    ACCEPT = "accept"


class ControlStatus(Word):
    """How far a control is. Only ``verified`` rests on proof."""

    NOT_STARTED = "not_started"
    PLANNED = "planned"
    IMPLEMENTED = "implemented"
    VERIFIED = "verified"
    NOT_APPLICABLE = "not_applicable"


SETTLED = frozenset({ControlStatus.VERIFIED, ControlStatus.NOT_APPLICABLE})
"""Statuses of a control at which there is nothing left to take."""


class Effort(Word):
    """What a control costs to put in place, in sizes; the scales say what a size means."""

    S = "S"
    M = "M"
    L = "L"


def risk_id(threat: str, component: str) -> str:
    """The identity of a risk: derived from what it is about, never generated, so that it survives edits."""
    return f"{threat}@{component}"
