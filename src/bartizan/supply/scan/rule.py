"""What is looked for in files: one value per kind of finding, so that reports and documents can list them all."""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

Level: TypeAlias = Literal["detect", "review", "error"]
"""``detect``: it does harm, or has no purpose but to. ``review``: a person must look. ``error``: it cannot be told."""


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of finding."""

    id: str
    """<format>.<what>, in small letters."""
    level: Level
    title: str
    why: str
    """What it could do, in a sentence."""
    refs: tuple[str, ...] = ()
    """Where it is known from: CVE-..., CWE-..., AML.T...., an address."""
