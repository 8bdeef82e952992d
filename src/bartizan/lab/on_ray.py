"""Runs groups of cells on an existing Ray cluster. The results are the same as here: every cell has its own generators.

The machines share no folder: each works in a temporary store, and what they measured is kept here.
"""

from __future__ import annotations

import socket
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from bartizan.core.errors import Unreachable
from bartizan.core.extras import need
from bartizan.core.measurement import Measurement
from bartizan.lab.cell import Cell
from bartizan.lab.run import Run
from bartizan.lab.runner import Job, spread
from bartizan.lab.store import Store
from bartizan.lab.threads import one_thread

_PATIENCE_S = 10


class Cluster:
    """A Ray cluster by its address, such as ``ray://head:10001``; ``local`` starts one on this machine."""

    def __init__(self, address: str) -> None:
        self.address = address

    def __call__(self, job: Job, groups: list[list[Cell]], until: float | None) -> Iterator[list[Measurement]]:
        """As `Runner`. Raises Unreachable where there is no cluster, MissingExtra without Ray."""
        ray = need("ray")
        _connect(ray, self.address)
        store = Store(job.store)
        here = Run(job.open_rig(), store, today=job.today)
        try:
            yield from _kept(here, groups)
            open_groups = [left for group in groups if (left := [c for c in group if store.find(here.key(c)) is None])]
            for found in _remote(ray, job, open_groups, until):
                for one in found:
                    if one.outcome not in ("stopped", "failed"):
                        store.keep(one)
                yield found
        finally:
            ray.shutdown()


def _connect(ray: Any, address: str) -> None:
    try:
        _knock(address)
        if address == "local":
            ray.init(address="local", include_dashboard=False, log_to_driver=False, logging_level="error")
        else:
            ray.init(address=address, log_to_driver=False, logging_level="error")
    except (ConnectionError, RuntimeError, ValueError, OSError) as error:
        raise Unreachable(
            f"no Ray cluster at {address}: {type(error).__name__}; start one with: ray start --head"
        ) from error


def _knock(address: str) -> None:
    """Raise OSError at once where nobody listens: Ray itself tries for minutes."""
    host, colon, port = address.removeprefix("ray://").rpartition(":")
    if colon and port.isdecimal():
        socket.create_connection((host.strip("[]"), int(port)), timeout=_PATIENCE_S).close()


def _kept(here: Run, groups: list[list[Cell]]) -> Iterator[list[Measurement]]:
    for group in groups:
        found = [kept for cell in group if (kept := here.store.find(here.key(cell))) is not None]
        if found:
            yield found


def _remote(ray: Any, job: Job, groups: list[list[Cell]], until: float | None) -> Iterator[list[Measurement]]:
    work = ray.remote(num_cpus=1)(_work)
    running: list[Any] = []
    room = max(1, int(ray.cluster_resources().get("CPU", 1)))
    waiting = spread(groups, room)
    while waiting or running:
        late = until is not None and time.monotonic() >= until
        while waiting and len(running) < room and not late:
            running.append(work.remote(job, waiting.pop(0)))
        if not running:
            return
        done, running = ray.wait(running)
        yield from ray.get(done)


def _work(job: Job, group: list[Cell]) -> list[Measurement]:
    with tempfile.TemporaryDirectory() as folder, one_thread():
        elsewhere = msgspec.structs.replace(job, store=Path(folder))
        run = Run(elsewhere.open_rig(), Store(elsewhere.store), today=job.today)
        return [run.measure(cell) for cell in group]
