"""The names of one dossier's things, each looked up once: what pages and pictures call risks, components and levels."""

from __future__ import annotations

from bartizan.core.terms import SYSTEM
from bartizan.report.dossier import Dossier
from bartizan.report.wording import at, capital, control_name, name_of, plain, threat_name


def shade(step: int, steps: int) -> int:
    """The place of a step on the colour ramp of five, whatever the length of the scale."""
    return 1 + round((step - 1) * 4 / max(1, steps - 1))


class Names:
    """Names on one plain line each, as `wording` gives them. Escaping is the page's work."""

    def __init__(self, dossier: Dossier) -> None:
        self.dossier = dossier
        self.edition = dossier.assessment.edition
        self.numbers = {risk.id: i for i, risk in enumerate(dossier.assessment.risks, start=1)}
        self._components: dict[str, str] = {}
        self._threats: dict[str, str] = {}

    @property
    def system(self) -> str:
        """What people call the system."""
        return plain(self.dossier.system.described.name)

    def component(self, name: str) -> str:
        """What people call a component."""
        known = self._components.get(name)
        if known is None:
            label = capital(at(self.dossier, name)) if name == SYSTEM else name_of(self.dossier, name)
            known = self._components[name] = label
        return known

    def threat(self, name: str) -> str:
        """The threat's name in this edition."""
        known = self._threats.get(name)
        if known is None:
            known = self._threats[name] = threat_name(self.dossier, name)
        return known

    def control(self, name: str) -> str:
        """The control's title."""
        return control_name(self.dossier, name)

    def level(self, step: int) -> str:
        """The word for a level."""
        return plain(self.dossier.level_name(step))

    def shade(self, step: int) -> int:
        """The place of a level on the colour ramp, 1 to 5."""
        return shade(step, len(self.dossier.catalog.scales.levels))
