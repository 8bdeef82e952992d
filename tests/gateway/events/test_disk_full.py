"""No room left: on a real file system of half a megabyte (root only), and under a real limit of the kernel's."""

from __future__ import annotations

import asyncio
import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bartizan.gateway.events.reading import read_events, read_notices
from bartizan.gateway.events.verifying import verify_ledger
from tests.gateway.events.happening import SEAL_KEY, exchange, happens, recorder

AS_ROOT = [] if os.geteuid() == 0 else ["sudo", "-n"]


@pytest.fixture
def tiny(tmp_path: Path) -> Iterator[Path]:
    place = tmp_path / "tiny"
    place.mkdir()
    mount = [*AS_ROOT, "mount", "-t", "tmpfs", "-o", "size=512k,mode=777", "none", str(place)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("mounting a file system needs root")
    yield place
    subprocess.run([*AS_ROOT, "umount", "-l", str(place)], check=True)


def make_room(place: Path) -> None:
    subprocess.run([*AS_ROOT, "mount", "-o", "remount,size=8m", str(place)], check=True)


def test_a_full_disk_refuses_exchanges_and_no_event_is_lost(tiny: Path) -> None:
    written: list[str] = []

    async def run() -> None:
        ledger = recorder(tiny / "events")
        for _ in range(2000):
            if ledger.refuses():
                break
            written.append((await happens(ledger, exchange())).id)
        assert "No space" in ledger.failure
        assert ledger.waiting > 0
        assert ledger.refuses()
        assert verify_ledger(tiny / "events", SEAL_KEY).sound  # no half line is left on the full disk
        make_room(tiny)
        ledger._tried = float("-inf")
        assert ledger.refuses() == ""
        written.append((await happens(ledger, exchange())).id)
        assert (ledger.waiting, ledger.lost) == (0, 0)
        await ledger.close()

    asyncio.run(run())
    assert sorted(one.id for one in read_events(tiny / "events")) == sorted(written)
    found = verify_ledger(tiny / "events", SEAL_KEY)
    assert found.sound, found.faults
    assert "exchanges were refused" in next(one.what for one in read_notices(tiny / "events") if one.of == "lost")


def test_a_full_disk_while_content_is_kept_leaves_nothing_half_written(tiny: Path) -> None:
    async def run() -> None:
        ledger = recorder(tiny / "events", content="encrypted", when_full="open")
        for _ in range(100):
            await happens(ledger, came=os.urandom(20_000))
        assert ledger.failure
        assert ledger.refuses() == ""
        make_room(tiny)
        ledger._tried = float("-inf")
        await happens(ledger, came=b"again")
        await ledger.close()

    asyncio.run(run())
    events = list(read_events(tiny / "events"))
    assert len(events) == 101
    assert sum(one.content is not None for one in events) > 5
    assert verify_ledger(tiny / "events", SEAL_KEY).sound


_LIMITED = f"""
import asyncio, resource, sys
from pathlib import Path
from tests.gateway.events.happening import happens, recorder

async def run():
    ledger = recorder(Path(sys.argv[1]))
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, {resource.RLIM_INFINITY}))
    for _ in range(100):
        if ledger.refuses():
            break
        await happens(ledger)
    print(ledger.failure, ledger.waiting, ledger.lost, sep="/")
    resource.setrlimit(resource.RLIMIT_FSIZE, ({resource.RLIM_INFINITY}, {resource.RLIM_INFINITY}))
    ledger._tried = float("-inf")
    assert ledger.refuses() == ""
    await ledger.close()

asyncio.run(run())
"""


def test_a_limit_on_files_refuses_exchanges_too(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _LIMITED, str(tmp_path)], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.strip() == "File too large/1/0"
    found = verify_ledger(tmp_path, SEAL_KEY)
    assert found.sound, found.faults
    assert 5 < len(list(read_events(tmp_path))) < 100
    assert "cut" not in {one.of for one in read_notices(tmp_path)}  # the half line was taken back at once
