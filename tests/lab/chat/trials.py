"""Trials made by hand, to count with."""

from __future__ import annotations

from typing import Any

import msgspec

from bartizan.core.chat_results import ChatRun, Utility
from bartizan.core.measurement import Rate
from bartizan.core.trial import Trial
from bartizan.lab.chat.breaches import breaches_of

NOTHING = Rate(hits=0, trials=0)
USEFUL = Rate(hits=3, trials=4)


def trial(case: str = "c", outcome: str = "miss", **given: Any) -> Trial:
    """One trial; what is not given is plain."""
    told = {
        "key": f"{case} {outcome} {sorted(given.items())}",
        "case": case,
        "title": f"The case {case}",
        "attack": "plain",
        "threats": ("direct_prompt_injection",),
        "outcome": outcome,
        "why": "because",
    }
    return msgspec.convert({**told, **given}, Trial)


def run_of(*trials: Trial, component: str = "bot", **given: Any) -> ChatRun:
    """A run with these trials."""
    run = ChatRun(
        component=component,
        label="Bot",
        target="bot",
        held_on="2026-11-22",
        trials=trials,
        utility=Utility(done=USEFUL, done_under_attack=NOTHING, false_alarms=NOTHING),
        breaches=breaches_of(trials, {}, lambda _: None),
    )
    return msgspec.structs.replace(run, **given)
