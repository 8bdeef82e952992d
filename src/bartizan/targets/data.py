"""Data sets as experiments use them: inputs, labels, and the digest that says which ones they were."""

from __future__ import annotations

import hashlib

import msgspec
import numpy as np

from bartizan.targets.domain import Inputs
from bartizan.targets.predictor import Labels


class Dataset(msgspec.Struct, frozen=True, kw_only=True):
    """Inputs with their classes."""

    x: Inputs
    """(n, *shape)."""
    y: Labels
    """(n,), from 0 to classes - 1."""
    classes: int
    name: str = ""

    def __post_init__(self) -> None:
        """Refuse labels that do not fit the inputs or the classes."""
        if len(self.x) != len(self.y):
            raise ValueError(f"{len(self.x)} inputs, but {len(self.y)} labels")
        if len(self.y) and not (self.y.min() >= 0 and self.y.max() < self.classes):
            raise ValueError(f"labels from {self.y.min()} to {self.y.max()}, but {self.classes} classes")

    def __len__(self) -> int:
        return len(self.y)

    def take(self, chosen: Labels | list[int] | slice) -> Dataset:
        """Only these rows, by index or mask, in that order."""
        return Dataset(x=self.x[chosen], y=self.y[chosen], classes=self.classes, name=self.name)

    def join(self, other: Dataset) -> Dataset:
        """These rows and then those of the other."""
        x, y = np.concatenate([self.x, other.x]), np.concatenate([self.y, other.y])
        return Dataset(x=x, y=y, classes=self.classes, name=self.name)

    @property
    def digest(self) -> str:
        """SHA-256 over inputs and labels, in their order."""
        digest = hashlib.sha256(f"{self.x.shape} {self.x.dtype}".encode())
        if self.x.dtype == object:
            for text in self.x.reshape(-1):  # each with its length, so that no two cuts of one text look the same
                raw = str(text).encode("utf-8", "surrogatepass")
                digest.update(b"%d:%s" % (len(raw), raw))
        else:
            digest.update(self.x.tobytes())
        digest.update(np.asarray(self.y, np.int64).tobytes())
        return digest.hexdigest()


def split(data: Dataset, parts: tuple[float, ...], rng: np.random.Generator) -> tuple[Dataset, ...]:
    """The data in parts of these shares, each with the classes in about the same proportion; every row in one part."""
    if abs(sum(parts) - 1) > 1e-9 or min(parts) < 0:
        raise ValueError(f"shares {parts} do not add up to 1")
    chosen: list[list[int]] = [[] for _ in parts]
    edges = np.cumsum(parts)[:-1]
    for label in range(data.classes):
        rows = rng.permutation(np.flatnonzero(data.y == label))
        for part, some in zip(chosen, np.split(rows, np.rint(edges * len(rows)).astype(int)), strict=True):
            part.extend(some.tolist())
    return tuple(data.take(sorted(rows)) for rows in chosen)
