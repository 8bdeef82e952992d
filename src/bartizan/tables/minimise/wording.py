"""From what was chosen and confirmed to a verdict on each column, with its reason."""

from __future__ import annotations

from typing import Protocol

import msgspec

from bartizan.core.errors import printable
from bartizan.tables.minimise.choosing import Chosen
from bartizan.tables.minimise.columns import Column
from bartizan.tables.minimise.scoring import Interval
from bartizan.tables.minimise.verdict import Judged
from bartizan.tables.protect.plan import Drop, Keep


class Bounds(Protocol):
    """What was asked, as far as it counts here."""

    @property
    def tolerance(self) -> float:
        """Of score."""
        ...

    @property
    def keep(self) -> tuple[str, ...]:
        """Columns that stay in any case."""
        ...


def judged_columns(
    columns: tuple[Column, ...],
    chosen: Chosen,
    asked: Bounds,
    *,
    importances: dict[str, float],
    leaks: dict[str, str],
    twins: dict[str, str],
    proxies: dict[str, str],
    lost: Interval | None,
) -> tuple[Judged, ...]:
    """A verdict for each, in the table's order. Where the loss at the end is not within the tolerance, all stay."""
    refuted = lost is not None and not lost.high < asked.tolerance
    found = []
    for one in columns:
        told = _told(one, twins, proxies, chosen)
        start = Judged(
            column=one.name,
            kind=one.kind,
            distinct=one.distinct,
            verdict="not judged",
            why="",
            hint=one.hint,
            importance=importances.get(one.name),
            told=told,
            tried=chosen.tried.get(one.name, ()),
        )
        found.append(_judged(start, one, chosen, asked, leaks, refuted=refuted))
    return tuple(found)


def _told(one: Column, twins: dict[str, str], proxies: dict[str, str], chosen: Chosen) -> str:
    twin = twins.get(one.name)
    same = f"tells the same as '{printable(twin, 60)}', row by row" if twin else ""
    fair = ""
    if one.name in chosen.dropped and one.rank == 2:
        fair = "whether a model is fair to these people is measured with it: keep it apart for that, if at all"
    return "; ".join(part for part in (same, proxies.get(one.name, ""), fair) if part)


def _judged(
    start: Judged, one: Column, chosen: Chosen, asked: Bounds, leaks: dict[str, str], *, refuted: bool
) -> Judged:
    def made(**what: object) -> Judged:
        return msgspec.structs.replace(start, **what)

    name = one.name
    if name in asked.keep:
        return made(why="kept, as asked")
    if one.kind == "constant":
        return made(verdict="drop", action=Drop(), why="one value in every row, or none: it tells nothing")
    if one.kind == "nested":
        return made(why="lists, records or bytes: the model cannot see them")
    if name in leaks:
        why = (
            f"{leaks[name]}: it may be the label by another name, or known only afterwards; drop it,"
            " or say --trust if it is known when the model is used. It is left aside meanwhile"
        )
        return made(verdict="decide", why=why)
    if name in chosen.dropped:
        tried = chosen.dropped[name]
        if refuted:
            return made(
                verdict="keep", loss=tried.loss, why="seemed needless, and the rows to judge by did not confirm it"
            )
        return made(
            verdict="drop", action=Drop(), loss=tried.loss, why=f"{tried.what}, the loss is surely below the tolerance"
        )
    without = chosen.kept[name].loss
    needed = without.low > asked.tolerance
    why = (
        "needed: without it the loss is surely above the tolerance"
        if needed
        else "not shown to be needless: without it the loss may be above the tolerance"
    )
    if name in chosen.coarser and not refuted:
        step = chosen.coarser[name]
        tried = next(item for item in start.tried if item.what == step.what)
        what = f"needed, and {step.what} are enough: {step.distinct:,} values instead of {one.distinct:,}"
        return made(verdict="coarsen", action=step.how, loss=tried.loss, without=without, why=what, is_needed=needed)
    if name in chosen.coarser:
        why = f"{why}; coarser seemed enough, and the rows to judge by did not confirm it"
    return made(verdict="keep", action=Keep(), loss=without, without=without, why=why, is_needed=needed)
