"""Licences that do not go together, by a declared table; no legal advice.

Three answers: a conflict (the table says that the two do not go together as they stand), unknown (it depends on
what nobody told, or on a text that must be read), and none found (neither of the two).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, Literal, TypeAlias

import msgspec

from bartizan.supply.bom.licences import read
from bartizan.supply.bom.terms import Demand, ways_of
from bartizan.supply.bom.values import Bom, EdgeKind, Part

Answer: TypeAlias = Literal["conflict", "unknown", "none found"]
Use: TypeAlias = Literal["commercial", "non-commercial", "unknown"]
ADVICE: Final = "This compares names of licences by a small table. It is no legal advice."


class Conflict(msgspec.Struct, frozen=True, kw_only=True):
    """Something about licences that a person must settle."""

    answer: Answer
    rule: str
    parts: tuple[str, ...]
    """Refs of the parts concerned."""
    what: str
    why: str


class Pair(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the table: a part that asks one thing, used by a part that asks (or allows) another."""

    rule: str
    edges: tuple[EdgeKind, ...]
    """How the one uses the other."""
    used: Demand
    """What the used part asks."""
    using: tuple[Demand, ...]
    """What the using part asks of its own users."""
    answer: Answer
    why: str


_LEARNS: Final[tuple[EdgeKind, ...]] = ("trained_on", "based_on")
PAIRS: Final[tuple[Pair, ...]] = (
    Pair(
        rule="non-commercial-source",
        edges=_LEARNS,
        used="non_commercial",
        using=("permissive", "weak_copyleft", "copyleft", "network_copyleft", "share_alike", "proprietary"),
        answer="conflict",
        why="It is given on for any use, commercial use included, and was made from what may not be used so.",
    ),
    Pair(
        rule="no-derivatives-source",
        edges=_LEARNS,
        used="no_derivatives",
        using=(
            "permissive",
            "weak_copyleft",
            "copyleft",
            "network_copyleft",
            "share_alike",
            "proprietary",
            "use_restricted",
            "non_commercial",
        ),
        answer="unknown",
        why="Changed versions may not be given on; whether a model is one is not settled.",
    ),
    Pair(
        rule="restrictions-dropped",
        edges=("based_on",),
        used="use_restricted",
        using=("permissive", "weak_copyleft", "copyleft", "network_copyleft", "proprietary"),
        answer="conflict",
        why="Restrictions of use must be passed on with what is made from it, and this licence does not.",
    ),
    Pair(
        rule="share-alike-dropped",
        edges=("based_on",),
        used="share_alike",
        using=("permissive", "proprietary", "non_commercial", "use_restricted"),
        answer="conflict",
        why="What is made from it must be given on under the same licence.",
    ),
    Pair(
        rule="share-alike-data",
        edges=("trained_on",),
        used="share_alike",
        using=("permissive", "proprietary", "non_commercial", "use_restricted"),
        answer="unknown",
        why="What is made from the data must stay under its licence; whether a model is made so is not settled.",
    ),
    Pair(
        rule="copyleft-base",
        edges=("based_on",),
        used="copyleft",
        using=("permissive", "proprietary", "non_commercial", "use_restricted"),
        answer="conflict",
        why="What is made from it must be given on under the same licence.",
    ),
    Pair(
        rule="network-copyleft-base",
        edges=("based_on",),
        used="network_copyleft",
        using=("permissive", "proprietary", "non_commercial", "use_restricted", "copyleft"),
        answer="conflict",
        why="What is made from it must be offered under the same licence, to users over a network too.",
    ),
    Pair(
        rule="copyleft-library",
        edges=("depends", "uses"),
        used="copyleft",
        using=("proprietary", "non_commercial", "use_restricted"),
        answer="conflict",
        why="Given on together, the whole must be under the library's licence, which forbids further restrictions.",
    ),
    Pair(
        rule="network-copyleft-library",
        edges=("depends", "uses"),
        used="network_copyleft",
        using=("proprietary", "non_commercial", "use_restricted"),
        answer="conflict",
        why="Users over a network must be offered all of the source, which this licence does not allow.",
    ),
    Pair(
        rule="network-copyleft-service",
        edges=("depends", "uses"),
        used="network_copyleft",
        using=("permissive", "weak_copyleft", "copyleft", "share_alike"),
        answer="unknown",
        why="Where it is served over a network, users must be offered the source of all of it.",
    ),
)


def answer_of(found: Sequence[Conflict]) -> Answer:
    """What all of them together are worth."""
    answers = {one.answer for one in found}
    return "conflict" if "conflict" in answers else "unknown" if answers else "none found"


