"""A layered drawing of a graph: boxes in given columns, links that never run through a box, few crossings.

The method is that of Sugiyama, Tagawa and Toda (1981): a link that spans several columns gets a slot in each column
between, columns are ordered by barycentre in sweeps, and the order with the fewest crossings is kept. Heights follow by
isotonic regression (pool adjacent violators), which is the least-squares answer under "in this order, so far apart".
Deterministic, and fast enough for hundreds of boxes.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

import msgspec

SLOT = 12.0
GAP = 16.0
_SWEEPS = 8

Point = tuple[float, float]


class Node(msgspec.Struct, frozen=True):
    """Something to place: its column, counted from 0, and its height in px."""

    id: str
    column: int
    height: float


class Link(msgspec.Struct, frozen=True):
    """A line to draw between two nodes, and the room in px that it needs along the side of each."""

    source: str
    target: str
    at_source: float = 8.0
    at_target: float = 8.0


class Drawing(msgspec.Struct, frozen=True):
    """Where each node's top is, and for each link the points that it passes, from source to target.

    Points come in pairs, one pair a gutter. A link within a column has one pair, both on the right side of the boxes.
    """

    tops: dict[str, float]
    routes: tuple[tuple[Point, ...], ...]
    height: float


def draw(nodes: Sequence[Node], links: Sequence[Link], sides: Sequence[tuple[float, float]]) -> Drawing:
    """Place the nodes and lead the links. ``sides`` holds the left and right side of each column in px."""
    graph = _Layers(nodes, links, len(sides))
    graph.order()
    graph.settle()
    return Drawing(
        tops={n.id: graph.centres[n.id] - n.height / 2 for n in nodes},
        routes=tuple(_routes(graph, nodes, links, sides)),
        height=max((graph.centres[i] + graph.heights[i] / 2 for i in graph.centres), default=0.0),
    )


class _Layers:
    """The columns with their nodes and slots, and which of them are joined across a gutter."""

    def __init__(self, nodes: Sequence[Node], links: Sequence[Link], columns: int) -> None:
        self.column_of = {n.id: n.column for n in nodes}
        self.heights = {n.id: n.height for n in nodes}
        self.columns: list[list[str]] = [[n.id for n in nodes if n.column == c] for c in range(columns)]
        self.chains: list[tuple[str, ...]] = [self._chain(i, link) for i, link in enumerate(links)]
        self.left: dict[str, list[str]] = {}
        self.right: dict[str, list[str]] = {}
        for chain in self.chains:
            for a, b in pairwise(chain):
                if self.column_of[a] != self.column_of[b]:
                    self.right.setdefault(a, []).append(b)
                    self.left.setdefault(b, []).append(a)
        self.centres: dict[str, float] = {}

    def _chain(self, number: int, link: Link) -> tuple[str, ...]:
        """The nodes and slots of a link from left to right."""
        ends = sorted((link.source, link.target), key=self.column_of.__getitem__)
        slots = []
        for column in range(self.column_of[ends[0]] + 1, self.column_of[ends[1]]):
            slot = f"{number}/{column}"
            self.column_of[slot], self.heights[slot] = column, SLOT
            self.columns[column].append(slot)
            slots.append(slot)
        return (ends[0], *slots, ends[1])

    def order(self) -> None:
        """Order each column by the barycentres of its neighbours, sweeping to and fro; keep the best order seen."""
        best, fewest = [list(c) for c in self.columns], self._crossings()
        for sweep in range(_SWEEPS):
            forward = sweep % 2 == 0
            sides = self.left if forward else self.right
            for column in self.columns if forward else reversed(self.columns):
                self._sort(column, sides)
            crossings = self._crossings()
            if crossings < fewest:
                best, fewest = [list(c) for c in self.columns], crossings
        self.columns = best

    def _sort(self, column: list[str], sides: Mapping[str, list[str]]) -> None:
        at = self._ranks()
        key = {i: _mean([at[j] for j in sides[i]]) if sides.get(i) else at[i] for i in column}
        column.sort(key=key.__getitem__)

    def _ranks(self) -> dict[str, float]:
        """The place of each node in its column, 0 at the top and 1 at the bottom."""
        return {i: (rank + 0.5) / len(column) for column in self.columns for rank, i in enumerate(column)}

    def _crossings(self) -> int:
        at = self._ranks()
        total = 0
        for column in self.columns[:-1]:
            ends: list[float] = []
            for i in column:
                for end in sorted(at[j] for j in self.right.get(i, ())):
                    total += len(ends) - bisect_right(ends, end)
                    insort(ends, end)
        return total

    def settle(self) -> None:
        """Heights: each near the middle of its neighbours, in the order of its column, with gaps between."""
        for column in self.columns:
            y = 0.0
            for i in column:
                self.centres[i] = y + self.heights[i] / 2
                y += self.heights[i] + GAP
        for _ in range(_SWEEPS):
            for column in self.columns:
                wanted = [self._wanted(i) for i in column]
                for i, centre in zip(column, _spaced(wanted, [self.heights[i] for i in column]), strict=True):
                    self.centres[i] = centre
        top = min((self.centres[i] - self.heights[i] / 2 for i in self.centres), default=0.0)
        self.centres = {i: y - top for i, y in self.centres.items()}

    def _wanted(self, i: str) -> float:
        around = [*self.left.get(i, ()), *self.right.get(i, ())]
        return _mean([self.centres[j] for j in around]) if around else self.centres[i]


def _mean(numbers: Sequence[float]) -> float:
    return sum(numbers) / len(numbers)


def _spaced(wanted: Sequence[float], heights: Sequence[float]) -> list[float]:
    """The centres nearest to those wanted, in order and ``GAP`` apart: isotonic regression on what spacing leaves."""
    offsets, y = [], 0.0
    for height in heights:
        offsets.append(y + height / 2)
        y += height + GAP
    blocks: list[tuple[float, int]] = []
    for want, offset in zip(wanted, offsets, strict=True):
        total, size = want - offset, 1
        while blocks and blocks[-1][0] / blocks[-1][1] > total / size:
            before = blocks.pop()
            total, size = total + before[0], size + before[1]
        blocks.append((total, size))
    shifts = [total / size for total, size in blocks for _ in range(size)]
    return [shift + offset for shift, offset in zip(shifts, offsets, strict=True)]


def _routes(
    graph: _Layers, nodes: Sequence[Node], links: Sequence[Link], sides: Sequence[tuple[float, float]]
) -> Iterable[tuple[Point, ...]]:
    ports = _ports(graph, {n.id for n in nodes}, links)
    for number, (link, chain) in enumerate(zip(links, graph.chains, strict=True)):
        points: list[Point] = []
        for a, b in pairwise(chain):
            same = graph.column_of[a] == graph.column_of[b]
            start, end = sides[graph.column_of[a]][1], sides[graph.column_of[b]][1 if same else 0]
            points.append((start, ports.get((number, a, "right"), graph.centres[a])))
            points.append((end, ports.get((number, b, "right" if same else "left"), graph.centres[b])))
        yield tuple(points if chain[0] == link.source else reversed(points))


def _ports(graph: _Layers, boxes: set[str], links: Sequence[Link]) -> dict[tuple[int, str, str], float]:
    """The height at which each link leaves or meets a box: spread over its side in the order of where they lead."""
    waiting: dict[tuple[str, str], list[tuple[float, int]]] = {}
    for number, chain in enumerate(graph.chains):
        for a, b in pairwise(chain):
            same = graph.column_of[a] == graph.column_of[b]
            waiting.setdefault((a, "right"), []).append((graph.centres[b], number))
            waiting.setdefault((b, "right" if same else "left"), []).append((graph.centres[a], number))
    found = {}
    for (box, side), leads in waiting.items():
        if box in boxes:
            leads.sort()
            rooms = [_room(links[number], box) for _, number in leads]
            y, stretch = graph.centres[box] - graph.heights[box] / 2, graph.heights[box] / sum(rooms)
            for (_, number), room in zip(leads, rooms, strict=True):
                found[number, box, side] = y + room * stretch / 2
                y += room * stretch
    return found


def _room(link: Link, box: str) -> float:
    return link.at_source if link.source == box else link.at_target
