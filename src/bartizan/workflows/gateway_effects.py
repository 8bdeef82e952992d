"""What a gateway's guards change for a target: the same test without them and with them, and the paired difference."""

from __future__ import annotations

from pathlib import Path

import msgspec

from bartizan.catalog.entries import Catalog
from bartizan.core.chat_results import ChatRun
from bartizan.gateway.reading import read_settings
from bartizan.lab.chat.paired import Paired, paired
from bartizan.workflows.chat_testing import ChatCampaign, ChatTarget, SeverityOf, Watcher, run_target
from bartizan.workflows.gateway_effects_target import Deeds, Standing, guards_of, standing

NOBODY = standing(())
"""No guards at all: what is compared with."""


class Guarded(msgspec.Struct, frozen=True, kw_only=True):
    """One target with guards, beside itself without."""

    guards: Standing
    without: ChatRun
    with_: ChatRun
    paired: Paired
    deeds: Deeds
    stopped: bool = False
    """Whether somebody stopped it: then only what was tried on both sides counts."""


def guards_in(file: Path, target: ChatTarget) -> Standing:
    """The guards that a gateway's file puts before a target's model. Raises InputError with all of its problems."""
    return guards_of(read_settings(file), target.spec.model)


def run_guarded(
    target: ChatTarget,
    guards: Standing,
    catalog: Catalog,
    campaign: ChatCampaign,
    today: str,
    watcher: Watcher,
    severity_of: SeverityOf,
) -> Guarded:
    """The same plan twice. What ran before comes from the store. Raises what opening it raises, and InputError where
    its model is not in reach.
    """
    deeds = Deeds()
    bare = msgspec.structs.replace(campaign, guards=NOBODY)
    without, stopped = run_target(target, catalog, bare, today, watcher, severity_of)
    if stopped:
        return Guarded(
            guards=guards, without=without, with_=without, paired=paired(without, without), deeds=deeds, stopped=True
        )
    behind = msgspec.structs.replace(campaign, guards=guards, deeds=deeds)
    with_, stopped = run_target(target, catalog, behind, today, watcher, severity_of)
    return Guarded(
        guards=guards, without=without, with_=with_, paired=paired(without, with_), deeds=deeds, stopped=stopped
    )
