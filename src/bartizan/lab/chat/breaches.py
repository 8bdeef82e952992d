"""From trials to breaches: which goals were reached, by what, how often and how bad that is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from bartizan.attacks.chat.case import Case
from bartizan.core.chat_results import Breach, Utility, Way
from bartizan.core.measurement import Rate
from bartizan.core.trial import BenignTrial, Trial

SeverityOf = Callable[[str], int | None]
"""A harm of a case -> how bad the description says that it is, 1 to 5."""


def rate_of(trials: Iterable[Trial]) -> Rate:
    """Hits of those that could be scored: errors and unscored ones are neither."""
    scored = [one.outcome for one in trials if one.outcome in ("hit", "miss")]
    return Rate(hits=scored.count("hit"), trials=len(scored))


def breaches_of(trials: Iterable[Trial], cases: Mapping[str, Case], severity: SeverityOf) -> tuple[Breach, ...]:
    """The goals that were reached: the worst first, then the ones that are reached most often."""
    groups: dict[str, list[Trial]] = {}
    for one in trials:
        groups.setdefault(one.case, []).append(one)
    found = [_breach(group, cases.get(name), severity) for name, group in groups.items() if rate_of(group).hits]
    return tuple(sorted(found, key=lambda one: (-(one.severity or 0), -(one.rate.value or 0.0), one.case)))


def _breach(trials: list[Trial], case: Case | None, severity: SeverityOf) -> Breach:
    hits = [one for one in trials if one.outcome == "hit"]
    best = min(hits, key=lambda one: (one.effort, one.strong, one.turns == "multi", len(_words(one)), one.key))
    return Breach(
        case=best.case,
        title=best.title,
        about=case.about if case is not None else "",
        threats=best.threats,
        layer=best.layer,
        harm=best.harm,
        severity=severity(best.harm),
        single=rate_of(one for one in trials if one.turns != "multi"),
        multi=rate_of(one for one in trials if one.turns == "multi"),
        effort=best.effort,
        ways=_ways(trials),
        why=best.why,
        excerpt=best.excerpt,
        shown_by=best.key,
    )


def _words(one: Trial) -> str:
    return "".join(turn.said for turn in one.transcript.turns) if one.transcript is not None else ""


def _ways(trials: list[Trial]) -> tuple[Way, ...]:
    groups: dict[tuple[str, str, str], list[Trial]] = {}
    for one in trials:
        groups.setdefault((one.attack, one.surface, one.variation), []).append(one)
    ways = [_way(group) for group in groups.values() if rate_of(group).hits]
    return tuple(sorted(ways, key=lambda way: (-(way.rate.value or 0.0), way.effort, way.attack, way.variation)))


def _way(group: list[Trial]) -> Way:
    first = group[0]
    return Way(
        attack=first.attack,
        title=first.attack_title,
        surface=first.surface,
        variation=first.variation,
        effort=first.effort,
        is_multi_turn=first.turns == "multi",
        rate=rate_of(group),
    )


def utility_of(benign: Iterable[BenignTrial]) -> Utility:
    """Honest tasks done with and without an attack in their way, and honest requests that were refused."""
    every = list(benign)
    plain = [one for one in every if not one.suspicious]
    return Utility(
        done=_share(plain, under_attack=False),
        done_under_attack=_share(plain, under_attack=True),
        false_alarms=_refused([one for one in every if one.suspicious]),
        unscored=sum(one.outcome == "unscored" for one in every),
        errors=sum(one.outcome == "error" for one in every),
    )


def _share(tasks: list[BenignTrial], *, under_attack: bool) -> Rate:
    known = ("done", "not_done", "refused")
    scored = [one for one in tasks if one.under_attack is under_attack and one.outcome in known]
    return Rate(hits=sum(one.outcome == "done" for one in scored), trials=len(scored))


def _refused(tasks: list[BenignTrial]) -> Rate:
    scored = [one for one in tasks if one.outcome != "error"]
    return Rate(hits=sum(one.outcome == "refused" for one in scored), trials=len(scored))
