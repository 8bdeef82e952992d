"""`bartizan test` on the playground, in this process: what was found, and what that does to the risks."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import msgspec

from bartizan.core.chat_results import ChatRun
from bartizan.core.records import Risk
from bartizan.core.terms import ComponentId
from bartizan.lab.chat.scheme import Depth
from bartizan.playground.settings import SYSTEM, keep
from bartizan.playground.weaknesses import Mind, only
from bartizan.report.dossier import Dossier
from bartizan.workflows.assess import Options, make_dossier
from bartizan.workflows.chat_testing import ChatCampaign, Watcher, chat_targets, evidence_in, run_target, severity_in
from bartizan.workflows.testing import moved_by

TODAY = "2026-03-02"


class Tested(msgspec.Struct, frozen=True, kw_only=True):
    """A run, and the assessment without its evidence and with it."""

    run: ChatRun
    before: Dossier
    after: Dossier

    @property
    def breached(self) -> frozenset[str]:
        """The cases that an attack won."""
        return frozenset(one.case for one in self.run.breaches)

    @property
    def tried(self) -> frozenset[str]:
        """The cases of which some trial could be judged."""
        return frozenset(one.case for one in self.run.trials if one.outcome in ("hit", "miss"))

    def susceptibility(self, id: str) -> int:
        """The factor of a risk that evidence moves, 1 to 5, with this run's evidence."""
        return _factor(risk_in(self.after, id))

    def estimated(self, id: str) -> int:
        """The same, by the description alone."""
        return _factor(risk_in(self.before, id))

    def likelihood(self, id: str) -> int:
        """Of a risk, 1 to 5, with this run's evidence."""
        return risk_in(self.after, id).inherent.likelihood

    def effect(self, id: str) -> tuple[str, str]:
        """(what this run's evidence did to the risk, why)."""
        (use,) = risk_in(self.after, id).evidence
        return use.effect, use.why


def risk_in(dossier: Dossier, id: str) -> Risk:
    """A risk of an assessment."""
    return next(one for one in dossier.assessment.risks if one.id == id)


def _factor(risk: Risk) -> int:
    return next(one.score for one in risk.factors if one.id == "susceptibility")


def run_with(
    folder: Path,
    on: Iterable[str],
    component: str,
    cases: tuple[str, ...] = (),
    attacks: tuple[str, ...] = (),
    browser: bool = False,
    mind: Mind = "scripted",
    benign: bool = True,
) -> Tested:
    """One assistant of the playground with only these weaknesses on; all that applies where no cases are named."""
    folder.mkdir(parents=True, exist_ok=True)
    keep(folder, only(on, mind))
    options = Options(today=TODAY)
    before = make_dossier(folder / SYSTEM, options)
    (target,) = chat_targets(before, (ComponentId(component),))
    depth = Depth(repeats=1, dresses=0, cases=cases, attacks=attacks)
    campaign = ChatCampaign(depth=depth, store=folder / "store", browser=browser, benign=benign)
    run, _ = run_target(target, before.catalog, campaign, TODAY, Watcher(), severity_in(before))
    found = moved_by(before, evidence_in(run, before), options)
    return Tested(run=run, before=before, after=found.after)
