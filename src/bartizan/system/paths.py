"""Walks over a directed graph, without recursion and in time that is linear in its edges."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

N = TypeVar("N")


def nearest_starts(starts: Iterable[N], ways: Callable[[N], Iterable[N]], most: int) -> dict[N, list[N]]:
    """For every node that the starts lead to, themselves included, at most so many of those starts, nearest first.

    Starts that are equally near come in the order of ``starts`` and ``ways``.
    """
    found = {start: [start] for start in starts}
    queue = deque((start, start) for start in found)
    while queue:
        node, start = queue.popleft()
        for there in ways(node):
            known = found.setdefault(there, [])
            if len(known) < most and start not in known:
                known.append(start)
                queue.append((there, start))
    return found


def circles(nodes: Sequence[N], ways: Callable[[N], Iterable[N]]) -> list[list[N]]:
    """The strongly connected components, each after all that it leads to (R. Tarjan, SIAM J. Comput. 1(2), 1972)."""
    number: dict[N, int] = {}
    low: dict[N, int] = {}
    open_nodes: list[N] = []
    is_open: set[N] = set()
    found: list[list[N]] = []

    def enter(node: N) -> tuple[N, Iterator[N]]:
        number[node] = low[node] = len(number)
        open_nodes.append(node)
        is_open.add(node)
        return node, iter(ways(node))

    for start in nodes:
        trail = [] if start in number else [enter(start)]
        while trail:
            node, rest = trail[-1]
            there = next(rest, None)
            if there is None:
                trail.pop()
                if trail:
                    above = trail[-1][0]
                    low[above] = min(low[above], low[node])
                if low[node] == number[node]:
                    found.append(_closed(node, open_nodes, is_open))
            elif there not in number:
                trail.append(enter(there))
            elif there in is_open:
                low[node] = min(low[node], number[there])
    return found


def _closed(root: N, open_nodes: list[N], is_open: set[N]) -> list[N]:
    circle: list[N] = []
    while not circle or circle[-1] != root:
        circle.append(open_nodes.pop())
        is_open.discard(circle[-1])
    return circle
