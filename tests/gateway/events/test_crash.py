"""Kill -9 while it writes: every event that was written is there, the chain holds, and a torn end is said.

A short run by default; 200 kills with BARTIZAN_FULL=1.
"""

from __future__ import annotations

import multiprocessing
import os
import random
import time
from pathlib import Path

from bartizan.gateway.events.chains import open_chain
from bartizan.gateway.events.lines import chain_names
from bartizan.gateway.events.reading import read_events
from bartizan.gateway.events.verifying import verify_ledger
from tests.gateway.events.crashing import write_for_ever
from tests.gateway.events.happening import SEAL_KEY
from tests.gateway.events.test_verifying import segment_of

KILLS = 200 if os.environ.get("BARTIZAN_FULL") == "1" else 12
_PATIENCE_S = 30


def kill_a_writer(folder: Path, log: Path, run: int, after: float) -> None:
    size = log.stat().st_size if log.exists() else 0
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.gateway.events.crashing"])
    writer = context.Process(target=write_for_ever, args=(folder, log, run), daemon=True)
    writer.start()
    until = time.monotonic() + _PATIENCE_S
    while not (log.exists() and log.stat().st_size > size):
        assert writer.is_alive()
        assert time.monotonic() < until
        time.sleep(0.002)
    time.sleep(after)
    writer.kill()
    writer.join()
    writer.close()


def test_a_writer_that_is_killed_loses_no_event_and_leaves_the_chain_whole(tmp_path: Path) -> None:
    folder, log, chance = tmp_path / "events", tmp_path / "log", random.Random(1)
    for run in range(1, KILLS + 1):
        kill_a_writer(folder, log, run, chance.uniform(0, 0.05))
        if run % 4 == 0:  # a write that the kernel had only half taken when the machine went
            with open(segment_of(folder), "ab") as file:
                file.write(b'{"hash":"' + b"0" * chance.randint(0, 90))
    open_chain(folder, SEAL_KEY).close()
    found = verify_ledger(folder, SEAL_KEY)
    assert found.sound, found.faults
    assert found.open == ()
    assert chain_names(folder) == ["001"]
    events = [one.id for one in read_events(folder)]
    assert len(events) == len(set(events))
    told = set(log.read_text().split())
    assert told <= set(events)
    assert len(events) <= len(told) + KILLS
    torn = len(list((folder / "chains" / "001" / "torn").iterdir()))
    assert KILLS // 4 <= torn <= KILLS  # those above, and writes that a kill parted


def test_several_writers_at_once_that_are_killed_leave_chains_that_hold(tmp_path: Path) -> None:
    folder = tmp_path / "events"
    context = multiprocessing.get_context("forkserver")
    writers = [context.Process(target=write_for_ever, args=(folder, tmp_path / str(i), i), daemon=True) for i in (1, 2)]
    for one in writers:
        one.start()
    until = time.monotonic() + _PATIENCE_S
    while not all((tmp_path / str(i)).exists() for i in (1, 2)):
        assert time.monotonic() < until
        time.sleep(0.01)
    time.sleep(0.2)
    for one in writers:
        one.kill()
        one.join()
    assert chain_names(folder) == ["001", "002"]
    found = verify_ledger(folder, SEAL_KEY)
    assert found.sound, found.faults
