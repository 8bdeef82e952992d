"""What was tested, how deep, and what was not: threats by surfaces by layers. No silence is taken for safety."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from typing import TypeAlias

from bartizan.core.chat_results import Covered
from bartizan.core.transcript import Layer, Surface
from bartizan.core.trial import LeftOut, Trial

_Cell: TypeAlias = tuple[str, Surface, Layer]


def coverage_of(
    trials: Iterable[Trial],
    left_out: Iterable[LeftOut],
    threats: Collection[str],
    untried: int = 0,
    narrowed: str = "",
    broader: Callable[[str], Iterable[str]] = lambda _: (),
) -> tuple[Covered, ...]:
    """A row for each threat, surface and layer that any case is about, and one for each threat that none is about.

    ``threats`` are those that apply, each of which is in the table, tested or not. Who tested a way of a threat tested
    that threat by it: ``broader`` names the threats that one is a way of.
    """
    tried: dict[_Cell, list[Trial]] = {}
    for trial in trials:
        for threat in _with_broader(trial.threats, broader):
            tried.setdefault((threat, trial.surface, trial.layer), []).append(trial)
    missed: dict[_Cell, list[str]] = {}
    for left in left_out:
        for threat in _with_broader(left.threats, broader):
            for surface in left.surfaces:
                missed.setdefault((threat, surface, left.layer), []).append(left.why)
    rows = [_row(cell, tried.get(cell, []), missed.get(cell, [])) for cell in {**tried, **missed}]
    wanted = [row for row in rows if not threats or row.threat in threats]
    return tuple(sorted([*wanted, *_without(threats, rows, untried, narrowed)], key=_in_order))


def _with_broader(threats: Iterable[str], broader: Callable[[str], Iterable[str]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for threat in threats for name in (threat, *broader(threat))))


def _row(cell: _Cell, trials: list[Trial], whys: list[str]) -> Covered:
    threat, surface, layer = cell
    scored = [one for one in trials if one.outcome in ("hit", "miss")]
    return Covered(
        threat=threat,
        surface=surface,
        layer=layer,
        tested="not_tested" if not scored else "searched" if any(one.strong for one in scored) else "tried",
        trials=len(scored),
        hits=sum(one.outcome == "hit" for one in scored),
        unscored=sum(one.outcome == "unscored" for one in trials),
        errors=sum(one.outcome == "error" for one in trials),
        cases=len({one.case for one in scored}),
        why=_why(trials, scored, whys),
    )


def _why(trials: list[Trial], scored: list[Trial], whys: list[str]) -> str:
    if whys:
        return "; ".join(dict.fromkeys(whys))
    if scored or not trials:
        return ""
    return next((one.why for one in trials), "")


def _without(threats: Collection[str], rows: list[Covered], untried: int, narrowed: str) -> Iterator[Covered]:
    """The threats that no row is about."""
    for threat in sorted(set(threats) - {row.threat for row in rows}):
        why = "its cases had no time" if untried else narrowed or "no case exercises it"
        yield Covered(threat=threat, tested="not_tested", why=why)


def _in_order(row: Covered) -> tuple[str, str, str]:
    return row.threat, row.surface or "", row.layer or ""
