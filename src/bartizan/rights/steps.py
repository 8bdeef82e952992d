"""What is to be done for a request at each place: looked up now, and held against what was done before."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, Literal, TypeAlias

import msgspec

from bartizan.core.errors import BartizanError
from bartizan.rights.entries import Begun, Changed, Confirmed
from bartizan.rights.places import Places
from bartizan.rights.requests import Request
from bartizan.rights.shards.record import read_record
from bartizan.rights.sources.reaching import Known, reached

Doing: TypeAlias = Literal[
    "erase",
    "blank",
    "correct",
    "retrain",
    "by hand",
    "keep",
    "wait",
    "unknown",
    "not asked",
    "nothing",
    "done",
    "confirmed",
]
"""Rows go; columns are emptied; values are written; the shard is trained anew; a person must do it; the law keeps it;
what others find people by goes after them; the place cannot be asked; nothing is known by which they could be found;
nobody is found; it was done for this request; somebody says so."""
LEFT: Final[frozenset[Doing]] = frozenset({"erase", "blank", "correct", "retrain", "by hand", "wait", "unknown"})
"""What is not done yet."""


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One place, and what is to be done there."""

    place: str
    kind: str
    """sql, table, lines, files, redis; model; data set."""
    doing: Doing
    count: int | None = None
    """What was found there now; None: nobody knows."""
    why: str = ""


def planned(places: Places, request: Request, known: Known, day: str, others: Iterable[Step] = ()) -> tuple[Step, ...]:
    """A step for each source, model, and for what else is concerned, in the order in which they are to be taken."""
    steps = tuple(_waiting(places, (_source(places, request, known, name, day) for name in places.sources)))
    return (*steps, *_models(places, request, known, steps), *others)


def _source(places: Places, request: Request, known: Known, name: str, day: str) -> Step:
    source = places.sources[name]
    newest = request.at(name)

    def step(doing: Doing, count: int | None = None, why: str = "") -> Step:
        if doing == "unknown" and newest is not None and isinstance(newest.entry, Confirmed):
            doing, why = "confirmed", newest.entry.how
        return Step(place=name, kind=source.kind, doing=doing, count=count, why=why)

    done = request.is_done_at(name)
    if missing := known.missing(places, name):
        if done:
            return step("done", None, "it was looked at behind the change; nothing is known now to find them by")
        return step("unknown" if known.is_hidden(places, name) else "not asked", None, missing)
    try:
        count = reached(places, name).count(known.identifiers)
    except BartizanError as error:
        return step("unknown", None, str(error))
    if not count:
        return step("done" if done else "nothing", 0)
    if source.keep is not None and source.keep.holds_on(day):
        until = f", until {source.keep.until}" if source.keep.until else ""
        return step("keep", count, source.keep.why + until)
    return step("blank" if source.blank else "erase", count)


def _waiting(places: Places, steps: Iterable[Step]) -> Iterator[Step]:
    """The same steps; where people are looked up in a place for another that cannot be asked, its own waits."""
    unready: set[str] = set()
    for step in steps:
        if step.doing == "unknown":
            unready.add(step.place)
        others = places.found_through(step.place).intersection(unready)
        if others and step.doing in ("erase", "blank"):
            unready.add(step.place)
            why = f"{', '.join(sorted(others))} cannot be asked now, and needs what stands here"
            yield msgspec.structs.replace(step, doing="wait", why=why)
        else:
            yield step


def _models(places: Places, request: Request, known: Known, steps: Iterable[Step]) -> Iterator[Step]:
    """A step for each model that learned from a source in which somebody is, or was when this request began."""
    concerned = {step.place for step in steps if step.count}
    concerned |= {one.entry.place for one in request.entries if isinstance(one.entry, Begun) and one.entry.count}
    person = known.identifiers[places.person]
    for name, model in places.models.items():
        newest = request.at(name)
        if newest is not None and isinstance(newest.entry, Confirmed):
            yield Step(place=name, kind="model", doing="confirmed", why=newest.entry.how)
            continue
        if not model.shards:
            if concerned.intersection(model.learned_from):
                from_ = ", ".join(sorted(concerned.intersection(model.learned_from)))
                yield Step(
                    place=name, kind="model", doing="by hand", why=f"it learned from {from_}: retrain it without them"
                )
            continue
        try:
            record = read_record(places.folder / model.shards)
        except BartizanError as error:
            yield Step(place=name, kind="model", doing="unknown", why=str(error))
            continue
        found = [shard for one in person for shard in record.shards_with(one)]
        is_done = newest is not None and isinstance(newest.entry, Changed)
        what = f"shard {', '.join(map(str, found))} of {record.count}" if found else ""
        doing: Doing = "retrain" if found else "done" if is_done else "nothing"
        yield Step(place=name, kind="model", doing=doing, count=len(found), why=what)
