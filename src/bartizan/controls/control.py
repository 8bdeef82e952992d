"""What every control with code has: an id in the catalogue, and parameters."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from bartizan.core.terms import ControlId


class Control(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Root of all controls with code. Fields are its parameters, those that one would tune first."""

    id: ClassVar[ControlId]
    """Its id in the catalogue. Several codes may serve one control; ``variant`` tells them apart."""
    variant: ClassVar[str] = ""
    title: ClassVar[str]
    source: ClassVar[str] = ""
    """Paper and section of the method."""
    random: ClassVar[bool] = False

    @property
    def name(self) -> str:
        """How experiments and policies call it: the control's id, and its variant after a slash."""
        return f"{self.id}/{self.variant}" if self.variant else self.id
