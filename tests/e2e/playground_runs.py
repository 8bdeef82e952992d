"""`bartizan test` on the playground, in this process: what was found, and what that does to the risks."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import msgspec

from bartizan.core.chat_results import ChatRun
from bartizan.core.records import Risk
from bartizan.playground.settings import keep
from bartizan.playground.weaknesses import only
from bartizan.report.dossier import Dossier


class Tested(msgspec.Struct, frozen=True, kw_only=True):
    """A run, and the assessment with its evidence."""

    run: ChatRun
    before: Dossier
    after: Dossier

    @property
    def breached(self) -> frozenset[str]:
        """The cases that an attack won."""
        return frozenset(one.case for one in self.run.breaches)

    def risk(self, id: str) -> Risk:
        """As it is rated with the evidence."""
        return _risk(self.after, id)

    def estimated(self, id: str) -> Risk:
        """As it is rated without."""
        return _risk(self.before, id)

    def effect(self, id: str) -> tuple[str, str]:
        """(what the evidence did to the risk, why). Raises LookupError where there is none about it."""
        ((_, effect, why),) = ((use.what, use.effect, use.why) for use in self.risk(id).evidence)
        return effect, why


def _risk(dossier: Dossier, id: str) -> Risk:
    return next(one for one in dossier.assessment.risks if one.id == id)


def tested(
    folder: Path, on: Iterable[str], component: str, cases: tuple[str, ...] = (), attacks: tuple[str, ...] = ()
) -> Tested:
    """The playground in a folder with these weaknesses on, one of its assistants tested; all of it where no cases are named."""
    switches = only(on)
    keep(folder, switches)
    return tested_as_it_is(folder, component, cases, attacks)
