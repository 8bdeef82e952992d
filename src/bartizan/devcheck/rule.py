"""What is looked for in a repository: one value per kind of finding, so that reports and ignore files can name it."""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

import msgspec

from bartizan.core.terms import ControlId

Level: TypeAlias = Literal["high", "medium", "low", "unknown"]
"""``unknown``: it could not be told, which is no finding and no pass either."""
LEVELS: Final[tuple[Level, ...]] = ("high", "medium", "low", "unknown")
"""The worst first."""

DEV_SECURITY: Final = ControlId("dev_security")
DISCRETE: Final = ControlId("discrete")
SEGREGATE_DATA: Final = ControlId("segregate_data")
SUPPLY_CHAIN: Final = ControlId("supply_chain_manage")
CONTROLS: Final = (DEV_SECURITY, DISCRETE, SEGREGATE_DATA)
"""The controls of the catalogue of which a check of a repository is evidence."""


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of finding."""

    id: str
    """<subject>.<what>, in small letters."""
    level: Level
    title: str
    why: str
    """What it could lead to, in a sentence."""
    fix: str
    """What to do about it, in a sentence."""
    refs: tuple[str, ...] = ()
    """Where it is known from: CWE-..., an address."""
    controls: tuple[ControlId, ...] = (DEV_SECURITY,)
    """The controls of the catalogue that it is about."""

    @property
    def references(self) -> tuple[str, ...]:
        """Where it is known from, with the controls of the catalogue."""
        return (*self.refs, *(f"control {one}" for one in self.controls))
