"""Kill -9 while it writes: what the writer was told is kept is there, nothing is half written, and the chain holds.

A short run by default; 200 kills on SQLite and 50 on PostgreSQL with BARTIZAN_FULL=1 (`make crash`).
"""

from __future__ import annotations

import multiprocessing
import os
import random
import time
from contextlib import closing
from pathlib import Path

from sqlalchemy import func, select

from bartizan.register import tables
from bartizan.register.audit.verifying import verify
from bartizan.register.opening import Register, open_register
from tests.register.crashing import RISKS, write_for_ever
from tests.register.databases import Kind

FULL = os.environ.get("BARTIZAN_FULL") == "1"
KILLS: dict[Kind, int] = {"sqlite": 200 if FULL else 20, "postgresql": 50 if FULL else 6}
_PATIENCE_S = 30


def kill_a_writer(place: str, log: Path, run: int, after: float) -> None:
    """Start a writer, wait for its first change, and kill it some seconds after."""
    size = log.stat().st_size if log.exists() else 0
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.register.crashing"])
    writer = context.Process(target=write_for_ever, args=(place, log, run), daemon=True)
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


def check_whole(register: Register, told: set[str], kills: int) -> None:
    """Each system is there with all its risks, or not at all; all that were told are, and at most one more a kill."""
    found = verify(register)
    assert found.sound, found.faults
    with register.read() as connection:
        risks = select(tables.risks.c.system, func.count()).group_by(tables.risks.c.system)
        counts = {row[0]: row[1] for row in connection.execute(risks)}
        systems = {row.id: row.name for row in connection.execute(select(tables.systems))}
    assert set(counts.values()) <= {RISKS}
    assert set(systems.values()) <= {f"{RISKS} risks"}
    assert counts.keys() == systems.keys()
    assert told <= systems.keys()
    assert len(systems) <= len(told) + kills
    assert found.entries == len(systems) * (RISKS + 2)


def test_nothing_is_half_written_when_a_writer_is_killed(register_place: str, kind: Kind, tmp_path: Path) -> None:
    log, chance = tmp_path / "log", random.Random(1)
    for run in range(1, KILLS[kind] + 1):
        kill_a_writer(register_place, log, run, chance.uniform(0, 0.06))
        if run % 10 == 0 or run == KILLS[kind]:
            with closing(open_register(register_place)) as register:
                check_whole(register, set(log.read_text().split()), run)