def conflicts_of(bom: Bom, use: Use = "unknown") -> tuple[Conflict, ...]:
    """Every conflict and every open question of a bill; ``use`` is what its system is for."""
    parts = {part.ref: part for part in bom.parts}
    found = [*_unnamed(bom), *(one for part in bom.parts for one in _use(part, use))]
    for edge in sorted(set(bom.edges)):
        if edge.source in parts and edge.target in parts:
            found += _pairs(parts[edge.source], parts[edge.target], edge.kind)
    order = {"conflict": 0, "unknown": 1, "none found": 2}
    return tuple(sorted(dict.fromkeys(found), key=lambda one: (order[one.answer], one.rule, one.parts)))


def _demands(part: Part) -> tuple[frozenset[Demand], ...]:
    """What each way to satisfy all of its licences asks; () where nothing is known."""
    ways: list[frozenset[Demand]] = [frozenset()]
    for declared in part.licences:
        ways = [one | other for one in ways for other in ways_of(read(declared))][:64]
    return tuple(ways) if part.licences else ()


def _told(part: Part) -> str:
    return f"{part.name} ({' and '.join(part.licences) or 'no licence named'})"


def _unnamed(bom: Bom) -> Iterator[Conflict]:
    for part in bom.parts:
        if part.kind not in ("model", "data"):
            continue
        if not part.licences and part.is_ours:
            continue
        if not any(read(one).is_named for one in part.licences):
            yield Conflict(
                answer="unknown",
                rule="no-licence",
                parts=(part.ref,),
                what=f"{part.name}: no licence is named",
                why="Without one nobody but its owner may use it.",
            )
        elif not _demands(part):
            yield Conflict(
                answer="unknown",
                rule="unread-licence",
                parts=(part.ref,),
                what=f"{_told(part)}: the table does not have this licence",
                why="Nothing is concluded from it; read its text.",
            )
    yield from _elsewhere(bom)
    bare = [part for part in bom.of("library") if not part.licences]
    if bare:
        named = ", ".join(part.name for part in bare[:5]) + (f" and {len(bare) - 5} more" if len(bare) > 5 else "")
        yield Conflict(
            answer="unknown",
            rule="libraries",
            parts=tuple(part.ref for part in bare),
            what=f"{named}: lists of packages name no licence",
            why="A tool that asks the package index can tell; this one asks nobody.",
        )


def _elsewhere(bom: Bom) -> Iterator[Conflict]:
    """Models and data that a part was made from and that are not in the bill."""
    known = {part.name.lower() for part in bom.parts}
    for part in bom.of("model"):
        named = (*part.card.base, *part.card.data_sets) if part.card else ()
        if gone := [name for name in named if name.lower() not in known]:
            more = f" and {len(gone) - 5} more" if len(gone) > 5 else ""
            yield Conflict(
                answer="unknown",
                rule="source-elsewhere",
                parts=(part.ref,),
                what=f"{part.name} was made from {', '.join(gone[:5])}{more}, of which no licence is known here",
                why="What it may be used for depends on what it was made from.",
            )


def _use(part: Part, use: Use) -> Iterator[Conflict]:
    """What a part asks of the system that it is in."""
    ways = _demands(part)
    if not ways or part.kind not in ("model", "data", "library"):
        return
    if use != "non-commercial" and all("non_commercial" in way for way in ways):
        yield Conflict(
            answer="conflict" if use == "commercial" else "unknown",
            rule="commercial-use",
            parts=(part.ref,),
            what=f"{_told(part)} may not be used commercially"
            + ("" if use == "commercial" else "; what the system is for was not said"),
            why="Its licence gives no right to use that earns money.",
        )
    if all("use_restricted" in way for way in ways):
        yield Conflict(
            answer="unknown",
            rule="use-restrictions",
            parts=(part.ref,),
            what=f"{_told(part)} restricts what it may be used for",
            why="Whether your use is among them is in its text; the restrictions go on to your own users.",
        )


def _pairs(using: Part, used: Part, kind: EdgeKind) -> Iterator[Conflict]:
    ours, theirs = _demands(using), _demands(used)
    if not ours or not theirs:
        return
    for pair in PAIRS:
        is_asked = kind in pair.edges and all(pair.used in way for way in theirs)
        if is_asked and all(pair.used not in way and way & set(pair.using) for way in ours):
            yield Conflict(
                answer=pair.answer,
                rule=pair.rule,
                parts=(using.ref, used.ref),
                what=f"{_told(using)} {_VERBS[kind]} {_told(used)}",
                why=pair.why,
            )


_VERBS: Final[dict[EdgeKind, str]] = {
    "trained_on": "was trained on",
    "tested_on": "was tested on",
    "reads": "reads",
    "based_on": "was made from",
    "uses": "uses",
    "runs_on": "runs on",
    "depends": "depends on",
}
