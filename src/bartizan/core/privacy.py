"""What law and principles say of a system that handles data about people: values that cross borders, all frozen."""

from __future__ import annotations

from typing import Literal, TypeAlias, get_args

import msgspec

from bartizan.core.proof import Need, UsedFact

Stand: TypeAlias = Literal["forbidden", "not_met", "unknown", "holds", "claimed", "met", "not_needed"]
"""Where a duty stands, worst first: what is forbidden applies; it is not met; an answer is missing; the class holds;
it is said to be met; it is shown to be met; it is not asked here."""
STANDS: tuple[Stand, ...] = get_args(Stand)


class DutyVerdict(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """What the rules say of one duty at one place, with the proof."""

    id: str
    """`duty@place`: derived, so that it survives edits."""
    duty: str
    place: str
    """`system`, or the id of a purpose."""
    stand: Stand
    facts: tuple[UsedFact, ...]
    """The facts that decide it."""
    needs: tuple[Need, ...] = ()
    """The answers that are missing."""
    note: str = ""
    """What measures and controls say of it."""
    evidence: str = ""
    """Where the proof is that it is met."""
    owner: str = ""
    due: str = ""


class PrivacyAssessment(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A verdict for every duty at every place where it is judged, in the order of the catalogue."""

    verdicts: tuple[DutyVerdict, ...]

    def count(self, stand: Stand) -> int:
        """How many verdicts stand so."""
        return sum(verdict.stand == stand for verdict in self.verdicts)
