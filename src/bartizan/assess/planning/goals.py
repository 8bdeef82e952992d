"""A planning problem as goals: for each risk the sums that bring it to a level, in whole numbers.

To bring a risk to a cell of the matrix is to take enough off its likelihood and enough off its impact: two sums over
the offers. To bring it to a level is to reach any cell that has it. Sums are counted in units of 1e-12 steps, so that
equal sums are equal.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from bartizan.assess.planning.problem import Exposure, Gain, Problem
from bartizan.assess.rate import IMPACT_FLOOR

NEVER = float("inf")
_UNIT = 10**12
_TOLERANCE = 10**3
"""As in `rate.after`, which lets a fraction of 1e-9 of a step pass."""


class Take(msgspec.Struct, frozen=True, gc=False):
    """An offer, and what it takes off likelihood and impact."""

    offer: int
    likelihood: int
    impact: int


class Want(msgspec.Struct, frozen=True, gc=False, order=True):
    """What must be taken off likelihood and impact to get a value."""

    value: float
    likelihood: int
    impact: int


Way = tuple[tuple[Take, ...], tuple[Want, ...]]


class Goal(msgspec.Struct, frozen=True):
    """What a risk adds to the objective: the least value among the wants that the offers taken meet.

    Where claims count already, likelihood and impact are counted in one way below the floor and in another above it;
    each way has its own sums.
    """

    ways: tuple[Way, ...]

    @property
    def mask(self) -> int:
        """The offers that matter to it, as bits."""
        return sum(1 << n for n in {take.offer for takes, _ in self.ways for take in takes})

    def value(self, taken: int) -> float:
        """The value that these offers (bits) get; NEVER where they meet no want."""
        best = NEVER
        for takes, wants in self.ways:
            likely = sum(t.likelihood for t in takes if taken >> t.offer & 1)
            bad = sum(t.impact for t in takes if taken >> t.offer & 1)
            met = (w.value for w in wants if w.likelihood <= likely and w.impact <= bad)
            best = min(best, min(met, default=NEVER))
        return best

    def cheapest(self, prices: Sequence[float], taken: int, skipped: int) -> tuple[float, int]:
        """The least value plus price over all sets of free offers, and that set as bits. What is taken has no price."""
        best, chosen = NEVER, 0
        for way in self.ways:
            best, chosen = _cheapest(way, prices, taken, skipped, (best, chosen))
        return best, chosen


def _cheapest(
    way: Way, prices: Sequence[float], taken: int, skipped: int, best: tuple[float, int]
) -> tuple[float, int]:
    """Dynamic programming over the sums reached so far, each with its least price; sums beyond all wants are cut."""
    takes, wants = way
    start, free = _free(takes, prices, taken, skipped)
    top = max(w.likelihood for w in wants), max(w.impact for w in wants)
    lowest = min(w.value for w in wants)
    first = min(start[0], top[0]), min(start[1], top[1])
    states: dict[tuple[int, int], tuple[float, int]] = {first: (0.0, 0)}
    best = _better(best, first, 0.0, 0, wants)
    for price, likely, bad, bit in free:
        for (a, b), (paid, chosen) in list(states.items()):
            sum_paid = paid + price
            if sum_paid + lowest >= best[0]:
                continue
            key = min(a + likely, top[0]), min(b + bad, top[1])
            known = states.get(key)
            if known is None or sum_paid < known[0]:
                states[key] = (sum_paid, chosen | bit)
                best = _better(best, key, sum_paid, chosen | bit, wants)
    return best


def _free(
    takes: Iterable[Take], prices: Sequence[float], taken: int, skipped: int
) -> tuple[tuple[int, int], list[tuple[float, int, int, int]]]:
    likely = bad = 0
    free = []
    for take in takes:
        if taken >> take.offer & 1:
            likely += take.likelihood
            bad += take.impact
        elif not skipped >> take.offer & 1:
            free.append((prices[take.offer], take.likelihood, take.impact, 1 << take.offer))
    free.sort(key=lambda f: (f[0] / (f[1] + f[2]), f[3]))
    return (likely, bad), free


def _better(
    best: tuple[float, int], sums: tuple[int, int], paid: float, chosen: int, wants: Iterable[Want]
) -> tuple[float, int]:
    for want in wants:
        if want.likelihood <= sums[0] and want.impact <= sums[1] and want.value + paid < best[0]:
            best = want.value + paid, chosen
    return best


# From a problem to goals


def settle(problem: Problem) -> list[Goal]:
    """The goals of bringing every risk to its target at no value but that; risks that are there already have none."""
    gains = _by_risk(problem)
    rows = zip(problem.risks, gains, problem.targets(), problem.levels(()), strict=True)
    found = (_goal(problem, risk, of, {target: 0.0}) for risk, of, target, now in rows if now > target)
    return list(dict.fromkeys(found))


def lower(problem: Problem, above: float) -> list[Goal]:
    """The goals of low levels: a level counts itself, and ``above`` more above appetite. What nothing lowers is out."""
    now, then = problem.levels(()), problem.levels(range(len(problem.offers)))
    found = Counter[Goal]()
    for risk, gains, worst, best in zip(problem.risks, _by_risk(problem), now, then, strict=True):
        if worst > best:
            values = {level: level + (above if level > problem.appetite else 0.0) for level in range(best, worst + 1)}
            found[_goal(problem, risk, gains, values)] += 1
    return [_times(goal, count) for goal, count in found.items()]


def _times(goal: Goal, count: int) -> Goal:
    ways = tuple(
        (takes, tuple(Want(w.value * count, w.likelihood, w.impact) for w in wants)) for takes, wants in goal.ways
    )
    return Goal(ways)


def _by_risk(problem: Problem) -> list[list[tuple[int, Gain]]]:
    found: list[list[tuple[int, Gain]]] = [[] for _ in problem.risks]
    for number, offer in enumerate(problem.offers):
        for gain in offer.gains:
            found[gain.risk].append((number, gain))
    return found


def _goal(problem: Problem, risk: Exposure, gains: list[tuple[int, Gain]], values: dict[int, float]) -> Goal:
    ways: dict[tuple[Take, ...], set[Want]] = defaultdict(set)
    for level, value in values.items():
        for row, column in _corners(problem.matrix, level):
            firm = row < problem.floor, column < IMPACT_FLOOR
            takes = tuple(
                Take(
                    n,
                    _counts(g.likelihood, g.counted_likelihood, firm[0]),
                    _counts(g.impact, g.counted, firm[1]),
                )
                for n, g in gains
            )
            takes = tuple(t for t in takes if t.likelihood or t.impact)
            ways[takes].add(Want(value, *_needs(risk, row, column, firm)))
    return Goal(tuple((takes, tuple(sorted(wants))) for takes, wants in ways.items()))


def _corners(matrix: Sequence[Sequence[int]], level: int) -> Iterator[tuple[int, int]]:
    """The worst cells (row, column, from 1) that have at most this level; all others lie below one of them."""
    reach = [sum(cell <= level for cell in row) for row in matrix]
    for row, column in enumerate(reach, start=1):
        if column and (row == len(reach) or reach[row] < column):
            yield row, column


def _counts(steps: float, counted: float, firm: bool) -> int:
    return round(steps * (1.0 if firm else 1.0 - counted) * _UNIT)


def _needs(risk: Exposure, row: int, column: int, firm: tuple[bool, bool]) -> tuple[int, int]:
    """What must come off; below the floor only what is proved counts, above it claims count as well."""
    likely = risk.likelihood - row - (0.0 if firm[0] else risk.claimed_likelihood)
    bad = risk.impact - column - (0.0 if firm[1] else risk.claimed_impact)
    return max(0, round(likely * _UNIT) - _TOLERANCE), max(0, round(bad * _UNIT) - _TOLERANCE)
