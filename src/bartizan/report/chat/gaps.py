"""What a test of a chat target does not tell, gathered so that a reader sees each reason once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

import msgspec

from bartizan.core.chat_results import ChatRun
from bartizan.core.trial import TrialOutcome

_KINDS: dict[TrialOutcome, tuple[str, str]] = {
    "error": ("trial was an error and counts for nothing", "trials were errors and count for nothing"),
    "unscored": ("trial could not be judged", "trials could not be judged"),
    "unfit": ("trial could not be made", "trials could not be made"),
}
"""In words, of one trial and of several."""


class Undecided(msgspec.Struct, frozen=True, kw_only=True):
    """Trials that say nothing, and why."""

    outcome: TrialOutcome
    count: int
    why: str

    @property
    def told(self) -> str:
        """How many, and what became of them: '3 trials could not be judged'."""
        one, several = _KINDS[self.outcome]
        return f"{self.count:,} {one if self.count == 1 else several}"


class Left(msgspec.Struct, frozen=True, kw_only=True):
    """Goals that were not tried in some way, or not at all, for one reason."""

    why: str
    titles: tuple[str, ...]

    @property
    def counted(self) -> str:
        """How many: '3 goals'."""
        return goals(len(self.titles))


def goals(count: int) -> str:
    """So many goals, in words."""
    return f"{count:,} goal{'s' * (count != 1)}"


def untested_threats(run: ChatRun) -> dict[str, str]:
    """Threats about which no trial says anything, with the reason, in the order of the coverage."""
    tested = {row.threat for row in run.coverage if row.trials}
    found: dict[str, list[str]] = {}
    for row in run.coverage:
        if row.threat not in tested:
            found.setdefault(row.threat, []).extend([row.why] if row.why else [])
    return {threat: "; ".join(dict.fromkeys(whys)) or "nobody tried" for threat, whys in found.items()}


def undecided(run: ChatRun) -> tuple[Undecided, ...]:
    """Trials without a verdict by their reason: errors first, the most frequent reason of each first."""
    found: list[Undecided] = []
    for outcome in _KINDS:
        reasons = Counter(one.why for one in run.trials if one.outcome == outcome)
        found += (Undecided(outcome=outcome, count=n, why=why) for why, n in reasons.most_common())
    return tuple(found)


def never_tried(run: ChatRun) -> tuple[Left, ...]:
    """Goals that no trial decided though they are about a threat of the system, by the reason."""
    decided = {one.case for one in run.trials if one.outcome in ("hit", "miss")}
    return _left((one.why, one.title) for one in run.left_out if not one.attack and one.case not in decided)


def partly_tried(run: ChatRun) -> tuple[Left, ...]:
    """Goals that were tried, but by fewer attacks or at fewer surfaces than are known, by the reason."""
    decided = {one.case for one in run.trials if one.outcome in ("hit", "miss")}
    return _left((one.why, one.title) for one in run.left_out if one.attack or one.case in decided)


def _left(pairs: Iterable[tuple[str, str]]) -> tuple[Left, ...]:
    found: dict[str, dict[str, None]] = {}
    for why, title in pairs:
        found.setdefault(why, {})[title] = None
    made = (Left(why=why, titles=tuple(titles)) for why, titles in found.items())
    return tuple(sorted(made, key=lambda one: (-len(one.titles), one.why)))


def first_of(texts: Iterable[str], most: int) -> Iterator[str]:
    """The first ones, and in the end how many more there are."""
    every = list(texts)
    yield from every[:most]
    if len(every) > most:
        yield f"{len(every) - most} more"
