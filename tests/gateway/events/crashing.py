"""Writers in processes of their own, to be killed."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tests.gateway.events.happening import exchange, happens, recorder


def write_for_ever(folder: Path, log: Path, run: int) -> None:
    """Write events, and say which were written, until somebody ends this."""

    async def write() -> None:
        ledger = recorder(folder, content="encrypted")
        with open(log, "ab", buffering=0) as told:
            for i in range(10**9):
                one = exchange(id=f"{run}-{i}")
                await happens(ledger, one, came=b"x" * 2000)
                told.write(f"{one.id}\n".encode())
                await asyncio.sleep(0)

    asyncio.run(write())
