"""What another edition of the framework would change for every system of a register, before anybody changes anything.

Each system is assessed by its own edition and by the target, in memory, with all that the register keeps of it, and the
two are compared. Systems come in the order of their ids, so that work that was interrupted goes on after the last one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

import msgspec

from bartizan.core.comparison import RiskChange
from bartizan.core.errors import BartizanError
from bartizan.core.terms import Edition
from bartizan.register import systems
from bartizan.workflows.compare import compare_dossiers
from bartizan.workflows.desk import Desk, kept_system

_MOST = 20
"""Risks that are named for one system."""


class Upgrade(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the target edition changes for one system."""

    system: str
    name: str = ""
    before: int = 0
    """The edition that judges it now."""
    after: int = 0
    new: int = 0
    gone: int = 0
    up: int = 0
    down: int = 0
    undecided: int = 0
    above_before: int = 0
    above_after: int = 0
    lapsing: int = 0
    """Acceptances that would lapse, since what they accepted would have changed."""
    changes: tuple[RiskChange, ...] = ()
    """The changes of risks, worst first, at most twenty."""
    error: str = ""
    """Why it could not be assessed."""

    @property
    def nothing(self) -> bool:
        """Whether no risk would come, go or move."""
        return not (self.new or self.gone or self.up or self.down or self.undecided or self.error)


def upgrade(
    desk: Desk,
    edition: Edition,
    *,
    after: str = "",
    only: frozenset[str] | None = None,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> Iterator[Upgrade]:
    """What the edition changes, system by system in the order of their ids, those after `after` only.

    One that cannot be assessed says why and keeps no other from it. `progress` gets how many are done, of how many.
    """
    with desk.register.read() as connection:
        kept = [one for one in systems.systems(connection) if one.version and one.id > after]
    names = [one.id for one in kept if only is None or one.id in only]
    for number, name in enumerate(names, start=1):
        yield _one(desk, name, edition)
        progress(number, len(names))


def _one(desk: Desk, name: str, edition: Edition) -> Upgrade:
    try:
        with desk.register.read() as connection:
            now = kept_system(desk, connection, name)
            then = kept_system(desk, connection, name, edition)
    except BartizanError as error:
        return Upgrade(system=name, error=str(error))
    found = compare_dossiers(now.dossier, then.dossier).comparison
    moves = Counter(change.move for change in found.risks)
    return Upgrade(
        system=name,
        name=now.assessment.system,
        before=now.assessment.edition,
        after=edition,
        new=moves["new"],
        gone=moves["gone"],
        up=moves["up"],
        down=moves["down"],
        undecided=moves["undecided"],
        above_before=found.before.above_appetite,
        above_after=found.after.above_appetite,
        lapsing=len({one.number for one, _ in then.lapses} - {one.number for one, _ in now.lapses}),
        changes=found.risks[:_MOST],
    )
