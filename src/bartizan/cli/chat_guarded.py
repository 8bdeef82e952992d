"""What guards changed for a chat target, in a terminal: attacks by threat and case, honest tasks, and who did what."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from bartizan.catalog.entries import Catalog
from bartizan.cli.chat_progress import ChatProgress
from bartizan.core.errors import printable
from bartizan.lab.chat.paired import Change
from bartizan.workflows.chat_testing import ChatCampaign, ChatTarget, SeverityOf
from bartizan.workflows.gateway_effects import Guarded, guards_in, run_guarded

_CASES = 12


def tested_guarded(
    target: ChatTarget, file: Path, catalog: Catalog, campaign: ChatCampaign, today: str, severity_of: SeverityOf
) -> Guarded:
    """The target without the guards of a file and with them, with progress. Raises what `run_guarded` raises."""
    guards = guards_in(file, target)
    with ChatProgress() as watcher:
        return run_guarded(target, guards, catalog, campaign, today, watcher, severity_of)


def guarded_lines(found: Guarded, label: str) -> Iterator[str]:
    """The differences, each with its 95 % interval. A difference whose interval holds 0 is not shown to be one."""
    paired, names = found.paired, ", ".join(one.guard.name for one in found.guards.posts) or "no guard"
    yield f"{printable(label)} behind {names}"
    if paired.whole is None:
        yield "  nothing was judged both without guards and with them"
        return
    yield _line("samples lost to any attack", paired.whole)
    yield from (_line(one.name, one) for one in paired.threats)
    moved = [one for one in paired.cases if one.difference]
    yield from (_line(f"case {one.name}", one) for one in moved[:_CASES])
    if len(moved) > _CASES:
        yield f"  and {len(moved) - _CASES} cases more that changed"
    for one in (paired.honest, paired.under_attack, paired.alarms):
        if one is not None:
            yield _line(one.name, one)
    if paired.unpaired:
        yield f"  {paired.unpaired} attempts were not judged on both sides and count nowhere"
    yield from _doings(found)
    yield "  Guards forget between trials, and a scripted person approves only what the user asked for."
    yield "  This shows what guards would change; it is no evidence that they stand in front of the target."


def _doings(found: Guarded) -> Iterator[str]:
    deeds = found.deeds
    for what, counts in (("blocked", deeds.blocked), ("changed", deeds.changed), ("DID NOT WORK in", deeds.failed)):
        if counts:
            told = ", ".join(f"{name} {count}" for name, count in counts.most_common())
            yield f"  {what}, of {deeds.exchanges} exchanges: {told}"


def _line(name: str, one: Change) -> str:
    counts = f"{one.without.hits}/{one.without.trials} -> {one.with_.hits}/{one.with_.trials}"
    return f"  {name:<40} {counts:<14} {one.difference:+.2f} [{one.low:+.2f}, {one.high:+.2f}]"
