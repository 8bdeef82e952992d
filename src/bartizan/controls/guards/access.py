"""Model access control: only callers on the list are answered, each with no more than their role needs."""

from __future__ import annotations

from typing import ClassVar, Literal

import msgspec
import numpy as np

from bartizan.controls.family import Guard
from bartizan.controls.guards.guarded import ANONYMOUS, Guarded, Rows
from bartizan.core.terms import ControlId
from bartizan.targets.data import Dataset
from bartizan.targets.domain import Inputs
from bartizan.targets.predictor import CAPABILITIES, Capability, Card, Predictor

Grant = Literal["labels", "scores", "gradients"]
"""What a caller gets at most; scores include labels, gradients include both."""


class AccessControlled(Guarded):
    """Refuses callers that are not on the list. Nobody is, unless somebody put them there."""

    def __init__(self, inner: Predictor, grants: dict[str, Grant]) -> None:
        super().__init__(inner, "model_access_control")
        self._grants = dict(grants)
        self.turned_away: dict[str, int] = {}
        """Caller -> how many of their queries were refused."""

    @property
    def card(self) -> Card:
        """With what this caller may have; a stranger sees a target that answers labels, and gets none."""
        card = super().card
        granted = self._grants.get(self.caller, "labels")
        able: frozenset[Capability] = frozenset(CAPABILITIES[: CAPABILITIES.index(granted) + 1])
        return msgspec.structs.replace(card, capabilities=card.capabilities & able)

    def before(self, x: Inputs) -> tuple[Inputs, Rows]:
        """All rows of a stranger are refused, none of others."""
        stranger = self.caller not in self._grants
        if stranger:
            self.turned_away[self.caller] = self.turned_away.get(self.caller, 0) + len(x)
        return x, np.full(len(x), stranger)


class ModelAccessControl(Guard, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Closed by default: who is not granted anything is refused everything.

    It takes callers at their name; that the name is theirs is for the authentication before it to prove. In an
    experiment the attacker is ``attacker``: a stranger, unless their account has a grant.
    """

    id: ClassVar[ControlId] = ControlId("model_access_control")
    title: ClassVar[str] = "Answer known callers only"

    grants: dict[str, Grant] = {}  # noqa: RUF012 - msgspec copies it for each instance
    attacker: str = ANONYMOUS

    def mount(self, target: Predictor, clean: Dataset, rng: np.random.Generator) -> AccessControlled:
        """As the attacker sees it; `called_by` gives it as others do."""
        guarded = AccessControlled(target, self.grants)
        guarded.caller = self.attacker
        return guarded
