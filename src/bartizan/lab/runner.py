"""Runs a grid of cells, on one machine by processes: what was kept is not run again, what is finished is kept at once.

Cells that share controls and seed go to the same process, one after the other, so that a hardened model is trained
once. The results do not depend on how many processes there are: each cell has generators of its own.
"""

from __future__ import annotations

import concurrent.futures
import itertools
import multiprocessing
import os
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Protocol, TypeAlias

import msgspec

from bartizan.controls.family import Hardening
from bartizan.core.measurement import Measurement
from bartizan.lab.cell import Cell, described
from bartizan.lab.run import Run
from bartizan.lab.store import Store
from bartizan.lab.threads import one_thread
from bartizan.targets.rig import Rig

OpenRig: TypeAlias = Callable[[], Rig]
"""Makes the rig; it travels to other processes, so it is a function of a module or a partial of one."""


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """What every process needs to know."""

    open_rig: OpenRig
    store: Path
    today: str


class Runner(Protocol):
    """Where groups of cells are run: here, on several processes, on other machines."""

    def __call__(self, job: Job, groups: list[list[Cell]], until: float | None) -> Iterator[list[Measurement]]:
        """The measurements of each group, as they come; no group starts after ``until`` (time.monotonic)."""
        ...


def run_cells(job: Job, cells: Iterable[Cell], runner: Runner, minutes: float | None = None) -> Iterator[Measurement]:
    """The measurements of all cells, as they come. With ``minutes``, cells that had no time to start are left out."""
    until = time.monotonic() + 60 * minutes if minutes is not None else None
    for found in runner(job, grouped(cells), until):
        yield from found


def grouped(cells: Iterable[Cell]) -> list[list[Cell]]:
    """The cells that share controls and seed, together, in the order in which each group first comes."""
    groups: dict[str, list[Cell]] = {}
    for cell in cells:
        groups.setdefault(repr((cell.seed, [described(control) for control in cell.controls])), []).append(cell)
    return list(groups.values())


def spread(groups: list[list[Cell]], parts: int | None = None) -> list[list[Cell]]:
    """The groups for several workers: those that train nothing in common are dealt out, in ``parts`` or one by one."""
    found = []
    for group in groups:
        shares = any(isinstance(control, Hardening) for control in group[0].controls)
        count = 1 if shares else min(len(group), parts or len(group))
        found += [group[i::count] for i in range(count)]
    return found


def in_this_process(job: Job, groups: list[list[Cell]], until: float | None) -> Iterator[list[Measurement]]:
    """One after the other, here; a measurement at a time."""
    with one_thread():
        run = Run(job.open_rig(), Store(job.store), today=job.today)
        for group in groups:
            for cell in group:
                if until is not None and time.monotonic() >= until:
                    return
                yield [run.measure(cell)]


class Processes:
    """Several processes on this machine; each opens the rig once."""

    def __init__(self, count: int | None = None) -> None:
        self.count = count or os.cpu_count() or 1

    def __call__(self, job: Job, groups: list[list[Cell]], until: float | None) -> Iterator[list[Measurement]]:
        """As `Runner`. Interrupted, it starts no more groups and ends its processes."""
        groups = spread(groups)
        workers = max(1, min(self.count, len(groups)))
        pool = concurrent.futures.ProcessPoolExecutor(
            workers, multiprocessing.get_context("spawn"), initializer=_open, initargs=(job,)
        )
        waiting = iter(groups)
        try:
            running = {pool.submit(_work, group) for group in itertools.islice(waiting, workers)}
            while running:
                done, running = concurrent.futures.wait(running, return_when="FIRST_COMPLETED")
                for future in done:
                    group = next(waiting, None) if until is None or time.monotonic() < until else None
                    if group is not None:
                        running.add(pool.submit(_work, group))
                    yield future.result()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


_RUN: list[Run] = []
"""The process's own run: one, put here when the process starts."""


def _open(job: Job) -> None:
    with one_thread():
        _RUN[:] = [Run(job.open_rig(), Store(job.store), today=job.today)]


def _work(group: list[Cell]) -> list[Measurement]:
    with one_thread():
        return [_RUN[0].measure(cell) for cell in group]
