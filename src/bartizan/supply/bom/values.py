"""A bill of materials before it has a format: parts, how they hang together, and what a reader must know."""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

PartKind: TypeAlias = Literal["model", "data", "library", "application", "tool", "runtime", "development", "file"]
EdgeKind: TypeAlias = Literal["trained_on", "tested_on", "reads", "based_on", "uses", "runs_on", "depends"]
Answer: TypeAlias = Literal["yes", "no", "unknown"]


class Metric(msgspec.Struct, frozen=True, kw_only=True):
    """How well a model does, as its card says; nobody measured it again."""

    type: str
    value: str
    slice: str = ""
    """On which data."""


class Card(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is known of a model beyond its bytes. Empty: not known."""

    task: str = ""
    architecture_family: str = ""
    architecture: str = ""
    takes: tuple[str, ...] = ()
    gives: tuple[str, ...] = ()
    data_sets: tuple[str, ...] = ()
    """Names of data that it was trained on, where they are no parts of the bill."""
    base: tuple[str, ...] = ()
    """Names of models that it was made from."""
    metrics: tuple[Metric, ...] = ()
    users: tuple[str, ...] = ()
    use_cases: tuple[str, ...] = ()
    limitations: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()


class Holding(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is known of data beyond its bytes."""

    role: str = ""
    """What it is for, as in a description: training, retrieval, memory."""
    personal: Answer = "unknown"
    sensitive: Answer = "unknown"
    owner: str = ""
    custodian: str = ""
    source: str = ""


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """One file of a part."""

    path: str
    """Below the folder, with / between its parts."""
    size: int
    sha256: str
    formats: tuple[str, ...] = ()


class Part(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing that a system is made of."""

    ref: str
    """Its name within the bill."""
    kind: PartKind
    name: str
    about: str = ""
    version: str = ""
    supplier: str = ""
    purl: str = ""
    sha256: str = ""
    """Of the one file that it is; empty where it is several, or where nobody said it."""
    files: tuple[Held, ...] = ()
    licences: tuple[str, ...] = ()
    """As they were declared, word by word."""
    card: Card | None = None
    holding: Holding | None = None
    is_ours: bool = False
    """Whether whoever wrote the bill made it, so that no licence of anybody else is needed."""
    links: tuple[str, ...] = ()
    """Addresses that were named; none was opened."""
    properties: tuple[tuple[str, str], ...] = ()


class Edge(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """One part needs another."""

    source: str
    target: str
    kind: EdgeKind


class Bom(msgspec.Struct, frozen=True, kw_only=True):
    """A bill of materials."""

    name: str
    about: str = ""
    owner: str = ""
    parts: tuple[Part, ...]
    edges: tuple[Edge, ...] = ()
    properties: tuple[tuple[str, str], ...] = ()
    remarks: tuple[str, ...] = ()
    """What is not in it, and why: files that were not read, packages without a version."""

    def part(self, ref: str) -> Part:
        """The part of that name. Raises KeyError."""
        found = next((one for one in self.parts if one.ref == ref), None)
        if found is None:
            raise KeyError(ref)
        return found

    def of(self, kind: PartKind) -> tuple[Part, ...]:
        """All parts of a kind."""
        return tuple(one for one in self.parts if one.kind == kind)
