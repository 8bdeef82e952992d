"""What the acts of one person come to for one purpose, taken in the order in which they were recorded.

In doubt a withdrawal stands. It ends every consent that was recorded before it, whatever the clocks said; and what is
recorded after it counts only if it was given later than every withdrawal. So a message that comes late or twice, or a
clock that goes back, never lets data be used against somebody's word.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

from bartizan.consent.entries import Act, Basis, Given, Withdrawn

Situation: TypeAlias = Literal["agreed", "expired", "withdrawn", "objected", "nothing"]


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """What one person said of one purpose."""

    given: int = 0
    """The number of the consent that holds, unless its last day is over; 0 for none."""
    given_at: str = ""
    until: str = ""
    withdrawn_at: str = ""
    """The latest moment of a withdrawal."""
    objected_at: str = ""

    def on(self, today: str) -> Situation:
        """How they stand to it on a day (ISO 8601)."""
        if self.objected_at:
            return "objected"
        if self.given:
            return "agreed" if not self.until or today <= self.until else "expired"
        return "withdrawn" if self.withdrawn_at else "nothing"


NOTHING = Standing()


def after(before: Standing, number: int, act: Act) -> Standing:
    """How they stand after one more act."""
    if isinstance(act, Withdrawn):
        latest = max(before.withdrawn_at, act.at)
        return msgspec.structs.replace(before, given=0, given_at="", until="", withdrawn_at=latest)
    if isinstance(act, Given):
        if act.at <= before.withdrawn_at or (before.given and act.at < before.given_at):
            return before
        return msgspec.structs.replace(before, given=number, given_at=act.at, until=act.until)
    return msgspec.structs.replace(before, objected_at=max(before.objected_at, act.at))


def allows(situation: Situation, basis: Basis) -> bool:
    """Whether data may be used: with their consent where it rests on that, else unless they objected."""
    return situation == "agreed" if basis == "consent" else situation != "objected"
