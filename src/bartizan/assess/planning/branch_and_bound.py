"""Branch and bound over sets of offers, in plain Python.

The bound splits the price of each offer among the goals that it serves, lets every goal buy for itself at its share
(`Goal.cheapest`), and adds up: no set costs less, however the prices are split. The best split is sought by subgradient
steps (Lagrangian decomposition: Guignard and Kim, Mathematical Programming 39, 1987; step length: Polyak, USSR
Computational Mathematics 9, 1969). A budget has a price as well, its toll. Then the search branches on the offer that
most is missing for of all that the goals want to buy.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from bartizan.assess.planning.goals import NEVER, Goal

_ROUNDS, _MOST = 25, 3_000
"""How many steps to take for better prices, and how often to look at a goal for it."""
_EPS = 1e-9


def bits(numbers: Iterable[int]) -> int:
    """A set of numbers as bits."""
    return sum(1 << n for n in numbers)


def each(bits: int) -> Iterator[int]:
    """The numbers of the bits that are set, rising."""
    while bits:
        low = bits & -bits
        yield low.bit_length() - 1
        bits ^= low


class Search:
    """Minimises the sum of the goals' values plus ``share`` x cost over sets of offers (bits) within a budget.

    Two results that differ, differ by at least ``grain``.
    """

    def __init__(
        self, goals: Sequence[Goal], costs: Sequence[float], *, grain: float, share: float = 1.0, budget: float = NEVER
    ) -> None:
        self.goals = list(goals)
        self.masks = [goal.mask for goal in goals]
        self.costs = costs
        self.grain, self.share, self.budget = grain, share, budget
        self.free = 0
        for mask in self.masks:
            self.free |= mask
        self.prices: list[list[float]] = []
        self.toll = 0.0
        """What a unit of the budget is worth."""
        self.best, self.least = 0, NEVER
        self.looks = 0
        self._memo: list[dict[tuple[int, int], tuple[float, int]]] = [{} for _ in goals]

    # what a set of offers is worth

    def cost(self, taken: int) -> float:
        """The cost of these offers."""
        return sum(self.costs[n] for n in each(taken))

    def worth(self, taken: int) -> float:
        """The objective for these offers; NEVER where a goal is not met or the budget is broken."""
        cost = self.cost(taken)
        if cost > self.budget + _EPS:
            return NEVER
        return (
            sum(goal.value(taken & mask) for goal, mask in zip(self.goals, self.masks, strict=True)) + self.share * cost
        )

    def offer(self, taken: int) -> None:
        """Keep this set if it is the best so far."""
        worth = self.worth(taken)
        if worth < self.least - _EPS:
            self.best, self.least = taken, worth

    def trimmed(self, taken: int) -> int:
        """The set without what it does not need, the dearest first."""
        taken &= self.free
        for number in sorted(each(taken), key=lambda n: (-self.costs[n], n)):
            without = taken & ~(1 << number)
            if all(
                g.value(without & m) <= g.value(taken & m)
                for g, m in zip(self.goals, self.masks, strict=True)
                if m >> number & 1
            ):
                taken = without
        return taken

    def fitted(self, taken: int) -> int:
        """The set cut down to the budget, each time by the offer that is missed least for its cost, and filled up."""
        taken &= self.free
        while self.cost(taken) > self.budget + _EPS:
            taken &= ~(1 << min(each(taken), key=lambda n: (self._missed(taken, n) / max(self.costs[n], _EPS), n)))
        left = self.budget - self.cost(taken)
        for number in sorted(each(self.free & ~taken), key=lambda n: (self.costs[n], n)):
            with_it = taken | 1 << number
            if self.costs[number] <= left + _EPS and self._missed(with_it, number) > 0:
                taken, left = with_it, left - self.costs[number]
        return self.trimmed(taken)

    def _missed(self, taken: int, number: int) -> float:
        without = taken & ~(1 << number)
        pairs = [(g, m) for g, m in zip(self.goals, self.masks, strict=True) if m >> number & 1]
        return sum(g.value(without & m) - g.value(taken & m) for g, m in pairs)

    # the search

    def run(self, looks: int) -> bool:
        """Search; whether the best set is proven to be the best there is."""
        if not self.goals:
            return True
        lowest = self._split_prices()
        if self._beaten(lowest):
            return True
        stack = [self._fixed(lowest)]
        while stack:
            if self.looks >= looks:
                return False
            self.looks += len(self.goals)
            stack.extend(self._branch(*stack.pop()))
        return True

    def _beaten(self, bound: float) -> bool:
        """Whether nothing better than the best can lie behind this bound."""
        return bound > self.least - max(self.grain, _EPS) + _EPS

    def _bound(self, taken: int, skipped: int) -> tuple[float, list[int]]:
        total = (self.share + self.toll) * self.cost(taken)
        if self.toll:
            total -= self.toll * self.budget
        chosen = []
        for number, mask in enumerate(self.masks):
            key = taken & mask, skipped & mask
            memo = self._memo[number]
            found = memo.get(key)
            if found is None:
                found = memo[key] = self.goals[number].cheapest(self.prices[number], *key)
            total += found[0]
            chosen.append(found[1])
        return total, chosen

    def _branch(self, taken: int, skipped: int) -> list[tuple[int, int]]:
        skipped |= self._too_dear(taken, skipped)
        bound, chosen = self._bound(taken, skipped)
        if self._beaten(bound):
            return []
        union = taken
        for mask in chosen:
            union |= mask
        self.offer(union)
        open_ = self.free & ~taken & ~skipped
        if self._beaten(bound) or not open_:
            return []
        number, paid = self._least_paid(union & open_ or open_, chosen)
        take, skip = (taken | 1 << number, skipped), (taken, skipped | 1 << number)
        return [skip, take] if paid >= 0.5 else [take, skip]

    def _too_dear(self, taken: int, skipped: int) -> int:
        if self.budget == NEVER:
            return 0
        left = self.budget - self.cost(taken) + _EPS
        return bits(n for n in each(self.free & ~taken & ~skipped) if self.costs[n] > left)

    def _least_paid(self, offers: int, chosen: Sequence[int]) -> tuple[int, float]:
        """The offer that most is missing for at the present prices, and the share of its price that is paid."""
        found, most, share = -1, -1.0, 0.0
        for number in each(offers):
            price = (self.share + self.toll) * self.costs[number]
            paid = sum(p[number] for p, mask in zip(self.prices, chosen, strict=True) if mask >> number & 1)
            if price - paid > most:
                found, most, share = number, price - paid, paid / price if price else 1.0
        return found, share

    def _fixed(self, lowest: float) -> tuple[int, int]:
        """The offers that every better set takes, and those that none takes, as the bound tells one by one."""
        taken = skipped = 0
        for number in each(self.free):
            bit = 1 << number
            if self._beaten(self._bound(taken, skipped | bit)[0]):
                taken |= bit
            elif self._beaten(self._bound(taken | bit, skipped)[0]):
                skipped |= bit
        return taken, skipped

    # the prices

    def _split_prices(self) -> float:
        """Split the price of each offer among its goals so that the bound is high; the bound."""
        users = {n: [g for g, m in enumerate(self.masks) if m >> n & 1] for n in each(self.free)}
        size = self.free.bit_length()
        self.toll = self._first_toll()
        prices = [[0.0] * size for _ in self.goals]
        for number, goals in users.items():
            for goal in goals:
                prices[goal][number] = (self.share + self.toll) * self.costs[number] / len(goals)
        kept, kept_toll, highest, pace, idle = prices, self.toll, -NEVER, 1.0, 0
        for _ in range(min(_ROUNDS, max(3, _MOST // len(self.goals)))):
            bound, chosen = self._buy(prices)
            if bound > highest + _EPS:
                kept, kept_toll, highest, idle = [list(p) for p in prices], self.toll, bound, 0
            else:
                idle += 1
            if self._beaten(highest) or pace < 1e-3:
                break
            if idle >= 4:
                pace, idle = pace / 2, 0
            self._step(prices, users, chosen, pace * max(self.least - bound, self.grain))
        self.prices, self.toll = kept, kept_toll
        return highest

    def _first_toll(self) -> float:
        if self.budget == NEVER:
            return 0.0
        gain = sum(g.value(0) - g.value(m) for g, m in zip(self.goals, self.masks, strict=True))
        return gain / (self.cost(self.free) + 1.0)

    def _buy(self, prices: Sequence[Sequence[float]]) -> tuple[float, list[int]]:
        bought = [goal.cheapest(price, 0, 0) for goal, price in zip(self.goals, prices, strict=True)]
        chosen = [mask for _, mask in bought]
        union = 0
        for mask in chosen:
            union |= mask
        self.offer(self.trimmed(union) if self.budget == NEVER else self.fitted(union))
        return sum(paid for paid, _ in bought) - (self.toll * self.budget if self.toll else 0.0), chosen

    def _step(
        self, prices: list[list[float]], users: dict[int, list[int]], chosen: Sequence[int], length: float
    ) -> None:
        """One subgradient step: a goal that wants an offer pays more for it, one that does not pays less."""
        moves: dict[tuple[int, int], float] = {}
        for number, goals in users.items():
            wanted = [chosen[g] >> number & 1 for g in goals]
            mean = sum(wanted) / len(goals)
            moves.update({(g, number): w - mean for g, w in zip(goals, wanted, strict=True) if w != mean})
        size = sum(move * move for move in moves.values())
        over = self._overspent(prices, users, chosen) if self.budget < NEVER else 0.0
        if size:
            for (goal, number), move in moves.items():
                prices[goal][number] = max(0.0, prices[goal][number] + length / size * move)
        if over:
            self.toll = min(2 * self.toll, max(self.toll / 2, self.toll + 0.5 * length / over))
        for number, goals in users.items():
            whole = sum(prices[g][number] for g in goals)
            price = (self.share + self.toll) * self.costs[number]
            for goal in goals:
                prices[goal][number] = prices[goal][number] * price / whole if whole > 0 else price / len(goals)

    def _overspent(
        self, prices: Sequence[Sequence[float]], users: dict[int, list[int]], chosen: Sequence[int]
    ) -> float:
        spent = 0.0
        for number, goals in users.items():
            paid = sum(prices[g][number] for g in goals if chosen[g] >> number & 1)
            spent += paid / (self.share + self.toll)
        return spent - self.budget
