"""What a report is made from. A report format is a function of a dossier; it cannot query anything."""

from __future__ import annotations

import msgspec

from bartizan.catalog.entries import Catalog, Control, FactEntry, Threat
from bartizan.catalog.proving import Proving, provings
from bartizan.core.kept import Holding
from bartizan.core.records import Assessment, Loss, Plan
from bartizan.core.terms import SYSTEM, ComponentId, ControlId, FactId, ThreatId
from bartizan.system.graph import System


class Dossier(msgspec.Struct, frozen=True, kw_only=True):
    """A system, what is known in general, what follows for it, and the plans."""

    system: System
    catalog: Catalog
    assessment: Assessment
    plans: tuple[Plan, ...] = ()
    loss: Loss | None = None
    """Annual loss, when it was quantified."""
    holding: Holding | None = None
    """What the register keeps of the system, when it comes from there."""

    def threat(self, name: str) -> Threat:
        """The catalogue's entry of a threat."""
        return self.catalog.threats[ThreatId(name)]

    def control(self, name: str) -> Control:
        """The catalogue's entry of a control."""
        return self.catalog.controls[ControlId(name)]

    def provings(self, name: str) -> tuple[Proving, ...]:
        """Commands that look for proof that a control is in place."""
        return provings(ControlId(name))

    def fact(self, name: str) -> FactEntry | None:
        """The catalogue's entry of a fact; None for what is no fact of the catalogue."""
        return self.catalog.facts.get(FactId(name))

    def label(self, component: str) -> str:
        """What people call a component; the system's own name for the system as a whole."""
        if component == SYSTEM:
            return self.system.described.name
        found = self.system.components.get(ComponentId(component))
        return found.label if found else component

    def level_name(self, level: int) -> str:
        """The word for a level of the scales."""
        return self.catalog.scales.levels[level - 1].name.replace("_", " ")
