"""What guards changed: two runs of the same attempts, without them and with them, sample by sample.

A sample is one case at one surface with one prompt, as in `lab.chat.evidence`: it is lost where any attempt on it
succeeded. Only attempts that could be judged on both sides count. Intervals are Newcombe's for paired samples.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import msgspec

from bartizan.core.chat_results import ChatRun
from bartizan.core.measurement import Rate
from bartizan.core.trial import BenignTrial, Trial
from bartizan.lab.effect import paired_interval

_Key = tuple[str, str, int, str, str, int]
_Sample = tuple[str, str, int]


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One rate without guards and with them."""

    name: str
    """A threat, a case, an attack, or what else was counted."""
    without: Rate
    with_: Rate
    difference: float
    """With less without, in shares of 1."""
    low: float
    high: float
    """Its 95 % interval."""


class Paired(msgspec.Struct, frozen=True, kw_only=True):
    """All of it. Attacks: below 0 is better. Honest tasks: above 0 is better."""

    whole: Change | None
    """None: nothing was counted on both sides."""
    threats: tuple[Change, ...]
    cases: tuple[Change, ...]
    honest: Change | None
    under_attack: Change | None
    """Honest tasks with an order of a stranger in their way."""
    alarms: Change | None
    """Honest requests that sound suspicious, and were refused: below 0 is better."""
    unpaired: int
    """Attempts that were not judged on both sides."""


def paired(without: ChatRun, with_: ChatRun) -> Paired:
    """The differences between two runs of the same plan."""
    before, after = _by_key(without.trials), _by_key(with_.trials)
    both = [(one, after[key]) for key, one in before.items() if key in after]
    scored = [(a, b) for a, b in both if a.outcome in ("hit", "miss") and b.outcome in ("hit", "miss")]
    threats = dict.fromkeys(threat for a, _ in scored for threat in a.threats)
    cases = dict.fromkeys(a.case for a, _ in scored)
    tasks = _tasks(without.benign, with_.benign)
    return Paired(
        whole=lost("all", scored),
        threats=_found(lost(name, [p for p in scored if name in p[0].threats]) for name in threats),
        cases=_found(lost(name, [p for p in scored if p[0].case == name]) for name in cases),
        honest=_counted("honest tasks done", tasks, _is_plain, "done"),
        under_attack=_counted("honest tasks done under attack", tasks, lambda one: one.under_attack, "done"),
        alarms=_counted("false alarms", tasks, lambda one: one.suspicious, "refused"),
        unpaired=len(before.keys() | after.keys()) - len(scored),
    )


def _is_plain(one: BenignTrial) -> bool:
    return not one.suspicious and not one.under_attack


def _by_key(trials: Iterable[Trial]) -> dict[_Key, Trial]:
    return {(one.case, one.surface, one.prompt, one.attack, one.variation, one.repeat): one for one in trials}


def lost(name: str, pairs: Sequence[tuple[Trial, Trial]]) -> Change | None:
    """Samples that were lost to any attempt, without and with; None where there are none."""
    samples: dict[_Sample, tuple[int, int]] = {}
    for a, b in pairs:
        key = (a.case, a.surface, a.prompt)
        was = samples.get(key, (0, 0))
        samples[key] = (was[0] | (a.outcome == "hit"), was[1] | (b.outcome == "hit"))
    return change(name, list(samples.values()))


def change(name: str, pairs: Sequence[tuple[int, int]]) -> Change | None:
    """The difference of two rates on the same things; None where there are none."""
    if not pairs:
        return None
    n, a, b = len(pairs), sum(one for one, _ in pairs), sum(one for _, one in pairs)
    low, high = paired_interval(pairs)
    return Change(
        name=name,
        without=Rate(hits=a, trials=n),
        with_=Rate(hits=b, trials=n),
        difference=(b - a) / n,
        low=-high,
        high=-low,
    )


def _found(changes: Iterable[Change | None]) -> tuple[Change, ...]:
    return tuple(sorted((one for one in changes if one is not None), key=lambda one: (one.difference, one.name)))


def _tasks(before: Iterable[BenignTrial], after: Iterable[BenignTrial]) -> list[tuple[BenignTrial, BenignTrial]]:
    then = {(one.task, one.under_attack, one.repeat): one for one in after}
    found = [(one, then.get((one.task, one.under_attack, one.repeat))) for one in before]
    return [(a, b) for a, b in found if b is not None and "error" not in (a.outcome, b.outcome)]


def _counted(
    name: str,
    tasks: Sequence[tuple[BenignTrial, BenignTrial]],
    wanted: Callable[[BenignTrial], bool],
    outcome: str,
) -> Change | None:
    return change(name, [(int(a.outcome == outcome), int(b.outcome == outcome)) for a, b in tasks if wanted(a)])
