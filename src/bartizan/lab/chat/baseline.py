"""What is different from an earlier test: new breaches fail a gate; only what was tried again may be gone."""

from __future__ import annotations

from collections.abc import Iterable

from bartizan.core.chat_results import ChatResults, ChatRun, Since

_Pair = tuple[str, str]


def since(before: ChatResults, now: ChatResults) -> Since:
    """The differences, by target and case. Targets are the same where component, or else name, is the same."""
    was, is_ = _breached(before.runs), _breached(now.runs)
    tried_then, tried_now = _tried(before.runs), _tried(now.runs)
    return Since(
        new=_sorted((is_ - was) & tried_then),
        unseen=_sorted(is_ - was - tried_then),
        gone=_sorted((was - is_) & tried_now),
        untried=_sorted(was - is_ - tried_now),
        still=_sorted(was & is_),
    )


def _name(run: ChatRun) -> str:
    return run.component or run.target


def _breached(runs: Iterable[ChatRun]) -> set[_Pair]:
    return {(_name(run), one.case) for run in runs for one in run.breaches}


def _tried(runs: Iterable[ChatRun]) -> set[_Pair]:
    return {(_name(run), one.case) for run in runs for one in run.trials if one.outcome in ("hit", "miss")}


def _sorted(pairs: set[_Pair]) -> tuple[_Pair, ...]:
    return tuple(sorted(pairs))
