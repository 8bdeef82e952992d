"""A hierarchy of values: leaves in an order in which each branch is a run of them."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

import msgspec
import numpy as np
import numpy.typing as npt

TOP = "*"
"""What stands for all values where a hierarchy has no single root."""


class Tree(msgspec.Struct, frozen=True, kw_only=True):
    """Leaves, and the branches above each."""

    leaves: tuple[str, ...]
    paths: tuple[tuple[str, ...], ...]
    """Of each leaf: from the root down to the leaf itself; all of one length."""
    shared: npt.NDArray[np.int64]
    """How many branches a leaf has in common with the one before it, shape (leaves,); the first has 0."""

    def depth(self, low: npt.NDArray[np.int64], high: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """How many branches all leaves from one to another have in common; a leaf alone has all of its own."""
        whole = len(self.paths[0]) if self.paths else 0
        found = np.full(low.shape, whole, np.int64)
        spread = low < high
        at = np.flatnonzero(spread)
        for depth in range(whole - 1, -1, -1):  # a border of this depth or less within the range
            borders = np.cumsum(self.shared <= depth)
            found[at[borders[high[at]] - borders[low[at]] > 0]] = depth
        return found

    def label(self, low: int, high: int) -> str:
        """The lowest branch above all leaves from one to another."""
        depth = int(self.depth(np.array([low]), np.array([high]))[0])
        return self.paths[low][depth - 1] if depth else TOP

    def leaves_under(self, low: npt.NDArray[np.int64], high: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """How many leaves are below the lowest branch above these."""
        depth = self.depth(low, high)
        found = np.empty(low.shape, np.int64)
        for one in np.unique(depth).tolist():
            number = np.cumsum(self.shared < one)  # branches of this depth, counted from the first leaf
            sizes = np.bincount(number)
            at = depth == one
            found[at] = sizes[number[low[at]]]
        return found


def tree_of(levels: Mapping[str, tuple[str, ...]]) -> Tree:
    """A tree from value -> what stands for it, from the finest to the coarsest.

    A path that is shorter than others is filled with its own last part. The same word under two different branches is
    two branches.
    """
    longest = max((len(above) for above in levels.values()), default=0)
    paths = []
    for value, above in levels.items():
        padded = (*above, *(above[-1:] or (value,)) * (longest - len(above)))
        paths.append((*reversed(padded), value))
    paths.sort()
    shared = [0]
    for before, path in pairwise(paths):
        same = 0
        while same < longest and before[same] == path[same]:
            same += 1
        shared.append(same)
    leaves = tuple(path[-1] for path in paths)
    return Tree(leaves=leaves, paths=tuple(paths), shared=np.array(shared[: len(paths)], np.int64))
